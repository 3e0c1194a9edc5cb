"""The switch for the first incident: agents at work, and what goes on after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from reviews.models import Change, Installation, Person, Run
from reviews.services import (
    identity,
    incident,
    instruct,
    recover,
    work,
)
from reviews.services.claim import claim
from reviews.states import RunStatus
from tests import factories as f
from tests.reviews.incidents import S, owner, queued_run
from tests.reviews.whole_runs import data, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)


PATIENCE = 60  # seconds until a test calls something that hangs broken


@pytest.fixture
def threads() -> Iterator[Callable[[Callable[[], Any]], threading.Thread]]:
    """Starts threads that are waited for, each with a database connection of its own."""
    started: list[threading.Thread] = []

    def start(what: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                what()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        started.append(thread)
        thread.start()
        return thread

    yield start
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(claimed: Callable[[], bool]) -> None:
    """Wait for a condition, without holding a transaction."""
    waiting = threading.Event()
    for _ in range(PATIENCE * 20):
        if claimed():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come")


SLOW = [
    {"edit": "app.py", "content": "x = 2\n"},
    *({"wait": 0.5} for _ in range(150)),
]


def at_work(folder: Path, owner: Person) -> Change:
    """A change whose agent will talk for a long time after its edit."""
    made = repository(folder, {"app.py": "x = 1\n"})
    return instruct.open_change(
        f.actor(owner), made, "Talk", runner="scripted", options={"recording": SLOW}
    )


def has_edited(change: Change) -> bool:
    return change.runs.filter(events__kind="diff").exists()


def test_an_agent_in_mid_run_pauses_with_its_work_kept_and_goes_on_by_itself(
    data: Path, owner: Person, threads: Callable[[Callable[[], Any]], threading.Thread]
) -> None:
    change = at_work(data, owner)
    run = change.runs.get()
    worker = threads(lambda: work.carry_out(run.pk, identity.worker_name()))
    until(lambda: has_edited(change))
    incident.pause(f.actor(owner), "Looking")
    worker.join(PATIENCE)
    change.refresh_from_db()
    run.refresh_from_db()
    assert (change.status, run.status, run.waits_for) == (
        S.NEEDS_INPUT, RunStatus.WAITING, "pause",
    )  # fmt: skip
    assert run.worker == ""
    assert run.tree
    assert "Looking" in change.reason
    Change.objects.filter(pk=change.pk).update(options={"recording": [{"say": "Done."}]})
    recover.sweep()
    assert change.runs.count() == 1  # the sweep does not undo it
    incident.resume(f.actor(owner))
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert [file.display for file in change.rounds.get().files.all()] == ["app.py"]


def test_a_run_that_parks_only_after_the_pause_is_over_goes_on_with_the_sweep(
    data: Path, owner: Person
) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    run = f.run(round_, status=RunStatus.RUNNING, worker="somewhere:1:1:1")
    incident.pause(f.actor(owner))
    incident.resume(f.actor(owner))
    run.refresh_from_db()
    assert run.pause_reason.startswith(incident.MARK)
    Run.objects.update(status=RunStatus.WAITING, worker="", waits_for="pause", resume={})
    Change.objects.update(status=S.NEEDS_INPUT)
    recover.sweep()
    assert list(Run.objects.order_by("pk").values_list("status", flat=True)) == [
        RunStatus.PASSED, RunStatus.QUEUED,
    ]  # fmt: skip


def test_what_a_person_paused_before_stays_paused(owner: Person) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    run = f.run(
        round_, status=RunStatus.RUNNING, worker="w", pause_reason="Paused by Ann."
    )  # fmt: skip
    incident.pause(f.actor(owner))
    Run.objects.update(status=RunStatus.WAITING, worker="", waits_for="pause", resume={})
    incident.resume(f.actor(owner))
    run.refresh_from_db()
    assert (run.status, run.pause_reason) == (RunStatus.WAITING, "Paused by Ann.")


def test_a_worker_that_dies_while_it_is_paused_loses_the_run_and_nothing_starts(
    data: Path, owner: Person
) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    long_ago = timezone.now() - timedelta(minutes=5)
    run = f.run(
        round_, status=RunStatus.RUNNING, worker="elsewhere:1:1:1", lease_expires_at=long_ago
    )  # fmt: skip
    incident.pause(f.actor(owner))
    recover.sweep()
    run.refresh_from_db()
    assert (run.status, run.change.status) == (RunStatus.LOST, S.FAILED)
    from reviews.services import steer

    steer.retry(f.actor(owner), run.change)
    again = Run.objects.get(status=RunStatus.QUEUED)
    assert claim(again.pk, "worker") is None
    incident.resume(f.actor(owner))
    assert claim(again.pk, "worker") is not None


def test_a_claim_and_the_switch_at_once_leave_no_run_that_nobody_asked_to_pause(
    owner: Person, threads: Callable[[Callable[[], Any]], threading.Thread]
) -> None:
    """Whichever comes first: a run is either still queued, or running and asked to pause."""
    for _ in range(8):
        Installation.objects.update(paused_at=None)
        runs = [queued_run() for _ in range(6)]
        gate = threading.Barrier(4)

        def take(some: list[Run], gate: threading.Barrier = gate) -> None:
            gate.wait(PATIENCE)
            for run in some:
                claim(run.pk, "worker")

        def switch(gate: threading.Barrier = gate) -> None:
            gate.wait(PATIENCE)
            incident.pause(f.actor(owner))

        going = [
            threads(switch),
            *(threads(lambda part=runs[n::3]: take(part)) for n in range(3)),  # type: ignore[misc]
        ]
        for thread in going:
            thread.join(PATIENCE)
        for run in Run.objects.filter(pk__in=[run.pk for run in runs]):
            if run.status == RunStatus.RUNNING:
                assert run.pause_reason.startswith(incident.MARK)
            else:
                assert run.status == RunStatus.QUEUED
    assert incident.is_paused()
