"""What the doubles of services have in common: an HTTP server on a free port of 127.0.0.1."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Loopback:
    """Serves while it is entered. port, url: where; over TLS with a context."""

    def __init__(
        self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
    ) -> None:
        self._server = _Server(("127.0.0.1", 0), handler)
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self.port: int = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers requests and logs nothing; a double says what `get` and `post` do."""

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post(self.rfile.read(int(self.headers.get("content-length", "0"))))

    def get(self) -> None:
        """Answer a GET."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def post(self, body: bytes) -> None:
        """Answer a POST of this body."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def small_headers(self) -> dict[str, str]:
        """The request's headers by small names."""
        return {name.lower(): value for name, value in self.headers.items()}

    def say(self, status: int, kind: str, content: bytes) -> None:
        """A whole answer of content-type `kind`."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def say_json(self, status: int, content: Any) -> None:
        """A whole answer in JSON."""
        self.say(status, "application/json", json.dumps(content).encode())

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that break off are part of the tests; a fault of a double is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
