"""Several generators as one stream of events."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from agents.events import Event, Tick
from agents.runners.anthropic_threads import Together

Said = Generator[Event | Tick, None, int]


def never() -> bool:
    return False


def test_results_come_in_the_order_of_the_works_whatever_their_end() -> None:
    second_ended = threading.Event()

    def first() -> Said:
        yield Event("text", {"text": "1"}, "a")
        assert second_ended.wait(20)
        return 1

    def second() -> Said:
        yield Event("text", {"text": "2"}, "b")
        second_ended.set()
        return 2

    together = Together([first, second])
    values = list(together.values(never))
    assert {e.part for e in values if isinstance(e, Event)} == {"a", "b"}
    assert together.results() == [1, 2]


def test_what_one_of_them_raises_is_raised_after_all_have_ended() -> None:
    ended = []

    def wrong() -> Said:
        yield Event("text", {"text": "1"})
        raise ValueError("no")

    def right() -> Said:
        yield Event("text", {"text": "2"})
        ended.append(True)
        return 2

    together = Together([wrong, right])
    list(together.values(never))
    with pytest.raises(ValueError, match="no"):
        together.results()
    assert ended == [True]


def test_a_work_that_says_much_waits_for_who_listens_and_is_ended_when_nobody_does() -> None:
    said: list[int] = []
    closed = threading.Event()

    def loud() -> Said:
        try:
            for number in range(10**9):
                said.append(number)
                yield Event("text", {"text": str(number)})
        finally:
            closed.set()
        return 0

    values = Together([loud]).values(never)
    assert isinstance(next(values), Event)
    values.close()
    assert closed.wait(20)
    assert len(said) < 200


def test_a_stop_before_the_beginning_starts_nothing() -> None:
    began = []

    def work() -> Said:
        began.append(True)
        yield Event("text", {"text": "1"})
        return 1

    assert list(Together([work]).values(lambda: True)) == []
    assert began == []


def test_silence_is_filled_with_ticks() -> None:
    go = threading.Event()

    def quiet() -> Said:
        assert go.wait(20)
        yield Event("text", {"text": "late"})
        return 0

    kinds = []
    for value in Together([quiet]).values(never):
        kinds.append(type(value))
        go.set()
    assert kinds[0] is Tick
    assert kinds[-1] is Event
