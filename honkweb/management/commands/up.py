"""`manage.py up`: web, `worker agent` and `worker work`, supervised in one terminal."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import socket
import subprocess
import sys
import threading
from argparse import ArgumentParser
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from honkweb import leash
from honkweb.supervise import Child, Supervisor, show
from reviews.models import Person
from reviews.services import people
from reviews.views import health

GRACE_BEYOND = 5.0  # seconds a worker has for handing back, after its own grace
IMPATIENT_AFTER = 30.0
MODELS = ("ANTHROPIC", "OPENAI", "GEMINI")  # the web process has no use for their keys
KEY_OF_MODELS = [f"{name}_API_KEY{end}" for name in MODELS for end in ("", "_FILE")]
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised here, never bound


class Command(BaseCommand):
    """Ends with 0 when told to, 1 when it cannot start or a child cannot be kept alive."""

    help = "Start everything: web, the agents' worker and the other worker."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-link", action="store_true", help="print no sign-in link")

    def handle(self, *_args: Any, **options: Any) -> None:
        lock = _only_one()
        _check_port()
        _check_database()
        supervisor = Supervisor(_children(), settings.HONK_GRACE_SECONDS + GRACE_BEYOND, show)
        welcome = threading.Thread(target=_welcome, args=(not options["no_link"],), daemon=True)
        welcome.start()
        code = supervisor.run()
        if lock is not None:
            lock.close()
        sys.exit(code)


def _refuse(sentence: str) -> NoReturn:
    sys.stderr.write(f"{sentence}\n")
    sys.exit(1)


def _only_one() -> IO[str] | None:
    """Hold HONK_DATA for this process; SQLite and the broker's folder are for one `up` alone."""
    if settings.IS_FLEET:
        return None
    path = settings.HONK_DATA / "up.lock"
    lock: IO[str] = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = path.read_text().strip() or "unknown"
        _refuse(
            f"Honkweb already runs on {settings.HONK_DATA} (process {holder}): stop that one, or "
            "give this one a folder of its own with HONK_DATA."
        )
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _check_port() -> None:
    """Refuse before anything is started when the port cannot be had."""
    host, port = settings.HONK_HOST, settings.PORT
    try:
        _try_port(host, port)
    except OSError as trouble:
        if trouble.errno == errno.EADDRINUSE:
            _refuse(
                f"Port {port} is taken by another program: stop that one, or choose another port, "
                f"for example PORT={_free_port(host, port + 1)} make run."
            )
        _refuse(
            f"Honkweb cannot listen on {host} port {port} ({trouble.strerror or trouble}): choose "
            "another with HONK_HOST and PORT."
        )


def _try_port(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)


def _free_port(host: str, first: int) -> int:
    """The next port that can be had now, or `first` when none of a hundred can."""
    for port in range(first, min(first + 100, 65536)):
        try:
            _try_port(host, port)
        except OSError:
            continue
        return port
    return first


def _check_database() -> None:
    """Refuse when the database is away or not migrated."""
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as trouble:
        _refuse(f"The database cannot be used: {str(trouble).strip()}. Check DATABASE_URL.")
    finally:
        connection.close()
    if plan:
        _refuse(
            "The database is not set up for this version: run `make run`, which does it, or "
            "`python manage.py migrate`."
        )


def _children() -> list[Child]:
    base = settings.BASE_DIR
    workers = {**os.environ, "HONK_DATA": str(settings.HONK_DATA), "PYTHONUNBUFFERED": "1"}
    web = {name: value for name, value in workers.items() if name not in KEY_OF_MODELS}
    manage = [sys.executable, str(base / "manage.py"), "worker"]
    return [
        Child("web", _uvicorn(), web, base),
        Child("agent", [*manage, "agent"], workers, base),
        Child("work", [*manage, "work"], workers, base),
    ]


def _uvicorn() -> list[str]:
    """uvicorn's command line; sockets take next to nothing in, and compress nothing."""
    return [
        sys.executable, "-m", "uvicorn", "honkweb.asgi:application",
        "--host", settings.HONK_HOST, "--port", str(settings.PORT),
        "--lifespan", "on", "--log-level", "warning", "--no-access-log",
        "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "3",
        "--ws", "websockets-sansio", "--ws-max-size", "4096", "--ws-max-queue", "4",
        "--ws-per-message-deflate", "false",
    ]  # fmt: skip


def _welcome(with_link: bool) -> None:
    """Wait until everything is there, then say where, and how to get in."""
    waited, pause = 0.0, 0.2
    while (missing := _missing()) and waited < IMPATIENT_AFTER:
        threading.Event().wait(pause)
        waited += pause
    show(f"Honkweb is at {settings.HONK_URL}")
    if missing:
        show(f"Not everything is there yet: {', '.join(missing)}.")
    if with_link:
        _show_link()
    connection.close()
    _finish_sample()


def _finish_sample() -> None:
    """Have the sample's first change approved, once; this thread stays, the leash being its own."""
    prepare = [sys.executable, str(settings.BASE_DIR / "manage.py"), "prepare", "--finish"]
    subprocess.run(leash.leashed(prepare), check=False, stdout=subprocess.DEVNULL)


def _missing() -> list[str]:
    """Names of what is not there yet."""
    return health.look().missing if _web_answers() else ["web"]


def _web_answers() -> bool:
    host = WILDCARDS.get(settings.HONK_HOST, settings.HONK_HOST)
    web = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        web.request("GET", "/healthz", headers={"Host": "localhost"})
        return web.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        web.close()


def _show_link() -> None:
    """A one-time link for the administrator."""
    administrators = Person.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    first = administrators.filter(username=settings.HONK_ADMIN).first() or administrators.first()
    if first is None:
        show(
            "There is no administrator yet: `python manage.py prepare` makes one, then "
            f"`python manage.py sign_in_link {settings.HONK_ADMIN}` prints the way in."
        )
        return
    link = people.sign_in_link(first)
    show(f"Sign in as {first.username} (once, within {people.LINK_MINUTES} minutes): {link}")
