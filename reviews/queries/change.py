"""The change page: instruction, rounds, what was checked, what may be decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reviews.models import Change, Comment, GuardItem, Message, Person, Round, Run, Thread
from reviews.queries.bar import Bar, bar_of
from reviews.queries.facts import Facts, facts_of
from reviews.queries.log import Question, open_question
from reviews.queries.timeline import Moment, timeline_of
from reviews.queries.turn import Turn, turn_of
from reviews.services.brief import comments_of
from reviews.services.evidence import verifier_runs
from reviews.states import RoundOrigin, RunKind


@dataclass(frozen=True, slots=True)
class Told:
    """Something the agent was told: the instruction, or the words and comments of a re-prompt."""

    title: str
    round: int
    by: str
    text: str
    comments: int


@dataclass(frozen=True, slots=True)
class ThreadView:
    """A thread with its published comments and the asker's own drafts, in order."""

    thread: Thread
    comments: tuple[Comment, ...]

    @property
    def place(self) -> str:
        """File and line as people write it."""
        file, line = self.thread.file, self.thread.line
        if file is None:
            return f"Round {self.thread.round.number}"
        return f"{file.display}:{line}" if line else file.display


@dataclass(frozen=True, slots=True)
class ChangePage:
    """All that the page of one change shows of one round (the newest unless asked for)."""

    change: Change
    turn: Turn
    round: Round
    rounds: tuple[Round, ...]
    is_newest: bool
    told: tuple[Told, ...]
    batch: tuple[Comment, ...]
    runs: tuple[Run, ...]
    verifiers: tuple[Run, ...]
    guard: tuple[GuardItem, ...]
    threads: tuple[ThreadView, ...]
    drafts: tuple[Comment, ...]
    messages: tuple[Message, ...]
    timeline: tuple[Moment, ...]
    bar: Bar
    live_run: Run | None
    log_run: Run | None
    question: Question | None
    cost: Decimal | None

    @property
    def comment_count(self) -> int:
        return sum(len(view.comments) for view in self.threads)

    @property
    def checked_ok(self) -> int:
        return sum(run.status == "passed" for run in self.verifiers)


def change_page(
    asker: Person, change: Change, round_number: int | None = None
) -> ChangePage | None:
    """The page of a change (repository and author selected); None when it has no such round."""
    facts = facts_of([change], asker)[0]
    rounds = facts.rounds
    shown = next((r for r in rounds if r.number == round_number), None)
    if round_number is None:
        shown = facts.round
    if shown is None:
        return None
    return _assemble(asker, facts, shown)


def _assemble(asker: Person, facts: Facts, shown: Round) -> ChangePage:
    change = facts.change
    runs = _runs(shown)
    threads = threads_of(change, asker)
    live = facts.run
    return ChangePage(
        change=change, turn=turn_of(facts), round=shown, rounds=tuple(facts.rounds),
        is_newest=shown.pk == facts.round.pk, told=_told(facts, threads),
        batch=tuple(comments_of(shown)),
        runs=tuple(r for r in runs if r.kind != RunKind.VERIFIER),
        verifiers=tuple(verifier_runs(shown)) if shown.head else _checking(runs),
        guard=_guard(shown), threads=threads, drafts=drafts_of(change, asker),
        messages=_waiting_messages(change), timeline=timeline_of(change), bar=bar_of(facts),
        live_run=live, log_run=live or _log_run(runs),
        question=open_question(live) if live else None,
        cost=_total(facts.rounds),
    )  # fmt: skip


def _runs(round_: Round) -> list[Run]:
    return list(round_.runs.defer("prompt", "resume").order_by("pk"))


def _checking(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Verifier runs of the newest snapshot while the round is still open."""
    found = [run for run in runs if run.kind == RunKind.VERIFIER]
    newest = found[-1].commit if found else ""
    return tuple({run.name: run for run in found if run.commit == newest}.values())


def _log_run(runs: Sequence[Run]) -> Run | None:
    agents = [run for run in runs if run.kind == RunKind.AGENT]
    return agents[-1] if agents else (runs[-1] if runs else None)


def _guard(round_: Round) -> tuple[GuardItem, ...]:
    return tuple(round_.guard.select_related("acknowledged_by").order_by("pk"))


def _told(facts: Facts, threads: Sequence[ThreadView]) -> tuple[Told, ...]:
    change = facts.change
    sent: dict[int, int] = {}
    for comment in (c for view in threads for c in view.comments if c.sent_in_id):
        sent[comment.sent_in_id or 0] = sent.get(comment.sent_in_id or 0, 0) + 1
    first = Told("Instruction", 1, change.author.name, change.instruction, 0)
    later = [
        Told(f"Round {r.number}", r.number, r.author.name, _asked(r), sent.get(r.pk, 0))
        for r in facts.rounds[1:]
    ]
    return (first, *later)


def _asked(round_: Round) -> str:
    """The words of a re-prompt; a round of suggestions says what was applied."""
    is_suggestion = round_.origin == RoundOrigin.SUGGESTION
    return round_.summary if is_suggestion else round_.message


def threads_of(change: Change, asker: Person) -> tuple[ThreadView, ...]:
    """Threads of a change that hold something the asker may read; two queries."""
    threads = change.threads.select_related("file", "round", "resolved_by").order_by("pk")
    comments = Comment.objects.filter(thread__change=change).order_by("pk")
    comments = comments.select_related("author", "sent_in", "applied_in")
    by_thread: dict[int, list[Comment]] = {}
    for comment in comments:
        if comment.published_at or comment.author_id == asker.pk:
            by_thread.setdefault(comment.thread_id, []).append(comment)
    return tuple(
        ThreadView(thread, tuple(by_thread[thread.pk]))
        for thread in threads
        if thread.pk in by_thread
    )


def drafts_of(change: Change, asker: Person) -> tuple[Comment, ...]:
    """The asker's own unpublished comments on a change."""
    return tuple(
        Comment.objects.filter(thread__change=change, author=asker, published_at__isnull=True)
        .select_related("thread", "thread__file", "thread__round")
        .order_by("pk")
    )


def _waiting_messages(change: Change) -> tuple[Message, ...]:
    return tuple(
        change.messages.filter(delivered_at__isnull=True).select_related("author").order_by("pk")
    )


def _total(rounds: Sequence[Round]) -> Decimal | None:
    """Money of all rounds; None as soon as one round's is unknown."""
    costs = [round_.cost for round_ in rounds]
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal()) if len(known) == len(costs) else None
