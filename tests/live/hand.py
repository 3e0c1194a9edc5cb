"""A second process on a server's database, as a worker would be: reads a JSON list a line, `[verb,
arguments]`, and answers each with a line of JSON.

Started as `python -m tests.live.hand` with the server's environment; `Hand` below is its handle.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reviews.models import Round

ROOT = Path(__file__).resolve().parent.parent.parent
HEADS = ["text", "output", "think", "note", "tool"]
VETO = {
    "summary": (
        "It stops the crash, and it also translates a word. The test that was asked for is missing."
    ),
    "findings": [
        {
            "kind": "out_of_scope", "path": "app.py", "line": 2,
            "text": "The word was to stay as it is; nobody asked for another language here.",
        },
        {"kind": "unmet", "path": "", "line": None, "text": "No test was added."},
    ],
}  # fmt: skip


class Hand:
    """Calls the verbs below in a process of their own; attribute access gives a function."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.hand"], env=environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def start(self, verb: str, **arguments: Any) -> None:
        """Begin a verb; `answer` waits for it."""
        self._process.stdin.write(json.dumps([verb, arguments]) + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        line = self._process.stdout.readline()
        assert line, "the helper process died"
        return json.loads(line)

    def do(self, verb: str, **arguments: Any) -> Any:
        self.start(verb, **arguments)
        return self.answer()

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=60)


def seed(people: int = 1) -> dict[str, Any]:
    """A change with one running run, an administrator's cookie and token, and an outsider's."""
    from django.test import Client

    from reviews.services.people import create_token
    from tests import factories

    admin = factories.administrator()
    outsider = factories.person()
    client, stranger = Client(), Client()
    client.force_login(admin, "allauth.account.auth_backends.AuthenticationBackend")
    stranger.force_login(outsider, "allauth.account.auth_backends.AuthenticationBackend")
    change = factories.change(author=admin, status="running")
    run = factories.run(factories.round_(change), status="running", worker="here")
    return {
        "change": change.pk,
        "run": run.pk,
        "person": admin.pk,
        "cookie": client.cookies["sessionid"].value,
        "token": create_token(admin),
        "stranger_cookie": stranger.cookies["sessionid"].value,
        "stranger_token": create_token(outsider),
    }


