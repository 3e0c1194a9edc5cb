"""The review verbs' state machine, for as long as it takes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.reviews.test_verdict_machine import Verdicts

EXAMPLES = int(os.environ.get("HONK_TEST_SOAK_EXAMPLES", "10000"))
STEPS = 40


@pytest.mark.soak
@pytest.mark.django_db
def test_two_stale_reviewers_never_make_two_winners_in_many_tries(
    count: Callable[..., None],
) -> None:
    started = time.monotonic()
    long = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Verdicts, settings=long)
    count(examples=EXAMPLES, steps=STEPS, seconds=round(time.monotonic() - started, 1))
