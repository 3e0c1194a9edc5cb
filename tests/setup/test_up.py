"""`manage.py up` as a person runs it: what it refuses, restarts, and leaves behind (nothing)."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from honkweb.supervise import Deaths, Lines, describe
from tests import modes
from tests.installation import MANAGE, ROOT, Environment, free_port, wait_for
from tests.setup.running import Up, migrated

CELERYS = r"\w+ *\| (worker: Warm shutdown \(MainProcess\))?"  # said by Celery itself


@pytest.fixture
def environment(live_environment: Environment) -> Environment:
    return migrated(live_environment)


@pytest.fixture
def up(environment: Environment) -> Iterator[Up]:
    running = Up(environment)
    yield running
    running.end()


@pytest.fixture(scope="module")
def shared_up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for the tests after which it still runs."""
    folder = tmp_path_factory.mktemp("up") / "data"
    with modes.database() as name:
        own = modes.clean_environment() | modes.mode_environment(folder, name)
        running = Up(migrated(own))
        yield running
        running.end()


def refusal(environment: Environment) -> str:
    """What `up` says when it refuses to start; it has started nothing."""
    ended = subprocess.run(
        [*MANAGE, "up"], env=environment, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    return ended.stderr


def test_a_taken_port_is_told_in_one_sentence_with_a_free_one(environment: Environment) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["PORT"])))
        taken.listen()
        said = refusal(environment)
    assert f"Port {environment['PORT']} is taken" in said
    assert "make run" in said


def test_a_host_that_is_not_ours_is_told_in_one_sentence(environment: Environment) -> None:
    assert "HONK_HOST" in refusal({**environment, "HONK_HOST": "203.0.113.7"})


def test_a_database_that_is_not_set_up_is_told_in_one_sentence(
    live_environment: Environment,
) -> None:
    assert "make run" in refusal({**live_environment, "PORT": str(free_port())})


@pytest.mark.embedded_only
def test_a_second_one_on_the_same_data_is_refused_and_the_first_goes_on(shared_up: Up) -> None:
    shared_up.wait_ready()
    said = refusal({**shared_up.environment, "PORT": str(free_port())})
    assert str(shared_up.process.pid) in said
    assert "HONK_DATA" in said
    assert shared_up.readyz() == 200


@pytest.mark.fleet
def test_it_says_where_it_is_and_ends_on_sigterm_with_everything(up: Up) -> None:
    up.wait_ready()
    assert f"Honkweb is at http://localhost:{up.environment['PORT']}" in up.said()
    assert len(up.find("worker", "--queues agent")) == 1 + 2  # Celery and HONK_AGENTS slots
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(timeout=60) == 0
    up.wait_gone(2)  # the kernel ends what is on its leash


def test_with_nothing_at_work_it_ends_at_once_whatever_the_grace(
    environment: Environment,
) -> None:
    running = Up({**environment, "HONK_GRACE_SECONDS": "60"})
    try:
        running.wait_ready()
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=30) == 0  # half the grace: nothing was waited for
        running.wait_gone(2)
    finally:
        running.end()


def test_starting_says_what_is_of_use_and_nothing_else(up: Up) -> None:
    up.wait_ready()
    home = f"http://localhost:{up.environment['PORT']}"
    sent_on = httpx.get(f"{home}/static/{'0' * 12}/css/base.css")
    assert sent_on.headers["Cache-Control"].startswith("max-age=0")
    style = httpx.get(f"{home}{sent_on.headers['Location']}")
    assert style.status_code == 200
    assert "immutable" in style.headers["Cache-Control"]
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(timeout=60) == 0
    lines = [line for line in up.said().splitlines() if not re.fullmatch(CELERYS, line)]
    assert lines[0].startswith("Honkweb is at")
    assert "There is no administrator yet: `python manage.py prepare` makes one" in lines[1]
    assert lines[2:] == []


def test_killed_outright_it_leaves_no_process(up: Up) -> None:
    up.wait_ready()
    assert len(up.processes()) >= 8
    up.process.kill()
    up.wait_gone()


def test_a_closed_terminal_ends_everything(environment: Environment) -> None:
    ours, theirs = pty.openpty()
    running = Up(environment, start_new_session=True, stdin=theirs, preexec_fn=_take_terminal)
    os.close(theirs)
    try:
        running.wait_ready()
        os.close(ours)
        running.process.wait(timeout=60)
        running.wait_gone(2)
    finally:
        running.end()


def _take_terminal() -> None:
    import fcntl
    import termios

    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have ignored it
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_what_dies_is_started_again(shared_up: Up) -> None:
    shared_up.wait_ready()
    for words in (("uvicorn",), ("manage.py worker agent",), ("celery", "--queues work")):
        before = shared_up.find(*words)
        os.kill(before[0], signal.SIGKILL)
        wait_for(lambda b=before, w=words: _is_fresh(shared_up, b, w), shared_up.said)
    wait_for(lambda: shared_up.readyz() == 200, shared_up.said)
    assert "SIGKILL" in shared_up.said()


def _is_fresh(up: Up, before: list[int], words: tuple[str, ...]) -> bool:
    now = up.find(*words)
    return bool(now) and not set(now) & set(before)


def test_a_dead_pool_process_is_replaced_and_its_worker_lives(shared_up: Up) -> None:
    shared_up.wait_ready()
    celery, first, *_ = shared_up.find("celery", "--queues agent")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: len(shared_up.find("celery", "--queues agent")) == 3, shared_up.said)
    assert celery in shared_up.find("celery", "--queues agent")


def test_what_dies_again_and_again_ends_all_with_its_last_lines() -> None:
    code = (
        "import sys, os, pathlib; from honkweb import supervise as s; s.FIRST_PAUSE = 0.01;"
        "bad = [sys.executable, '-S', '-c', 'print(\"the reason\"); raise SystemExit(3)'];"
        "good = ['sleep', '1000'];"
        "children = [s.Child(n, a, os.environ, pathlib.Path('/')) for n, a in"
        " (('bad', bad), ('good', good))];"
        "sys.exit(s.Supervisor(children, 5, s.show).run())"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 1
    assert ended.stdout.count("exit code 3") == 4
    assert ended.stdout.endswith(
        "bad died 5 times within a minute. Its last lines:\n  the reason\n"
    )


def test_pauses_grow_and_five_deaths_within_a_minute_are_too_many() -> None:
    deaths = Deaths()
    assert [deaths.note(at) for at in (0, 1, 2, 3, 4)] == [0.5, 1, 2, 4, None]
    slow = Deaths()
    assert None not in [slow.note(at * 16) for at in range(50)]


def test_lines_come_whole_and_an_endless_one_is_cut() -> None:
    lines = Lines()
    assert lines.feed(b"a\nb") == ["a"]
    assert lines.feed(b"\xff\r\n") == ["b\ufffd"]
    assert len(lines.feed(b"x" * 20_000)[0]) == 20_000
    assert lines.close() == []
    assert list(lines.tail)[:2] == ["a", "b\ufffd"]


def test_exit_codes_are_told_in_words() -> None:
    assert [describe(code) for code in (0, 3, -9, -250)] == [
        "exit code 0", "exit code 3", "SIGKILL", "signal 250",
    ]  # fmt: skip