def write(run: int, count: int, pause: float = 0.0, size: int = 200) -> int:
    """Append `count` events in small batches; returns the last number."""
    from reviews.services import progress

    chance = random.Random(run)
    last = 0
    while count > 0:
        batch = min(count, chance.randint(1, 5))
        rows = [
            {
                "kind": chance.choice(HEADS),
                "part": f"p{chance.randint(1, 9)}",
                "source": "agent",
                "data": {"text": 'ü\x1b[31m\u2028"</script>' * chance.randint(0, size // 16)},
            }
            for _ in range(batch)
        ]
        last = progress.append(run, rows)
        count -= batch
        time.sleep(pause)
    return last


def append(run: int, rows: list[dict[str, Any]]) -> int:
    """Append exactly these rows; returns the last number."""
    from reviews.services import progress

    return progress.append(run, [{"source": "agent", **row} for row in rows])


def full_change() -> dict[str, int]:
    """A change that waits for review with all that its page can show; returns its numbers."""
    from reviews.models import Person
    from reviews.states import RunKind
    from tests import factories

    author = factories.person(first_name="Ana", last_name="Lindqvist")
    change = factories.reviewable(author, title="Stop <b>the</b> crash")
    round_ = change.rounds.get()
    names = {"verifiers": [{"name": "Unit tests", "argv": ["true"]}]}
    round_.policy, round_.summary = names, "It stops. `next()` returns nothing."
    round_.save()
    factories.run(round_, kind=RunKind.VERIFIER, name="Unit tests", commit=round_.head)
    factories.guard_item(round_)
    factories.comment(round_, Person.objects.filter(is_superuser=True)[0], published_at=None)
    return {"change": change.pk, "run": change.runs.first().pk}


def asking() -> dict[str, int]:
    """A change whose agent stands still with a question under a long log; its numbers."""
    from reviews.models import Message, Person
    from tests import factories

    admin = Person.objects.filter(is_superuser=True)[0]
    change = factories.change(admin, status="needs_input")
    run = factories.run(
        factories.round_(change), status="waiting", waits_for="answer",
        options={"ask": "a"}, resume={"waits_for": "answer", "ask": "a"},
    )  # fmt: skip
    for number in range(60):
        factories.event(run, part=f"p{number}", data={"text": f"Paragraph {number}. " * 9})
    question = {"question": "Which one?", "answers": ["The first", "The last"]}
    factories.event(run, kind="ask", part="a", data=question)
    for number in range(9):
        Message.objects.create(change=change, author=admin, text=f"Message {number}")
    return {"change": change.pk, "run": run.pk}


def judged_changes() -> dict[str, int]:
    """Changes that judges looked at: one vetoed after a repair, one passed, one for advice, and one
    whose judge could not say; their numbers by these names."""
    from reviews.states import RunStatus
    from tests import factories

    store = factories.repository("player")
    author = factories.person(first_name="Ana", last_name="Lindqvist")
    said = {
        "vetoed": ("blocking", RunStatus.FAILED, VETO),
        "passed": ("blocking", RunStatus.PASSED, {"summary": "It does what was asked for."}),
        "advised": ("advisory", RunStatus.FAILED, VETO),
        "unjudged": (
            "blocking", RunStatus.ERROR,
            {"reason": "The model API cannot be reached. Tried 4 times."},
        ),
    }  # fmt: skip
    numbers = {}
    for name, (mode, status, words) in said.items():
        change = factories.reviewable(author, repository=store)
        round_ = change.rounds.get()
        round_.policy = {"judge": {"mode": mode, "repairs": 1}}
        round_.save()
        if name != "advised":
            _judge(round_, mode, commit="d" * 40, status=RunStatus.FAILED)
            factories.run(round_, commit=round_.head)
        _judge(round_, mode, commit=round_.head, status=status, **words)
        numbers[name] = change.pk
    return numbers


def _judge(round_: Round, mode: str, **fields: Any) -> None:
    """A judge's run of nine seconds that has ended."""
    from datetime import timedelta

    from django.utils import timezone

    from reviews.states import RunKind
    from tests import factories

    now = timezone.now()
    factories.run(
        round_, kind=RunKind.JUDGE, name="judge", options={"mode": mode},
        started_at=now - timedelta(seconds=9), ended_at=now, **fields,
    )  # fmt: skip


def write_at(run: int, count: int, pause: float) -> None:
    """Append events that carry the moment just before they were stored."""
    from reviews.services import progress

    for _ in range(count):
        row = {"kind": "note", "source": "agent", "data": {"sent": time.time()}}
        progress.append(run, [row])
        time.sleep(pause)


def finish(run: int) -> None:
    from reviews.services.finish import finish as end
    from reviews.states import RunStatus

    end(run, RunStatus.PASSED, then_advance=False)


def log(run: int) -> list[dict[str, Any]]:
    """The whole stored log, as the API gives it."""
    from reviews.models import RunEvent
    from reviews.services.progress import as_json

    return [as_json(row) for row in RunEvent.objects.filter(run_id=run).order_by("seq")]


def sign_out(cookie: str) -> None:
    from django.contrib.sessions.models import Session

    Session.objects.filter(pk=cookie).delete()


def deactivate(person: int) -> None:
    from reviews.models import Person

    Person.objects.filter(pk=person).update(is_active=False)


def move(change: int) -> None:
    from reviews.models import Change
    from reviews.services.lifecycle import move as go
    from reviews.services.permissions import SYSTEM
    from reviews.states import ChangeStatus

    go(Change.objects.get(pk=change), ChangeStatus.VERIFYING, SYSTEM)


def claims(run: int, worker: str) -> None:
    """Put a run into a worker's hands without doing anything for it."""
    from reviews.models import Run

    Run.objects.filter(pk=run).update(worker=worker)


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "honkweb.settings"
    import django

    django.setup()
    for line in sys.stdin:
        verb, arguments = json.loads(line)
        print(json.dumps(globals()[verb](**arguments)), flush=True)


if __name__ == "__main__":
    main()
