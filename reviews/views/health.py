"""Whether this process answers, and whether the installation can do its work."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import timedelta

from celery import current_app
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from reviews.models import WorkerSeen
from reviews.services import identity, incident

logger = logging.getLogger(__name__)
SEEN_LATELY = timedelta(seconds=30)
QUEUES = ("agent", "work")


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """200 as long as the process serves."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001 - a view
    """`{ready, missing, paused, database, broker, workers: {agent: n, work: n}}`; 503 unless ready.

    A paused installation is ready: its pages and its API answer.
    """
    state = look()
    missing = state.missing
    body = {**asdict(state), "ready": not missing, "missing": missing}
    return JsonResponse(body, status=503 if missing else 200)


@dataclass(frozen=True, slots=True)
class State:
    """What is there of an installation. workers: processes seen lately, by queue; paused: no run
    is claimed."""

    database: bool
    broker: bool
    workers: dict[str, int]
    paused: bool = False

    @property
    def missing(self) -> list[str]:
        """Names of what is not there; empty when everything can work."""
        parts = {"database": self.database, "broker": self.broker}
        parts |= {f"worker {queue}": bool(seen) for queue, seen in self.workers.items()}
        return [name for name, is_there in parts.items() if not is_there]


def look() -> State:
    """The installation's state now."""
    database = _has_database()
    workers = _workers() if database else dict.fromkeys(QUEUES, 0)
    return State(database, _has_broker(), workers, database and incident.is_paused())


def _has_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM reviews_workerseen WHERE 1 = 0")
    except DatabaseError:
        return False
    return True


def _has_broker() -> bool:
    """Whether the broker takes a connection; bounded by the app's own short time limits."""
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as trouble:  # noqa: BLE001 - each broker has its own; all mean "not there"
        logger.info("The broker does not answer (%s).", trouble)
        return False
    return True


def _workers() -> dict[str, int]:
    """Worker processes seen lately and not known to be dead, by queue."""
    seen = WorkerSeen.objects.filter(seen_at__gte=timezone.now() - SEEN_LATELY)
    alive = Counter(w.queue for w in seen if identity.is_alive(w.worker) is not False)
    return {queue: alive[queue] for queue in QUEUES}
