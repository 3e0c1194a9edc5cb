"""A real web process on a free port, for tests of sockets."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests import installation
from tests.installation import ROOT, free_port


def prepare(environment: dict[str, str]) -> dict[str, str]:
    """Migrate the environment's database; returns the environment with a free port."""
    installation.migrated(environment)
    return {
        **environment, "PORT": str(free_port()), "DJANGO_SETTINGS_MODULE": "honkweb.settings",
    }  # fmt: skip


class Web:
    """uvicorn as `manage.py up` starts it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.port = int(environment["PORT"])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        code = (
            "import os, django; django.setup();"
            "from honkweb.management.commands import up;"
            "argv = up._uvicorn(); os.execv(argv[0], argv)"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], env=self.environment, cwd=ROOT
        )
        deadline = time.monotonic() + 30
        while not self._answers():
            assert self.process.poll() is None, "the web process died"
            assert time.monotonic() < deadline, "the web process does not answer"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGKILL) -> None:
        if self.process is not None:
            os.kill(self.process.pid, number)
            self.process.wait(timeout=60)
            self.process = None

    def _answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        try:
            web.request("GET", path)
            answer = web.getresponse()
            return answer.status, answer.read()
        finally:
            web.close()

    def url(self, path: str, host: str = "localhost") -> str:
        return f"ws://{host}:{self.port}{path}"

    def open(self, path: str, *, host: str = "localhost", **headers: str) -> ClientConnection:
        """A socket with exactly these headers (underscores stand for dashes)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return connect(
            self.url(path, host), additional_headers=named, compression=None, max_size=None,
            sock=socket.create_connection(("127.0.0.1", self.port)), open_timeout=20,
            close_timeout=1,
        )  # fmt: skip

    def as_browser(self, path: str, cookie: str, host: str = "localhost") -> ClientConnection:
        origin = f"http://{host}:{self.port}"
        return self.open(path, host=host, Origin=origin, Cookie=f"sessionid={cookie}")


def frame(socket_: ClientConnection, timeout: float = 40.0) -> dict[str, Any]:
    """The next frame."""
    found: dict[str, Any] = json.loads(socket_.recv(timeout=timeout))
    return found
