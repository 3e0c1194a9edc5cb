"""Patches that travelled as mail: what quoted-printable and base64 stand for, or why not.

A mail whose encoding was lost on the way (copied out of a mail program) looks much like one that
still has it. Decoding is therefore strict: what cannot have been written so is not guessed at.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

_BEGINS = re.compile(
    rb"^From \S+ +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d.{0,40}$",
    re.MULTILINE,
)
_ENCODED = re.compile(
    rb"^Content-Transfer-Encoding:\s*\"?(base64|quoted-printable)", re.IGNORECASE | re.MULTILINE
)
_DIFF = re.compile(rb"^(?:diff |--- |Index: )", re.MULTILINE)
_HEADERS_END = re.compile(rb"^\r?\n", re.MULTILINE)
_NO_HEADER = re.compile(rb"^(?!\Z|>?From |[!-9;-~]+:|[ \t])", re.MULTILINE)
_NOT_QUOTED = re.compile(rb"=(?![0-9A-F]{2}|\r?\n|\Z)|[^\r\n]{77}")
_TYPES = re.compile(r"text/(?!html)|application/(?:octet-stream|.*(?:patch|diff))")
_FIRST_LINE = b"From " + b"0" * 40 + b" Mon Sep 17 00:00:00 2001\n\n"


class Garbled(Exception):
    """A mail that cannot be decoded dependably; the message is a sentence for whoever sent it."""


def decoded(data: bytes) -> bytes:
    """`data` with each encoded mail of it as its text; other bytes as they came. May be Garbled."""
    if not _ENCODED.search(data):
        return data
    starts = [found.start() for found in _BEGINS.finditer(data)]
    if not starts or data[: starts[0]].strip():
        starts.insert(0, 0)
    ends = [*starts[1:], len(data)]
    return b"".join(_mail(data[a:b]) for a, b in zip(starts, ends, strict=True))


def _mail(mail: bytes) -> bytes:
    found = _ENCODED.search(mail)
    diff = _DIFF.search(mail)
    if found is None or (diff is not None and diff.start() < found.start()):
        return mail
    mail = mail.lstrip(b"\r\n")
    end = _HEADERS_END.search(mail)
    if _NO_HEADER.search(mail[: end.start() if end else len(mail)]):
        raise _garbled(found[1].decode().lower())
    try:
        text = b"\n".join(_texts(message_from_bytes(mail)))
    except RecursionError as fault:
        raise Garbled("This mail holds parts within parts, too deep to be read.") from fault
    return _FIRST_LINE + text + b"\n"


def _texts(message: Message) -> Iterator[bytes]:
    """Text of the mail's parts that may be a patch: its body, and patches attached to it."""
    for part in message.walk():
        if not part.is_multipart() and _TYPES.match(part.get_content_type()):
            yield _text(part)


def _text(part: Message) -> bytes:
    encoding = str(part.get("Content-Transfer-Encoding", "")).strip().strip('"').lower()
    if encoding not in {"quoted-printable", "base64"}:
        plain = part.get_payload(decode=True)
        return plain if isinstance(plain, bytes) else b""
    try:
        raw = str(part.get_payload()).encode("ascii")
    except (TypeError, ValueError, LookupError) as fault:  # bytes above ASCII, odd `charset`s
        raise _garbled(encoding) from fault
    if encoding == "quoted-printable":
        if _NOT_QUOTED.search(raw):
            raise _garbled(encoding)
        return binascii.a2b_qp(raw)
    try:
        return binascii.a2b_base64(b"".join(raw.split()), strict_mode=True)
    except binascii.Error as fault:
        raise _garbled(encoding) from fault


def _garbled(encoding: str) -> Garbled:
    return Garbled(
        f"This mail says that it is {encoding}, but not all of its text is: it was changed after "
        "it was sent, as by copying it out of a mail program. Save the whole mail as a file, or "
        "ask its sender for the output of `git format-patch`."
    )
