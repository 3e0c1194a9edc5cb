"""Whole runs with a judge: a repository that asks for one, and a stand-in of the model API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import LazySettings

from reviews.models import Change, Person, Repository, Run
from reviews.services import instruct
from reviews.services.judge import Seen
from reviews.states import RunKind
from tests import factories
from tests.doubles.messages_api import MessagesApi, Turn
from tests.reviews import whole_runs

POLICY = """
[[verifiers]]
name = "there"
argv = ["test", "-e", "app.py"]

[runners.agent]
argv = ["sh", "agent.sh"]

[judge]
mode = "{mode}"
repairs = {repairs}
model = "{model}"
"""
STUBBORN = 'cat > /dev/null; echo "x = 2" > app.py; echo y >> app.py; date +%N > when.txt\n'
FINDING = {"kind": "out_of_scope", "text": "Nobody asked for y.", "path": "app.py", "line": 2}


def repository(
    folder: Path,
    mode: str,
    repairs: int = 1,
    agent: str = STUBBORN,
    model: str = "claude-haiku-4-5",
) -> Repository:
    files: dict[str | bytes, str | bytes | None] = {
        ".honk.toml": POLICY.format(mode=mode, repairs=repairs, model=model),
        "app.py": "x = 1\n",
        "agent.sh": agent,
    }
    return whole_runs.repository(folder, files)


def turn(verdict: str, *findings: dict[str, Any]) -> Turn:
    said = {"verdict": verdict, "summary": f"It is a {verdict}.", "findings": findings}
    return Turn.text(json.dumps(said))


def through(
    owner: Person, made: Repository, settings: LazySettings, api: MessagesApi, **given: Any
) -> Change:
    """A change from its instruction to a person's turn."""
    settings.HONK_AGENT_KEY, settings.HONK_AGENT_URL = "test-key-of-nobody", api.url
    change = instruct.open_change(
        factories.actor(owner), made, "Make x two", runner="agent", **given
    )
    return whole_runs.work_off(change)


def judgings(change: Change) -> list[Run]:
    return list(change.runs.filter(kind=RunKind.JUDGE).order_by("pk"))


def approval(change: Change, **more: Any) -> Seen:
    newest = change.rounds.order_by("-number")[0]
    ticked = list(newest.guard.values_list("pk", flat=True))
    return Seen(newest.number, newest.head, acknowledged=ticked, **more)
