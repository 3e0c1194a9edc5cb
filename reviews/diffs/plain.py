"""Text that somebody else's tool wrote, as plain bytes of a patch, before any line of it is read.

What is shown (foreign) and what is applied (appliable) both begin here, so that they are the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reviews.diffs import mails

_COLOUR = re.compile(rb"\x1b\[[0-9;]*[mK]")
_COLOURED = re.compile(
    rb"^(?:\x1b\[[0-9;]{0,20}m){1,4}(?:diff |--- |\+\+\+ |@@ |Index: )", re.MULTILINE
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Plain:
    """note: what was taken away, in a sentence. refusal: why it may be looked at, not applied."""

    data: bytes
    note: str | None = None
    refusal: str | None = None


def plain_of(data: bytes) -> Plain:
    """The patch without byte order mark, UTF-16, a mail's encoding, colours. May be Garbled."""
    refusal, note = None, None
    if data.startswith(_UTF16):
        data, refusal = _from_utf16(data)
    data = mails.decoded(data.removeprefix(b"\xef\xbb\xbf"))
    if _COLOURED.search(data):
        data = _COLOUR.sub(b"", data)
        note = "Colour codes were taken out of this text before it was read."
    return Plain(data + _last_end(data), note, refusal)


def _last_end(data: bytes) -> bytes:
    """The line end that copy and paste leaves out after the last line, like the one before it."""
    if data.endswith(b"\n"):
        return b""
    before = data.rfind(b"\n")
    is_crlf = before > 0 and data[before - 1 : before] == b"\r" and not data.endswith(b"\r")
    return b"\r\n" if is_crlf else b"\n"


def _from_utf16(data: bytes) -> tuple[bytes, str | None]:
    """PowerShell redirects to UTF-16, and ends every line in CRLF."""
    try:
        return data.decode("utf-16").encode(), None
    except UnicodeDecodeError:
        return data.decode("utf-16", "replace").encode(), (
            "This text begins as UTF-16 and is not UTF-16 to its end, so part of it is lost. Write "
            "the patch to a file with `git diff --output=FILE`."
        )
