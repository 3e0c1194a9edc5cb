"""Masks secrets in text: values of the server that are known, and shapes that are always secret.

Known values are found as they are, in capitals or small letters, encoded (base64, hex, URL, JSON,
HTML), broken over lines, and with terminal escapes or what nobody sees between their characters;
shapes as they are and with such things between. No masking is complete; it is the last of several
walls, the first being that agents get no secret at all.

A stream is masked alike however it is cut: `pending` holds back whatever a later chunk could make
part of a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from agents.redact_forms import forms_of, lowered
from agents.redact_shapes import KEY_OPEN, SETTINGS, SHAPES, WORDS_OPEN

MASK = "[secret]"
_MIN = 6  # shorter values would mask ordinary words
_WINDOW = 64 * 1024  # of the end of a text; nothing is held back longer
_TOKEN = 6000  # longer than any shape without a space in it
_KEY = 20 * 1024  # longer than any private key
_FIRST = 4  # so many characters of a known value stand on one line

# What a terminal takes for itself, in seven bits or eight: CSI, OSC with what it says, the strings
# DCS, SOS, PM and APC, character sets, and whatever else stands behind an escape.
_CSI = r"(?:\x1b\[|\x9b)[0-9;:?<=>]{0,64}+[ -/]{0,8}+"
_OSC = r"(?:\x1b\]|\x9d)"
_STRING = r"(?:\x1b[PX^_]|[\x90\x98\x9e\x9f])"
_ESCAPE = re.compile(
    rf"{_CSI}[@-~]|{_OSC}(?P<said>[^\x07\x1b\x9c]{{0,2000}}+)(?:\x07|\x1b\\|\x9c)"
    rf"|{_STRING}(?P<told>[^\x1b\x9c]{{0,2000}}+)(?:\x1b\\|\x9c)"
    r"|\x1b[ -/]{1,8}+[0-~]|\x1b[^\[\]\x1b]?"
)
_ESCAPE_OPEN = re.compile(
    rf"(?:{_CSI}|{_OSC}[^\x07\x1b\x9c]{{0,2000}}+\x1b?|{_STRING}[^\x1b\x9c]{{0,2000}}+\x1b?"
    r"|\x1b[ -/]{0,8}+)\Z"
)
_BEGINS = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")
# What nobody sees. It may part words too (NUL, in an environment), so shapes are looked for twice.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x8f\x91-\x97\x99\x9a\x9c\u00ad\u034f\u061c\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_BREAK = re.compile(r"[\r\n]")
_WORD = re.compile(r"\w")
Shape = tuple[str, re.Pattern[str]]


class Redactor:
    """Masks `values` and well-known shapes of secrets; with `settings`, PASSWORD=value as well.

    `redact` and `pending` are for callers that buffer themselves; `feed` and `flush` stream.
    """

    def __init__(self, values: Iterable[str] = (), *, settings: bool = True) -> None:
        self._shapes = (*SHAPES, *SETTINGS) if settings else SHAPES
        found = {form for value in values if len(value) >= _MIN for form in forms_of(value)}
        plain = {_without(lowered(form), unseen=True, breaks=True) for form in found}
        self._forms = sorted((f for f in plain if len(f) >= _MIN), key=lambda f: (-len(f), f))
        self._held = ""

    def redact(self, text: str) -> str:
        """text with every secret in it masked; the rest is as it was."""
        parts, at = [], 0
        for _, start, end in sorted(self._found(text), key=lambda each: (each[1], -each[2])):
            if start >= at:
                parts += [text[at:start], MASK]
            at = max(at, end)
        return "".join([*parts, text[at:]]) if parts else text

    def pending(self, text: str) -> int:
        """How many of the last characters may be part of a secret that is not whole yet."""
        tail = text[-_WINDOW:]
        cut = min(_shape_begun(tail), self._value_begun(tail))
        if opened := _ESCAPE_OPEN.search(tail, max(0, len(tail) - 2100)):
            before = tail[: opened.start()]  # what it turns out to be may be nothing at all
            cut = min(cut, len(before), _shape_begun(before), self._value_begun(before))
        whole = [(begin, end) for begin, _, end in self._found(tail)]
        whole += [match.span() for match in _ESCAPE.finditer(tail)]
        for begin, end in sorted(whole, reverse=True):  # never cut one in two
            cut = begin if begin < cut < end else cut
        return len(tail) - cut

    def feed(self, text: str) -> str:
        """What of the stream so far can be shown, masked."""
        text = self._held + text
        held = self.pending(text)
        ready, self._held = text[: len(text) - held], text[len(text) - held :]
        return self.redact(ready)

    def flush(self) -> str:
        """The rest, at the end of the stream."""
        rest, self._held = self._held, ""
        return self.redact(rest)

    def _found(self, text: str) -> Iterator[tuple[int, int, int]]:
        """(where what shows it begins, its start, its end) of every secret."""
        yield from self._values_in(text)
        yield from _shapes_in(text, self._shapes)
        for escape in _ESCAPE.finditer(text) if _BEGINS.search(text) else ():
            group = "said" if escape["said"] else "told"
            if said := escape[group]:  # what a terminal takes for a title, an address or a font
                base = escape.start(group)
                for found in (*self._values_in(said), *_shapes_in(said, self._shapes)):
                    begin, start, end = found
                    yield begin + base, start + base, end + base

    def _values_in(self, text: str) -> Iterator[tuple[int, int, int]]:
        low = lowered(_without(text, unseen=True, breaks=True))
        hits = [form for form in self._forms if form in low]
        if not hits:
            return
        places = _places(text, unseen=True, breaks=True)
        for form in hits:
            at = low.find(form)
            while at >= 0:
                start, end = places[at], places[at + len(form) - 1] + 1
                if _is_on_one_line(text, start, places[at + _FIRST - 1]):
                    yield start, start, end
                at = low.find(form, at + 1)

    def _value_begun(self, text: str) -> int:
        """Where the end of text may be the beginning of a known value; its length when nowhere."""
        low = lowered(_without(text, unseen=True, breaks=True))
        begun = {at for form in self._forms for at in _suffixes(low, form)}
        if not begun:
            return len(text)
        places = _places(text, unseen=True, breaks=True)
        late = len(low) - _FIRST
        held = [at for at in begun if at <= late or _is_on_one_line(text, places[at], len(text))]
        return places[min(held)] if held else len(text)


def _shape_begun(text: str) -> int:
    """Where a shape may have begun that the end of text cuts; its length when nowhere."""
    return min(_begun(text, unseen=unseen) for unseen in _looks(text))


def _begun(text: str, *, unseen: bool) -> int:
    plain = _without(text, unseen=unseen)
    token = "" if plain[-1:].isspace() else (plain[-_TOKEN:].split() or [""])[-1]
    start = len(plain) - len(token)
    starts = [start + word.start()] if (word := _WORD.search(token)) else []
    for pattern, reach in ((WORDS_OPEN, _TOKEN), (KEY_OPEN, _KEY)):
        if match := pattern.search(plain, max(0, len(plain) - reach)):
            starts.append(match.start())
    return _places(text, unseen=unseen)[min(starts)] if starts else len(text)


def _looks(text: str) -> tuple[bool, ...]:
    """Whether to leave out what is not seen: once each, where there is any."""
    return (False, True) if _UNSEEN.search(text) else (False,)


def _shapes_in(text: str, shapes: Sequence[Shape]) -> Iterator[tuple[int, int, int]]:
    for unseen in _looks(text):
        yield from _shapes_seen(text, shapes, unseen=unseen)


def _shapes_seen(
    text: str, shapes: Sequence[Shape], *, unseen: bool
) -> Iterator[tuple[int, int, int]]:
    plain = _without(text, unseen=unseen)
    places: list[int] | None = None
    for mark, pattern in shapes:
        if mark not in plain:
            continue
        for match in pattern.finditer(plain):
            places = places or _places(text, unseen=unseen)
            start = match.end("keep") if "keep" in pattern.groupindex else match.start()
            yield places[match.start()], places[start], places[match.end() - 1] + 1


def _suffixes(text: str, form: str) -> Iterator[int]:
    """Places from which the end of text is a beginning of the form, but not all of it."""
    head = form[:_FIRST]
    at = text.find(head, max(0, len(text) - len(form) + 1))
    while at >= 0:
        if form.startswith(text[at:]):
            yield at
        at = text.find(head, at + 1)
    for size in range(1, min(_FIRST, len(text) + 1)):
        if text.endswith(form[:size]):
            yield len(text) - size


def _is_on_one_line(text: str, start: int, end: int) -> bool:
    """Whether no break stands there: fewer characters are no sign, and would be held for long."""
    return not _BREAK.search(text, start, end)


def _without(text: str, *, unseen: bool = False, breaks: bool = False) -> str:
    """text without terminal escapes, and without what is not seen and breaks when asked."""
    plain = _ESCAPE.sub("", text) if _BEGINS.search(text) else text
    plain = _UNSEEN.sub("", plain) if unseen else plain
    return _BREAK.sub("", plain) if breaks else plain


def _places(text: str, *, unseen: bool = False, breaks: bool = False) -> list[int]:
    """Place in text of each character that `_without` leaves."""
    places: list[int] = []
    at = 0
    for match in [*_ESCAPE.finditer(text), None] if _BEGINS.search(text) else [None]:
        end = match.start() if match else len(text)
        places += range(at, end)
        at = match.end() if match else end
    for pattern, is_asked in ((_UNSEEN, unseen), (_BREAK, breaks)):
        gone = {match.start() for match in pattern.finditer(text)} if is_asked else None
        places = [place for place in places if place not in gone] if gone else places
    return places
