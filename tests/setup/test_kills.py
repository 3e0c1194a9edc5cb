"""kill -9 in the middle of a run, of each process there is: the truth is told and a retry works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import modes
from tests.setup.running import MANAGE, Up, migrated, wait_for

SLOW = "echo begun; sleep 3; echo changed >> file.txt; echo done"


class House:
    """A running installation with one repository, spoken to over the API."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment = environment
        self.manage("createsuperuser", "--noinput", "--username", "admin", "--email", "a@b.invalid")
        self.manage("add_repository", "demo", str(repository_at(folder)))
        self.token = self.manage("create_token", "admin").strip()
        self.up = Up(environment)
        self.up.wait_ready()

    def manage(self, *words: str) -> str:
        own = {**self.environment, "DJANGO_SUPERUSER_PASSWORD": "long enough to be taken"}
        done = subprocess.run(
            [*MANAGE, *words], env=own, check=True, capture_output=True, text=True
        )
        return done.stdout

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"http://localhost:{self.environment['PORT']}/api/v1/{path}"
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(url, data, headers)) as answer:
            found: dict[str, Any] = json.loads(answer.read())
            return found

    def start_slow(self) -> tuple[int, int]:
        """A change whose agent is at work; returns its number and the run's id."""
        words = {"repository": "demo", "instruction": "Change the file", "runner": "slow"}
        number = self.ask("changes", words)["number"]
        run = self.ask(f"changes/{number}")["runs"][0]["id"]
        wait_for(lambda: "begun" in str(self.log(run)), self.up.said)
        return number, run

    def log(self, run: int) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = self.ask(f"runs/{run}/events?after_seq=0&limit=1000")[
            "events"
        ]
        return events

    def status(self, number: int) -> str:
        return str(self.ask(f"changes/{number}")["status"])


def repository_at(folder: Path) -> Path:
    """A repository whose runner takes a few seconds."""
    made = folder / "demo"
    made.mkdir()
    (made / "file.txt").write_text("first\n")
    argv = json.dumps(["/bin/sh", "-c", SLOW])
    check = json.dumps(["/bin/sh", "-c", "test -s file.txt"])
    (made / ".honk.toml").write_text(
        f'[runners.slow]\nargv = {argv}\n[[verifiers]]\nname = "check"\nargv = {check}\n'
    )
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@t.invalid", "-C", str(made)]
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "First"]):
        subprocess.run([*git, *words], check=True)
    return made


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("kills")
    with modes.database() as name:
        own = modes.clean_environment() | modes.mode_environment(folder / "data", name)
        made = House(migrated({**own, "HONK_REPOSITORIES": str(folder)}), folder)
        yield made
        made.up.end()


def busy_pool_process(up: Up) -> int:
    """The pool process whose agent is at work: it has a child."""
    return next(pid for pid in up.find("celery", "--queues agent") if sandboxes_of(pid))


def sandboxes_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(word) for file in children for word in file.read_text().split()]
    return [child for child in found if b"bwrap" in command_of(child)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def assert_whole(log: list[dict[str, Any]]) -> None:
    """Numbered without a gap, and ended once."""
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert [event["kind"] for event in log].count("end") == 1
    assert log[-1]["kind"] == "end"


def assert_recovers(house: House, number: int, run: int, sandboxes: list[int]) -> None:
    """The run is lost in truth, its sandbox dead, and a retry, made or offered, gets through."""
    wait_for(lambda: house.ask(f"runs/{run}")["status"] == "lost", house.up.said, 20)
    assert [pid for pid in sandboxes if b"bwrap" in command_of(pid)] == []
    assert_whole(house.log(run))
    if house.status(number) == "failed":
        house.ask(f"changes/{number}/retry", {})
    wait_for(lambda: house.status(number) == "awaiting_review", house.up.said)
    for each in house.ask(f"changes/{number}")["runs"]:
        assert_whole(house.log(each["id"]))


@pytest.mark.fleet
@pytest.mark.parametrize("victim", ["pool process", "celery", "worker"])
def test_a_worker_killed_in_the_middle_of_a_run(house: House, victim: str) -> None:
    number, run = house.start_slow()
    pool = busy_pool_process(house.up)
    sandboxes = sandboxes_of(pool)
    victims = {
        "pool process": pool,
        "celery": house.up.find("celery", "--queues agent")[0],
        "worker": house.up.find("manage.py worker agent")[0],
    }
    os.kill(victims[victim], signal.SIGKILL)
    assert_recovers(house, number, run, sandboxes)


def test_the_web_process_killed_in_the_middle_of_a_run_costs_the_run_nothing(house: House) -> None:
    number, run = house.start_slow()
    os.kill(house.up.find("uvicorn")[0], signal.SIGKILL)
    wait_for(lambda: house.up.readyz() == 200, house.up.said)
    wait_for(lambda: house.status(number) == "awaiting_review", house.up.said)
    assert house.ask(f"runs/{run}")["status"] == "passed"
    assert_whole(house.log(run))


def test_everything_killed_at_once_goes_on_after_the_next_start(house: House) -> None:
    number, run = house.start_slow()
    sandboxes = sandboxes_of(busy_pool_process(house.up))
    house.up.process.kill()
    house.up.wait_gone()
    house.up = Up(house.environment)
    house.up.wait_ready()
    assert_recovers(house, number, run, sandboxes)
