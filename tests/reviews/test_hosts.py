"""Hosts that a repository names and an administrator allows, through whole runs."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from agents.egress import Egress
from agents.reach import Streams
from reviews.models import Change, RunEvent
from reviews.services import identity, instruct, network, origins, work
from reviews.states import RunKind, RunStatus
from tests import factories
from tests.agents import gits
from tests.agents.test_egress import FETCH, HOST
from tests.doubles.tls_server import TlsServer

pytestmark = pytest.mark.django_db(transaction=True)
POLICY = f"""
[sandbox]
hosts = ["{HOST}"]
[runners.fetcher]
argv = ["sh", "-c", "echo proxy $HTTPS_PROXY; python3 fetch.py https://{HOST}/ | tee got.txt"]
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    """The named host, on loopback: only where its name leads is not as it will be."""
    with TlsServer(tmp_path, HOST) as made:

        async def connect(host: str) -> Streams:
            return await asyncio.open_connection("127.0.0.1", made.port)

        monkeypatch.setattr(network, "Egress", functools.partial(Egress, connect=connect))
        yield made


def carried_out(
    folder: Path, settings: LazySettings, server: TlsServer, *, allowed: bool
) -> tuple[Change, str]:
    """A change whose agent fetches from the host, and the text of its log."""
    settings.HONK_DATA = folder / "data"
    files: dict[str | bytes, str | bytes | None] = {
        ".honk.toml": POLICY,
        "fetch.py": FETCH,
        "cert.pem": server.certificate.read_text(),
    }
    made = factories.repository(
        origin=str(gits.origin(folder / "origin", files)), may_use_hosts=allowed
    )
    origins.check_repository(made)
    change = instruct.open_change(
        factories.actor(factories.administrator()), made, "Fetch it.", runner="fetcher"
    )
    run = change.runs.get(kind=RunKind.AGENT)
    work.carry_out(run.pk, identity.worker_name())
    run.refresh_from_db()
    assert run.status == RunStatus.PASSED, run.reason
    assert list((folder / "data" / "work").iterdir()) == []
    events = RunEvent.objects.filter(run=run).order_by("seq")
    return change, "".join(str(event.data.get("text", "")) for event in events)


def test_an_allowed_host_is_reached_and_the_log_tells_what_went_there(
    tmp_path: Path, settings: LazySettings, server: TlsServer
) -> None:
    _, log = carried_out(tmp_path, settings, server, allowed=True)
    assert f"This run may reach {HOST}" in log
    assert f"this is {HOST}" in log
    assert "connections: 1." in log


def test_without_an_administrators_yes_there_is_no_network(
    tmp_path: Path, settings: LazySettings, server: TlsServer
) -> None:
    _, log = carried_out(tmp_path, settings, server, allowed=False)
    assert "an administrator has not allowed them" in log
    assert "proxy http" not in log
    assert "failed" in log
