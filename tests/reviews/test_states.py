"""The tables of statuses, pair by pair."""

from __future__ import annotations

from itertools import product

import pytest

from reviews.states import (
    CANCELLABLE,
    MOVES,
    RUN_ENDED,
    RUN_LIVE,
    WAITS_FOR_MACHINE,
    WAITS_FOR_PERSON,
    ChangeStatus,
    RunStatus,
    may_move,
)

# The ways of the house plan, written out once more by hand: a change to the table needs both.
WAYS = """
queued running|queued cancelled|queued failed
running needs_input|running verifying|running cancelled|running failed
needs_input running|needs_input cancelled|needs_input failed
verifying running|verifying awaiting_review|verifying cancelled|verifying failed
awaiting_review approved|awaiting_review rejected|awaiting_review queued|awaiting_review cancelled
approved awaiting_review|approved merging|approved cancelled
merging awaiting_review|merging merged|merging failed
merged deploying
deploying deployed|deploying rolled_back|deploying failed
deployed rolled_back
rolled_back deploying
rejected queued
cancelled queued
failed queued|failed merging|failed deploying|failed awaiting_review
"""
ALLOWED = {tuple(way.split()) for way in WAYS.replace("\n", "|").split("|") if way.strip()}


@pytest.mark.parametrize(("source", "target"), list(product(ChangeStatus, ChangeStatus)))
def test_exactly_the_planned_ways_are_open(source: ChangeStatus, target: ChangeStatus) -> None:
    assert (target in MOVES[source]) is ((source.value, target.value) in ALLOWED)


@pytest.mark.parametrize("stage", ["", "queued", "running", "verifying", "merging", "deploying"])
@pytest.mark.parametrize("target", list(ChangeStatus))
def test_failed_goes_back_only_to_the_stage_that_failed_or_to_the_queue(
    stage: str, target: ChangeStatus
) -> None:
    expected = {
        ChangeStatus.QUEUED: True,
        ChangeStatus.MERGING: stage == "merging",
        ChangeStatus.AWAITING_REVIEW: stage == "merging",
        ChangeStatus.DEPLOYING: stage == "deploying",
    }.get(target, False)
    assert may_move(ChangeStatus.FAILED, target, stage) is expected


def test_every_status_has_its_row_and_nothing_stays_where_it_is() -> None:
    assert set(MOVES) == set(ChangeStatus)
    assert not [status for status, targets in MOVES.items() if status in targets]


def test_machine_and_person_states_are_apart_and_all_can_be_left() -> None:
    assert not WAITS_FOR_MACHINE & WAITS_FOR_PERSON
    assert all(MOVES[status] for status in WAITS_FOR_MACHINE | WAITS_FOR_PERSON)


def test_what_may_be_cancelled_is_what_has_not_begun_to_land() -> None:
    assert CANCELLABLE.isdisjoint({ChangeStatus.MERGING, ChangeStatus.MERGED, ChangeStatus.FAILED})


def test_runs_are_live_or_ended() -> None:
    assert set(RunStatus) == RUN_LIVE | RUN_ENDED
    assert not RUN_LIVE & RUN_ENDED
