"""What every installation of the tests begins with; set up once a process, then copied.

Migrating, making an administrator and a token take seconds of three processes; the copy of a
SQLite file, or of a PostgreSQL database, takes none.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from agents.proc import start_time
from tests import modes

ROOT = Path(__file__).resolve().parent.parent
MANAGE = [sys.executable, str(ROOT / "manage.py")]
PASSWORD = "a-long-password-for-tests"
Environment = dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(is_so: Callable[[], object], what: Callable[[], str], seconds: float = 40) -> None:
    """Look until something holds; the sentence says what did not."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, what()
        time.sleep(0.1)


def manage(environment: Mapping[str, str], *words: str, expect: int = 0) -> str:
    """What a command prints on its standard output, or on the other one when it is to fail."""
    done = subprocess.run(
        [*MANAGE, *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == expect, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if expect == 0 else done.stderr


def migrated(environment: Mapping[str, str]) -> None:
    """Give the data folder, or the database, that `environment` names its tables."""
    _copy(_template(False)[0], environment)


def with_administrator(environment: Mapping[str, str]) -> str:
    """The same with the administrator `admin` (PASSWORD); returns a token of hers."""
    place, token = _template(True)
    _copy(place, environment)
    return token


@cache
def _template(has_administrator: bool) -> tuple[str, str]:
    """A folder, or in the fleet mode a database's name, to copy from; and the token in it."""
    folder = Path(tempfile.mkdtemp(prefix="honk-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    name = f"honk_template_{os.getpid()}_{secrets.token_hex(4)}"
    if modes.IS_FLEET:
        modes.create_database(name)
        atexit.register(modes.drop_database, name)
    own = modes.clean_environment() | modes.mode_environment(folder, name)
    if has_administrator:
        migrated(own)
        words = ("--noinput", "--username", "admin", "--email", "admin@example.org")
        manage({**own, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}, "createsuperuser", *words)
        token = manage(own, "create_token", "admin").strip()
    else:
        manage(own, "migrate", "-v", "0")
        token = ""
    return (name if modes.IS_FLEET else str(folder)), token


def _copy(template: str, environment: Mapping[str, str]) -> None:
    if modes.IS_FLEET:
        name = urlsplit(environment["DATABASE_URL"]).path.lstrip("/")
        modes.drop_database(name)
        modes.create_database(name, template)
        Path(environment["HONK_DATA"]).mkdir(parents=True, exist_ok=True)
    else:
        shutil.copytree(template, environment["HONK_DATA"], dirs_exist_ok=True)


def oldest_first(pids: Iterable[int]) -> list[int]:
    """By when they began, not by number: numbers start anew once they are used up."""
    return sorted(pids, key=lambda pid: (start_time(pid) or 0, pid))
