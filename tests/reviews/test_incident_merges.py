"""The switch for the first incident: approvals and merges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from reviews.models import Change, MergeIntent, Person
from reviews.services import (
    identity,
    incident,
    instruct,
    judge,
    recover,
    work,
)
from reviews.states import RunKind, RunStatus
from tests import factories as f
from tests.reviews.incidents import S, owner
from tests.reviews.whole_runs import data, repository, work_off

__all__ = ["data", "owner"]
pytestmark = pytest.mark.django_db(transaction=True)


def approved(folder: Path, owner: Person) -> Change:
    """An imported change of a real repository, approved, its undo window over."""
    made = repository(folder, {"app.py": "x = 1\n"})
    patch = b"--- a/app.py\n+++ b/app.py\n@@ -1 +1 @@\n-x = 1\n+x = 2\n"
    change = instruct.import_change(f.actor(owner), made, title="Two", patch=patch)
    work_off(change)
    assert change.status == S.AWAITING_REVIEW, change.reason
    round_ = change.rounds.get()
    judge.approve(f.actor(owner), change, judge.Seen(1, round_.head))
    Change.objects.filter(pk=change.pk).update(takes_effect_at=timezone.now())
    return change


def test_an_approval_whose_window_has_passed_waits_and_then_merges(
    data: Path, owner: Person
) -> None:
    change = approved(data, owner)
    incident.pause(f.actor(owner))
    recover.sweep()
    work_off(change)
    assert change.status == S.APPROVED
    assert not change.runs.filter(kind=RunKind.MERGE).exists()
    incident.resume(f.actor(owner))
    recover.sweep()
    work_off(change)
    assert change.status == S.MERGED


def test_a_merge_that_has_not_begun_to_push_goes_back_to_the_queue(
    data: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = approved(data, owner)
    recover.take_effect()
    run = change.runs.get(kind=RunKind.MERGE)

    def pause_then_bring(*given: Any) -> None:
        incident.pause(f.actor(owner))

    monkeypatch.setattr("reviews.services.place.with_intent", pause_then_bring)
    work.carry_out(run.pk, identity.worker_name())
    monkeypatch.undo()
    change.refresh_from_db()
    run.refresh_from_db()
    assert (change.status, run.status, run.worker) == (S.MERGING, RunStatus.QUEUED, "")
    assert MergeIntent.objects.get(change=change).state == "prepared"
    incident.resume(f.actor(owner))
    assert work_off(change).status == S.MERGED


def test_a_merge_that_pushes_already_comes_to_its_end(
    data: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents.git import Mirror

    change = approved(data, owner)
    recover.take_effect()
    push = Mirror.push

    def pause_then_push(mirror: Mirror, *given: Any, **named: Any) -> Any:
        incident.pause(f.actor(owner))
        return push(mirror, *given, **named)

    monkeypatch.setattr(Mirror, "push", pause_then_push)
    assert work_off(change).status == S.MERGED
