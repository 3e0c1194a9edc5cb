"""Syntax colours: what a repeat view costs, what they add to a page, and what hunks alone get wrong.

The truth that both ways are held against is Pygments' own list of tokens of the whole file, each
character's class taken from it without any of our packing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import cache, partial
from pathlib import Path

import django
from pygments.lexers import get_lexer_by_name

from reviews.diffs import FileEntry, Hunk, Options, ParsedFile, Row, render_file
from reviews.diffs.highlight import Runs, class_of, language_of, lex
from reviews.diffs.paint import paint_line, painter
from tests.bench.harness import Row as Line
from tests.bench.harness import bench, paired

LINES = 2_000
REPEAT = 0.1  # of lexing: PERFORMANCE asks that a repeat view lexes nothing
PAINTED = 2.0  # of plain rows: twice a few milliseconds is less than what lexing hunks would take
KEPT = 0.5  # of the text itself, both compressed
EVERY, AROUND = 40, 3  # a changed line each so many, with so many lines around it in its hunk
SUFFIXES = {".py": 60, ".js": 40, ".css": 18, ".html": 32, ".md": 21, ".c": 25, ".h": 25}
PATIENCE = 60.0
ENTRY = FileEntry(0, b"a.py", None, "modified", 0, 0, "100644", "100644", "", "", False, 0, 0)


@bench("colours")
def colour_rows() -> list[Line]:
    """A file of 2,000 lines, and the installed packages' files in seven languages."""
    lines = _source().split("\n")[:LINES]
    data = "\n".join(lines).encode()
    runs = lex(data, "python", PATIENCE)
    assert runs is not None
    kept = zlib.compress(runs, 6)
    parsed = _parsed(lines)
    paint = painter(Runs.read(runs), Runs.read(runs))
    return [
        paired(
            f"colours, read and painted on {LINES} lines, against lexing",
            lambda: _painted(lines, Runs.read(zlib.decompress(kept))),
            lambda: lex(data, "python", PATIENCE),
            goal=REPEAT,
        ),
        paired(
            f"colours, {LINES} rows rendered with them, against plain",
            partial(render_file, parsed, anchor="f0", options=Options(paint=paint)),
            partial(render_file, parsed, anchor="f0"),
            goal=PAINTED,
        ),
        _size(len(kept), len(zlib.compress(data, 6)), len(lines)),
        _wrong(),
    ]


def _source() -> str:
    return (Path(django.__file__).parent / "db" / "models" / "query.py").read_text()


def _painted(lines: Sequence[str], runs: Runs) -> list[str]:
    return [paint_line(line, runs.line(number), ()) for number, line in enumerate(lines, 1)]


def _parsed(lines: Sequence[str]) -> ParsedFile:
    """The file with every eighth line edited."""
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        if number % 8:
            rows.append(Row(" ", number, number, line))
        else:
            rows.append(Row("-", number, None, line))
            rows.append(Row("+", None, number, line + "  # changed here"))
    return ParsedFile(ENTRY, [Hunk(1, len(lines), 1, len(lines), "", rows)])


def _size(kept: int, text: int, lines: int) -> Line:
    name = "colours, bytes a line as they are kept, against the text"
    ours, peer = kept / lines, text / lines
    return Line(name, round(ours, 2), round(peer, 2), round(kept / text, 4), KEPT, unit="bytes")


def _wrong() -> Line:
    """Percent of the lines in hunks with a character of another class than in the whole file."""
    shown = ours = alone = 0
    for path in _files():
        language = language_of(path.name.encode())
        lines = path.read_text("utf-8", "surrogateescape").split("\n")
        truth = _truth("\n".join(lines), language)
        whole = _of_ours(lines, language)
        for first, end in _hunks(len(lines)):
            part = _of_ours(lines[first:end], language)
            shown += end - first
            ours += _differing(whole[first:end], truth[first:end])
            alone += _differing(part, truth[first:end])
    mine, theirs = 100 * ours / shown, 100 * alone / shown
    name = f"colours, % of {shown} lines wrong, whole files against hunks"
    return Line(name, round(mine, 4), round(theirs, 4), round(mine / theirs, 4), 0.0, unit="%")


@cache
def _files() -> list[Path]:
    """The same files for the same packages: the first of each language, none very small or large."""
    packages = Path(django.__file__).resolve().parent.parent
    found: list[Path] = []
    for suffix, most in SUFFIXES.items():
        of_it = sorted(packages.rglob(f"*{suffix}"))
        found += [path for path in of_it if 4_000 < path.stat().st_size < 60_000][:most]
    return found


def _hunks(lines: int) -> Iterator[tuple[int, int]]:
    for changed in range(EVERY // 2, lines, EVERY):
        yield max(0, changed - AROUND), min(lines, changed + AROUND + 1)


def _of_ours(lines: Sequence[str], language: str) -> list[str]:
    """Each line as its characters' classes, by our own runs."""
    packed = lex("\n".join(lines).encode("utf-8", "surrogateescape"), language, PATIENCE)
    assert packed is not None
    runs = Runs.read(packed)
    return [_classes(line, runs.line(number)) for number, line in enumerate(lines, 1)]


def _classes(line: str, runs: Sequence[tuple[int, int, str]]) -> str:
    found = ["."] * len(line)
    for start, end, name in runs:
        found[start:end] = name * (end - start)
    return _shown(line, "".join(found))


def _truth(source: str, language: str) -> list[str]:
    """The same, by what Pygments says of each character."""
    found = ["."] * len(source)
    lexer = get_lexer_by_name(language)
    for start, kind, value in lexer.get_tokens_unprocessed(source + "\n"):
        name = class_of(kind) or "."  # a directive (p): only its word has a colour
        for at in range(start, min(start + len(value), len(source))):
            found[at] = name
    lines, at = [], 0
    for line in source.split("\n"):
        lines.append(_shown(line, "".join(found[at : at + len(line)])))
        at += len(line) + 1
    return lines


def _shown(line: str, classes: str) -> str:
    """Blanks have no colour to see."""
    return "".join(
        " " if char.isspace() else name for char, name in zip(line, classes, strict=True)
    )


def _differing(some: Sequence[str], truth: Sequence[str]) -> int:
    return sum(
        any(mine != theirs != "p" for mine, theirs in zip(a, b, strict=True))
        for a, b in zip(some, truth, strict=True)
    )
