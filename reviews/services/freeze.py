"""What a snapshot holds, file by file: examined with git outside any transaction, stored in one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from agents.git import Mirror
from agents.verifiers.guard import Finding, GuardFile, findings
from agents.worktree import Snapshot
from reviews.diffs import FileEntry, display_path, index_patch
from reviews.diffs.text import decode, encode
from reviews.events import announce
from reviews.models import Blob, DiffFile, GuardItem, Round, Run
from reviews.services import answers, blobs, reading

MAX_SIDE = 4 * 1024 * 1024  # bytes of one side of a file that are kept beside the diff
MAX_NAMES = 200_000  # paths of a tree among which new names are looked for
MAX_SCRIPT = 256 * 1024  # bytes of a script that is looked into for what it runs
MAX_SIDES = 256 * 1024 * 1024  # bytes of all sides of a round
NO_OBJECT = frozenset("0")


@dataclass(frozen=True, slots=True)
class Material:
    """Rows for a round, not stored yet; their blobs are."""

    files: Sequence[DiffFile]
    guard: Sequence[GuardItem]


def examine(mirror: Mirror, round_: Round, base: str, head: str) -> Material:
    """Index what `head` changes against `base`: both sides of each file, and the guard's say."""
    raw = mirror.diff_raw(base, head)
    patch = mirror.diff_patch(base, head)
    entries = index_patch(patch, raw)
    sides = _sides(mirror, entries)
    kept = dict(zip(sides, blobs.put_many(sides.values()), strict=True))
    slices = blobs.put_many(patch[e.start : e.end] for e in entries)
    sizes = _sizes(mirror, entries)
    found_out = reading.read_change(mirror, base, entries, patch, sides)
    files = [
        _file(round_, entry, slice_, kept, sizes, said)
        for entry, slice_, said in zip(entries, slices, found_out, strict=True)
    ]
    checks = [spec["argv"] for spec in round_.policy.get("verifiers", [])]
    changed = [_guard_file(entry, sides) for entry in entries]
    found = findings(changed, checks, _names(mirror, head, changed), _reader(mirror, base))
    return Material(files, [_item(round_, one) for one in found])


def store(run: Run, snapshot: Snapshot, pack: Blob, material: Material, summary: str) -> None:
    """Make the round hold exactly this snapshot (inside the caller's transaction).

    Until it is frozen a later snapshot of the same round replaces an earlier one.
    """
    round_ = run.round
    DiffFile.objects.filter(round=round_).delete()
    GuardItem.objects.filter(round=round_).delete()
    DiffFile.objects.bulk_create(material.files, batch_size=500)
    GuardItem.objects.bulk_create(material.guard, batch_size=500)
    round_.head, round_.tree, round_.pack = snapshot.commit, snapshot.tree, pack
    round_.is_empty = snapshot.is_empty
    round_.summary = summary
    answers.record(round_, summary)
    round_.added = sum(f.added for f in material.files)
    round_.removed = sum(f.removed for f in material.files)
    round_.file_count = len(material.files)
    round_.save(
        update_fields=[
            "head", "tree", "pack", "is_empty", "summary", "added", "removed", "file_count",
        ]
    )  # fmt: skip
    announce("colour", round_.pk)


def _oids(entries: Iterable[FileEntry]) -> list[str]:
    """Objects of both sides, each once; submodules and missing sides have none."""
    wanted = [
        oid
        for e in entries
        for oid, mode in ((e.old_oid, e.old_mode), (e.new_oid, e.new_mode))
        if oid and set(oid) != NO_OBJECT and mode != "160000"
    ]
    return list(dict.fromkeys(wanted))


def _sides(mirror: Mirror, entries: Sequence[FileEntry]) -> dict[str, bytes]:
    """Contents by object id, as far as they are small enough to keep."""
    kept: dict[str, bytes] = {}
    room = MAX_SIDES
    for oid, data, _size in mirror.read_blobs(_oids(entries), MAX_SIDE):
        if data is not None and len(data) <= room:
            kept[oid] = data
            room -= len(data)
    return kept


def _sizes(mirror: Mirror, entries: Sequence[FileEntry]) -> dict[str, int]:
    """Sizes by object id, of the kept and of the too large."""
    return {oid: size for oid, _data, size in mirror.read_blobs(_oids(entries), 0)}


def _file(
    round_: Round, entry: FileEntry, patch: Blob, kept: dict[str, Blob], sizes: dict[str, int],
    said: reading.Found,
) -> DiffFile:  # fmt: skip
    return DiffFile(
        round=round_, index=entry.index, path=entry.path, old_path=entry.old_path,
        display=display_path(entry.path),
        old_display=display_path(entry.old_path) if entry.old_path else "",
        status=entry.status, added=entry.added or 0, removed=entry.removed or 0,
        old_mode=entry.old_mode, new_mode=entry.new_mode, old_oid=entry.old_oid,
        new_oid=entry.new_oid, old_size=sizes.get(entry.old_oid),
        new_size=sizes.get(entry.new_oid), is_binary=entry.is_binary, patch=patch,
        old=kept.get(entry.old_oid), new=kept.get(entry.new_oid), position=said.position,
        kind=said.kind, facts=said.facts,
    )  # fmt: skip


def _guard_file(entry: FileEntry, sides: dict[str, bytes]) -> GuardFile:
    """With names as they are, for a name on display hides nothing any more."""
    return GuardFile(
        path=decode(entry.path),
        old_path=decode(entry.old_path) if entry.old_path else None,
        status=entry.status, old=sides.get(entry.old_oid), new=sides.get(entry.new_oid),
        old_mode=entry.old_mode, new_mode=entry.new_mode,
    )  # fmt: skip


def _names(mirror: Mirror, head: str, changed: Sequence[GuardFile]) -> list[str]:
    """Every path at `head` (bounded): what new names are like, what stands below what is gone or is
    passed over now, and what the patterns in scripts of a verifier mean."""
    if not changed:
        return []
    return [decode(entry.path) for entry in islice(mirror.list_tree(head), MAX_NAMES)]


def _reader(mirror: Mirror, base: str) -> Callable[[str], bytes | None]:
    """Files of the base by their paths, asked for one by one: the few that verifiers name."""
    entries: dict[str, str] = {}

    def read(path: str) -> bytes | None:
        if not entries:  # once, and only where a verifier names anything
            listed = islice(mirror.list_tree(base), MAX_NAMES)
            entries.update((decode(entry.path), entry.oid) for entry in listed if entry.is_file)
        if path not in entries:
            return None
        return next((data for _, data, _ in mirror.read_blobs([entries[path]], MAX_SCRIPT)), None)

    return read


def _item(round_: Round, found: Finding) -> GuardItem:
    return GuardItem(
        round=round_, kind=found.kind, text=found.text, path=display_path(encode(found.path)),
        line=found.line,
        is_tickable=found.is_tickable,
    )  # fmt: skip
