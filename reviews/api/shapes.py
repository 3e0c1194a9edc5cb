"""What the API says: records as the contract's JSON, and the same shapes for its description."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from ninja import Schema

from reviews.models import Change, Comment, Round, Run
from reviews.queries.log import open_question
from reviews.states import RunStatus


class RoundHead(Schema):
    """A round in the list of its change."""

    number: int
    status: str
    base: str
    head: str
    tree: str


class RunHead(Schema):
    """A run in the list of its change; `round` is the round's number."""

    id: int
    kind: str
    round: int
    attempt: int
    status: str


class ChangeOut(Schema):
    """A change. takes_effect_at: end of the undo window of an approval, else null.

    waits_for: what its agent waits for (answer, pause: somebody to go on, money), or empty.
    question: what the agent asks, as long as nobody has answered it.
    """

    number: int
    repository: str
    title: str
    instruction: str
    status: str
    failed_stage: str
    takes_effect_at: datetime | None
    waits_for: str
    question: str
    rounds: list[RoundHead]
    runs: list[RunHead]


class ChangesOut(Schema):
    """A page of changes, newest first; next_cursor: null at the end."""

    changes: list[ChangeOut]
    next_cursor: str | None


class CommentOut(Schema):
    """A comment; file: the file's index in the round, null for one about the whole round.

    suggestion: what is to stand in the place of the lines, "" for nothing, null for none.
    applied_in: number of the round that was made of it.
    """

    id: int
    thread: int
    round: int
    file: int | None
    path: str
    side: str
    line: int | None
    end_line: int | None
    body: str
    author: str
    is_draft: bool
    suggestion: str | None
    applied_in: int | None


class RunOut(RunHead):
    """One process or conversation. reason: why it ended as it did; fault: whose it was."""

    change: int
    name: str
    required: bool
    reason: str
    fault: str
    exit_code: int | None
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    commit: str
    summary: str
    cost: float | None


class EventOut(Schema):
    seq: int
    kind: str
    part: str
    parent: str
    source: str
    at: datetime
    data: Any


class FrameOut(Schema):
    """A page of a run's log, oldest first."""

    events: list[EventOut]
    first_seq: int | None
    last_seq: int | None
    run_status: str


class ErrorOut(Schema):
    """code: for programs; message: for people. A 409 carries the fresh `change` as well."""

    code: str
    message: str
    fault: Literal["user", "agent", "platform"]
    retry: bool


def change_json(change: Change) -> dict[str, Any]:
    """One change as ChangeOut has it."""
    return changes_json([change])[0]


def changes_json(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Changes as ChangeOut has them, in three queries for however many, and a few for each that
    waits for an answer."""
    ids = [change.pk for change in changes]
    rounds: dict[int, list[Round]] = {pk: [] for pk in ids}
    runs: dict[int, list[Run]] = {pk: [] for pk in ids}
    heads = ("change", "number", "status", "base", "head", "tree")
    for round_ in Round.objects.filter(change__in=ids).only(*heads).order_by("number"):
        rounds[round_.change_id].append(round_)
    listed = ("change", "kind", "attempt", "status", "round__number")
    columns = (*listed, "waits_for", "worker", "pause_reason", "stop_reason", "options")
    runs_of = Run.objects.filter(change__in=ids).select_related("round").only(*columns)
    for run in runs_of.order_by("pk"):
        runs[run.change_id].append(run)
    return [_change(change, rounds[change.pk], runs[change.pk]) for change in changes]


def _change(change: Change, rounds: Sequence[Round], runs: Sequence[Run]) -> dict[str, Any]:
    waiting = [run.waits_for or "answer" for run in runs if run.status == RunStatus.WAITING]
    waits_for = waiting[0] if waiting else ""
    questions = [asked for run in runs if run.is_asking and (asked := open_question(run))]
    return {
        "number": change.pk,
        "repository": change.repository.name,
        "title": change.title,
        "instruction": change.instruction,
        "status": change.status,
        "failed_stage": change.failed_stage,
        "takes_effect_at": change.takes_effect_at,
        "waits_for": waits_for,
        "question": questions[0].question if questions else "",
        "rounds": [
            {"number": r.number, "status": r.status, "base": r.base, "head": r.head, "tree": r.tree}
            for r in rounds
        ],
        "runs": [_run_head(run) for run in runs],
    }


def _run_head(run: Run) -> dict[str, Any]:
    return {
        "id": run.pk,
        "kind": run.kind,
        "round": run.round.number,
        "attempt": run.attempt,
        "status": run.status,
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run as RunOut has it."""
    return {
        **_run_head(run),
        "change": run.change_id,
        "name": run.name,
        "required": run.is_required,
        "reason": run.reason,
        "fault": run.fault,
        "exit_code": run.exit_code,
        "queued_at": run.queued_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "commit": run.commit,
        "summary": run.summary,
        "cost": run.cost,
    }


def comment_json(comment: Comment) -> dict[str, Any]:
    """A comment as CommentOut has it."""
    thread = comment.thread
    return {
        "id": comment.pk,
        "thread": thread.pk,
        "round": thread.round.number,
        "file": thread.file.index if thread.file else None,
        "path": thread.file.display if thread.file else "",
        "side": thread.side,
        "line": thread.line,
        "end_line": thread.end_line,
        "body": comment.body,
        "author": comment.author.username,
        "is_draft": comment.is_draft,
        "suggestion": comment.suggestion,
        "applied_in": comment.applied_in.number if comment.applied_in else None,
    }
