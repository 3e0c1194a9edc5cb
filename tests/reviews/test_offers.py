"""What can be chosen for a new change is what the workers have, not the web process."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.utils import timezone

from reviews.models import WorkerSeen
from reviews.queries.instruct import offers_for
from reviews.services.model_keys import can_offer
from tests import factories as f

pytestmark = pytest.mark.django_db
NATIVE = os.path.realpath(sys.executable)  # any native program


def why_not() -> dict[str, str]:
    (offer,) = offers_for(f.administrator())
    return {choice.name: choice.why_not for choice in offer.runners}


def worker(name: str, *offers: str, queue: str = "agent", has_key: bool = True) -> None:
    WorkerSeen.objects.create(
        worker=name, queue=queue, seen_at=timezone.now(), has_model_key=has_key,
        providers=list(offers),
    )  # fmt: skip


@pytest.fixture(autouse=True)
def bare(settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A web process with no key and no Claude Code."""
    f.repository()
    settings.HONK_AGENT_KEY, settings.HONK_MODEL_KEYS = "", {}
    monkeypatch.setenv("HONK_CLAUDE", str(tmp_path / "nowhere"))


def test_one_worker_that_has_the_program_is_enough() -> None:
    worker("old")
    worker("new", "anthropic", "claude_code", has_key=True)
    assert why_not() == {"anthropic_api": "", "claude_code": ""}


def test_what_the_web_process_has_helps_no_worker_that_has_it_not(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HONK_AGENT_KEY = "test-key-of-nobody"
    monkeypatch.setenv("HONK_CLAUDE", NATIVE)
    assert why_not() == {"anthropic_api": "", "claude_code": ""}  # nobody was seen yet
    worker("merges", queue="work", has_key=False)
    assert why_not() == {"anthropic_api": "", "claude_code": ""}
    worker("agents", "anthropic")
    assert "not installed on any worker that runs agents" in why_not()["claude_code"]
    WorkerSeen.objects.update(has_model_key=False)
    assert "No API key is set" in why_not()["anthropic_api"]


def test_a_worker_says_what_it_can_offer(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert can_offer() == []
    settings.HONK_AGENT_KEY = "test-key-of-nobody"
    monkeypatch.setenv("HONK_CLAUDE", NATIVE)
    assert can_offer() == ["anthropic", "claude_code"]
