"""Threads of earlier rounds, carried to the lines they are about in a later one.

Better misplaced than dropped: a thread whose line or file is gone is carried to the nearest place,
and said to be outdated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Q

from reviews.diffs.anchor import Ported, Porter
from reviews.diffs.between import split_lines
from reviews.models import Blob, DiffFile, Round
from reviews.queries.change import ThreadView
from reviews.services import blobs

KEPT_S = 86_400  # seconds; a place depends on two contents and two numbers only
_Place = tuple[int, int, int, int]  # ids of both contents, first and last line


@dataclass(frozen=True, slots=True)
class Carried:
    """A thread in a round that is not its own. line None: at the file as a whole, or the round.

    is_outdated: its lines (or its file) changed or went. is_moved: another line or file than in its
    own round. is_guess: a content is too large to be kept, so the number is the one it had.
    """

    view: ThreadView
    side: str
    line: int | None
    end_line: int | None
    is_outdated: bool = False
    is_moved: bool = False
    is_guess: bool = False

    @property
    def is_gone(self) -> bool:
        """Whether its file is not among those that the shown round changes."""
        return self.view.thread.file_id is not None and not self.side

    @property
    def origin(self) -> str:
        """Where it was written, in words: round 1, line 16."""
        thread = self.view.thread
        words = f"round {thread.round.number}"
        if not thread.line:
            return words
        last = thread.end_line or thread.line
        lines = f"line {thread.line}" if last == thread.line else f"lines {thread.line} to {last}"
        return f"{words}, {lines}"


def carried_to(
    round_: Round, threads: Sequence[ThreadView], files: Sequence[DiffFile] | None
) -> dict[int | None, list[Carried]]:
    """Threads of rounds before `round_`, by the index of the file they are shown at.

    files: those that the page shows, None for all of the round; what belongs to another file is
    left to its page.
    None: about the round as a whole, or about a file that the round does not change any more.
    """
    earlier = [view for view in threads if view.thread.round.number < round_.number]
    targets = _Targets(round_, [view.thread.file for view in earlier if view.thread.file])
    found = [(view, targets.of(view.thread.file)) for view in earlier]
    places = _places(_wanted(view, target) for view, target in found)
    shown = None if files is None else {file.index for file in files}
    carried: dict[int | None, list[Carried]] = defaultdict(list)
    for view, target in found:
        if target is None:
            is_gone = view.thread.file_id is not None
            carried[None].append(Carried(view, "", None, None, is_outdated=is_gone))
        elif shown is None or target.index in shown:
            carried[target.index].append(_carried(view, target, places))
    return dict(carried)


class _Targets:
    """Which file of a round is the one that a thread was about: by its name, else its old name."""

    def __init__(self, round_: Round, files: Sequence[DiffFile]) -> None:
        self._ranked: dict[tuple[str, bytes], DiffFile] = {}
        names = {bytes(path) for f in files for path in (f.path, f.old_path) if path is not None}
        contents = {f.new_oid for f in files if f.new_oid and f.status == "added"}
        if not names:
            return
        wanted = Q(path__in=names) | Q(old_path__in=names)
        wanted |= Q(new_oid__in=contents, status="added")
        for file in round_.files.filter(wanted).defer("facts").order_by("-index"):
            self._ranked["path", bytes(file.path)] = file
            if file.old_path is not None and file.status != "copied":
                self._ranked["old", bytes(file.old_path)] = file
            if file.status == "added":
                self._ranked["content", file.new_oid.encode()] = file

    def of(self, file: DiffFile | None) -> DiffFile | None:
        """The round's file, or None when it has none."""
        if file is None:
            return None
        ways = [("path", bytes(file.path)), ("old", bytes(file.path))]
        if file.old_path is not None:
            ways += [("old", bytes(file.old_path)), ("path", bytes(file.old_path))]
        ways.append(("content", file.new_oid.encode()))
        return next((self._ranked[way] for way in ways if way in self._ranked), None)


def _wanted(view: ThreadView, target: DiffFile | None) -> _Place | None:
    """What is to be looked up in two different contents; None where nothing is."""
    thread, file = view.thread, view.thread.file
    if target is None or file is None or thread.line is None:
        return None
    old = thread.side == "old"
    before, after = (file.old_id, target.old_id) if old else (file.new_id, target.new_id)
    if before is None or after is None or before == after:
        return None
    return before, after, thread.line, thread.end_line or thread.line


def _carried(view: ThreadView, target: DiffFile, places: dict[_Place, Ported]) -> Carried:
    thread, file = view.thread, view.thread.file
    assert file is not None
    side = thread.side or "new"
    is_elsewhere = bytes(target.path) != bytes(file.path)
    if thread.line is None:
        return Carried(view, side, None, None, is_moved=is_elsewhere)
    last = thread.end_line or thread.line
    wanted = _wanted(view, target)
    if wanted is not None:
        place = places[wanted]
        is_moved = is_elsewhere or (place.line, place.end_line) != (thread.line, last)
        return Carried(view, side, place.line, place.end_line, place.is_outdated, is_moved)
    before, after = _oids(file, target, side)
    if not after:
        return Carried(view, side, None, None, is_outdated=True, is_moved=True)
    return Carried(view, side, thread.line, last, is_moved=is_elsewhere, is_guess=before != after)


def _oids(file: DiffFile, target: DiffFile, side: str) -> tuple[str, str]:
    """Object ids of that side, empty where the file is not there."""
    if side == "old":
        return file.old_oid or str(file.old_id or ""), target.old_oid or str(target.old_id or "")
    return file.new_oid or str(file.new_id or ""), target.new_oid or str(target.new_id or "")


def _places(wanted: Iterable[_Place | None]) -> dict[_Place, Ported]:
    """The new places, each pair of contents read and compared once, and then kept."""
    asked = {place for place in wanted if place is not None}
    keys = {":".join(["carried", *map(str, place)]): place for place in asked}
    found = {keys[key]: Ported(*value) for key, value in cache.get_many(keys).items()}
    missing: dict[tuple[int, int], list[_Place]] = defaultdict(list)
    for place in asked - found.keys():
        missing[place[0], place[1]].append(place)
    contents = Blob.objects.in_bulk({pk for pair in missing for pk in pair})
    for (old, new), group in missing.items():
        porter = Porter(_lines(contents[old]), _lines(contents[new]))
        found.update((place, porter.port(place[2], place[3])) for place in group)
    fresh = {place for group in missing.values() for place in group}
    values = {key: _value(found[place]) for key, place in keys.items() if place in fresh}
    if values:
        cache.set_many(values, KEPT_S)
    return found


def _value(place: Ported) -> tuple[int | None, int | None, bool]:
    return place.line, place.end_line, place.is_outdated


def _lines(blob: Blob) -> list[bytes]:
    """Without their ends: a newline put after the last line does not make it another one."""
    return [line.removesuffix(b"\n") for line in split_lines(blobs.get(blob))]
