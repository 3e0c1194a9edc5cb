"""One switch for the first incident: what it stops, what it lets end, and what goes on after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from reviews.errors import NotAllowed
from reviews.events import Doorbell, _listeners, listen
from reviews.models import AuditEntry, Change, Installation, MergeIntent, Person, Repository, Run
from reviews.services import (
    identity,
    incident,
    instruct,
    judge,
    origins,
    recover,
    work,
)
from reviews.services.claim import claim
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as f
from tests.agents import gits

pytestmark = pytest.mark.django_db(transaction=True)
S = ChangeStatus
PATIENCE = 60  # seconds until a test calls something that hangs broken


@pytest.fixture
def owner() -> Person:
    return f.administrator("owner")


@pytest.fixture
def data(tmp_path: Path, settings: LazySettings) -> Path:
    settings.HONK_DATA = tmp_path / "data"
    return tmp_path


@pytest.fixture
def rung() -> Iterator[list[Doorbell]]:
    """Every doorbell that rang."""
    heard: list[Doorbell] = []
    listen(heard.append)
    yield heard
    _listeners.remove(heard.append)


@pytest.fixture
def threads() -> Iterator[Callable[[Callable[[], Any]], threading.Thread]]:
    """Starts threads that are waited for, each with a database connection of its own."""
    started: list[threading.Thread] = []

    def start(what: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                what()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        started.append(thread)
        thread.start()
        return thread

    yield start
    for thread in started:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def repository(folder: Path, files: dict[str | bytes, str | bytes | None]) -> Repository:
    made = f.repository(origin=str(gits.origin(folder / "origin", files)))
    origins.check_repository(made)
    made.refresh_from_db()
    return made


def work_off(change: Change) -> Change:
    for _ in range(10):
        queued = Run.objects.filter(change=change, status=RunStatus.QUEUED).order_by("pk")
        for run in list(queued):
            work.carry_out(run.pk, identity.worker_name())
        if not queued.exists():
            break
    change.refresh_from_db()
    return change


def queued_run(kind: RunKind = RunKind.AGENT, status: ChangeStatus = S.QUEUED) -> Run:
    round_ = f.round_(f.change(status=status))
    return f.run(round_, kind=kind, status=RunStatus.QUEUED)


def until(claimed: Callable[[], bool]) -> None:
    """Wait for a condition, without holding a transaction."""
    waiting = threading.Event()
    for _ in range(PATIENCE * 20):
        if claimed():
            return
        waiting.wait(0.05)
    raise AssertionError("it did not come")


# --- the switch ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (RunKind.AGENT, S.QUEUED),
        (RunKind.VERIFIER, S.VERIFYING),
        (RunKind.MERGE, S.APPROVED),
        (RunKind.JUDGE, S.VERIFYING),
        (RunKind.DEPLOY, S.MERGED),
    ],
)
def test_nothing_of_any_kind_is_claimed_while_it_is_paused(
    owner: Person, kind: RunKind, status: ChangeStatus
) -> None:
    run = queued_run(kind, status)
    incident.pause(f.actor(owner))
    assert claim(run.pk, "worker") is None
    run.refresh_from_db()
    assert (run.status, run.change.status) == (RunStatus.QUEUED, status)


def test_after_resuming_what_was_queued_is_rung_for_and_claimed(
    owner: Person, rung: list[Doorbell]
) -> None:
    run = queued_run()
    Run.objects.update(queued_at=timezone.now() - timedelta(minutes=1))
    incident.pause(f.actor(owner))
    rung.clear()
    recover.sweep()
    assert Doorbell("queued", run.pk) not in rung  # nobody could claim it
    incident.resume(f.actor(owner))
    assert Doorbell("queued", run.pk) in rung
    assert claim(run.pk, "worker") is not None


def test_instructions_are_taken_and_wait(owner: Person) -> None:
    incident.pause(f.actor(owner))
    change = instruct.open_change(f.actor(owner), f.repository(), "Do it", runner="scripted")
    assert (change.status, change.runs.get().status) == (S.QUEUED, RunStatus.QUEUED)


@pytest.mark.parametrize("role", [None, *Role])
def test_only_administrators_use_the_switch(owner: Person, role: Role | None) -> None:
    somebody = f.member(f.repository(), role) if role else f.person()
    with pytest.raises(NotAllowed):
        incident.pause(f.actor(somebody))
    incident.pause(f.actor(owner))
    with pytest.raises(NotAllowed):
        incident.resume(f.actor(somebody))
    assert incident.is_paused()


def test_who_paused_first_and_why_stays_and_both_uses_are_audited(owner: Person) -> None:
    incident.pause(f.actor(owner), "Key\nleaked " + "x" * 400)
    incident.pause(f.actor(f.administrator("second")), "Me too")
    house = incident.paused()
    assert house
    assert house.paused_by == owner
    assert house.pause_reason.startswith("Key leaked x")
    assert len(house.pause_reason) == 200
    incident.resume(f.actor(owner))
    incident.resume(f.actor(owner))
    kept = AuditEntry.objects.order_by("pk").values_list("verb", "actor__username")
    assert list(kept) == [("pause", "owner"), ("resume", "owner")]


def test_the_commands_pause_and_resume(owner: Person, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("pause", "--reason", "Looking", "--as", "owner")
    assert incident.is_paused()
    assert "by owner: Looking" in capsys.readouterr().out
    call_command("resume", "--as", "owner")
    assert not incident.is_paused()
    assert "Work goes on." in capsys.readouterr().out
    f.person("nobody")
    with pytest.raises(CommandError, match="administrator"):
        call_command("pause", "--as", "nobody")


# --- approvals and merges -----------------------------------------------------------------------


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


# --- agents at work -----------------------------------------------------------------------------

SLOW = [
    {"edit": "app.py", "content": "x = 2\n"},
    *({"wait": 0.5} for _ in range(150)),
]


def at_work(folder: Path, owner: Person) -> Change:
    """A change whose agent will talk for a long time after its edit."""
    made = repository(folder, {"app.py": "x = 1\n"})
    return instruct.open_change(
        f.actor(owner), made, "Talk", runner="scripted", options={"recording": SLOW}
    )


def has_edited(change: Change) -> bool:
    return change.runs.filter(events__kind="diff").exists()


def test_an_agent_in_mid_run_pauses_with_its_work_kept_and_goes_on_by_itself(
    data: Path, owner: Person, threads: Callable[[Callable[[], Any]], threading.Thread]
) -> None:
    change = at_work(data, owner)
    run = change.runs.get()
    worker = threads(lambda: work.carry_out(run.pk, identity.worker_name()))
    until(lambda: has_edited(change))
    incident.pause(f.actor(owner), "Looking")
    worker.join(PATIENCE)
    change.refresh_from_db()
    run.refresh_from_db()
    assert (change.status, run.status, run.waits_for) == (
        S.NEEDS_INPUT, RunStatus.WAITING, "pause",
    )  # fmt: skip
    assert run.worker == ""
    assert run.tree
    assert "Looking" in change.reason
    Change.objects.filter(pk=change.pk).update(options={"recording": [{"say": "Done."}]})
    recover.sweep()
    assert change.runs.count() == 1  # the sweep does not undo it
    incident.resume(f.actor(owner))
    assert work_off(change).status == S.AWAITING_REVIEW, change.reason
    assert [file.display for file in change.rounds.get().files.all()] == ["app.py"]


def test_a_run_that_parks_only_after_the_pause_is_over_goes_on_with_the_sweep(
    data: Path, owner: Person
) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    run = f.run(round_, status=RunStatus.RUNNING, worker="somewhere:1:1:1")
    incident.pause(f.actor(owner))
    incident.resume(f.actor(owner))
    run.refresh_from_db()
    assert run.pause_reason.startswith(incident.MARK)
    Run.objects.update(status=RunStatus.WAITING, worker="", waits_for="pause", resume={})
    Change.objects.update(status=S.NEEDS_INPUT)
    recover.sweep()
    assert list(Run.objects.order_by("pk").values_list("status", flat=True)) == [
        RunStatus.PASSED, RunStatus.QUEUED,
    ]  # fmt: skip


def test_what_a_person_paused_before_stays_paused(owner: Person) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    run = f.run(
        round_, status=RunStatus.RUNNING, worker="w", pause_reason="Paused by Ann."
    )  # fmt: skip
    incident.pause(f.actor(owner))
    Run.objects.update(status=RunStatus.WAITING, worker="", waits_for="pause", resume={})
    incident.resume(f.actor(owner))
    run.refresh_from_db()
    assert (run.status, run.pause_reason) == (RunStatus.WAITING, "Paused by Ann.")


def test_a_worker_that_dies_while_it_is_paused_loses_the_run_and_nothing_starts(
    data: Path, owner: Person
) -> None:
    round_ = f.round_(f.change(status=S.RUNNING))
    long_ago = timezone.now() - timedelta(minutes=5)
    run = f.run(
        round_, status=RunStatus.RUNNING, worker="elsewhere:1:1:1", lease_expires_at=long_ago
    )  # fmt: skip
    incident.pause(f.actor(owner))
    recover.sweep()
    run.refresh_from_db()
    assert (run.status, run.change.status) == (RunStatus.LOST, S.FAILED)
    from reviews.services import steer

    steer.retry(f.actor(owner), run.change)
    again = Run.objects.get(status=RunStatus.QUEUED)
    assert claim(again.pk, "worker") is None
    incident.resume(f.actor(owner))
    assert claim(again.pk, "worker") is not None


def test_a_claim_and_the_switch_at_once_leave_no_run_that_nobody_asked_to_pause(
    owner: Person, threads: Callable[[Callable[[], Any]], threading.Thread]
) -> None:
    """Whichever comes first: a run is either still queued, or running and asked to pause."""
    for _ in range(8):
        Installation.objects.update(paused_at=None)
        runs = [queued_run() for _ in range(6)]
        gate = threading.Barrier(4)

        def take(some: list[Run], gate: threading.Barrier = gate) -> None:
            gate.wait(PATIENCE)
            for run in some:
                claim(run.pk, "worker")

        def switch(gate: threading.Barrier = gate) -> None:
            gate.wait(PATIENCE)
            incident.pause(f.actor(owner))

        going = [
            threads(switch),
            *(threads(lambda part=runs[n::3]: take(part)) for n in range(3)),  # type: ignore[misc]
        ]
        for thread in going:
            thread.join(PATIENCE)
        for run in Run.objects.filter(pk__in=[run.pk for run in runs]):
            if run.status == RunStatus.RUNNING:
                assert run.pause_reason.startswith(incident.MARK)
            else:
                assert run.status == RunStatus.QUEUED
    assert incident.is_paused()


# --- what people see ----------------------------------------------------------------------------


def test_every_page_says_who_paused_when_and_why(owner: Person, client: Client) -> None:
    change = f.reviewable(owner)
    incident.pause(f.actor(owner), "Key <leaked>")
    client.force_login(owner)
    for address in ("/", "/new/", f"/changes/{change.pk}/", "/repositories/", "/no-such-page/"):
        page = client.get(address).content.decode()
        assert "Paused by owner" in page, address
        assert "Key &lt;leaked&gt;" in page, address
        assert 'action="/incident/resume/"' in page


def test_strangers_read_that_it_is_paused_but_not_by_whom_or_why(
    owner: Person, client: Client
) -> None:
    incident.pause(f.actor(owner), "Key leaked")
    page = client.get("/accounts/login/").content.decode()
    assert "Paused since" in page
    assert "owner" not in page
    assert "Key leaked" not in page
    assert "Resume" not in page


def test_who_is_no_administrator_sees_the_banner_without_the_button(client: Client) -> None:
    incident.pause(f.actor(f.administrator("boss")), "Looking")
    client.force_login(f.member(f.repository(), Role.MAINTAINER))
    page = client.get("/").content.decode()
    assert "Paused by boss" in page
    assert "/incident/resume/" not in page


def test_the_page_pauses_and_resumes(owner: Person, client: Client) -> None:
    client.force_login(owner)
    assert client.post("/incident/pause/", {"reason": "Looking"}).status_code == 302
    assert incident.is_paused()
    assert "Resume work" in client.get("/incident/").content.decode()
    answer = client.post("/incident/resume/", {"next": "/repositories/"})
    assert answer["Location"] == "/repositories/"
    assert not incident.is_paused()


def test_readiness_tells_of_the_pause_and_the_api_goes_on_answering(
    owner: Person, client: Client
) -> None:
    assert client.get("/readyz").json()["paused"] is False
    incident.pause(f.actor(owner))
    assert client.get("/readyz").json()["paused"] is True
    from reviews.services import people

    token = people.create_token(owner)
    assert client.get(
        "/api/v1/changes", headers={"Authorization": f"Bearer {token}"}
    ).status_code == 200  # fmt: skip
