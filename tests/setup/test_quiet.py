"""The terminal leaves out what is of no use, and nothing else."""

from __future__ import annotations

import logging

import pytest
from django.test import RequestFactory

from honkweb import celery, quiet


@pytest.mark.parametrize(
    ("path", "status", "is_shown"),
    [("/readyz", 503, False), ("/readyz", 500, True), ("/changes/1/", 503, True)],
)
def test_a_probe_that_is_told_not_yet_is_no_line(path: str, status: int, is_shown: bool) -> None:
    record = logging.makeLogRecord(
        {"request": RequestFactory().get(path), "status_code": status, "msg": "Told"}
    )
    assert quiet.NotProbes().filter(record) is is_shown


def test_calls_are_told_when_the_owner_wants_every_line() -> None:
    assert quiet.loggers("INFO")["httpx2"] == {"level": "WARNING"}
    assert quiet.loggers("DEBUG")["httpx2"] == {"level": "DEBUG"}


def test_a_workers_forwarders_start_and_end_without_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = logging.getLogger("uvicorn.error")
    monkeypatch.setattr(server, "level", logging.INFO)
    celery._keep_our_logging()
    assert not server.isEnabledFor(logging.INFO)
    assert server.isEnabledFor(logging.WARNING)
