"""One judge run: what was asked for and what one frozen commit changes, put to a model.

Everything it reads is in the database; no worktree is laid and no program starts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings

from agents.job import Outcome
from agents.judge import Judge
from agents.judge_question import MAX_FILE, FilePatch, Question, Said
from reviews.models import Change, DiffFile, Message, Round, Run
from reviews.services import blobs, known_values
from reviews.services.bench import Bench
from reviews.services.brief import parts_of
from reviews.services.evidence import verifier_runs
from reviews.services.finish import finish
from reviews.services.recorder import usage_columns
from reviews.services.work_agent import ENDED
from reviews.states import RunStatus


def carry_out(bench: Bench) -> None:
    """Ask; its end decides what the change does next."""
    run = bench.run
    if run.commit != bench.round.head:  # a later snapshot has taken its place
        finish(run.pk, RunStatus.CANCELLED, worker=run.worker, reason="The change had moved on.")
        return
    judge = Judge(
        question_of(bench.round), key=settings.HONK_AGENT_KEY, base_url=settings.HONK_AGENT_URL,
        model=str(run.options.get("model") or ""), redactor=known_values.redactor(),
        cap_usd=None if run.cap is None else float(run.cap),
    )  # fmt: skip
    outcome = bench.recorder.drive(judge.values(bench.mailbox))
    said = judge.judgement if outcome.status in ("passed", "failed") else None
    findings = [dataclasses.asdict(each) for each in said.findings] if said else []
    finish(
        run.pk, ENDED[outcome.status], worker=run.worker, reason=outcome.reason,
        fault=outcome.fault or "", summary=outcome.summary, findings=findings, **_usage(outcome),
    )  # fmt: skip


def _usage(outcome: Outcome) -> dict[str, Any]:
    """What it used; where nothing was asked it cost nothing, and nothing about it is unknown."""
    used = outcome.usage
    columns = usage_columns(used.input_tokens, used.output_tokens, used.cost_usd)
    if not used.input_tokens and not used.output_tokens:
        columns["cost"] = Decimal(0)
    return columns


def question_of(round_: Round) -> Question:
    """All that is compared, of the round's head: bounded where it is read, and again where sent."""
    return Question(
        said=tuple(_said(round_)),
        files=tuple(_file(file) for file in round_.files.select_related("patch").order_by("index")),
        checks=tuple(_check(run) for run in verifier_runs(round_)),
        guard=tuple(
            _place(item.text, item.path, item.line) for item in round_.guard.order_by("pk")
        ),
    )


def _said(round_: Round) -> Sequence[Said]:
    """The instruction, each re-prompt so far, and what people told the agent meanwhile."""
    change = round_.change
    said = [Said("The instruction", change.instruction)]
    rounds = change.rounds.filter(number__gt=1, number__lte=round_.number).order_by("number")
    said += [
        Said(f"The re-prompt that began round {each.number}", each.message, parts_of(each))
        for each in rounds
    ]
    return [*said, *(Said("A message to the agent at work", text) for text in _messages(change))]


def _messages(change: Change) -> list[str]:
    """Words that reached the agent, oldest first."""
    reached = Message.objects.filter(change=change, delivered_at__isnull=False).order_by("pk")
    return list(reached.values_list("text", flat=True)[:50])


def _file(file: DiffFile) -> FilePatch:
    return FilePatch(
        path=file.display, patch=blobs.get(file.patch)[: MAX_FILE * 4] if file.patch else b"",
        added=file.added, removed=file.removed, is_binary=file.is_binary,
    )  # fmt: skip


def _check(run: Run) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(run.counts.items()))
    how = run.status.replace("_", " ") + (f" ({counts})" if counts else "")
    return f"{run.name}: {how}{'' if run.is_required else ', not required'}"


def _place(text: str, path: str, line: int | None) -> str:
    return f"{path}{f':{line}' if line else ''}: {text}" if path else text
