"""The next round of a change: where it starts from and what the agent is told with it."""

from __future__ import annotations

from django.utils import timezone

from reviews.models import Change, Comment, Round, Run, Verdict
from reviews.services import answers, brief
from reviews.services.permissions import Actor, may_reprompt
from reviews.states import RoundOrigin, RoundStatus, RunKind, VerdictKind


def begin_next(
    actor: Actor, change: Change, parent: Round, *, message: str = "", runner: str = ""
) -> Round:
    """An open round on top of `parent`'s tree, with all unsent comments bound to it.

    After a merge conflict the base is left open: the worker pins it to where the branch is now.
    """
    conflicts = conflicts_of(parent)
    round_ = Round.objects.create(
        change=change, number=parent.number + 1, parent=parent, author=actor.who,
        origin=RoundOrigin.CONFLICT if conflicts else RoundOrigin.AGENT, message=message.strip(),
        base="" if conflicts else parent.base, start_tree="" if conflicts else parent.tree,
        policy={} if conflicts else parent.policy, conflicts=conflicts,
    )  # fmt: skip
    _supersede(parent)
    if not parent.head:  # what was to be applied there and never was goes to the agent
        Comment.objects.filter(applied_in=parent).update(applied_in=None)
    send_comments(actor, change, round_)
    if runner:
        change.runner = runner
        change.save(update_fields=["runner", "updated_at"])
    return round_


def begin_suggested(actor: Actor, change: Change, parent: Round) -> Round:
    """An open round that takes `parent`'s tree with suggested edits; comments stay unsent."""
    round_ = Round.objects.create(
        change=change, number=parent.number + 1, parent=parent, author=actor.who,
        origin=RoundOrigin.SUGGESTION, base=parent.base, start_tree=parent.tree,
        policy=parent.policy,
    )  # fmt: skip
    _supersede(parent)
    return round_


def _supersede(parent: Round) -> None:
    if parent.status in (RoundStatus.OPEN, RoundStatus.FROZEN, RoundStatus.APPROVED):
        parent.status = RoundStatus.SUPERSEDED
        parent.save(update_fields=["status"])


def conflicts_of(round_: Round) -> list[str]:
    """Files that stopped the newest merge of a round, by display name; empty without a conflict."""
    run = Run.objects.filter(round=round_, kind=RunKind.MERGE).order_by("-pk").first()
    return list(run.options.get("conflicts", [])) if run else []


def send_comments(actor: Actor, change: Change, round_: Round) -> None:
    """Publish the actor's drafts and bind every unsent comment whose writer may re-prompt.

    A suggestion that was applied says nothing to the agent any more.
    """
    mine = Comment.objects.filter(
        thread__change=change, author=actor.who, published_at__isnull=True
    )
    mine.update(published_at=timezone.now())
    unsent = Comment.objects.filter(
        thread__change=change,
        published_at__isnull=False,
        sent_in__isnull=True,
        applied_in__isnull=True,
    ).select_related("author", "thread")
    chosen = [c.pk for c in unsent if may_reprompt(c.author, change) is None]
    Comment.objects.filter(pk__in=chosen).update(sent_in=round_)
    answers.number(brief.comments_of(round_))


def back_to_review(round_: Round) -> None:
    """Stand frozen again after a merge that did not happen; its approvals are spent."""
    round_.status = RoundStatus.FROZEN
    round_.save(update_fields=["status"])
    Verdict.objects.filter(
        round=round_, verdict=VerdictKind.APPROVE, withdrawn_at__isnull=True
    ).update(withdrawn_at=timezone.now())
