"""Patches that other tools and people wrote: read, or refused with a sentence, never raised on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from reviews.diffs.draft import Draft
from reviews.diffs.mails import Garbled
from reviews.diffs.model import FileEntry, ParsedFile, Status
from reviews.diffs.names import case_collisions, display_path, is_unsafe, notes_on
from reviews.diffs.parse import WHOLE, Unreadable, Window, parse_hunks, unreadable
from reviews.diffs.plain import plain_of
from reviews.diffs.scan import scan


@dataclass(frozen=True, slots=True)
class ForeignPatch:
    """What was read, and a sentence on the whole: why there is nothing, or what was taken away."""

    files: list[ParsedFile]
    problem: str | None = None


def read_patch(data: bytes, window: Window = WHOLE) -> ForeignPatch:
    """Files and rows of any text: git, hg, svn, plain diff -u, a mail series, CRLF headers.

    A file that cannot be read has its sentence in `error` while the others have their rows. The
    same path in two mails of a series is two files.
    """
    try:
        plain = plain_of(data)
    except Garbled as problem:
        return ForeignPatch([], str(problem))
    data = plain.data
    drafts = _with_type_changes(scan(data))
    if not drafts:
        return ForeignPatch([], "There is no diff in this text.")
    files = [_file(index, draft, data, window) for index, draft in enumerate(drafts)]
    return ForeignPatch(_flagged(files, drafts), plain.refusal or plain.note)


def _with_type_changes(drafts: Sequence[Draft]) -> list[Draft]:
    """git writes a file that becomes a link as deleted, then created: one file to a reader."""
    joined: list[Draft] = []
    for draft in drafts:
        before = joined[-1] if joined else None
        if before is not None and _is_type_change(before, draft):
            joined[-1] = replace(
                before, status=Status.TYPE_CHANGED, end=draft.end, new_mode=draft.new_mode,
                new_oid=draft.new_oid, minus=None, plus=None,
                is_binary=before.is_binary or draft.is_binary,
                regions=[*before.regions, *draft.regions], error=before.error or draft.error,
            )  # fmt: skip
        else:
            joined.append(draft)
    return joined


def _is_type_change(before: Draft, draft: Draft) -> bool:
    return (
        before.is_git
        and before.git_names == draft.git_names
        and before.commit == draft.commit
        and (before.status, draft.status) == (Status.DELETED, Status.ADDED)
        and before.old_mode[:3] != draft.new_mode[:3]
    )


def _file(index: int, draft: Draft, data: bytes, window: Window) -> ParsedFile:
    entry = draft.entry(index)
    text = data[draft.start : draft.end]
    if draft.error:
        return unreadable(entry, text, draft.error)
    regions = [without_cr(data[start:end], draft) for start, end in draft.regions]
    try:
        parsed = parse_hunks(regions, entry, window)
    except Unreadable as problem:
        return unreadable(entry, text, str(problem))
    added, removed = _counts(parsed)
    return replace(parsed, entry=draft.entry(index, added, removed))


def without_cr(region: bytes, draft: Draft) -> bytes:
    """Like GNU patch: when the headers end in CRLF and every row too, mail or editor put it there.

    The hunk's own header never ends in CR, whoever wrote it.
    """
    if draft.has_cr and region.count(b"\r\n") == region.count(b"\n"):
        return region.replace(b"\r\n", b"\n")
    return with_cr(region)


def with_cr(region: bytes) -> bytes:
    """A hunk's rows as they came, under its header."""
    head, line_feed, rows = region.partition(b"\n")
    return head.removesuffix(b"\r") + line_feed + rows


def _counts(parsed: ParsedFile) -> tuple[int, int]:
    signs = Counter(row.sign for hunk in parsed.hunks for row in hunk.rows)
    return signs["+"], signs["-"]


def _flagged(files: Iterable[ParsedFile], drafts: Sequence[Draft]) -> list[ParsedFile]:
    """Each file with what is suspicious about its name, alone and beside the others."""
    files = list(files)
    colliding = case_collisions(file.entry.path for file in files)
    doubled = listed_twice([file.entry for file in files], drafts)
    is_series = len({draft.commit for draft in drafts}) > 1
    flagged = []
    for file, draft in zip(files, drafts, strict=True):
        path = file.entry.path
        notes = [*notes_on(path), *file.notes]
        if path in colliding:
            notes.append("Another file of this change differs from its name only in case.")
        if draft.binary_size is not None:
            notes.append(f"The patch claims {draft.binary_size} bytes of binary content.")
        if is_series:
            notes.append(f"From patch {draft.commit} of the series.")
        error = file.error or refusal(path, is_doubled=(draft.commit, path) in doubled)
        flagged.append(replace(file, notes=tuple(notes), error=error))
    return flagged


def refusal(path: bytes, *, is_doubled: bool) -> str | None:
    """Why no tree may hold this path, or not once more."""
    if is_unsafe(path):
        return f"Refused: no tree may hold a file named {display_path(path) or 'nothing'}."
    if is_doubled:
        return f"Refused: {display_path(path)} is listed twice, and created where it already is."
    return None


def listed_twice(entries: Sequence[FileEntry], drafts: Sequence[Draft]) -> set[tuple[int, bytes]]:
    """Paths that one patch creates although it has them already (a tree with two such entries)."""
    seen: dict[tuple[int, bytes], str] = {}
    doubled = set()
    for entry, draft in zip(entries, drafts, strict=True):
        key = (draft.commit, entry.path)
        if entry.status == Status.ADDED and seen.get(key, Status.DELETED) != Status.DELETED:
            doubled.add(key)
        seen[key] = entry.status
    return doubled
