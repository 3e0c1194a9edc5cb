"""What a program may ask of a model service: exact methods and paths, and headers by name.

Whatever is not listed is refused or left out, so that an agent with the server's key reaches model
calls only: no batches, files or administration, and no other account than the key's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Route = tuple[str, str]  # method and path; "{name}" in a path is one name of a model
MAX_QUERY = 1024  # bytes
_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,199}"
_PLACE = "{name}"
_ODD = (b"%", b"\\", b";", b"//", b"..")  # other spellings of a path than the one that is listed
_QUERY = re.compile(rb"[A-Za-z0-9_=&.,:+-]*")
# With these in its query a request would be another account's.
_CREDENTIALS = frozenset(b"key access_token oauth_token api_key api-key apikey token".split())
# accept-encoding is ours: answers are read as they pass. So is content-type: bodies were read.
_PASSED = frozenset(
    b"accept accept-language "
    b"user-agent x-app x-request-id x-client-request-id idempotency-key "
    b"anthropic-version anthropic-beta anthropic-dangerous-direct-browser-access "
    b"openai-beta originator session_id session-id conversation_id version "
    b"x-goog-api-client".split()
)
_PASSED_BEGINNING = b"x-stainless-"


class Routes:
    """The requests that are open, each matched whole."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._open = tuple((method, re.compile(_pattern(path))) for method, path in routes)

    def refusal(self, method: str, path: bytes, query: bytes) -> str:
        """Why a request is not passed on, as a sentence; empty when it may be.

        path: as it came, before anything is decoded.
        """
        is_odd = any(each in path for each in _ODD)
        if is_odd or not any(m == method and p.fullmatch(path) for m, p in self._open):
            return "This path is not open to agents."
        if len(query) > MAX_QUERY or not _QUERY.fullmatch(query):
            return "This query is not open to agents."
        names = {each.partition(b"=")[0].lower() for each in query.split(b"&")}
        return "A query may not carry credentials." if names & _CREDENTIALS else ""


def is_model_call(method: str, path: bytes) -> bool:
    """Whether a request that is open costs money: counting tokens and listing models do not."""
    return method == "POST" and not path.lower().endswith((b"/count_tokens", b":counttokens"))


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The program's headers (names in small letters) that the service is to see."""
    return [(n, v) for n, v in headers if n in _PASSED or n.startswith(_PASSED_BEGINNING)]


def _pattern(path: str) -> bytes:
    return _NAME.join(map(re.escape, path.split(_PLACE))).encode()
