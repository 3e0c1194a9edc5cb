"""Rings the workers' queues: hears doorbells and sends a run's or round's id to its queue."""

from __future__ import annotations

import logging
from time import monotonic

from celery import current_app

from reviews.events import Doorbell
from reviews.models import Run
from reviews.states import RUN_QUEUE, RunKind
from reviews.tasks import CARRY_OUT, COLOUR

logger = logging.getLogger(__name__)


class Ringer:
    """Sends, trying once. A broker that is gone is left alone for a while, for its silence costs
    each caller seconds; what is not sent now waits for the sweep."""

    rest = 5.0  # seconds without trying after the broker did not take a message

    def __init__(self) -> None:
        self._resting_until = 0.0

    def send(self, pk: int, queue: str, task: str = CARRY_OUT) -> bool:
        """Whether the broker took the message: a run to carry out, or what `task` takes."""
        if monotonic() < self._resting_until:
            return False
        try:
            current_app.send_task(task, args=[pk], queue=queue, ignore_result=True, retry=False)
        except Exception as trouble:  # noqa: BLE001 - each broker has its own; all mean "not sent"
            self._resting_until = monotonic() + self.rest
            logger.warning("%s %s is rung later: the broker is away (%s).", task, pk, trouble)
            return False
        return True


_ringer = Ringer()


def on_doorbell(doorbell: Doorbell) -> None:
    """Send the id of a claimable run to the workers; a lost one is rung again by the sweep.

    A round to colour is rung again by its next reader.
    """
    if doorbell.topic == "colour":
        _ringer.send(doorbell.id, RUN_QUEUE[RunKind.VERIFIER], COLOUR)
    if doorbell.topic != "queued":
        return
    kind = Run.objects.filter(pk=doorbell.id).values_list("kind", flat=True).first()
    if kind is not None:
        _ringer.send(doorbell.id, RUN_QUEUE[RunKind(kind)])
