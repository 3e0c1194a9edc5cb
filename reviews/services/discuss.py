"""Comments: drafts kept on the server, published as one review."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Length
from django.utils import timezone

from reviews.errors import Malformed, NotThere, Refused, Stale
from reviews.events import announce
from reviews.models import Change, Comment, DiffFile, Person, Thread
from reviews.services import places
from reviews.services.instruct import checked_text
from reviews.services.known_values import without_secrets
from reviews.services.permissions import Actor, may_comment, require
from reviews.services.places import Anchor

MAX_COMMENT = 32 * 1024  # bytes
MAX_SUGGESTION = 64 * 1024  # bytes
# Of a change, so that its pages stay readable for all: characters of one person's drafts, and of
# what is published; what a page adds to each comment counts with it.
MAX_DRAFTS, MAX_PUBLISHED = 1024 * 1024, 4 * 1024 * 1024
_FRAME = 500


def comment(
    actor: Actor, change: Change, anchor: Anchor, body: str, *,
    suggestion: str | None = None, publish: bool = False,
) -> Comment:  # fmt: skip
    """A new thread with one comment, as a draft unless `publish`.

    suggestion: what is to stand in the place of the lines, "" for nothing, None for no suggestion.
    A draft that is saved again because the answer was lost goes on where it is (see `_same_draft`).
    """
    require(may_comment(actor.who, change))
    body = _words(body, suggestion)
    round_ = change.rounds.filter(number=anchor.round_number).first()
    if round_ is None:
        raise NotThere(f"Change #{change.pk} has no round {anchor.round_number}.")
    file = places.file_of(round_, anchor)
    place = {
        "round": round_, "file": file, "side": anchor.side if file else "",
        "line": anchor.line if file else None,
        "end_line": (anchor.end_line or anchor.line) if file else None,
    }  # fmt: skip
    with transaction.atomic():
        held = _held(change)
        if suggestion is not None:
            suggestion = _checked_suggestion(Thread(change=held, **place), suggestion)
        if not publish:
            opened = Q(**{f"thread__{name}": value for name, value in place.items()})
            mine = Comment(author=actor.who, body=body, suggestion=suggestion)
            again = _same_draft(held, opened, mine, is_reply=False)
            if again is not None:
                return _rewrite(again, body, suggestion)
        _require_room(change, _drafts(actor, change), _size(body, suggestion), publish=publish)
        thread = Thread.objects.create(change=change, quote=places.quote(file, anchor), **place)
        return _write(actor, thread, body, suggestion, publish)


def reply(
    actor: Actor, thread: Thread, body: str, *, suggestion: str | None = None, publish: bool = False
) -> Comment:
    """One more comment in a thread; the lines of a suggestion are the thread's."""
    require(may_comment(actor.who, thread.change))
    require_readable(actor.who, thread)
    body = _words(body, suggestion)
    with transaction.atomic():
        held = _held(thread.change)
        if suggestion is not None:
            suggestion = _checked_suggestion(thread, suggestion)
        if not publish:
            mine = Comment(author=actor.who, body=body, suggestion=suggestion)
            again = _same_draft(held, Q(thread=thread), mine, is_reply=True)
            if again is not None:
                return _rewrite(again, body, suggestion)
        _require_room(held, _drafts(actor, held), _size(body, suggestion), publish=publish)
        return _write(actor, thread, body, suggestion, publish)


def edit_draft(
    actor: Actor, draft: Comment, body: str, *, suggestion: str | None = None
) -> Comment:
    """New words for one's own draft; the same words again change nothing.

    A draft that held a suggestion keeps one when its round was replaced meanwhile.
    """
    _own_draft(actor, draft)
    body = _words(body, suggestion)
    if suggestion is not None:
        is_new = draft.suggestion is None
        suggestion = _checked_suggestion(draft.thread, suggestion, is_new=is_new)
    change = draft.thread.change
    others = _drafts(actor, change).exclude(pk=draft.pk)
    _require_room(change, others, _size(body, suggestion), publish=False)
    return _rewrite(draft, body, suggestion)


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
    mine = _drafts(actor, change)
    with transaction.atomic():
        _held(change)
        _require_room(change, mine, 0, publish=True)
        count = mine.update(published_at=timezone.now())
        if count:
            announce("change", change.pk)
    return count


def resolve(actor: Actor, thread: Thread, *, resolved: bool = True) -> None:
    """Close a thread, or open it again; whoever may comment may do either. Twice is no error."""
    require(may_comment(actor.who, thread.change))
    require_readable(actor.who, thread)
    if bool(thread.resolved_at) == resolved:
        return
    thread.resolved_by = actor.who if resolved else None
    thread.resolved_at = timezone.now() if resolved else None
    thread.save(update_fields=["resolved_by", "resolved_at"])
    announce("change", thread.change_id)


def readable_by(person: Person) -> QuerySet[Comment]:
    """Published comments, and the person's own drafts."""
    return Comment.objects.filter(Q(published_at__isnull=False) | Q(author=person))


def require_readable(person: Person, thread: Thread) -> None:
    """Raise NotThere for a thread that holds nothing but drafts of others."""
    if not readable_by(person).filter(thread=thread).exists():
        raise NotThere


