"""Lets several generators run at once, each in a thread, as one stream of events."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Generator, Sequence

from agents.events import TICK, Event, Tick

NAME = "at once"  # of its threads
_SLICE_S = 0.1
_LENGTH = 64  # events that wait; a work that gives more waits for the taker


class _Done:
    """One of the works has ended."""


class Together[T]:
    """Works at the same time; `results` in the order of the works once `values` has ended.

    A result is what the work returned, or the exception that ended it.
    """

    def __init__(self, works: Sequence[Callable[[], Generator[Event | Tick, None, T]]]) -> None:
        self._works = works
        self._queue: queue.Queue[Event | Tick | _Done] = queue.Queue(_LENGTH)
        self._given_up = threading.Event()
        self._ends: list[T | BaseException | None] = [None] * len(works)

    def values(self, stop: Callable[[], object]) -> Generator[Event | Tick, None, bool]:
        """Everything they say, as it comes; a Tick at least every 100 ms.

        False when `stop` said so before all had ended: what still runs is given up, and ends by
        itself at its next word.
        """
        if stop():
            return False
        for number in range(len(self._works)):
            threading.Thread(target=self._run, args=(number,), name=NAME, daemon=True).start()
        left = len(self._works)
        try:
            while left:
                if stop():
                    return False
                try:
                    item = self._queue.get(timeout=_SLICE_S)
                except queue.Empty:
                    yield TICK
                    continue
                if isinstance(item, _Done):
                    left -= 1
                else:
                    yield item
            return True
        finally:
            self._given_up.set()

    def results(self) -> list[T]:
        """What each work returned; raises what one of them raised."""
        ends: list[T] = []
        for end in self._ends:
            if isinstance(end, BaseException):
                raise end
            ends.append(end)  # type: ignore[arg-type]  # None is a T where a work returns it
        return ends

    def _run(self, number: int) -> None:
        try:
            self._ends[number] = yield_into(self._works[number](), self._put)
        except BaseException as caught:  # noqa: BLE001 - the taker judges every fault
            self._ends[number] = caught
        finally:
            self._put(_Done())

    def _put(self, item: Event | Tick | _Done) -> bool:
        while not self._given_up.is_set():
            with contextlib.suppress(queue.Full):
                self._queue.put(item, timeout=_SLICE_S)
                return True
        return False


def yield_into[T](
    work: Generator[Event | Tick, None, T], take: Callable[[Event | Tick], bool]
) -> T | None:
    """What the work returns; None when `take` refused one of its values, which ends the work."""
    try:
        while True:
            if not take(next(work)):
                work.close()
                return None
    except StopIteration as end:
        returned: T = end.value
        return returned
