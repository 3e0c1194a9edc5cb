"""Suggested edits: applied in one tap as a new round on top of the round that they were made for.

The new round goes the whole way: a worker writes exactly these lines into the round's tree, the
verifiers and the guard look at it, and it is reviewed like every other. No agent is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from django.db import transaction
from django.utils import timezone

from agents.events import JSON
from agents.runners.suggestion import Edit, spliced
from reviews.diffs import display_path
from reviews.diffs.text import decode, encode
from reviews.errors import NotThere, Refused, Stale
from reviews.models import Change, Comment, Round, Thread
from reviews.services import blobs, judge_again, lifecycle, rounds
from reviews.services.advance import advance, newest_round
from reviews.services.discuss import readable_by, why_no_suggestion
from reviews.services.permissions import Actor, may_reprompt, require
from reviews.states import ChangeStatus

MOST = 100  # suggestions in one round


def apply(actor: Actor, change: Change, comment_ids: Sequence[int], *, head: str = "") -> Round:
    """A new round with these suggestions of the newest round applied, and nothing else changed.

    head: the full commit that was seen; checked when it is given. One's own drafts among them are
    published. NotThere, Refused or Stale with the sentence when it cannot be done.
    """
    require(may_reprompt(actor.who, change))
    with transaction.atomic():
        change = Change.objects.select_for_update(no_key=True).get(pk=change.pk)
        parent = newest_round(change)
        if head and head != parent.head:
            raise Stale(f"Round {parent.number} is not at {head[:12]} now. Nothing was applied.")
        chosen = _chosen(actor, change, comment_ids)
        _check(parent, chosen)
        edits = [_edit(comment) for comment in chosen]
        _check_edits(chosen, edits)
        judge_again.call_off(change, f"{actor.who.name} applied a suggestion.")
        made = rounds.begin_suggested(actor, change, parent)
        ids = [comment.pk for comment in chosen]
        Comment.objects.filter(pk__in=ids).update(applied_in=made)
        mine = Comment.objects.filter(pk__in=ids, published_at__isnull=True)
        mine.update(published_at=timezone.now())
        lifecycle.move(change, ChangeStatus.QUEUED, actor, _told(edits))
        advance(change.pk)
    return made


def apply_shown(actor: Actor, thread: Thread, comment_id: int, head: str) -> Round:
    """As `apply`, of the suggestion that a page showed as the last of its thread.

    Stale when another one is the last by now, or when `head` is not what stands.
    """
    require(may_reprompt(actor.who, thread.change))
    newest = _last_of(actor, thread)
    if newest.pk != comment_id:
        raise Stale(
            f"What you saw is not what is suggested here now: {newest.author.name} suggested "
            "something newer. Nothing was applied; look at it first."
        )
    return apply(actor, thread.change, [comment_id], head=head)


def _last_of(actor: Actor, thread: Thread) -> Comment:
    """The newest comment of a thread that suggests something and that the person may read."""
    found = readable_by(actor.who).filter(thread=thread, suggestion__isnull=False)
    newest = found.select_related("author").order_by("-pk").first()
    if newest is None:
        raise Refused("Nothing is suggested here that could be applied.")
    return newest


def edits_of(round_: Round) -> list[JSON]:
    """What the runner of a round of suggestions is to write, in the order of the files."""
    applied = Comment.objects.filter(applied_in=round_).select_related(
        "author", "thread__file__new"
    )
    return [_edit(comment).as_json() for comment in applied.order_by("thread__file__index", "pk")]


def _chosen(actor: Actor, change: Change, ids: Sequence[int]) -> list[Comment]:
    """The suggestions, each once; NotThere for one that the person may not read."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        raise Refused("Name the suggestion that is to be applied.")
    if len(wanted) > MOST:
        raise Refused(f"{len(wanted)} suggestions are named; {MOST} go into one round at most.")
    found = readable_by(actor.who).filter(thread__change=change, pk__in=wanted)
    found = found.select_related("author", "applied_in", "thread__round", "thread__file__new")
    if len(found) != len(wanted):
        raise NotThere
    return list(found.order_by("pk"))


def _check(parent: Round, chosen: Sequence[Comment]) -> None:
    for comment in chosen:
        thread = comment.thread
        if comment.suggestion is None or thread.file is None or thread.line is None:
            raise Refused(f"Comment {comment.pk} suggests nothing that could be applied.")
        if comment.applied_in is not None:
            raise Refused(f"This was applied in round {comment.applied_in.number} already.")
        if thread.round_id != parent.pk:
            raise Stale(
                f"This was suggested for round {thread.round.number}; round {parent.number} stands "
                "now. Suggest it there, or re-prompt the agent with it."
            )
        refusal = why_no_suggestion(thread.file)
        if refusal:
            raise Refused(refusal)
    if not parent.head:
        raise Refused(f"Round {parent.number} holds nothing yet that could be edited.")
    if rounds.conflicts_of(parent):
        raise Refused(
            f"Round {parent.number} does not merge, so its lines will not stay. Re-prompt the "
            "agent: it gets the suggestion with the conflict."
        )


def _edit(comment: Comment) -> Edit:
    thread, file = comment.thread, comment.thread.file
    line = thread.line or 1
    return Edit(
        path=decode(bytes(file.path)) if file else "",
        start=line, end=thread.end_line or line, text=comment.suggestion or "",
        by=comment.author.name, sha256=file.new.sha256 if file and file.new else "",
    )  # fmt: skip


def _check_edits(chosen: Sequence[Comment], edits: Sequence[Edit]) -> None:
    """Refuse what cannot be written as it was meant, and what would change nothing."""
    changes = False
    for path in dict.fromkeys(edit.path for edit in edits):
        own = sorted((e for e in edits if e.path == path), key=lambda one: one.start)
        shown = display_path(encode(path))
        for before, after in pairwise(own):
            if after.start <= before.end:
                raise Refused(
                    f"Two suggestions for {shown} meet at line {after.start}. Apply one of them, "
                    "and suggest the other anew."
                )
        file = next(c.thread.file for c, e in zip(chosen, edits, strict=True) if e.path == path)
        content = blobs.get(file.new if file else None)
        if not _takes(content, own):
            raise Refused(f"{shown} is not UTF-8, so only plain ASCII can be written into it.")
        changes = changes or spliced(content, own) != content
    if not changes:
        raise Refused("The lines already say what is suggested, so nothing would change.")


def _takes(content: bytes, edits: Sequence[Edit]) -> bool:
    """Whether the suggestions can be written in the file's own encoding."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return all(edit.text.isascii() for edit in edits)
    return True


def _told(edits: Sequence[Edit]) -> str:
    """The timeline's words."""
    more = len(edits) - 3
    told = " ".join(edit.words for edit in edits[:3])
    return f"{told} And {more} more." if more > 0 else told
