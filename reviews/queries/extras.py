"""What shows a file better than its lines, or beside them: its picture, its notebook's cells."""

from __future__ import annotations

from typing import NamedTuple

from reviews.diffs.images import HEAD, SVG, Side, media_type, render_images, side_of
from reviews.diffs.notebook import render_cells
from reviews.models import Blob, DiffFile
from reviews.queries.pairs import Pair
from reviews.services import blobs


class Extra(NamedTuple):
    """html: put before the rows, empty for most files. is_aside: the rows are folded then."""

    html: str = ""
    is_aside: bool = False


def extra_of(file: DiffFile, view: str) -> Extra:
    """By what the two contents are; those that were too large to be kept have none."""
    if not (file.old_id or file.new_id):
        return Extra()
    if file.is_binary:
        return Extra(_pictures(file))
    if bytes(file.path).lower().endswith(b".ipynb"):
        return _notebook(file, view)
    if media_type(blobs.get(file.new or file.old)[:HEAD]) == SVG:
        return Extra(_pictures(file))
    return Extra()


def _pictures(file: DiffFile) -> str:
    old = _side(file.old, file.old_mode, file.old_size)
    new = _side(file.new, file.new_mode, file.new_size)
    where = f"files/{file.index}/sides"
    return render_images((f"{where}/old", f"{where}/new"), old, new)


def _side(blob: Blob | None, mode: str, size: int | None) -> Side | None:
    """One side as it is told; None where the file is not."""
    data = blobs.get(blob)
    return (side_of(data) or Side("", size or len(data), None)) if mode else None


def extra_between(pair: Pair, old: bytes | None, new: bytes | None, view: str) -> Extra:
    """The same of a file of two rounds, with what each has of it; None: nothing, or not kept."""
    if pair.path.lower().endswith(b".ipynb") and _is_own_work(pair):
        if any(state and not state.is_kept for state in (pair.old_new, pair.new_new)):
            return Extra()
        html = render_cells(old, new, anchor=f"f{pair.index}", view=view)
        return Extra(html, is_aside=True) if html else Extra()
    if not pair.file.is_binary and media_type((new or old or b"")[:HEAD]) != SVG:
        return Extra()
    sides = [
        (side_of(data or b"") or Side("", state.size or 0, None)) if state else None
        for data, state in ((old, pair.old_new), (new, pair.new_new))
    ]
    return Extra(render_images(places_of(pair), sides[0], sides[1]))


def places_of(pair: Pair) -> tuple[str, str]:
    """Where both contents are served: what a round made, or what the other one began from."""
    mine, others = pair.before, pair.after
    old = (mine, "new") if mine else (others, "old")
    new = (others, "new") if others else (mine, "old")
    return _place(*old), _place(*new)


def _place(file: DiffFile | None, side: str) -> str:
    return f"../{file.round.number}/files/{file.index}/sides/{side}" if file else ""


def _is_own_work(pair: Pair) -> bool:
    """Whether nothing that the base brought is between the two."""
    bases = [state.key if state else "" for state in (pair.old_base, pair.new_base)]
    return pair.is_base_known and bases[0] == bases[1]


def _notebook(file: DiffFile, view: str) -> Extra:
    if (file.old_mode and not file.old_id) or (file.new_mode and not file.new_id):
        return Extra()  # a side that was not kept is no side that is not there
    old = blobs.get(file.old) if file.old_id else None
    new = blobs.get(file.new) if file.new_id else None
    html = render_cells(old, new, anchor=f"f{file.index}", view=view)
    return Extra(html, is_aside=True) if html else Extra()
