"""What an agent answered to a numbered batch of comments, read from its summary.

The prompt asks for one line a number: "1. Done: where" or "2. Not done: why". Agents write lists in
many ways, so marks around a number are forgiven; a number that was not in the batch is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.text import clean, cut

MAX_ANSWER = 2000  # characters of one answer
DONE, DECLINED, SAID = "done", "declined", "answered"

_MARK = r"[ \t>*_#(\[-]{0,8}"  # what a list, a heading or bold print puts before a number
_NUMBER = re.compile(
    rf"^{_MARK}(?:comment[ \t]+)?#?(\d{{1,4}})[ \t]*[.):\]*_-]{{1,4}}(?=[ \t]|$)(.*)$",
    re.IGNORECASE,
)
_DECLINED = re.compile(
    r"(not (done|changed|applied|fixed|needed)|(did|do|will|could|can)(n't| not)\b"
    r"|cannot|won't|declined?|skipped|left as|no change|no\b)",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"(done|fixed|changed|added|removed|renamed|applied|updated|resolved|yes)\b", re.IGNORECASE
)
_LEAD = " \t:*_-\N{EN DASH}\N{EM DASH}"


@dataclass(frozen=True, slots=True)
class Answer:
    """state: done, declined, or answered when its first word is neither; text: its own words."""

    state: str
    text: str


def parse(summary: str, count: int) -> dict[int, Answer]:
    """Answers by number, 1 to `count`; a number that the summary does not speak of is absent.

    An answer goes on to the next number or an empty line; of two answers to one number the last
    holds.
    """
    found: dict[int, list[str]] = {}
    current: list[str] | None = None
    for line in summary.splitlines():
        match = _NUMBER.match(line)
        number = int(match[1]) if match else 0
        if match and 1 <= number <= count:
            current = found[number] = [match[2]]
        elif not line.strip():
            current = None
        elif current is not None:
            current.append(line)
    answers = {number: _answer(lines) for number, lines in sorted(found.items())}
    return {number: answer for number, answer in answers.items() if answer.text}


def _answer(lines: list[str]) -> Answer:
    text = cut(clean("\n".join(lines)).strip().strip(_LEAD).strip(), MAX_ANSWER)
    if _DECLINED.match(text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        return Answer(DECLINED, text)
    return Answer(DONE if _DONE.match(text) else SAID, text)


class Batch:
    """The numbered comments that a running agent owes an answer; asks once for what is missing."""

    def __init__(self, count: int) -> None:
        self.summary = ""
        self._count = count
        self._has_asked = False

    def missing_after(self, words: str) -> str:
        """Take what the agent ended with; what to tell it then, or empty when it may end."""
        first = f"{self.summary}\n\n" if self._has_asked else ""
        self.summary = first + words if words else self.summary
        said = parse(self.summary, self._count)
        missing = [str(n) for n in range(1, self._count + 1) if n not in said]
        if self._has_asked or not missing:
            return ""
        self._has_asked = True
        return (
            f"The reviewer's comments still have no answer for: {', '.join(missing)}. Answer each "
            'of these numbers on a line of its own, as "1. Done: ..." or "1. Not done: ...". '
            "Change files only if a comment asks for it and you have not done it yet."
        )
