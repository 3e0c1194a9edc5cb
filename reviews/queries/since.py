"""What a person last looked at of a change, and so what is new to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Max, Min
from django.urls import reverse
from django.utils import timezone

from reviews.models import Change, Comment, Look, Person, Round, Verdict
from reviews.queries.compare import compare

KEPT_S = 86_400  # seconds
SITTING = timedelta(hours=2)  # looks at the newest round that are still the same reading


@dataclass(frozen=True, slots=True)
class Since:
    """earlier: the newest round before the newest one that they looked at, and when they last did.

    newest: the newest round that was frozen. first_at: when they first looked at that one, if ever.
    """

    change_id: int
    earlier: Round
    at: datetime
    newest: Round
    first_at: datetime | None

    @property
    def has_seen_newest(self) -> bool:
        return self.first_at is not None

    @property
    def is_preselected(self) -> bool:
        """Whether what changed since is what they come for: not once they have read the newest."""
        return self.first_at is None or timezone.now() - self.first_at < SITTING

    @property
    def is_today(self) -> bool:
        return timezone.localtime(self.at).date() == timezone.localdate()

    @property
    def count(self) -> int:
        """How many files there are to read."""
        return files_between(self.earlier, self.newest)

    @property
    def answers(self) -> tuple[int, int]:
        """How many comments that the agent was sent since it answered, and how many there are."""
        sent = Comment.objects.filter(
            thread__change=self.change_id, sent_in__number__gt=self.earlier.number,
            sent_in__number__lte=self.newest.number,
        )  # fmt: skip
        states = list(sent.values_list("answer_state", flat=True))
        return sum(bool(state) for state in states), len(states)

    @property
    def url(self) -> str:
        return reverse("compare", args=[self.change_id, self.earlier.number, self.newest.number])


def since_of(person: Person, change: Change, rounds: Sequence[Round] | None = None) -> Since | None:
    """What they last looked at before the newest round; None when that is the first they see.

    A look is what their browser told, a verdict or a comment of theirs.
    """
    every = list(change.rounds.order_by("number")) if rounds is None else rounds
    frozen = [round_ for round_ in every if round_.head]
    if len(frozen) < 2:
        return None
    first, last = _looks(person, change)
    seen = [round_ for round_ in frozen[:-1] if round_.pk in last]
    if not seen:
        return None
    newest = frozen[-1]
    return Since(change.pk, seen[-1], last[seen[-1].pk], newest, first.get(newest.pk))


def files_between(earlier: Round, later: Round) -> int:
    """How many files the agent changed from one round to the other; counted once."""
    key = f"files:{earlier.pk}:{earlier.head}:{later.pk}:{later.head}"
    known = cache.get(key)
    if known is None:
        known = len(compare(earlier, later).pairs)
        cache.set(key, known, KEPT_S)
    return int(known)


def _looks(person: Person, change: Change) -> tuple[dict[int, datetime], dict[int, datetime]]:
    """When they first and last looked at a round, by its key; three queries."""
    looks = Look.objects.filter(person=person, round__change=change)
    comments = Comment.objects.filter(author=person, thread__change=change)
    verdicts = Verdict.objects.filter(person=person, change=change)
    told = [
        *looks.values_list("round").annotate(Min("first_at"), Max("last_at")),
        *comments.values_list("thread__round").annotate(Min("created_at"), Max("edited_at")),
        *verdicts.values_list("round").annotate(Min("at"), Max("at")),
    ]
    first: dict[int, datetime] = {}
    last: dict[int, datetime] = {}
    for pk, since, until in told:
        first[pk] = min(since, first.get(pk, since))
        last[pk] = max(until, last.get(pk, until))
    return first, last
