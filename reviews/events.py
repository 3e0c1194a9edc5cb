"""Doorbells: "look again", rung only after the transaction has committed.

A doorbell carries an address and nothing else; who hears it reads the database. Listeners
(dispatch, live) register at start-up, so that services know neither a broker nor a socket.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from django.db import transaction

logger = logging.getLogger(__name__)
Topic = Literal["change", "run", "queued", "repository", "colour"]


@dataclass(frozen=True, slots=True)
class Doorbell:
    """topic change, run, repository: a row changed; queued: the run with this id may be claimed;
    colour: the round with this id holds files without syntax colours."""

    topic: Topic
    id: int


Listener = Callable[[Doorbell], None]
_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have `listener` called in the announcing process after each commit that rang."""
    if listener not in _listeners:
        _listeners.append(listener)


def announce(topic: Topic, pk: int) -> None:
    """Ring after commit; nothing is rung on rollback, and a broken bell harms nobody."""
    transaction.on_commit(lambda: _ring(Doorbell(topic, pk)))


def _ring(doorbell: Doorbell) -> None:
    for listener in _listeners:
        try:
            listener(doorbell)
        except Exception:  # a lost doorbell costs latency only: the sweep looks anyway
            logger.warning("doorbell %s not delivered", doorbell, exc_info=True)
