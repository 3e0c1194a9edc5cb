"""`manage.py worker agent` or `worker work`: Celery on one queue, and what keeps it honest.

This process starts Celery through its command line, on a leash, and stays beside it: it says
every few seconds that the worker lives, and for `work` it runs the sweep, so that neither ever
waits for a run. When it is told to end (SIGTERM) Celery stops taking runs at once; those that go
on have HONK_GRACE_SECONDS, then they are ended and handed back as lost, to be tried again.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from agents import proc
from honkweb import leash
from honkweb.celery import READY_FD
from honkweb.supervise import describe
from reviews.models import Run, WorkerSeen
from reviews.services import identity, origins, recover, tidy
from reviews.services.model_keys import can_offer
from reviews.states import RUN_LIVE

logger = logging.getLogger("honkweb.worker")
SEEN_EVERY = 10.0  # seconds
SWEEP_EVERY = 1.0
CHECK_EVERY = 2.0  # a repository just added has its runners in the form soon
CHECK_LEASE = 300.0
TIDY_EVERY = 300.0
SWEEP_LEASE = 15.0
FORGET = timedelta(days=1)
WORK_SLOTS = 2
LOOK_EVERY = 0.1  # while it ends: seconds between two looks at what its processes still hold
IDLE_LOOKS = 3  # looks that find nothing held, after which nobody is waited for


class Command(BaseCommand):
    """Ends with Celery's exit code; 0 when it was told to end."""

    help = "Run a worker for one queue: agent (HONK_AGENTS slots) or work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("queue", choices=["agent", "work"])
        parser.add_argument("--slots", type=int, help="runs at the same time")

    def handle(self, *_args: Any, **options: Any) -> None:
        queue: str = options["queue"]
        usual = settings.HONK_AGENTS if queue == "agent" else WORK_SLOTS
        slots = usual if options["slots"] is None else options["slots"]
        if slots < 1:
            raise CommandError("A worker needs at least one slot (HONK_AGENTS, --slots).")
        sys.exit(_Worker(queue, slots).run())


class _Worker:
    """The process beside Celery."""

    def __init__(self, queue: str, slots: int) -> None:
        self.queue = queue
        self.slots = slots
        self.ending = threading.Event()
        self.name = identity.worker_name()

    def run(self) -> int:
        """Until Celery ends or we are told to; returns the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ending.set())
        celery = self._start()
        duties = [(tidy.tidy, TIDY_EVERY), (recover.keep_left, SWEEP_EVERY)]
        if self.queue == "work":
            duties += [(self._sweep, SWEEP_EVERY), (self._check, CHECK_EVERY)]
        for duty in duties:
            threading.Thread(target=self._keep, args=duty, daemon=True).start()
        while celery.poll() is None and not self.ending.wait(0.2):
            pass
        return self._end(celery)

    def _start(self) -> subprocess.Popen[bytes]:
        """Start Celery; it says through a pipe when it listens, and only then are we alive."""
        ready, say_ready = os.pipe()
        environment = {**os.environ, READY_FD: str(say_ready)}
        command = leash.leashed(self._celery())
        celery = subprocess.Popen(command, env=environment, pass_fds=[say_ready])
        os.close(say_ready)
        threading.Thread(target=self._wait_ready, args=(ready,), daemon=True).start()
        return celery

    def _wait_ready(self, pipe: int) -> None:
        if os.read(pipe, 1):
            self._keep(self._say_alive, SEEN_EVERY)

    def _celery(self) -> list[str]:
        """Celery's command line."""
        return [
            sys.executable, "-m", "celery", "--quiet", "-A", "honkweb.celery", "worker",
            "--queues", self.queue, "--hostname", f"{self.queue}-{os.getpid()}@%h",
            "--concurrency", str(self.slots), "--pool", "prefork", "--loglevel", "WARNING",
            "--without-gossip", "--without-mingle", "--without-heartbeat",
        ]  # fmt: skip

    def _keep(self, duty: Callable[[], None], seconds: float) -> None:
        """Do a duty now and again; a database that is away is waited for."""
        while not self.ending.is_set():
            try:
                duty()
            except Exception as trouble:  # noqa: BLE001 - the duty is tried again, whatever failed
                logger.warning("%s: %s failed (%s)", self.queue, duty.__name__, trouble)
                connection.close()
            self.ending.wait(seconds)
        connection.close()

    def _say_alive(self) -> None:
        from agents import sandbox

        now = timezone.now()
        says = {
            "queue": self.queue,
            "seen_at": now,
            "sandbox_problem": sandbox.probe(),
            "has_model_key": bool(settings.HONK_AGENT_KEY),
            "providers": can_offer(),
        }
        WorkerSeen.objects.update_or_create(worker=self.name, defaults=says)
        WorkerSeen.objects.filter(seen_at__lt=now - FORGET).delete()

    def _sweep(self) -> None:
        """One pass, if no other worker has the right to it now."""
        if recover.hold_lease("sweep", self.name, SWEEP_LEASE):
            recover.sweep()

    def _check(self) -> None:
        """Look at the repositories, if no other worker does; slow, so never in the sweep."""
        if recover.hold_lease("check", self.name, CHECK_LEASE):
            origins.check_repositories()

    def _end(self, celery: subprocess.Popen[bytes]) -> int:
        """Let Celery finish what it has, end it when it does not, and tell what was lost."""
        was_told = self.ending.is_set()
        self.ending.set()
        celery.terminate()
        pool = _children(celery) if was_told else []
        self._wait_for(celery)
        self._mark([*pool, *_children(celery)])
        celery.kill()  # its pool processes, and their sandboxes, are leashed to it
        code = celery.wait()
        self._hand_back()
        if was_told:
            return 0
        logger.warning("%s: Celery ended by itself (%s)", self.queue, describe(code))
        return 1

    def _wait_for(self, celery: subprocess.Popen[bytes]) -> None:
        """Until Celery has ended, nothing is at work, or the grace is over.

        An idle Celery needs some seconds to end its pool; killed instead it loses nothing, since
        a message that it may have taken is a doorbell, and the sweep rings again.
        """
        deadline, idle = monotonic() + settings.HONK_GRACE_SECONDS, 0
        while celery.poll() is None and monotonic() < deadline and idle < IDLE_LOOKS:
            threading.Event().wait(LOOK_EVERY)
            idle = 0 if _hold_runs(_children(celery)) else idle + 1

    def _mark(self, pool: list[int]) -> None:
        """Say of what these processes still hold that it is to go on without a person."""
        try:
            recover.mark_handed_back({identity.name_of(pid) for pid in pool})
        except Exception as trouble:  # noqa: BLE001 - handed back a moment later all the same
            logger.warning("%s: its runs cannot be marked (%s)", self.queue, trouble)

    def _hand_back(self) -> None:
        """End the runs of the pool processes that have just died, so that others may have them."""
        try:
            WorkerSeen.objects.filter(worker=self.name).delete()
            recover.hand_back()
        except Exception as trouble:  # noqa: BLE001 - another sweep does it, whatever failed
            logger.warning("%s: the sweep will hand runs back (%s)", self.queue, trouble)


def _children(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes that this one has started; Celery's are those of its pool."""
    stats = proc.all_stats() if process.poll() is None else {}
    return [pid for pid, fields in stats.items() if int(fields[1]) == process.pid]


def _hold_runs(pool: list[int]) -> bool:
    """Whether these processes may have runs; where nobody can say, they may."""
    names = [identity.name_of(pid) for pid in pool]
    try:
        return Run.objects.filter(status__in=RUN_LIVE, worker__in=names).exists()
    except DatabaseError:
        connection.close()
        return True
