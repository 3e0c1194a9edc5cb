"""Figures about judges: how often they veto, what became of it, and whether people agree.

Counted over rounds that a judge has given a verdict on, of repositories that the asker may see. Of
each commit the first verdict counts: what it says when people ask again shows how steady it is, and
would else let a veto pass for one that the agent had mended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from reviews.models import Person, Repository, Run, Verdict
from reviews.services.evidence import SECOND_WORD
from reviews.services.permissions import visible_repositories
from reviews.states import RunKind, RunStatus, VerdictKind

PERIODS = {"30": "30 days", "90": "90 days"}


@dataclass(frozen=True, slots=True)
class Share:
    """part of whole; of nothing it is unknown."""

    part: int
    whole: int

    @property
    def words(self) -> str:
        return f"{100 * self.part / self.whole:.0f} %" if self.whole else "unknown"

    @property
    def base(self) -> str:
        return f"{self.part} of {self.whole}" if self.whole else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One round with a verdict of a judge. passed: its newest verdict; vetoed: whether any was one.

    approved: what a person decided on it (True, False: rejected or sent back), None: nothing yet.
    """

    repository: int
    passed: bool
    vetoed: bool
    approved: bool | None


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one repository, or of all."""

    name: str
    judged: int
    vetoed: Share
    repaired: Share
    agreed: Share
    overruled: Share
    let_through: Share

    @property
    def shares(self) -> tuple[Share, ...]:
        """In the order of the table's columns."""
        return (self.vetoed, self.repaired, self.agreed, self.overruled, self.let_through)


@dataclass(frozen=True, slots=True)
class Figures:
    """days: how far back. lines: repositories in which something was judged, by name."""

    days: str
    total: Line
    lines: tuple[Line, ...]


def figures_for(asker: Person, days: str = "30") -> Figures:
    """The judges' figures of the last `days` (a key of PERIODS) that the asker may see."""
    days = days if days in PERIODS else "30"
    repositories = list(visible_repositories(asker))
    rounds = _judged(repositories, int(days))
    lines = [
        _line(repository.name, found)
        for repository in repositories
        if (found := [each for each in rounds if each.repository == repository.pk])
    ]
    return Figures(days, _line("All of them", rounds), tuple(lines))


def _judged(repositories: list[Repository], days: int) -> list[Judged]:
    """Rounds whose judge gave a verdict in the last days; two queries."""
    runs = Run.objects.filter(
        kind=RunKind.JUDGE, status__in=[RunStatus.PASSED, RunStatus.FAILED],
        ended_at__gte=timezone.now() - timedelta(days=days),
        change__repository__in=repositories,
    ).order_by("pk")  # fmt: skip
    found: dict[int, tuple[int, list[bool]]] = {}
    columns = ("round", "change__repository", "status", "options")
    for round_id, repository, status, options in runs.values_list(*columns):
        if options.get(SECOND_WORD):
            continue
        found.setdefault(round_id, (repository, []))[1].append(status == RunStatus.PASSED)
    decided = _decided(runs.values_list("round", flat=True))
    return [
        Judged(repository, verdicts[-1], not all(verdicts), decided.get(round_id))
        for round_id, (repository, verdicts) in found.items()
    ]


def _decided(rounds: Iterable[int]) -> dict[int, bool]:
    """Whether people approved a round, by its id: their last word, of approvals not taken back."""
    verdicts = (
        Verdict.objects.filter(round__in=rounds)
        .exclude(verdict=VerdictKind.WITHDRAW)
        .exclude(verdict=VerdictKind.APPROVE, withdrawn_at__isnull=False)
        .order_by("pk")
    )
    return {
        round_id: verdict == VerdictKind.APPROVE
        for round_id, verdict in verdicts.values_list("round", "verdict")
    }


def _line(name: str, rounds: Iterable[Judged]) -> Line:
    every = list(rounds)
    vetoed = [each for each in every if each.vetoed]
    decided = [each for each in every if each.approved is not None]
    stood = [each for each in decided if not each.passed]
    passed = [each for each in decided if each.passed]
    return Line(
        name=name, judged=len(every), vetoed=Share(len(vetoed), len(every)),
        repaired=Share(sum(each.passed for each in vetoed), len(vetoed)),
        agreed=Share(sum(each.passed == each.approved for each in decided), len(decided)),
        overruled=Share(sum(bool(each.approved) for each in stood), len(stood)),
        let_through=Share(sum(not each.approved for each in passed), len(passed)),
    )  # fmt: skip
