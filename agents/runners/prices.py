"""What known models cost, in US dollars for a million tokens (list prices, autumn 2026).

A model that is not here costs an unknown amount, never nothing: a newer one of a known family may
have another price.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DEFAULT_MODEL = "claude-opus-5-5"
EFFORTS = ("low", "medium", "high", "xhigh", "max")
_MILLION = 1_000_000
_CACHE_WRITE = 1.25  # of the price of input, for the five minutes that we ask for
_CACHE_WRITE_HOUR = 2.0  # the same for an hour, which other programs may ask for
_LONG_PROMPT = 100_000  # tokens, from which some models have a second price


@dataclass(frozen=True, slots=True)
class _Price:
    """Dollars for a million tokens; read: of the price of input; long: factor for long prompts."""

    input: float
    output: float
    read: float = 0.1
    long: float = 1.0


_PRICES = {
    "claude-fable-5-1": _Price(10.0, 50.0, read=0.025),
    "claude-mythos-5-1": _Price(10.0, 50.0, read=0.025),
    "claude-fable-5": _Price(10.0, 50.0),
    "claude-mythos-5": _Price(10.0, 50.0),
    "claude-opus-5-5": _Price(4.0, 20.0, read=0.05),
    "claude-opus-5": _Price(5.0, 25.0),
    "claude-opus-4-8": _Price(5.0, 25.0),
    "claude-opus-4-7": _Price(5.0, 25.0),
    "claude-opus-4-6": _Price(5.0, 25.0),
    "claude-opus-4-5": _Price(5.0, 25.0),
    "claude-sonnet-5-5": _Price(2.0, 10.0, read=0.05),
    "claude-sonnet-5": _Price(2.0, 10.0),
    "claude-sonnet-4-6": _Price(3.0, 15.0),
    "claude-sonnet-4-5": _Price(3.0, 15.0),
    "claude-haiku-5-5": _Price(0.1, 0.5, long=5.0),
    "claude-haiku-4-5": _Price(1.0, 5.0),
}
# Models that think as far as they need, and show it only when they are asked to.
_SHOW_THOUGHTS = frozenset(_PRICES) - {
    "claude-opus-4-5",
    "claude-opus-4-6",
    "claude-sonnet-4-5",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
}
_DATE = re.compile(r"-\d{8}$")


MOST_TOKENS = 2_000_000  # of one kind in one answer; twice the largest window of any model


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one or more answers; input is what was neither read from nor written to a cache.

    cache_write_hour: of cache_write, what the cache keeps for an hour.
    """

    input: int = 0
    output: int = 0
    cache_write: int = 0
    cache_read: int = 0
    cache_write_hour: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input + other.input,
            self.output + other.output,
            self.cache_write + other.cache_write,
            self.cache_read + other.cache_read,
            self.cache_write_hour + other.cache_write_hour,
        )

    def __sub__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.input - other.input,
            self.output - other.output,
            self.cache_write - other.cache_write,
            self.cache_read - other.cache_read,
            self.cache_write_hour - other.cache_write_hour,
        )

    @property
    def all_input(self) -> int:
        """Everything that went in."""
        return self.input + self.cache_write + self.cache_read


def known_name(model: str) -> str:
    """The model's name in the table, without its date; empty when it is not there."""
    name = _DATE.sub("", model)
    return name if name in _PRICES else ""


def refusal(model: str, cap: float | None) -> str:
    """Why a run may not begin: a cap of US dollars holds only where the price is known."""
    if cap is None or known_name(model):
        return ""
    return (
        f"The price of model {model[:80]} is not known, and a cap holds: name a model with a price "
        "or lift the cap."
    )


def can_show_thoughts(model: str) -> bool:
    """Whether the model takes the wish to show a summary of what it thinks."""
    return known_name(model) in _SHOW_THOUGHTS


def cost(model: str, tokens: Tokens) -> float | None:
    """US dollars of one call; None for a model whose price is not known."""
    price = _PRICES.get(known_name(model))
    if price is None:
        return None
    read = tokens.cache_read * price.read
    write = tokens.cache_write * _CACHE_WRITE
    write += tokens.cache_write_hour * (_CACHE_WRITE_HOUR - _CACHE_WRITE)
    dollars = (tokens.input + write + read) * price.input
    dollars += tokens.output * price.output
    is_long = tokens.all_input > _LONG_PROMPT
    return dollars * (price.long if is_long else 1.0) / _MILLION
