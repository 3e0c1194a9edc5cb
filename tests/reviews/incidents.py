"""The switch for the first incident: who uses it, and what is at work meanwhile."""

from __future__ import annotations

import pytest

from reviews.models import Person, Run
from reviews.states import ChangeStatus, RunKind, RunStatus
from tests import factories as f

S = ChangeStatus


@pytest.fixture
def owner() -> Person:
    return f.administrator("owner")


def queued_run(kind: RunKind = RunKind.AGENT, status: ChangeStatus = S.QUEUED) -> Run:
    round_ = f.round_(f.change(status=status))
    return f.run(round_, kind=kind, status=RunStatus.QUEUED)
