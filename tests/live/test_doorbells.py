"""Doorbells: to the workers' queues, to watchers, and what happens when one is lost."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from celery import current_app
from kombu import Connection

from honkweb import broker
from reviews import dispatch
from reviews.events import Doorbell
from reviews.live import frames, news
from reviews.live.hub import QUEUE_FRAMES, Watcher
from reviews.live.news import Topic
from reviews.live.notice import DataVersion
from reviews.services import identity, lifecycle, progress
from reviews.services.permissions import SYSTEM
from reviews.states import ChangeStatus, RunKind
from tests import factories


def channel_of(folder: Path) -> Any:
    options = broker.prepare(folder)
    return Connection("honkfiles://localhost", transport_options=options).channel()


def whole(number: int) -> dict[str, Any]:
    """A message as far as kombu needs it to hand it on."""
    return {"number": number, "properties": {"delivery_tag": "1", "delivery_info": {}}}


def test_each_message_is_taken_once_and_whole_by_many_readers(tmp_path: Path) -> None:
    channel = channel_of(tmp_path)
    taken: list[int] = []
    done = threading.Event()

    def read() -> None:
        mine = channel_of(tmp_path)
        while True:
            was_done = done.is_set()  # asked first: others may take all that one look lists
            try:
                taken.append(mine._get("work")["number"])
            except Empty:
                if was_done:
                    return

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for number in range(300):
            channel._put("work", {**whole(number), "padding": "x" * 5000})
        done.set()
    assert [reader.result() for reader in readers] == [None] * 4
    assert sorted(taken) == list(range(300))
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_queues_are_apart_and_what_cannot_be_read_is_dropped(tmp_path: Path) -> None:
    channel = channel_of(tmp_path)
    channel._put("agent", whole(1))
    (tmp_path / "0_broken.work.msg").write_bytes(b"\xff{")
    for number, text in enumerate(("[]", "{}", "null", '"x"', '{"body": 1, "properties": {}}')):
        (tmp_path / f"0_other{number}.work.msg").write_text(text)
    channel._put("work", whole(2))
    assert channel._get("work") == whole(2)
    with pytest.raises(Empty):
        channel._get("work")
    assert channel._get("agent") == whole(1)
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_the_brokers_folders_are_the_owners_alone(tmp_path: Path) -> None:
    channel_of(tmp_path / "broker")
    modes = [path.stat().st_mode & 0o777 for path in (tmp_path / "broker").rglob("")]
    assert set(modes) == {0o700}


@pytest.mark.embedded_only
@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "queue"), [(RunKind.AGENT, "agent"), (RunKind.MERGE, "work")])
def test_a_queued_run_rings_the_queue_of_its_kind(kind: RunKind, queue: str) -> None:
    run = factories.run(factories.round_(factories.change()), kind=kind, status="queued")
    with current_app.connection_for_write() as connection:
        channel = connection.channel()
        channel._purge(queue)
        dispatch.on_doorbell(Doorbell("queued", run.pk))
        message = channel._get(queue)
    assert message["headers"]["task"] == "reviews.tasks.carry_out"
    assert message["headers"]["argsrepr"] == f"[{run.pk}]"
    assert message["content-type"] == "application/json"


@pytest.mark.django_db
def test_other_doorbells_and_runs_unknown_ring_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(dispatch._ringer, "send", lambda *args: sent.append(args))
    dispatch.on_doorbell(Doorbell("run", 1))
    dispatch.on_doorbell(Doorbell("queued", 10**9))
    assert sent == []


def test_a_silent_broker_is_tried_once_and_then_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def refuse(*args: Any, **kwargs: Any) -> None:
        tries.append(args)
        raise ConnectionError("nobody there")

    monkeypatch.setattr(type(dispatch.current_app._get_current_object()), "send_task", refuse)
    ringer = dispatch.Ringer()
    assert [ringer.send(1, "work") for _ in range(3)] == [False] * 3
    assert len(tries) == 1
    ringer.rest = -1
    ringer._resting_until = 0
    ringer.send(1, "work")
    ringer.send(1, "work")
    assert len(tries) == 3


def test_a_process_is_known_by_more_than_its_number() -> None:
    mine = identity.worker_name()
    host, boot, pid, started = mine.rsplit(":", 3)
    assert pid == str(os.getpid())
    assert identity.is_alive(mine) is True
    assert identity.is_alive(f"{host}:{boot}:{pid}:{int(started) + 1}") is False
    assert identity.is_alive(f"{host}:otherboo:{pid}:{started}") is False
    assert identity.is_alive(f"elsewhere:{boot}:{pid}:{started}") is None
    assert identity.is_alive("") is None
    assert identity.is_alive("a:b:c:d") is None


def test_a_dead_process_is_known_to_be_dead_even_before_it_is_buried() -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    host, boot, _, _ = identity.worker_name().rsplit(":", 3)
    name = f"{host}:{boot}:{child.pid}:{identity.start_time(child.pid)}"
    assert identity.is_alive(name) is True
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert identity.is_alive(name) is False
    child.communicate()
    assert identity.is_alive(name) is False


@pytest.mark.django_db
def test_a_frames_text_is_what_the_api_gives() -> None:
    run = factories.run(factories.round_(factories.change()), status="running")
    weird = {
        "text": 'ü\x1b[0m\u2028"\\</script>',
        "n": 1.5,
        "none": None,
        "deep": [[{"a": []}]],
    }
    for number in range(5):
        factories.event(run, data={**weird, "i": number}, part=f'p"{number}', kind="output")
    page = frames.page_after(run.pk, 1)
    assert len(page) == 1
    given = progress.as_frame(progress.events_after(run.pk, 1), "running")
    assert json.loads(page[0].text) == json.loads(json.dumps(given))
    assert (page[0].first, page[0].last, page[0].is_final) == (2, 5, False)


@pytest.mark.django_db
def test_a_page_is_cut_into_frames_of_bounded_size_without_a_gap() -> None:
    run = factories.run(factories.round_(factories.change()), status="running")
    for _ in range(12):
        factories.event(run, data={"text": "x" * 60_000})
    page = frames.page_after(run.pk, 0)
    assert [(frame.first, frame.last) for frame in page] == [(1, 5), (6, 10), (11, 12)]
    assert max(len(frame.text) for frame in page) < frames.FRAME_BYTES + 65_536


@pytest.mark.django_db
def test_a_cursor_beyond_the_log_is_taken_back_to_its_end() -> None:
    run = factories.run(factories.round_(factories.change()), status="running")
    factories.event(run)
    (frame,) = frames.page_after(run.pk, 10**18)
    assert (frame.first, frame.last) == (2, 1)
    assert json.loads(frame.text)["events"] == []


@pytest.mark.django_db
def test_news_are_of_what_moved_and_of_nothing_else() -> None:
    change, other = factories.change(status="queued"), factories.change()
    run = factories.run(factories.round_(change), status="running")
    topics = [Topic("change", change.pk), Topic("change", other.pk), Topic("queue")]
    topics += [Topic("run", run.pk), Topic("run", 10**9)]
    first = news.read(dict.fromkeys(topics))
    known = {item.topic: item.version for item in first}
    assert set(known) == set(topics[:4])
    assert all(item.frames == () for item in first)
    assert news.read(known) == []
    factories.event(run)
    (item,) = news.read(known)
    assert item.topic == Topic("run", run.pk)
    assert [frame.last for frame in item.frames] == [1]
    lifecycle.move(change, ChangeStatus.RUNNING, SYSTEM)
    moved = {item.topic for item in news.read({**known, item.topic: item.version})}
    assert moved == {Topic("change", change.pk), Topic("queue")}


@pytest.mark.django_db
def test_looking_costs_the_same_for_one_and_for_many(django_assert_num_queries: Any) -> None:
    runs = [factories.run(factories.round_(factories.change())) for _ in range(20)]
    topics = [Topic("run", run.pk) for run in runs]
    topics += [Topic("change", run.change_id) for run in runs]
    for watched in (topics[:1] + topics[-1:], topics):
        with django_assert_num_queries(10):
            news.read(dict.fromkeys(watched))


async def test_a_watcher_that_is_full_is_told_to_read_again() -> None:
    watcher = Watcher(Topic("run", 1))
    for number in range(1, QUEUE_FRAMES + 2):
        watcher.offer(frames.Frame(number, number, "", is_final=False))
    assert await watcher.next() is None
    watcher.offer(frames.Frame(99, 99, "", is_final=False))
    frame = await watcher.next()
    assert frame is not None
    assert frame.first == 99
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(watcher.next(), 0.05)


def test_every_commit_is_noticed_and_nothing_is_asked_when_nobody_watches(tmp_path: Path) -> None:
    database = tmp_path / "some.sqlite3"
    writer = sqlite3.connect(database, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("CREATE TABLE t (n)")
    changes: list[float] = []
    version = DataVersion(database, lambda: changes.append(time.monotonic()))
    version.want(True)
    assert heard(changes, 1)
    for number in range(3):
        writer.execute("INSERT INTO t VALUES (1)")
        assert heard(changes, number + 2)
    version.want(False)
    time.sleep(0.15)
    writer.execute("INSERT INTO t VALUES (1)")
    assert not heard(changes, 5, seconds=0.3)
    version.want(True)
    assert heard(changes, 5)
    version.want(False)


def heard(changes: list[float], count: int, seconds: float = 3) -> bool:
    deadline = time.monotonic() + seconds
    while len(changes) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(changes) >= count
