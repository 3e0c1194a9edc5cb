"""Words found in a whole change, for its diff page: in names and rows, bounded in size and time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reviews.diffs.find import Hit, Query, rows_with
from reviews.models import DiffFile, Round
from reviews.queries.inline import page_at
from reviews.services import blobs
from reviews.services.reading import encodings_in

MOST_SHOWN = 500  # rows
LEAST, MOST = 2, 200  # characters of a query
SECONDS = 2.0
_BATCH = 20  # patches that are read from the database at a time


@dataclass(slots=True)
class FoundFile:
    """A file whose name or rows hold the words. page: the page of the diff it stands on, 1-based.

    in_name: its name before, in and after the words, None when only its rows hold them.
    count: of its rows, of which hits are shown.
    """

    index: int
    display: str
    page: int
    in_name: tuple[str, str, str] | None
    hits: list[Hit] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class Found:
    """What was found. problem: one sentence instead. total: rows; searched: files, of so many.

    is_whole: everything was searched; else the time was over before.
    """

    words: str
    problem: str = ""
    files: list[FoundFile] = field(default_factory=list)
    total: int = 0
    shown: int = 0
    searched: int = 0
    of_files: int = 0
    is_whole: bool = True

    @property
    def said(self) -> str:
        """What was found, in one sentence."""
        lines = f"{self.total:,} line{'' if self.total == 1 else 's'}"
        names = sum(file.in_name is not None for file in self.files)
        if self.shown < self.total:
            least = "" if self.is_whole else "at least "
            lines = f"{self.shown} of {least}{lines}"
        elif names:
            lines += f" and {names} name{'' if names == 1 else 's'}"
        if self.is_whole:
            return f"{lines}." if self.total or names else "Nothing in this change holds that."
        return (
            f"{lines} so far: the search ended after {SECONDS:g} seconds, at file "
            f"{self.searched + 1:,} of {self.of_files:,}."
        )


def find(round_: Round, words: str, *, by_name: bool = False) -> Found:
    """Search all files of a round in the order they are shown."""
    found = Found(words)
    if not LEAST <= len(words) <= MOST:
        found.problem = f"Type {LEAST} to {MOST} characters to find them in this change."
        return found
    query = Query(words)
    ends_at = time.monotonic() + SECONDS
    order = ("display", "index") if by_name else ("position", "index")
    ids = list(round_.files.order_by(*order).values_list("pk", flat=True))
    found.of_files = len(ids)
    for number, file in enumerate(_files(ids)):
        if not _search(found, query, file, page_at(number), ends_at):
            found.is_whole = False
            break
        found.searched += 1
    return found


def _files(ids: Sequence[int]) -> Iterator[DiffFile]:
    """Files with their patches, a few at a time: a change may be larger than memory should be."""
    for start in range(0, len(ids), _BATCH):
        batch = DiffFile.objects.filter(pk__in=ids[start : start + _BATCH])
        rows = batch.select_related("patch").only(
            "index", "display", "old_display", "facts", "patch"
        )
        by_id = {file.pk: file for file in rows}
        yield from (by_id[pk] for pk in ids[start : start + _BATCH] if pk in by_id)


def _search(found: Found, query: Query, file: DiffFile, page: int, ends_at: float) -> bool:
    """Add what a file holds; False when the time was over before its end."""
    in_name = query.cut(file.display)
    if in_name is None and file.old_display and query.cut(file.old_display):
        in_name = (f"{file.display}, before: {file.old_display}", "", "")
    one = FoundFile(file.index, file.display, page, in_name)
    is_whole = True
    for hit in rows_with(query, blobs.get(file.patch), encodings_in(file)):
        if hit is None or one.count % 1000 == 999:
            is_whole = time.monotonic() < ends_at
            if not is_whole:
                break
        if hit is not None:
            one.count += 1
            if found.shown < MOST_SHOWN:
                one.hits.append(hit)
                found.shown += 1
    found.total += one.count
    if one.hits or (in_name and len(found.files) < MOST_SHOWN):
        found.files.append(one)
    return is_whole
