"""`manage.py up` as a process of a test's own, with everything it started."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import time
from pathlib import Path

from tests import installation
from tests.installation import MANAGE, Environment, free_port, oldest_first, wait_for


def migrated(environment: Environment) -> Environment:
    """A migrated database, a free port, and a short grace."""
    installation.migrated(environment)
    return {**environment, "PORT": str(free_port()), "HONK_GRACE_SECONDS": "2"}


class Up:
    """A running `manage.py up`; its processes are known by a mark in their environment."""

    def __init__(self, environment: Environment, **options: object) -> None:
        self.mark = f"HONK_TEST_MARK={os.getpid()}-{time.monotonic_ns()}"
        name, _, value = self.mark.partition("=")
        self.environment = {**environment, name: value}
        self.output = Path(environment["HONK_DATA"]) / "up.out"
        with self.output.open("wb") as file:
            self.process = subprocess.Popen(
                [*MANAGE, "up"], env=self.environment, stdout=file, stderr=file, **options
            )

    def processes(self) -> dict[int, str]:
        """Living processes that bear the mark: pid to command line."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                marked = self.mark.encode() in (folder / "environ").read_bytes().split(b"\0")
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if marked and line:
                found[int(folder.name)] = line
        return found

    def find(self, *words: str) -> list[int]:
        """Processes whose command line has all the words, oldest first."""
        found = (pid for pid, line in self.processes().items() if all(w in line for w in words))
        return oldest_first(found)

    def said(self) -> str:
        return self.output.read_text(errors="replace")

    def wait_ready(self) -> None:
        wait_for(lambda: "Honkweb is at" in self.said(), self.said)
        wait_for(lambda: self.readyz() == 200, self.said)

    def readyz(self) -> int:
        web = http.client.HTTPConnection("127.0.0.1", int(self.environment["PORT"]), timeout=20)
        try:
            web.request("GET", "/readyz")
            answer = web.getresponse()
            json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            return 0
        else:
            return answer.status
        finally:
            web.close()

    def wait_gone(self, seconds: float = 15) -> None:
        wait_for(lambda: not self.processes(), lambda: str(self.processes()), seconds)

    def end(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=60)