def why_no_suggestion(file: DiffFile) -> str:
    """Why no lines of a file's new side can be replaced by a suggestion; empty when they can."""
    if file.is_binary:
        return f"{file.display} is binary, so no lines of it can be suggested."
    if not file.new_mode.startswith("100"):
        return f"{file.display} is no regular file after the change, so it has no lines to edit."
    if file.new is None:
        return f"{file.display} is too large to be kept beside the diff. Comment on it instead."
    return ""


def _words(body: str, suggestion: str | None) -> str:
    """The comment's text; a suggestion may stand without any."""
    if suggestion is not None and not body.strip():
        return ""
    return checked_text(body, "comment", MAX_COMMENT)


def _checked_suggestion(thread: Thread, text: str, *, is_new: bool = True) -> str:
    """`text` as it is kept, with a browser's returns taken out; refused where it cannot stand."""
    if thread.file is None or thread.line is None or thread.side != "new":
        raise Refused("A suggestion replaces lines of the new side. Choose the lines first.")
    if is_new and thread.change.rounds.filter(number__gt=thread.round.number).exists():
        raise Refused(
            f"Round {thread.round.number} was replaced. Suggest it in the newest round instead."
        )
    refusal = why_no_suggestion(thread.file)
    if refusal:
        raise Refused(refusal)
    text = text.replace("\r\n", "\n")
    if "\x00" in text:
        raise Malformed("The suggestion holds a NUL character, which is not text.")
    size = len(text.encode(errors="replace"))
    if size > MAX_SUGGESTION:
        raise Refused(f"The suggestion has {size:,} bytes; {MAX_SUGGESTION:,} are the most taken.")
    if without_secrets(text) != text:
        raise Refused("The suggestion holds what looks like a secret. Take it out first.")
    return text


def _drafts(actor: Actor, change: Change) -> QuerySet[Comment]:
    return Comment.objects.filter(
        thread__change=change, author=actor.who, published_at__isnull=True
    )


def _size(body: str, suggestion: str | None) -> int:
    return len(body) + len(suggestion or "") + _FRAME


def _written(comments: QuerySet[Comment]) -> int:
    """Characters of comments and suggestions together."""
    size = Length("body") + Coalesce(Length("suggestion"), 0) + _FRAME
    return comments.aggregate(size=Sum(size))["size"] or 0


def _require_room(change: Change, drafts: QuerySet[Comment], more: int, *, publish: bool) -> None:
    """Refuse what would make the change's pages too large to be read."""
    if not publish:
        if _written(drafts) + more > MAX_DRAFTS:
            raise Refused(
                f"Your drafts on this change hold {MAX_DRAFTS:,} characters, which are the most. "
                "Publish or discard some first."
            )
        return
    published = Comment.objects.filter(thread__change=change, published_at__isnull=False)
    if _written(published) + (more or _written(drafts)) > MAX_PUBLISHED:
        raise Refused(
            f"The comments on this change hold {MAX_PUBLISHED:,} characters, which are the most. "
            "Say the rest shorter, or in a change of its own."
        )


def _held(change: Change) -> Change:
    """The change, locked: of two saves of one draft the second sees what the first has written."""
    return Change.objects.select_for_update(no_key=True).get(pk=change.pk)


def _same_draft(change: Change, place: Q, fresh: Comment, *, is_reply: bool) -> Comment | None:
    """The draft of which `fresh` is another first save: the browser never heard the answer to it.

    At the same place, by the same person, and the words only go on from those that are kept, so
    that nothing that was written is lost when it was another draft after all.
    """
    drafts = Comment.objects.filter(
        place, thread__change=change, author=fresh.author, published_at__isnull=True
    ).select_related("thread__change", "thread__round", "thread__file")
    for draft in drafts.order_by("-pk"):
        opens = not draft.thread.comments.filter(pk__lt=draft.pk).exists()
        if opens is not is_reply and _goes_on(draft, fresh):
            return draft
    return None


def _goes_on(kept: Comment, fresh: Comment) -> bool:
    is_more = fresh.body.startswith(kept.body) and (bool(kept.body) or not fresh.body)
    if kept.suggestion is None:
        return is_more
    return is_more and (fresh.suggestion or "").startswith(kept.suggestion)


def _rewrite(draft: Comment, body: str, suggestion: str | None) -> Comment:
    """Stale when it was published meanwhile: what others have read stays as it is."""
    if (draft.body, draft.suggestion) == (body, suggestion):
        return draft
    draft.body, draft.suggestion, draft.edited_at = body, suggestion, timezone.now()
    held = Comment.objects.filter(pk=draft.pk, published_at__isnull=True)
    if not held.update(body=body, suggestion=suggestion, edited_at=draft.edited_at):
        raise Stale("This comment was published meanwhile. Send your words as another one.")
    return draft


def _write(
    actor: Actor, thread: Thread, body: str, suggestion: str | None, publish: bool
) -> Comment:
    published_at = timezone.now() if publish else None
    if publish:
        announce("change", thread.change_id)
    return Comment.objects.create(
        thread=thread, author=actor.who, body=body, suggestion=suggestion,
        published_at=published_at,
    )  # fmt: skip


def _own_draft(actor: Actor, draft: Comment) -> None:
    require(may_comment(actor.who, draft.thread.change))
    if draft.author_id != actor.who.pk or not draft.is_draft:
        raise NotThere
