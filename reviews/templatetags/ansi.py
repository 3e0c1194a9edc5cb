"""Terminal output as inert HTML lines: colours shown, everything else made visible or swallowed.

Pure: a `Terminal` is fed text in pieces of any size and gives the lines of the whole, so a sequence
or a line break that is split over two stored chunks reads as if it never was. Knows nothing of
runs, rows or requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

MAX_LINE = 4096  # characters before a line is broken, so that one line cannot freeze a page
MAX_CSI = 128  # a control sequence longer than this is text that pretends
MAX_OSC = 1024  # an operating system command swallows at most this much

_CSI = re.compile(r"\x1b\[([0-?]*)([ -/]*)([@-~])")
_CSI_START = re.compile(r"\x1b\[[0-?]*[ -/]*\Z")
_OSC = re.compile(rf"\x1b[\]PX^_][^\x07\x1b\n\r\x9c]{{0,{MAX_OSC}}}(?:\x07|\x1b\\|\x9c|(?=[\n\r]))")
_OSC_START = re.compile(rf"\x1b[\]PX^_][^\x07\x1b\n\r\x9c]{{0,{MAX_OSC}}}\x1b?\Z")
_CHARSET = re.compile(r"\x1b[()*+][0-9A-B]|\x1b[=>78]")
_PLAIN = re.compile(
    r"[^\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+"
)
# Invisible characters that turn or hide text, by the name a reader knows them by.
_NAMES = {
    0x061C: "ALM", 0x200B: "ZWSP", 0x200C: "ZWNJ", 0x200D: "ZWJ", 0x200E: "LRM", 0x200F: "RLM",
    0x2028: "LSEP", 0x2029: "PSEP", 0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO",
    0x202E: "RLO", 0x2060: "WJ", 0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
    0xFEFF: "BOM",
}  # fmt: skip
_SET = {1: "ab", 2: "ad", 3: "ai", 4: "au", 9: "as"}
_UNSET = {22: ("ab", "ad"), 23: ("ai",), 24: ("au",), 29: ("as",), 49: ("ab",)}
_CUBE = (0, 95, 135, 175, 215, 255)


def mark(char: str) -> str:
    """A control or invisible character as HTML that shows it."""
    code = ord(char)
    if code < 0x20:
        name = chr(0x2400 + code)
    elif code == 0x7F:
        name = "\u2421"
    else:
        name = _NAMES.get(code, f"U+{code:04X}")
    return f'<span class="mark">{name}</span>'


def _nearest_level(value: int) -> int:
    return min(range(6), key=lambda level: abs(_CUBE[level] - value))


def nearest_256(red: int, green: int, blue: int) -> int:
    """The number of the 256-colour palette's cube or grey ramp nearest to a 24-bit colour."""
    levels = [_nearest_level(value) for value in (red, green, blue)]
    grey = max(0, min(23, round(((red + green + blue) / 3 - 8) / 10)))
    cube_off = sum((_CUBE[i] - v) ** 2 for i, v in zip(levels, (red, green, blue), strict=True))
    grey_off = sum((8 + 10 * grey - v) ** 2 for v in (red, green, blue))
    if grey_off < cube_off:
        return 232 + grey
    return 16 + 36 * levels[0] + 6 * levels[1] + levels[2]


def colour_class(number: int) -> str:
    """CSS classes of palette entry 0-255: a name for the first 16, levels for the others."""
    if number < 16:
        return f"a{number}"
    if number > 231:
        return f"ax y{number - 232}"
    red, rest = divmod(number - 16, 36)
    green, blue = divmod(rest, 6)
    return f"ax r{red} g{green} b{blue}"


@dataclass(slots=True)
class Pen:
    """What SGR codes have set. Backgrounds count as bold; concealed text is not concealed."""

    colour: str = ""
    flags: set[str] = field(default_factory=set)

    def classes(self) -> str:
        return " ".join([*([self.colour] if self.colour else []), *sorted(self.flags)])

    def apply(self, parameters: str) -> None:
        """Take one SGR sequence's parameters; numbers out of range are left alone."""
        codes = [int(p) if p.isdecimal() and len(p) < 4 else 0 if not p else -1
                 for p in parameters.replace(":", ";").split(";")]  # fmt: skip
        position = 0
        while position < len(codes):
            if codes[position] in (38, 48):
                position += self._extended(codes, position)
            else:
                self._one(codes[position])
                position += 1

    def _extended(self, codes: list[int], at: int) -> int:
        """38;5;n, 38;2;r;g;b and the same for grounds; how many codes it took."""
        mode = codes[at + 1] if at + 1 < len(codes) else -1
        taken = {5: 3, 2: 5}.get(mode, 1)
        values = codes[at + 2 : at + taken]
        if len(values) < taken - 2 or not all(0 <= v <= 255 for v in values):
            return taken
        if codes[at] == 48:
            self.flags.add("ab")
        elif mode == 5:
            self.colour = colour_class(values[0])
        elif mode == 2:
            self.colour = colour_class(nearest_256(*values))
        return taken

    def _one(self, code: int) -> None:
        if code == 0:
            self.colour = ""
            self.flags.clear()
        elif code in _SET:
            self.flags.add(_SET[code])
        elif code in _UNSET:
            self.flags.difference_update(_UNSET[code])
        elif 30 <= code <= 37:
            self.colour = colour_class(code - 30)
        elif 90 <= code <= 97:
            self.colour = colour_class(code - 82)
        elif code == 39:
            self.colour = ""
        elif 40 <= code <= 47 or 100 <= code <= 107:
            self.flags.add("ab")


