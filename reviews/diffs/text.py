"""The edge where file text becomes something to look at: encodings named, tricks made visible.

Inside this package text is decoded as UTF-8 with surrogate escapes, which loses nothing. It leaves
through `plain` (JSON), `readable` (text) or `to_html`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from html import escape

from reviews.diffs.confusable import deceiving

# Controls (not tab), soft hyphen, fillers, bidi marks, zero-width, odd spaces, variation selectors
# that carry no emoji, tags: all that a reader cannot see, or that moves what a reader sees.
INVISIBLE = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    "|(?<![\xa9\xae\u2010-\u2fff\u3030-\u303d\u3297\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NEEDS_CARE = re.compile("[^\t\x20-\x25\x27-\x3b=\x3f-\x7e]")
_TO_MARK = re.compile(f"[\ud800-\udfff]|{INVISIBLE.pattern}")
DECLARING = 20  # lines in which a file says what it is written in
_SURROGATE = re.compile("[\ud800-\udfff]")
_COOKIE = re.compile(
    r"(?:coding[:=]|encoding=['\"]|charset(?:=['\"]?|\s+['\"]))\s*([-\w.]+)", re.IGNORECASE
)

# Supersets of ASCII only: a declared UTF-7 or UTF-16 would let a file rewrite its own ASCII.
_ENCODINGS = {
    "latin-1": "latin-1", "iso-8859-1": "latin-1", "iso-latin-1": "latin-1", "latin1": "latin-1",
    "iso-8859-2": "iso8859-2", "iso-8859-5": "iso8859-5", "iso-8859-15": "iso8859-15",
    "cp1250": "cp1250", "windows-1250": "cp1250", "cp1251": "cp1251", "windows-1251": "cp1251",
    "cp1252": "cp1252", "windows-1252": "cp1252", "koi8-r": "koi8-r", "euc-jp": "euc-jp",
    "koi8-u": "koi8-u", "iso-8859-7": "iso8859-7", "iso-8859-9": "iso8859-9", "cp866": "cp866",
    "cp1253": "cp1253", "windows-1253": "cp1253", "cp1254": "cp1254", "windows-1254": "cp1254",
    "cp1257": "cp1257", "windows-1257": "cp1257", "iso-8859-13": "iso8859-13",
    "euc-kr": "euc-kr", "gb2312": "gb2312", "gbk": "gbk", "gb18030": "gb18030", "big5": "big5",
}  # fmt: skip


def decode(data: bytes) -> str:
    """Bytes as text that gives the same bytes back."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes that `decode` read."""
    return text.encode("utf-8", "surrogateescape")


def has_undecodable(text: str) -> bool:
    """Whether some bytes of it are not UTF-8."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def plain(text: str) -> str:
    """UTF-8 text; only what cannot be decoded becomes U+FFFD."""
    if not has_undecodable(text):
        return text
    return encode(text).decode("utf-8", "replace")


def readable(text: str, encoding: str = "utf-8") -> str:
    """Text in the file's own encoding, with U+FFFD for what does not fit it.

    Every line of the file: some bytes of another encoding are letters of UTF-8 by chance.
    """
    if text.isascii() or (encoding == "utf-8" and not has_undecodable(text)):
        return text
    return encode(text).decode(encoding, "replace")


def declared_encoding(texts: Iterable[str]) -> str:
    """What the first lines of a file say that it is (PEP 263, XML, HTML, CSS), else "utf-8"."""
    for text, _ in zip(texts, range(DECLARING), strict=False):
        found = _COOKIE.search(text[:400])
        if found:
            return _ENCODINGS.get(found[1].lower().replace("_", "-"), "utf-8")
    return "utf-8"


def to_html(text: str, encoding: str = "utf-8", likes: Mapping[int, str] | None = None) -> str:
    """Text escaped for an element; what cannot be seen, or is taken for another, inside a mark.

    The element's text content is the line itself (NUL and undecodable bytes excepted), so that what
    is copied is what git has; the glyph of an invisible character is drawn by the stylesheet, a
    look-alike stays as it is. Give whole lines: what stands around a character decides on it. For a
    part of a line give as likes what `deceiving` says of the line, its positions in this part.
    """
    if _NEEDS_CARE.search(text) is None:
        return text
    if encoding != "utf-8":
        text = readable(text, encoding)
    end = "</span>" if text.endswith("\r") else ""
    if end:
        text, end = text[:-1], '<span class="cr">&#13;</span>'
    likes = deceiving(text) if likes is None else likes
    if not likes:
        return _escaped(text) + end
    parts, at = [], 0
    for place in sorted(likes):
        parts += [_escaped(text[at:place]), _like(text[place], likes[place])]
        at = place + 1
    return "".join([*parts, _escaped(text[at:]), end])


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _TO_MARK.sub(_mark, text)


def _mark(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return _span("bad", f"{code - 0xDC00:02X}", "Byte that is not UTF-8", "\ufffd")
    name = unicodedata.name(char, "") or _CONTROLS.get(code, "control character")
    return _span("mark", f"{code:04X}", name, _body(code))


_CONTROLS = {0: "NULL", 8: "BACKSPACE", 12: "FORM FEED", 13: "CARRIAGE RETURN", 27: "ESCAPE"}


def _like(char: str, like: str) -> str:
    name = f"{unicodedata.name(char, '')}, looks like {like}"
    return _span("mark like", f"{ord(char):04X}", name, char)


def _span(kind: str, code: str, name: str, body: str) -> str:
    glyph = code if kind == "bad" else f"U+{code}"
    title = escape(f"{glyph} {name}")
    css = "mark bad" if kind == "bad" else kind
    return (
        f'<span class="{css}" role="img" data-c="{glyph}" title="{title}" '
        f'aria-label="{title}">{body}</span>'
    )


def _body(code: int) -> str:
    """The character itself as a reference, so that the markup's own bytes stay harmless."""
    if code == 0:
        return "\u2400"
    if 0x80 <= code < 0xA0:
        # HTML reads references to C1 controls as Windows letters, so these go as they are
        return chr(code)
    return f"&#{code};"
