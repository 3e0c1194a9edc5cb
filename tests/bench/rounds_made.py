"""Changes of the benchmark's own database, their files straight from a diff that git made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviews.diffs import WHOLE, FileEntry, Hunk, display_path, index_patch, parse_file
from reviews.diffs.digest import hunk_digests
from tests.bench.diffs_made import Made

if TYPE_CHECKING:
    from reviews.models import Blob, Change, DiffFile, Round


def reviewable(diff: Made) -> Change:
    """A change that waits for review, whose one round holds the whole diff with both sides."""
    from reviews.models import DiffFile
    from reviews.services import blobs
    from reviews.states import ChangeStatus, RoundStatus
    from tests import factories

    author = factories.administrator()  # who may see it
    change = factories.change(author, status=ChangeStatus.AWAITING_REVIEW)
    frozen = {"head": factories.HEAD, "tree": factories.TREE, "status": RoundStatus.FROZEN}
    entries = index_patch(diff.patch, diff.raw)
    added, removed = (sum(getattr(e, name) or 0 for e in entries) for name in ("added", "removed"))
    counts = {"file_count": len(entries), "added": added, "removed": removed}
    round_ = factories.round_(change, **frozen, **counts)
    factories.run(round_, commit=factories.HEAD, tree=factories.TREE)
    sides = dict(zip(diff.sides, blobs.put_many(diff.sides.values()), strict=True))
    patches = blobs.put_many(diff.patch[e.start : e.end] for e in entries)
    files = [
        _file(round_, entry, patch, sides, hunk_digests(entry.path, _hunks(diff, entry)))
        for entry, patch in zip(entries, patches, strict=True)
    ]
    DiffFile.objects.bulk_create(files, batch_size=500)
    return change


def _hunks(diff: Made, entry: FileEntry) -> list[Hunk]:
    return parse_file(diff.patch[entry.start : entry.end], entry, WHOLE).hunks


def _file(
    round_: Round, entry: FileEntry, patch: Blob, sides: dict[str, Blob], digests: list[str]
) -> DiffFile:
    from reviews.models import DiffFile

    old, new = sides.get(entry.old_oid), sides.get(entry.new_oid)
    return DiffFile(
        round=round_, index=entry.index, path=entry.path, display=display_path(entry.path),
        status=entry.status, added=entry.added or 0, removed=entry.removed or 0,
        old_mode=entry.old_mode, new_mode=entry.new_mode, old_oid=entry.old_oid,
        new_oid=entry.new_oid, old_size=old.size if old else None,
        new_size=new.size if new else None, patch=patch, old=old, new=new,
        position=entry.index, kind="code", facts={"hunks": digests},
    )  # fmt: skip
