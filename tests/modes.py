"""Which of the two ways to run the suite is in: embedded (default) or fleet.

`HONK_TEST_MODE=fleet` switches. The servers are those of HONK_TEST_POSTGRES and HONK_TEST_REDIS, by
default the usual ports of this machine.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

POSTGRES = os.environ.get("HONK_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432")
REDIS = os.environ.get("HONK_TEST_REDIS", "redis://127.0.0.1:6379")
IS_FLEET = os.environ.get("HONK_TEST_MODE", "embedded") == "fleet"
IS_SOAK = os.environ.get("HONK_TEST_SOAK", "") == "1"
IS_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
CLIS = Path(__file__).parent / "clis" / "node_modules"
# What would leak the owner's accounts and servers into a test, or point it at somebody's machine.
LEAKS = (
    "ANTHROPIC_",
    "OPENAI_",
    "GEMINI_",
    "GOOGLE_",
    "CLAUDE_",
    "HONK_",
    "DATABASE_URL",
    "REDIS_URL",
    "PORT",
    "DJANGO_",
)
OWN = ("HONK_TEST_", "HONK_UNSAFE_TEST_")


def is_reachable(url: str) -> bool:
    """Whether something answers on the url's host and port."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def has_clis() -> bool:
    """Whether the other agents' programs that tests drive are installed."""
    return all((CLIS / ".bin" / name).exists() for name in ("codex", "gemini"))


def unreachable_servers() -> list[str]:
    """The fleet's servers that do not answer, each in words."""
    wanted = {"PostgreSQL": POSTGRES, "Redis": REDIS}
    return [f"{name} at {url}" for name, url in wanted.items() if not is_reachable(url)]


def clean_environment() -> dict[str, str]:
    """This process's environment without what would leak into a test."""
    return {k: v for k, v in os.environ.items() if k.startswith(OWN) or not k.startswith(LEAKS)}


def mode_environment(data: Path, database: str) -> dict[str, str]:
    """The variables that put a server on `data` into the mode under test.

    `database` names the PostgreSQL database of the fleet mode; the Redis number goes with it.
    """
    own = {"HONK_DATA": str(data), "HONK_LOG": "WARNING"}
    if IS_FLEET:
        own["DATABASE_URL"] = f"{POSTGRES}/{database}"
        own["REDIS_URL"] = f"{REDIS}/{redis_number()}"
    return own


def redis_number() -> int:
    """The Redis database of this xdist worker (1 to 15; 0 is left to the machine's owner)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return int(os.environ.get("HONK_TEST_REDIS_NUMBER", "1")) + int(worker) % 8


def drop_left_behind(name: str) -> None:
    """Drop what pytest-django could not: the database `name`, also with a worker's suffix."""
    if not IS_FLEET or unreachable_servers():
        return
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        pattern = f"^{name}(_gw[0-9]+)?$"
        found = connection.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        for (left,) in found.fetchall():
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(left)))


@contextmanager
def database() -> Iterator[str]:
    """Name of an empty PostgreSQL database, dropped at the end; empty in the embedded mode."""
    if not IS_FLEET:
        yield ""
        return
    name = f"honk_{os.getpid()}_{secrets.token_hex(4)}"
    create_database(name)
    try:
        yield name
    finally:
        drop_database(name)


def create_database(name: str, template: str = "template1") -> None:
    """Make a PostgreSQL database, empty or as a copy; nobody may be connected to the template."""
    _administer("CREATE DATABASE {} TEMPLATE {}", name, template)


def drop_database(name: str) -> None:
    """Drop a PostgreSQL database, whoever is still connected to it."""
    _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _administer(statement: LiteralString, *names: str) -> None:
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(f"{POSTGRES}/postgres", autocommit=True) as connection:
        connection.execute(SQL(statement).format(*map(Identifier, names)))
