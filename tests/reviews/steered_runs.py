"""Whole runs that people steer meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection

from reviews.models import Change, Person, Repository, Run
from reviews.services import instruct
from reviews.states import ChangeStatus, RunKind
from tests import factories
from tests.reviews.whole_runs import repository

S = ChangeStatus
PATIENCE_S = 60


POLICY = """
[runners.slow]
argv = ["sh", "-c", "echo half > half.txt; echo up; cat; while :; do sleep 0.05; done"]
[[verifiers]]
name = "there"
argv = ["test", "-f", "app.py"]
[runners.told]
argv = ["sh", "-c", "cat > told.txt"]
"""


@pytest.fixture
def store(tmp_path: Path, settings: LazySettings) -> Repository:
    settings.HONK_DATA = tmp_path / "data"
    settings.HONK_PAUSE_SECONDS = 0.3
    return repository(tmp_path, {"app.py": "x = 1\n", ".honk.toml": POLICY})


def opened(owner: Person, store: Repository, *steps: dict[str, Any], runner: str = "") -> Change:
    return instruct.open_change(
        factories.actor(owner), store, "Do it", runner=runner or "scripted",
        options={"recording": list(steps)},
    )  # fmt: skip


def until(seen: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while not (found := seen()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
    return found


@pytest.fixture
def meanwhile() -> Iterator[Callable[[Callable[[], Any]], None]]:
    """Do something from another thread while a run is carried out in this one."""
    threads: list[threading.Thread] = []
    faults: list[BaseException] = []

    def begin(act: Callable[[], Any]) -> None:
        def run() -> None:
            try:
                act()
            except BaseException as fault:  # noqa: BLE001 - told by the test below
                faults.append(fault)
            finally:
                connection.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    yield begin
    for thread in threads:
        thread.join()
    assert not faults


def agents_of(change: Change) -> list[Run]:
    return list(change.runs.filter(kind=RunKind.AGENT).order_by("pk"))


def log_of(run: Run) -> str:
    return " ".join(str(event.data) for event in run.events.order_by("seq"))
