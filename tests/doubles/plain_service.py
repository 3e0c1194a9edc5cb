"""A loopback service over HTTP that notes what it is asked, and answers in two halves."""

from __future__ import annotations

import http.server
import threading
from io import BufferedIOBase
from typing import Any, Self


class Upstream:
    """Answers with what it was asked. first: the answer's first half, of content-type `kind`; hold:
    its second half."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.first, self.kind = b"first ", "text/plain"
        self.hold = threading.Event()
        self.hold.set()
        self.broke = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.hold.set()
        self.server.shutdown()
        self.server.server_close()


def _handler(upstream: Upstream) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers.get("content-length", "0"))))

        def answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            upstream.asked.append({"path": self.path, "headers": headers, "body": body})
            moved = self.path.endswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("location", "http://elsewhere.test/")
            self.send_header("set-cookie", "a=b")
            self.send_header("content-type", upstream.kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            _stream(upstream, self.wfile)

        def log_message(self, *arguments: object) -> None:
            """Keep quiet."""

    return Handler


def _stream(upstream: Upstream, line: BufferedIOBase) -> None:
    """Both halves of the answer, and dots while the second is held back."""

    def part(data: bytes) -> None:
        line.write(b"%x\r\n%s\r\n" % (len(data), data))
        line.flush()

    try:
        part(upstream.first)
        while not upstream.hold.wait(0.05):
            part(b".")
        part(b"second")
        part(b"")
    except OSError:
        upstream.broke.set()
