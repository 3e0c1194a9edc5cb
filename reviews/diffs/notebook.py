"""A Jupyter notebook shown by cell: in words what became of each, then the lines of its source.

The same for every reader, like the file's own lines, which stay below it. The numbers of a cell's
lines are no handles: comments are about lines of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from reviews.diffs import text
from reviews.diffs.notebook_cells import Cell, Notebook, read_notebook
from reviews.diffs.notebook_match import Entry, entries_of
from reviews.diffs.notebook_output import Writer

_KINDS = ("code", "markdown", "raw")
_MOST_NAMES = 10
_NAME = 60  # characters of a name that a file gives


def render_cells(old: bytes | None, new: bytes | None, *, anchor: str, view: str) -> str | None:
    """Both sides by cell; None where one cannot be read as a notebook, or there is none.

    anchor: of the file ("f3"); rows are f3c2n1 (cell 2, line 1), those of a cell that is gone
    f3g2o1, of an output f3c2x1n1. view: as of any file.
    """
    if old is None and new is None:
        return None
    before = Notebook([], {}) if old is None else read_notebook(old)
    after = Notebook([], {}) if new is None else read_notebook(new)
    if before is None or after is None:
        return None
    entries = entries_of(before.cells, after.cells)
    writer = Writer(anchor, view)
    told = _told(entries, _names(before.others, after.others) if old and new else [])
    said = "".join(f'<p class="said">{sentence}</p>' for sentence in told)
    return f'<div class="notebook">{said}{"".join(_cells(entries, writer))}</div>'


def _told(entries: Sequence[Entry], others: Sequence[str]) -> Iterator[str]:
    """What became of the notebook as a whole."""
    shown = [entry for entry in entries if not _is_same(entry)]
    counts = {
        "added": sum(e.old is None for e in shown),
        "removed": sum(e.new is None for e in shown),
        "moved": sum(e.is_moved for e in shown),
        "changed": sum(bool(e.old and e.new and _differs(e.old, e.new)) for e in shown),
        "unchanged": len(entries) - len(shown),
    }
    words = [f"{count} {verb}" for verb, count in counts.items() if count]
    if shown:
        yield f"Cells: {', '.join(words)}."
    elif any(_is_rerun(entry) for entry in entries):
        yield "Only execution counts differ." if not others else "In its cells only counts differ."
    else:
        yield "No cell differs, only how the file is written." if not others else "No cell differs."
    if others:
        yield f"What differs beside the cells: {_listed(others)}."


def _cells(entries: Sequence[Entry], writer: Writer) -> Iterator[str]:
    for is_same, run in groupby(entries, _is_same):
        if is_same:
            yield _folded(list(run))
        else:
            yield from (_cell(entry, writer) for entry in run)


def _folded(run: Sequence[Entry]) -> str:
    """Unchanged cells in one line."""
    numbers = [entry.new.number for entry in run if entry.new]
    where = f"{numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"{numbers[0]}"
    words = f"{len(run)} cell{'' if len(run) == 1 else 's'} unchanged: {where}."
    rerun = sum(_is_rerun(entry) for entry in run)
    if rerun:
        of_them = "" if rerun == len(run) else f" of {rerun} of them"
        words += f" Only the execution count{'' if rerun == 1 else 's'}{of_them} differ"
        words += "s." if rerun == 1 else "."
    return f'<p class="cells-same">{words}</p>'


def _cell(entry: Entry, writer: Writer) -> str:
    """A heading that says what became of it, then its source, then what it puts out."""
    old, new = entry.old, entry.new
    anchor = f"{writer.anchor}c{new.number}" if new else f"{writer.anchor}g{_number(old)}"
    inner = [
        writer.source(anchor, old.source if old else None, new.source if new else None),
        *writer.outputs(anchor, old, new),
        *_quiet(old, new),
    ]
    head = f'<h3 id="{anchor}">{_heading(entry)}</h3>'
    return f'<div class="cell" data-cell>{head}{"".join(inner)}</div>'


def _heading(entry: Entry) -> str:
    old, new = entry.old, entry.new
    if new is None:
        return f"Cell {_number(old)} before, {_kind(old)}: removed"
    words = []
    if old is None:
        words.append("added")
    elif entry.is_moved:
        words.append(f"moved from {old.number}")
    if old is not None:
        words += _differs(old, new)[:1]
    was = f", was {_kind(old)}" if old and old.kind != new.kind else ""
    return f"Cell {new.number}, {_kind(new)}{was}: {', '.join(words)}"


def _number(cell: Cell | None) -> int:
    return cell.number if cell else 0


def _kind(cell: Cell | None) -> str:
    kind = cell.kind if cell else ""
    return kind if kind in _KINDS else f"<bdi>{text.to_html(kind[:_NAME])}</bdi>"


def _differs(old: Cell, new: Cell) -> list[str]:
    """In what two cells differ, the weightiest first; not by execution counts."""
    found = {
        "changed": old.source != new.source or old.kind != new.kind,
        "output changed": old.parts != new.parts,
        "metadata changed": old.others != new.others,
    }
    return [words for words, is_so in found.items() if is_so]


def _is_same(entry: Entry) -> bool:
    if entry.old is None or entry.new is None or entry.is_moved:
        return False
    return not _differs(entry.old, entry.new)


def _is_rerun(entry: Entry) -> bool:
    return bool(entry.old and entry.new and entry.old.runs != entry.new.runs)


def _quiet(old: Cell | None, new: Cell | None) -> Iterator[str]:
    """What else differs, in one sentence."""
    if old is None or new is None:
        return
    names = _names(old.others, new.others)
    if old.runs != new.runs:
        names.append("execution count")
    if names:
        is_all = old.source == new.source and old.parts == new.parts
        yield f'<p class="quiet">{"Only this" if is_all else "Also"} differs: {_listed(names)}.</p>'


def _names(old: dict[str, str], new: dict[str, str]) -> list[str]:
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _listed(names: Sequence[str]) -> str:
    shown = [f"<bdi>{text.to_html(name[:_NAME])}</bdi>" for name in names[:_MOST_NAMES]]
    more = len(names) - _MOST_NAMES
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
