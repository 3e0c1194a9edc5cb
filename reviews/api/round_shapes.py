"""What the API says of a round: what it holds, and what was checked of it."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema

from reviews.models import Round, Run
from reviews.queries.judging import judging_json
from reviews.services.brief import comments_of
from reviews.services.evidence import verifier_runs
from reviews.states import RunKind


class VerifierOut(Schema):
    """A verifier's newest run on the round's head; `run` is its id."""

    name: str
    status: str
    required: bool
    run: int


class GuardOut(Schema):
    """Something to be seen before approving; acknowledged_by: a username, or null."""

    id: int
    kind: str
    text: str
    path: str
    line: int | None
    acknowledged_by: str | None


class AnswerOut(Schema):
    """What the agent said to one number of the batch it was given; state empty: it said nothing."""

    number: int
    comment: int
    state: Literal["done", "declined", "answered", ""]
    text: str


class FindingOut(Schema):
    """Something a judge found; line: in the new file, or null."""

    kind: Literal["out_of_scope", "unmet", "weakened_check", "risky", "other"]
    text: str
    path: str
    line: int | None


class JudgeOut(Schema):
    """A model's opinion of the round's head. status: that of its run, or none: not asked.

    run: the one whose word stands. asked_again: ids of the runs that people asked for.
    """

    status: str
    mode: Literal["advisory", "blocking"]
    verdict: Literal["pass", "veto"] | None
    summary: str
    findings: list[FindingOut]
    run: int | None
    asked_again: list[int]


class RoundOut(Schema):
    """A round with what the server checked of it. summary: the agent's own words.

    answers: to the comments that the round was given, by number. judge: null where there is none.
    """

    number: int
    status: str
    origin: str
    base: str
    head: str
    tree: str
    summary: str
    answers: list[AnswerOut]
    verifiers: list[VerifierOut]
    guard: list[GuardOut]
    judge: JudgeOut | None


class FileOut(Schema):
    """A file of a round; a row is [sign, old_line, new_line, text]."""

    index: int
    path: str
    old_path: str | None
    status: str
    added: int
    removed: int
    old_mode: str | None
    new_mode: str | None
    is_binary: bool
    error: str | None
    hunks: list[dict[Literal["rows"], list[list[Any]]]]


class FilesOut(Schema):
    files: list[FileOut]


def round_json(round_: Round) -> dict[str, Any]:
    """A round as RoundOut has it."""
    guard = round_.guard.select_related("acknowledged_by").order_by("pk")
    return {
        "number": round_.number,
        "status": round_.status,
        "origin": round_.origin,
        "base": round_.base,
        "head": round_.head,
        "tree": round_.tree,
        "summary": round_.summary,
        "answers": [
            {"number": c.sent_number, "comment": c.pk, "state": c.answer_state, "text": c.answer}
            for c in comments_of(round_)
        ],
        "verifiers": [
            {"name": run.name, "status": run.status, "required": run.is_required, "run": run.pk}
            for run in _verifiers(round_)
        ],
        "guard": [
            {
                "id": item.pk,
                "kind": item.kind,
                "text": item.text,
                "path": item.path,
                "line": item.line,
                "acknowledged_by": item.acknowledged_by and item.acknowledged_by.username,
            }
            for item in guard
        ],
        "judge": judging_json(round_),
    }


def _verifiers(round_: Round) -> list[Run]:
    """On the head; before there is one, the newest of each name."""
    if round_.head:
        return verifier_runs(round_)
    runs = Run.objects.filter(round=round_, kind=RunKind.VERIFIER).order_by("pk")
    return list({run.name: run for run in runs}.values())
