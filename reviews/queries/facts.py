"""What many pages need to know of many changes at once, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from reviews.models import Change, GuardItem, Membership, Person, Round, Run, RunEvent, Verdict
from reviews.services import incident, money
from reviews.services.evidence import judge_refusal, judge_word
from reviews.services.permissions import messages_told, suggestions_applied
from reviews.states import ROLE_RANK, Role, RunKind, VerdictKind

TELLING = ["tool", "step", "note", "ask", "plan"]


@dataclass(frozen=True, slots=True)
class People:
    """Who may do what in a set of repositories, read once.

    ranks: the asker's rank by repository id. reviewers: active people who may approve, by
    repository id, administrators included.
    """

    asker: Person
    ranks: dict[int, int]
    reviewers: dict[int, dict[int, Person]]

    def has(self, repository_id: int, role: Role) -> bool:
        return self.ranks.get(repository_id, 0) >= ROLE_RANK[role]


@dataclass(slots=True)
class Facts:
    """All that a card or a sentence about one change is made of. told_by: ids of people whose
    messages or answers an agent was handed, or whose suggestions were applied. costs: of the
    newest round's runs of a model, None where it is not known. is_held: the whole installation is
    paused."""

    change: Change
    round: Round
    people: People
    rounds: list[Round] = field(default_factory=list)
    verifiers: list[Run] = field(default_factory=list)
    judged: list[Run] = field(default_factory=list)
    run: Run | None = None
    event: RunEvent | None = None
    guard_left: int = 0
    guard_all: int = 0
    approvals: list[Verdict] = field(default_factory=list)
    told_by: set[int] = field(default_factory=set)
    costs: list[Decimal | None] = field(default_factory=list)
    is_held: bool = False

    @property
    def blocking(self) -> list[Run]:
        """Required verifiers of the head that are not green."""
        return [run for run in self.verifiers if run.is_required and run.status != "passed"]

    @property
    def judge(self) -> Run | None:
        """The judge's run on the head whose word stands."""
        return judge_word(self.judged)

    @property
    def judge_refusal(self) -> str:
        """Why a blocking judge keeps the newest round from being approved, or empty."""
        return judge_refusal(self.round, self.judged)


def people_of(asker: Person, repository_ids: Iterable[int]) -> People:
    """Three queries: memberships of these repositories, their people, the administrators."""
    ids = set(repository_ids)
    memberships = Membership.objects.filter(repository_id__in=ids).select_related("person")
    admins = {p.pk: p for p in Person.objects.filter(is_superuser=True, is_active=True)}
    reviewers: dict[int, dict[int, Person]] = {pk: dict(admins) for pk in ids}
    ranks: dict[int, int] = {}
    for membership in memberships:
        rank = ROLE_RANK[membership.role]
        if membership.person_id == asker.pk:
            ranks[membership.repository_id] = rank
        if membership.person.is_active and rank >= ROLE_RANK[Role.REVIEWER]:
            reviewers[membership.repository_id][membership.person_id] = membership.person
    if asker.is_superuser:
        ranks = dict.fromkeys(ids, ROLE_RANK[Role.MAINTAINER])
    return People(asker, ranks, reviewers)


def facts_of(changes: Sequence[Change], asker: Person) -> list[Facts]:
    """Facts of changes (with repository and author selected), in their order."""
    ids = [change.pk for change in changes]
    people = people_of(asker, {change.repository_id for change in changes})
    rounds = _rounds(ids)
    is_held = incident.is_paused()
    all_facts = {
        change.pk: Facts(change, rounds[change.pk][-1], people, rounds[change.pk], is_held=is_held)
        for change in changes
    }
    newest = [facts.round for facts in all_facts.values()]
    _add_runs(all_facts, newest)
    _add_guard(all_facts, newest)
    for verdict in Verdict.objects.filter(
        round__in=newest, verdict=VerdictKind.APPROVE, withdrawn_at__isnull=True
    ).select_related("person"):
        all_facts[verdict.change_id].approvals.append(verdict)
    told = messages_told(ids).values_list("change_id", "author_id")
    applied = suggestions_applied(ids).values_list("applied_in__change_id", "author_id")
    for change_id, author_id in told.union(applied):
        all_facts[change_id].told_by.add(author_id)
    return [all_facts[pk] for pk in ids]


def _rounds(ids: Sequence[int]) -> dict[int, list[Round]]:
    found: dict[int, list[Round]] = defaultdict(list)
    rounds = Round.objects.filter(change__in=ids).select_related("author").order_by("number")
    for round_ in rounds:
        found[round_.change_id].append(round_)
    return found


def _add_runs(all_facts: dict[int, Facts], newest: Sequence[Round]) -> None:
    """The newest verifier runs of each head, the run that is live, and what it last did."""
    by_id = {facts.round.pk: facts for facts in all_facts.values()}
    runs = Run.objects.filter(round__in=newest).defer("prompt", "resume", "excerpt").order_by("pk")
    checked: dict[int, dict[str, Run]] = defaultdict(dict)
    for run in runs:
        facts = by_id[run.round_id]
        if run.kind == RunKind.VERIFIER and run.commit == facts.round.head:
            checked[run.round_id][run.name] = run
        if run.kind == RunKind.JUDGE and run.commit == facts.round.head:
            facts.judged.append(run)
        if _may_have_cost(run):
            facts.costs.append(run.cost)
        if run.is_live and _tells_more(run, facts.run):
            facts.run = run
    for round_id, named in checked.items():
        facts = by_id[round_id]
        facts.verifiers = by_policy(facts.round, named.values())
    live = {facts.run.pk: facts for facts in by_id.values() if facts.run}
    for event in _last_events(list(live)):
        live[event.run_id].event = event


def _may_have_cost(run: Run) -> bool:
    """The same rule as services.money.costing_runs, over a row already read."""
    has_begun = run.kind in money.COSTING and run.started_at is not None
    return has_begun and not (run.name in money.FREE and run.cost is None)


def _tells_more(run: Run, than: Run | None) -> bool:
    """Whether a live run says more of where its change stands than one begun before it."""
    if than is None or run.kind != RunKind.VERIFIER:
        return True
    return than.kind == RunKind.VERIFIER and (than.status, run.status) == ("queued", "running")


def _last_events(run_ids: Sequence[int]) -> Iterable[RunEvent]:
    """The newest telling event of each run."""
    newest = (
        RunEvent.objects.filter(run=OuterRef("pk"), kind__in=TELLING).order_by("-seq").values("pk")
    )
    wanted = Run.objects.filter(pk__in=run_ids).annotate(last=Subquery(newest[:1])).values("last")
    return RunEvent.objects.filter(pk__in=wanted)


def _add_guard(all_facts: dict[int, Facts], newest: Sequence[Round]) -> None:
    for item in GuardItem.objects.filter(round__in=newest).select_related("round"):
        facts = all_facts[item.round.change_id]
        facts.guard_all += 1
        facts.guard_left += item.acknowledged_by_id is None


def by_policy(round_: Round, runs: Iterable[Run]) -> list[Run]:
    """Verifier runs in the order that the repository's policy names them."""
    order = [spec["name"] for spec in round_.policy.get("verifiers", [])]
    return sorted(runs, key=lambda r: order.index(r.name) if r.name in order else len(order))
