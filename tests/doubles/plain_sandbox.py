"""Real processes without isolation, for tests that are about something else than isolation."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence

from agents.errors import CannotRun
from agents.job import Attached, Limits, Workspace


class PlainProcess:
    """A process in a session of its own."""

    def __init__(self, popen: subprocess.Popen[bytes]) -> None:
        self.popen = popen
        assert popen.stdout is not None
        self._out = popen.stdout.fileno()
        self.ended_for = ""
        self.interrupted = False
        self.killed = False

    def read(self, timeout: float) -> bytes | None:
        """As the port says."""
        ready, _, _ = select.select([self._out], [], [], timeout)
        return os.read(self._out, 65536) if ready else None

    def wait(self, timeout: float | None = None) -> int | None:
        """As the port says."""
        try:
            return self.popen.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def write(self, data: bytes) -> bool:
        """As the port says."""
        assert self.popen.stdin is not None
        try:
            self.popen.stdin.write(data)
            self.popen.stdin.flush()
        except (BrokenPipeError, ValueError):
            return False
        return True

    def close_input(self) -> None:
        """As the port says."""
        assert self.popen.stdin is not None
        self.popen.stdin.close()

    def interrupt(self) -> None:
        """As the port says."""
        self.interrupted = True
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """As the port says."""
        self.killed = True
        self._signal(signal.SIGKILL)
        self.popen.wait()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            pass


class PlainSandbox:
    """Starts in workspace.root; remembers what it started and how."""

    label = "none"

    def __init__(self) -> None:
        self.started: list[PlainProcess] = []
        self.asked: list[dict[str, object]] = []

    def start(
        self,
        argv: Sequence[str],
        workspace: Workspace,
        limits: Limits,
        *,
        stdin: bytes = b"",
        environment: Mapping[str, str] | None = None,
        network: bool = False,
        writable: bool = True,
        environment_writable: bool = False,
        attached: Attached | None = None,
    ) -> PlainProcess:
        """As the port says."""
        self.asked.append(
            {"argv": tuple(argv), "network": network, "environment_writable": environment_writable}
        )
        try:
            popen = subprocess.Popen(
                argv,
                cwd=workspace.root,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise CannotRun(f"Cannot run: {argv[0]} is not there.") from None
        assert popen.stdin is not None
        try:
            popen.stdin.write(stdin)
            popen.stdin.flush()
            if attached is None or not attached.keeps_input:
                popen.stdin.close()
        except BrokenPipeError:
            pass
        process = PlainProcess(popen)
        self.started.append(process)
        return process
