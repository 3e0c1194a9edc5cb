"""A loopback service over HTTP that notes what it is asked, and answers in two halves."""

from __future__ import annotations

import threading
from io import BufferedIOBase
from typing import Any

from tests.doubles.loopback import Handler, Loopback


class Upstream(Loopback):
    """Answers with what it was asked. first: the answer's first half, of content-type `kind`; hold:
    its second half."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.first, self.kind = b"first ", "text/plain"
        self.hold = threading.Event()
        self.hold.set()
        self.broke = threading.Event()
        super().__init__(_handler(self))

    def __exit__(self, *error: object) -> None:
        self.hold.set()
        super().__exit__(*error)


def _handler(upstream: Upstream) -> type[Handler]:
    class Halves(Handler):
        protocol_version = "HTTP/1.1"

        def get(self) -> None:
            self.answer(b"")

        def post(self, body: bytes) -> None:
            self.answer(body)

        def answer(self, body: bytes) -> None:
            asked = {"path": self.path, "headers": self.small_headers(), "body": body}
            upstream.asked.append(asked)
            moved = self.path.endswith("/moved")
            self.send_response(302 if moved else 200)
            if moved:
                self.send_header("location", "http://elsewhere.test/")
            self.send_header("set-cookie", "a=b")
            self.send_header("content-type", upstream.kind)
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            _stream(upstream, self.wfile)

    return Halves


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
