"""The first words of a TLS connection, read only as far as the host that they ask for."""

from __future__ import annotations

import ssl

_MOST = 64 * 1024


class NotTls(Exception):
    """What came is not the beginning of a TLS connection to a named host."""


class Hello:
    """Feed it what comes in until `is_whole`; then `host` is known, and `data` is all of it."""

    def __init__(self) -> None:
        self.data = b""
        self.host = ""
        self.is_whole = False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.sni_callback = self._told  # it refuses: we only listen, the far side answers
        self._in = ssl.MemoryBIO()
        self._reader = context.wrap_bio(self._in, ssl.MemoryBIO(), server_side=True)

    def _told(self, _reader: ssl.SSLObject, host: str | None, _context: ssl.SSLContext) -> int:
        self.host = host or ""
        self.is_whole = True
        return ssl.ALERT_DESCRIPTION_ACCESS_DENIED

    def feed(self, data: bytes) -> None:
        """Take more; NotTls when it cannot become a greeting any more."""
        self.data += data
        self._in.write(data)
        try:
            self._reader.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            if not self.is_whole:
                raise NotTls(_WHY) from None
        if len(self.data) > _MOST or (self.is_whole and not self.host):
            raise NotTls(_WHY)


_WHY = "Something that is not https was sent through a connection to port 443; it was closed."
