"""What of this server's own environment no log may show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reviews.services import instruct, judge, known_values
from reviews.states import Role
from tests import factories as make


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    known_values._of_environment.cache_clear()
    yield
    known_values._of_environment.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        ("SLACK_BOT_TOKEN", "a-value-4477aa", "a-value-4477aa"),
        ("DEPLOY_PASSWORD", "a-value-4477aa", "a-value-4477aa"),
        ("SENTRY_DSN", "a-value-4477aa", "a-value-4477aa"),
        ("REDIS_URL", "redis://:p4ss%2Fword@cache:6379/0", "p4ss/word"),
    ],
)
def test_what_a_variable_calls_secret_is_masked(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, hidden: str
) -> None:
    monkeypatch.setenv(name, value)
    assert hidden not in known_values.redactor().redact(f"it says {hidden} here")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY_FILE", "/run/secrets/key"),
        ("TOKEN_TTL", "86400000"),
        ("API_TOKEN", "short"),
        ("HOME", "/home/anna-maria"),
    ],
)
def test_what_is_no_secret_stays_readable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert value in known_values.redactor().redact(f"it says {value} here")


TOKEN = "gh" + "p_" + "a1B2" * 9


@pytest.mark.django_db
def test_a_token_that_a_person_writes_is_stored_nowhere() -> None:
    repository = make.repository()
    writer = make.actor(make.member(repository, Role.MAINTAINER))
    change = instruct.open_change(writer, repository, f"Use {TOKEN} to clone.", title=f"By {TOKEN}")
    run = change.runs.get()
    assert change.instruction == "Use [secret] to clone."
    assert change.title == "By [secret]"
    assert TOKEN not in run.prompt
    assert judge.Seen(1, "", message=f"With {TOKEN}", override=TOKEN).message == "With [secret]"


def test_what_people_write_about_settings_stays() -> None:
    words = "Set API_TOKEN_LIMIT=100000000 and password=hunter22 in the example."
    assert known_values.without_secrets(words) == words
