"""What a person may start: repositories with their runners, checks and limits."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from agents.dollars import dollars
from agents.policy import Policy, from_json
from agents.runners import RunnerChoice, available
from agents.runners.claude_binary import why_not
from reviews.models import Membership, Person, Repository, WorkerSeen
from reviews.queries import live_service
from reviews.services.model_keys import CLAUDE_CODE, model_keys
from reviews.services.options import taken_by
from reviews.services.permissions import visible_repositories
from reviews.states import ROLE_RANK, RUN_QUEUE, Role, RunKind

MISSING_ON_WORKERS = (
    "Claude Code is not installed on any worker that runs agents. Install requirements-claude.txt "
    "there, put a `claude` on its PATH, or name the program in HONK_CLAUDE."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A runner with what it heeds: "model", "effort", "cap", in words that a page can ask for."""

    name: str
    label: str
    why_not: str
    takes: str
    caution: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A repository the asker may give an instruction for. takes: what any of its runners heeds."""

    repository: Repository
    runners: tuple[Choice, ...]
    verifiers: tuple[str, ...]
    checked_with: str
    stops_at: str
    problems: tuple[str, ...]

    @property
    def takes(self) -> str:
        open_ones = [choice.takes for choice in self.runners if not choice.why_not]
        return " ".join(sorted({word for words in open_ones for word in words.split()}))


def offers_for(asker: Person) -> list[Offer]:
    """Active repositories in which the asker is an author at least, by name; five queries."""
    ranks = dict(Membership.objects.filter(person=asker).values_list("repository_id", "role"))
    found, never = means(), live_service.never_run()
    return [
        _offer(repository, found, never)
        for repository in visible_repositories(asker).filter(is_active=True)
        if asker.is_superuser
        or ROLE_RANK[ranks.get(repository.pk, Role.READER)] >= ROLE_RANK[Role.AUTHOR]
    ]


def choices_of(repository: Repository) -> tuple[Choice, ...]:
    """Every runner of one repository, those that cannot be chosen now with the reason."""
    return _offer(repository, means(), live_service.never_run()).runners


@dataclass(frozen=True, slots=True)
class Means:
    """What agents are run with. has_key: of the model API. providers: services with a key.

    no_claude_code: why that program cannot be started; empty when it can.
    """

    has_key: bool
    providers: frozenset[str]
    no_claude_code: str


def means() -> Means:
    """Of the workers that run agents, as far as any was seen; else of this process."""
    seen = WorkerSeen.objects.filter(queue=RUN_QUEUE[RunKind.AGENT]).values_list(
        "has_model_key", "providers"
    )
    workers = list(seen)
    if not workers:
        return Means(bool(settings.HONK_AGENT_KEY), frozenset(model_keys()), why_not())
    offered = frozenset[str]().union(*(names for _, names in workers))
    missing = "" if CLAUDE_CODE in offered else MISSING_ON_WORKERS
    return Means(any(has_key for has_key, _ in workers), offered, missing)


def _offer(repository: Repository, found: Means, never: frozenset[str]) -> Offer:
    policy = from_json(repository.policy)
    runners = available(
        policy, has_key=found.has_key, is_sample=repository.is_sample, providers=found.providers,
        no_claude_code=found.no_claude_code,
    )  # fmt: skip
    names = tuple(spec.name for spec in policy.verifiers)
    choices = tuple(_choice(runner, policy, never) for runner in runners)
    return Offer(
        repository,
        choices,
        names,
        checks_of(policy),
        _stops_at(policy, repository),
        policy.problems,
    )


def _choice(runner: RunnerChoice, policy: Policy, never: frozenset[str]) -> Choice:
    takes = taken_by(runner.name, policy)
    heeds = {"model": takes.model, "effort": takes.effort, "cap": takes.cap}
    words = " ".join(name for name, is_taken in heeds.items() if is_taken)
    caution = live_service.NEVER if runner.name in never else ""
    return Choice(runner.name, runner.label, runner.why_not, words, caution)


def checks_of(policy: Policy) -> str:
    """What verifies a change here, and where that is written, in a sentence."""
    if not policy.verifiers:
        return "Nothing checks it: the repository names no verifier and none was found."
    names = [spec.name for spec in policy.verifiers]
    words = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    is_found = any(spec.found for spec in policy.verifiers)
    where = "found by what the repository holds" if is_found else "from .honk.toml"
    return f"Checked with {words}, {where}."


def _stops_at(policy: Policy, repository: Repository) -> str:
    told = policy.limits.money_usd
    caps = [cap for cap in (told, repository.cap_run) if cap is not None]
    money = f"{dollars(min(caps))} or " if caps else ""
    return f"Stops at {money}{policy.limits.wall_s / 60:.0f} min."
