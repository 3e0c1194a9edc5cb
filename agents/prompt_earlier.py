"""Tells the rounds before in words, to an agent that does not remember them: fenced and capped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from agents.prompt import fenced, quoted
from agents.text import clean, cut

MAX_EARLIER = 16_000  # characters of it all; the oldest rounds are left out first
MAX_MESSAGE, MAX_SUMMARY = 1500, 4000  # characters of one message or comment; of a summary
MAX_SAID = 20  # messages and comments of one round, the last ones
_WORDS = (Path(__file__).parent / "prompts" / "earlier.txt").read_text(encoding="utf-8").strip()


@dataclass(frozen=True, slots=True)
class EarlierRound:
    """One round: what it was asked for, what people wrote, what the agent said, how it ended.

    asked: the re-prompt's message; empty for the instruction. said: (name, words) of comments that
    it was given and of messages. ended: one sentence, with the words of a verdict in `because`.
    """

    number: int
    asked: str = ""
    said: tuple[tuple[str, str], ...] = ()
    summary: str = ""
    ended: str = ""
    because: str = ""


def earlier(rounds: tuple[EarlierRound, ...]) -> str:
    """The section of a prompt; empty when there was no round before."""
    told: list[str] = []
    room = MAX_EARLIER
    for each in reversed(rounds):
        text = _round(each)
        if len(text) > room:
            which = "The round" if each is rounds[0] else "The rounds"
            told.append(f"{which} before are left out here.")
            break
        told.append(text)
        room -= len(text)
    return clean("\n\n".join([_WORDS, *reversed(told)])) if told else ""


def _round(each: EarlierRound) -> str:
    asked = f"was asked:\n\n{_data(each.asked)}" if each.asked else "was asked what is said above."
    parts = [f"Round {each.number} {asked}"]
    if each.said:
        said = [quoted(by, cut(words.strip(), MAX_MESSAGE)) for by, words in each.said[-MAX_SAID:]]
        parts.append("\n\n".join(["What people wrote in it:", *said]))
    if each.summary.strip():
        parts.append(f"What its agent said at the end:\n\n{_data(each.summary, MAX_SUMMARY)}")
    if each.ended:
        parts.append(each.ended)
    if each.because.strip():
        parts.append(_data(each.because))
    return "\n\n".join(parts)


def _data(text: str, most: int = MAX_MESSAGE) -> str:
    return fenced(cut(text.strip(), most))
