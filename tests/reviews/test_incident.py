"""One switch for the first incident: what it stops, and what people see of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from reviews.errors import NotAllowed
from reviews.events import Doorbell, _listeners, listen
from reviews.models import AuditEntry, Person, Run
from reviews.services import (
    incident,
    instruct,
    recover,
)
from reviews.services.claim import claim
from reviews.states import ChangeStatus, Role, RunKind, RunStatus
from tests import factories as f
from tests.reviews.incidents import S, owner, queued_run

__all__ = ["owner"]
pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.fixture
def rung() -> Iterator[list[Doorbell]]:
    """Every doorbell that rang."""
    heard: list[Doorbell] = []
    listen(heard.append)
    yield heard
    _listeners.remove(heard.append)


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
    incident.pause(f.actor(owner), "Key\nleaked " + "x" * 189)
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


def test_a_secret_in_the_reason_is_masked_before_it_is_shown_to_everybody(owner: Person) -> None:
    secret = "ghp_" + "a1B2" * 9
    house = incident.pause(f.actor(owner), f"We revoke {secret} now.")
    assert house.pause_reason.startswith("We revoke ")
    assert secret not in house.pause_reason
