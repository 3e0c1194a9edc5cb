"""Comments: drafts kept on the server, published as one review."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from reviews.errors import NotThere, Refused
from reviews.events import announce
from reviews.models import Change, Comment, DiffFile, Round, Thread
from reviews.services import blobs
from reviews.services.instruct import checked_text
from reviews.services.permissions import Actor, may_comment, require

MAX_COMMENT = 32 * 1024  # bytes
MAX_QUOTE = 2000  # characters


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a thread stands. file_index None: the whole round. Lines are 1-based, inclusive."""

    round_number: int
    file_index: int | None = None
    path: str = ""
    side: str = "new"
    line: int | None = None
    end_line: int | None = None


def comment(
    actor: Actor, change: Change, anchor: Anchor, body: str, *, publish: bool = False
) -> Comment:
    """A new thread with one comment, as a draft unless `publish`."""
    require(may_comment(actor.who, change))
    body = checked_text(body, "comment", MAX_COMMENT)
    round_ = change.rounds.filter(number=anchor.round_number).first()
    if round_ is None:
        raise NotThere(f"Change #{change.pk} has no round {anchor.round_number}.")
    file = _file(round_, anchor)
    with transaction.atomic():
        thread = Thread.objects.create(
            change=change, round=round_, file=file, quote=_quote(file, anchor),
            side=anchor.side if file else "", line=anchor.line if file else None,
            end_line=(anchor.end_line or anchor.line) if file else None,
        )  # fmt: skip
        return _write(actor, thread, body, publish)


def reply(actor: Actor, thread: Thread, body: str, *, publish: bool = False) -> Comment:
    """One more comment in a thread."""
    require(may_comment(actor.who, thread.change))
    body = checked_text(body, "comment", MAX_COMMENT)
    with transaction.atomic():
        return _write(actor, thread, body, publish)


def edit_draft(actor: Actor, draft: Comment, body: str) -> Comment:
    """New words for one's own draft."""
    _own_draft(actor, draft)
    draft.body = checked_text(body, "comment", MAX_COMMENT)
    draft.save(update_fields=["body", "edited_at"])
    return draft


def discard_draft(actor: Actor, draft: Comment) -> None:
    """Remove one's own draft, and its thread when nothing else is in it."""
    _own_draft(actor, draft)
    thread = draft.thread
    with transaction.atomic():
        draft.delete()
        if not thread.comments.exists():
            thread.delete()


def publish(actor: Actor, change: Change) -> int:
    """Show all one's drafts on a change at once; returns how many."""
    require(may_comment(actor.who, change))
    mine = Comment.objects.filter(
        thread__change=change, author=actor.who, published_at__isnull=True
    )
    with transaction.atomic():
        count = mine.update(published_at=timezone.now())
        if count:
            announce("change", change.pk)
    return count


def resolve(actor: Actor, thread: Thread, *, resolved: bool = True) -> None:
    """Close a thread, or open it again."""
    require(may_comment(actor.who, thread.change))
    thread.resolved_by = actor.who if resolved else None
    thread.resolved_at = timezone.now() if resolved else None
    thread.save(update_fields=["resolved_by", "resolved_at"])
    announce("change", thread.change_id)


def _write(actor: Actor, thread: Thread, body: str, publish: bool) -> Comment:
    published_at = timezone.now() if publish else None
    if publish:
        announce("change", thread.change_id)
    return Comment.objects.create(
        thread=thread, author=actor.who, body=body, published_at=published_at
    )


def _own_draft(actor: Actor, draft: Comment) -> None:
    require(may_comment(actor.who, draft.thread.change))
    if draft.author_id != actor.who.pk or not draft.is_draft:
        raise NotThere


def _file(round_: Round, anchor: Anchor) -> DiffFile | None:
    """The file the anchor names, by index or by exact path, with its lines checked."""
    if anchor.file_index is None and not anchor.path:
        return None
    if anchor.side not in ("old", "new"):
        raise Refused("The side is old or new.")
    if anchor.file_index is not None:
        file = round_.files.filter(index=anchor.file_index).first()
    else:
        file = round_.files.filter(display=anchor.path).first()
        file = file or round_.files.filter(old_display=anchor.path).first()
    if file is None:
        raise Refused(f"Round {round_.number} has no such file.")
    lines = lines_of(file, anchor.side)
    last = anchor.end_line or anchor.line
    if anchor.line is None:
        return file
    if not lines and (file.old_size if anchor.side == "old" else file.new_size):
        return file  # too large to be kept beside the diff; the anchor is taken as given
    if not 1 <= anchor.line <= (last or 0) <= len(lines):
        raise Refused(
            f"{file.display} has {len(lines)} lines on the {anchor.side} side; line {anchor.line}"
            f"{f' to {last}' if last != anchor.line else ''} is not among them."
        )
    return file


def lines_of(file: DiffFile, side: str) -> list[str]:
    """The lines of one side as text; empty when that side does not exist or is not kept."""
    data = blobs.get(file.old if side == "old" else file.new)
    return data.decode(errors="replace").replace("\x00", "\u2400").split("\n")[: _count(data)]


def _count(data: bytes) -> int:
    """Number of lines: a last line without newline counts."""
    return data.count(b"\n") + (not data.endswith(b"\n") if data else 0)


def _quote(file: DiffFile | None, anchor: Anchor) -> str:
    """The code commented on, kept so that the comment reads alone."""
    if file is None or anchor.line is None:
        return ""
    lines = lines_of(file, anchor.side)
    return "\n".join(lines[anchor.line - 1 : anchor.end_line or anchor.line])[:MAX_QUOTE]
