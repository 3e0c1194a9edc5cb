"""Answers to a numbered batch of comments, read from an agent's summary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agents.answers import MAX_ANSWER, parse


def states(summary: str, count: int) -> dict[int, str]:
    return {number: answer.state for number, answer in parse(summary, count).items()}


def test_each_number_has_its_answer_with_what_was_done_or_why_not() -> None:
    said = parse("All of it.\n\n1. Done: a guard in app.py.\n2. Not done: it is by design.", 2)
    assert {n: a.state for n, a in said.items()} == {1: "done", 2: "declined"}
    assert said[2].text == "Not done: it is by design."


def test_lists_may_be_written_in_many_ways() -> None:
    assert states("- **1.** Fixed in a.py\n* 2) Won\N{RIGHT SINGLE QUOTATION MARK}t: too risky\n# 3: renamed it", 3) == {
        1: "done", 2: "declined", 3: "done",
    }  # fmt: skip
    assert states("Comment 1: done\nComment #2: I looked at it", 2) == {1: "done", 2: "answered"}
    assert states("[1] Added a test\n(2) cannot, there is no such file", 2) == {
        1: "done", 2: "declined",
    }  # fmt: skip


def test_an_answer_goes_on_over_lines_and_ends_at_an_empty_one() -> None:
    said = parse("1. Done: here\n   and there.\n\nI also tidied up.\n2. no, see above", 2)
    assert said[1].text == "Done: here\n   and there."
    assert said[2].state == "declined"


def test_of_two_answers_to_one_number_the_last_holds() -> None:
    assert parse("1. read the code\n2. changed it\n\n1. Done: app.py", 1)[1].text == "Done: app.py"


def test_numbers_that_were_not_asked_are_no_answers() -> None:
    assert parse("3. Done\n0. Done\n10 files changed.\n1.5 is the version", 2) == {}
    assert parse("1. Done", 0) == {}
    assert parse("1.\n2.   \n", 2) == {}


@given(st.text(), st.integers(0, 30))
def test_any_text_is_read_without_an_error(text: str, count: int) -> None:
    for number, answer in parse(text, count).items():
        assert 1 <= number <= count
        assert answer.text.strip()
        assert len(answer.text) <= MAX_ANSWER + 100
