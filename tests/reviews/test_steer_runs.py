"""Whole runs that are paused, stopped and gone on with, whatever dies between."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import LazySettings

from reviews.models import Change, Person, Repository
from reviews.services import place, recover, steer
from reviews.states import RunStatus
from tests import factories
from tests.reviews.steered_runs import S, agents_of, log_of, meanwhile, opened, store, until
from tests.reviews.whole_runs import owner, queued, work_off

__all__ = ["meanwhile", "owner", "store"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_paused_run_goes_on_from_its_tree_and_its_step_whatever_dies_between(
    owner: Person, store: Repository, meanwhile: Any, settings: LazySettings
) -> None:
    settings.HONK_PAUSE_SECONDS = 60
    change = opened(
        owner, store, {"edit": "one.txt", "content": "1\n"}, {"say": "halfway"}, {"wait": 0.8},
        {"edit": "two.txt", "content": "2\n"},
    )  # fmt: skip
    who = factories.actor(owner)

    def pause() -> None:
        until(lambda: "halfway" in log_of(agents_of(change)[0]))
        steer.pause(who, change)

    meanwhile(pause)
    work_off(change)
    assert change.status == S.NEEDS_INPUT
    assert change.reason == f"Paused by {owner.name}. The work so far is kept."
    parked = agents_of(change)[0]
    assert (parked.waits_for, parked.worker) == ("pause", "")
    assert not place.folder_of(parked).exists()
    recover.sweep()  # a restart: nobody holds it, so nothing is lost and nothing is begun
    recover.hand_back()
    assert [run.status for run in agents_of(change)] == [RunStatus.WAITING]
    steer.go_on(who, change)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    assert [f.display for f in change.rounds.get().files.order_by("index")] == [
        "one.txt", "two.txt",
    ]  # fmt: skip
    after = agents_of(change)[1]
    assert "halfway" not in log_of(after)
    assert "one.txt" not in log_of(after)


def test_a_run_paused_before_it_began_begins_when_somebody_goes_on(
    owner: Person, store: Repository
) -> None:
    change = opened(owner, store, {"edit": "one.txt", "content": "1\n"})
    steer.pause(factories.actor(owner), change)
    work_off(change)
    assert (change.status, agents_of(change)[0].steps) == (S.NEEDS_INPUT, 0)
    steer.go_on(factories.actor(owner), change)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason


@pytest.mark.parametrize("verb", [steer.stop, steer.pause])
def test_a_program_that_knows_no_pause_is_stopped_with_its_work_kept(
    owner: Person, store: Repository, meanwhile: Any, verb: Any
) -> None:
    change = opened(owner, store, runner="slow")

    def stop() -> None:
        until(lambda: "up" in log_of(agents_of(change)[0]))
        verb(factories.actor(owner), change)
        verb(factories.actor(owner), change)

    meanwhile(stop)
    work_off(change)
    assert (change.status, agents_of(change)[0].waits_for) == (S.NEEDS_INPUT, "pause")
    assert agents_of(change)[0].tree
    assert agents_of(change)[0].reason.endswith("The work so far is kept.")
    Change.objects.filter(pk=change.pk).update(runner="told")
    steer.go_on(factories.actor(owner), change)
    work_off(change)
    names = {f.display for f in change.rounds.get().files.all()}
    assert names == {"half.txt", "told.txt"}
    told = place.mirror_of(store).call("show", f"{change.rounds.get().head}:told.txt")
    assert told.startswith(b"You were interrupted")


def test_a_cancel_while_it_pauses_ends_the_change_and_leaves_nothing_parked(
    owner: Person, store: Repository, meanwhile: Any
) -> None:
    change = opened(owner, store, runner="slow")

    def both() -> None:
        until(lambda: "up" in log_of(agents_of(change)[0]))
        steer.pause(factories.actor(owner), change)
        steer.cancel(factories.actor(owner), change)
        steer.cancel(factories.actor(owner), change)

    meanwhile(both)
    work_off(change)
    run = agents_of(change)[0]
    assert (change.status, run.status) == (S.CANCELLED, RunStatus.CANCELLED)
    assert run.tree, "its work is kept all the same"
    assert run.events.filter(kind="end").count() == 1
    recover.sweep()
    assert not queued(change)
