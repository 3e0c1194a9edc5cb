"""Syntax colours of what a round holds: lexed once by a worker, read by whoever renders.

Kept by content, language and lexer. Nothing here waits for a lexer: what is not there yet is plain,
and `ask` has a worker look. A request for it may be lost; the next reader asks again.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from django.core.cache import cache
from django.db import IntegrityError, transaction

from reviews.diffs.highlight import MAX_BYTES, VERSION, Runs, asks_first_line, language_of, lex
from reviews.diffs.languages import HEAD
from reviews.diffs.model import SUBMODULE, SYMLINK
from reviews.events import announce
from reviews.models import Blob, Colours, DiffFile, Round
from reviews.services import blobs

logger = logging.getLogger(__name__)
FILE_SECONDS = 5.0  # of processor time for one content
ASK_AGAIN = 60  # seconds until a round is asked for again
BY_FIRST_LINE = "#!"  # kept as the language where the name says none and a shebang may
_SLICE = 5_000  # names in one query, which every database takes
_FIELDS = ("path", "old_path", "old", "new", "old_mode", "new_mode", "old_size", "new_size",
           "is_binary", "removed")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Content:
    """One side of a file, as far as its colours depend on it. language: never ""."""

    blob_id: int
    language: str


@dataclass(frozen=True, slots=True)
class Shades:
    """What colours both sides of a file have: primary keys of the blobs with the packed runs.

    is_complete: nothing more will come. What cannot be coloured is complete without runs.
    """

    old: int | None = None
    new: int | None = None
    is_complete: bool = True

    @property
    def key(self) -> str:
        """Changes when colours come; for an ETag or a name of what was rendered with them."""
        return f"{self.old or 0}-{self.new or 0}-{int(self.is_complete)}"


def keys(files: Sequence[DiffFile]) -> dict[int, Shades]:
    """The shades of files by their primary key, without loading any; one query per 5,000 sides."""
    both = [(_old_of(file), _new_of(file)) for file in files]
    return dict(zip((file.pk for file in files), of_contents(both), strict=True))


def of_contents(both: Sequence[tuple[Content | None, Content | None]]) -> list[Shades]:
    """The same for any (old, new) pairs: of two rounds, say. None: a side without colours."""
    known = _known(content for pair in both for content in pair if content)
    return [
        Shades(
            known.get(old) if old else None,
            known.get(new) if new else None,
            all(content is None or content in known for content in (old, new)),
        )
        for old, new in both
    ]


def content_of(blob_id: int | None, path: bytes, mode: str, size: int | None) -> Content | None:
    """One side as something to colour; None when it never has any: no text, too large, unknown."""
    if blob_id is None or mode in {SYMLINK, SUBMODULE} or (size or 0) > MAX_BYTES:
        return None
    language = language_of(path) or (BY_FIRST_LINE if asks_first_line(path) else "")
    return Content(blob_id, language) if language else None


def load(shades: Shades) -> tuple[Runs | None, Runs | None]:
    """The runs of both sides; one query, none when there is nothing to load."""
    found = Blob.objects.in_bulk({pk for pk in (shades.old, shades.new) if pk is not None})
    old, new = (found.get(pk) if pk is not None else None for pk in (shades.old, shades.new))
    return _read(old), _read(new)


def ask(round_: Round) -> None:
    """Have a worker colour what is missing of the round, at most once a minute; writes nothing."""
    try:
        is_due = cache.add(f"colour-{round_.pk}", True, ASK_AGAIN)
    except Exception as trouble:  # noqa: BLE001 - each cache has its own; the page stays plain
        logger.warning("Round %s is coloured later: no cache (%s).", round_.pk, trouble)
        return
    if is_due:
        announce("colour", round_.pk)


def colour_round(round_id: int, seconds: float) -> bool:
    """Lex what is missing of a round in reading order, each result kept as it comes.

    Ends soon after `seconds`; whether anything is left then.
    """
    until = monotonic() + seconds
    for content in _missing(round_id):
        if monotonic() > until:
            return True
        try:
            _colour(content)
        except (OSError, zlib.error, IntegrityError, Blob.DoesNotExist) as trouble:
            logger.warning("Blob %s has no colours yet (%s).", content.blob_id, trouble)
    return False


def _missing(round_id: int) -> Iterator[Content]:
    """What of the round has no row yet, each content once."""
    files = DiffFile.objects.filter(round_id=round_id).only(*_FIELDS).order_by("position", "index")
    every = [side for file in files for side in (_new_of(file), _old_of(file)) if side]
    known = _known(every)
    return (content for content in dict.fromkeys(every) if content not in known)


def _colour(content: Content) -> None:
    """Lex one content, unless another worker was faster, and keep what came of it."""
    if content in _known([content]):
        return
    data = blobs.get(Blob.objects.get(pk=content.blob_id))
    language = content.language
    if language == BY_FIRST_LINE:
        language = language_of(b"", data[:HEAD])
    packed = lex(data, language, FILE_SECONDS)
    with transaction.atomic():
        runs = blobs.put(packed) if packed is not None else None
        row = Colours(
            blob_id=content.blob_id, language=content.language, version=VERSION, runs=runs
        )
        Colours.objects.bulk_create([row], ignore_conflicts=True)


def _old_of(file: DiffFile) -> Content | None:
    """The old side, which only removed rows show."""
    if file.is_binary or not file.removed:
        return None
    path = file.old_path if file.old_path is not None else file.path
    return content_of(file.old_id, bytes(path), file.old_mode, file.old_size)


def _new_of(file: DiffFile) -> Content | None:
    if file.is_binary:
        return None
    return content_of(file.new_id, bytes(file.path), file.new_mode, file.new_size)


def _known(contents: Iterable[Content]) -> Mapping[Content, int | None]:
    """Of those that are done the primary key of their runs, None where they stay plain."""
    ids = sorted({content.blob_id for content in contents})
    found: dict[Content, int | None] = {}
    for start in range(0, len(ids), _SLICE):
        rows = Colours.objects.filter(version=VERSION, blob_id__in=ids[start : start + _SLICE])
        for blob_id, language, runs in rows.values_list("blob_id", "language", "runs_id"):
            found[Content(blob_id, language)] = runs
    return found


def _read(blob: Blob | None) -> Runs | None:
    return None if blob is None else Runs.read(blobs.get(blob))