def _is_sgr(sequence: re.Match[str]) -> bool:
    """Whether a control sequence sets colours (and is not a private one that ends alike)."""
    parameters, between, final = sequence.groups()
    return final == "m" and not between and parameters[:1] not in tuple("<=>?")


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one feed added: lines as HTML, in order.

    continues: the first belongs to the end of the line before. is_open: the last has no end yet.
    """

    lines: tuple[str, ...]
    continues: bool
    is_open: bool


class Terminal:
    """Turns a stream of output into inert lines; feeding it in other pieces changes nothing."""

    def __init__(self) -> None:
        self._pen = Pen()
        self._pending = ""
        self._column = 0
        self._lines: list[str] = []
        self._now: list[str] = []

    def feed(self, text: str) -> Fragment:
        """Take the next piece of the stream."""
        return self._take(self._pending + text, is_last=False)

    def finish(self) -> Fragment:
        """The stream is over: an unfinished sequence is shown for what it is."""
        return self._take(self._pending, is_last=True)

    def _take(self, text: str, *, is_last: bool) -> Fragment:
        continues, self._lines, self._now, self._pending = self._column > 0, [], [], ""
        position = 0
        while position < len(text):
            step = self._step(text, position, is_last)
            if step == 0:
                self._pending = text[position:]
                break
            position += step
        is_open = bool(self._now)
        if is_open:
            self._lines.append("".join(self._now))
        return Fragment(tuple(self._lines), continues and bool(self._lines), is_open)

    def _step(self, text: str, at: int, is_last: bool) -> int:
        """Handle what stands at `at`; how many characters that was, 0 when more is needed."""
        if plain := _PLAIN.match(text, at):
            return self._write(plain.group())
        char = text[at]
        if char == "\n":
            return self._end_line()
        if char == "\r":
            return self._return(text, at, is_last)
        if char == "\x1b":
            return self._escape(text, at, is_last)
        return self._show(char)

    def _write(self, text: str) -> int:
        room = MAX_LINE - self._column
        if room <= 0:
            self._end_line()
            room = MAX_LINE
        piece, classes = text[:room], self._pen.classes()
        shown = escape(piece)
        self._now.append(f'<span class="{classes}">{shown}</span>' if classes else shown)
        self._column += len(piece)
        return len(piece)

    def _show(self, char: str) -> int:
        if self._column >= MAX_LINE:
            self._end_line()
        self._now.append(mark(char))
        self._column += 1
        return 1

    def _end_line(self) -> int:
        self._lines.append("".join(self._now))
        self._now.clear()
        self._column = 0
        return 1

    def _return(self, text: str, at: int, is_last: bool) -> int:
        """A carriage return before a line end is part of it; alone it begins a new line.

        Nothing is overwritten, so that no text can hide another.
        """
        after = at + 1
        while after < len(text) and text[after] == "\r":
            after += 1
        if after == len(text) and not is_last and after - at < MAX_CSI:
            return 0
        if after < len(text) and text[after] == "\n":
            self._end_line()
            return after - at + 1
        if self._column:
            self._show("\r")
            self._end_line()
        return after - at

    def _escape(self, text: str, at: int, is_last: bool) -> int:
        for pattern in (_CSI, _OSC, _CHARSET):
            found = pattern.match(text, at)
            if found and (pattern is not _CSI or found.end() - at <= MAX_CSI):
                if pattern is _CSI and _is_sgr(found):
                    self._pen.apply(found.group(1))
                return found.end() - at
        if not is_last and self._is_unfinished(text, at):
            return 0
        return self._show("\x1b")

    @staticmethod
    def _is_unfinished(text: str, at: int) -> bool:
        rest = len(text) - at
        if rest == 1 or (rest == 2 and text[at + 1] in "()*+"):
            return True
        if rest < MAX_CSI and _CSI_START.match(text, at):
            return True
        return bool(_OSC_START.match(text, at))


def render(text: str) -> tuple[str, ...]:
    """A whole output as HTML lines."""
    terminal = Terminal()
    first, last = terminal.feed(text), terminal.finish()
    if not last.continues:
        return first.lines + last.lines
    return (*first.lines[:-1], first.lines[-1] + last.lines[0], *last.lines[1:])


def plain(text: str) -> str:
    """The same text without escapes, for downloads: marks as their names, no markup."""
    return "\n".join(unescape(re.sub(r"<[^>]*>", "", line)) for line in render(text))
