"""What an agent run begins from: the tree, and the conversation that belongs to that tree."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.git import Mirror
from agents.job import Job
from agents.parking import INTERRUPTED, WAITS_FOR, WAS_INTERRUPTED
from reviews.models import Round, Run
from reviews.services import blobs, earlier, messages, place
from reviews.services.bench import Bench
from reviews.states import RoundOrigin, RunKind, RunStatus


@dataclass(frozen=True, slots=True)
class Start:
    """tree: None means the base's. session: empty when there is none that knows this tree."""

    tree: str | None
    session: str


def start_of(bench: Bench, mirror: Mirror) -> Start:
    """Where this run begins; what it begins from is in the mirror afterwards.

    An earlier run of the round is gone on with when it was parked, when its output is mended, or
    when it kept its conversation; without one a retry begins the round anew. Suggested edits are
    always made on the tree that they were written for.
    """
    if bench.round.origin == RoundOrigin.SUGGESTION:
        return Start(_tree_before(bench.round, mirror), "")
    before = _newest(bench)
    if before is not None and before.round_id == bench.round.pk and _takes_up(bench, before):
        place.with_run(before, mirror)
        return Start(before.tree, _session(bench, before))
    tree = _tree_before(bench.round, mirror)
    knows = before is not None and before.round_id != bench.round.pk
    return Start(tree, _session(bench, before) if before is not None and knows else "")


def _newest(bench: Bench) -> Run | None:
    """The change's newest agent run before this one that left a snapshot."""
    runs = Run.objects.filter(change=bench.change, kind=RunKind.AGENT, pk__lt=bench.run.pk)
    runs = runs.exclude(tree="").select_related("change__repository", "round", "session")
    return runs.order_by("pk").last()


def _takes_up(bench: Bench, before: Run) -> bool:
    vetoed = bench.round.runs.filter(kind=RunKind.JUDGE, status=RunStatus.FAILED)
    is_mended = bench.round.repairs > 0 or vetoed.exists()
    return bench.run.resume is not None or is_mended or bool(_session(bench, before))


def _session(bench: Bench, before: Run) -> str:
    """The conversation of a run by the same runner."""
    if before.session is None or before.name != bench.change.runner:
        return ""
    return blobs.get(before.session).decode("utf-8", "replace")


def _tree_before(round_: Round, mirror: Mirror) -> str | None:
    """The tree a round starts from; a round before it that never came to review keeps its work."""
    parent = round_.parent
    if round_.start_tree:
        if parent:
            place.with_round(parent, mirror)
        return round_.start_tree
    if parent is None or parent.head:
        return None
    kept = Run.objects.filter(round=parent, kind=RunKind.AGENT).exclude(tree="")
    run = kept.select_related("change__repository", "round").order_by("pk").last()
    if run is None:
        return _tree_before(parent, mirror)
    place.with_run(run, mirror)
    return run.tree


def with_words(job: Job, bench: Bench) -> Job:
    """The job with what people said meanwhile, for runners that are told by their prompt alone.

    A runner that resumes its own parked conversation asks for messages before its next step. What
    was said before goes into the prompt of one that has no conversation, and is at hand for one
    that finds it cannot go on with its own.
    """
    rounds, said = earlier.told(bench.round), messages.said_before(bench.run)
    stored = job.resume or {}
    if stored.keys() - {WAITS_FOR, INTERRUPTED}:
        return replace(job, earlier=_joined(rounds, messages.section(said)))
    fresh = messages.hand_over_all(bench.run, with_answers=True)
    bench.recorder.tell(fresh)
    resume = stored if INTERRUPTED in stored else None
    before = WAS_INTERRUPTED if INTERRUPTED in stored and WAITS_FOR not in stored else ""
    if job.session:
        prompt = _joined(before, job.prompt, messages.section(fresh))
        unknown = _joined(rounds, messages.section(said))
        return replace(job, prompt=prompt, earlier=unknown, resume=resume)
    prompt = _joined(before, job.prompt, rounds, messages.section([*said, *fresh]))
    return replace(job, prompt=prompt, resume=resume)


def _joined(*parts: str) -> str:
    """The parts that there are; one alone stays as it is."""
    there = [part for part in parts if part]
    return "\n\n".join([*(part.rstrip() for part in there[:-1]), *there[-1:]])
