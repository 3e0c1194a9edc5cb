"""A program that ends before anybody could look at it was started all the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from agents.box import launch
from tests.agents.boxes import inside, plain


def test_a_program_that_has_ended_when_its_pid_is_told_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = launch._first_pid

    def late(told: int) -> int | None:
        pid = at_once(told)
        time.sleep(0.5)
        return pid

    monkeypatch.setattr(launch, "_first_pid", late)
    assert inside(plain(tmp_path / "tree"), "sh", "-c", "echo quick; exit 3") == (3, "quick\n")
