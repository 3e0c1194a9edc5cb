"""What of this server's own environment no log may show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reviews.services import known_values


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
