"""Amounts in words: to the cent, and finer only where two could not be told apart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agents.dollars import dollars, side_by_side


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "$0.00"), (0.004, "under $0.01"), (0.0099, "under $0.01"), (0.01, "$0.01"),
     (0.125, "$0.12"), (0.135, "$0.14"), (Decimal("1234.5"), "$1,234.50"),
     (0.0000001, "under $0.01")],
)  # fmt: skip
def test_an_amount_is_to_the_cent_and_never_nothing_when_it_is_something(
    amount: float | Decimal, words: str
) -> None:
    assert dollars(amount) == words


@pytest.mark.parametrize(
    ("spent", "allowed", "words"),
    [
        ("0.80", "0.50", ("$0.80", "$0.50")),
        ("2", "2", ("$2.00", "$2.00")),
        ("2.004", "2", ("$2.0040", "$2.0000")),
        ("0.0104", "0.01", ("$0.0104", "$0.0100")),
        ("0.004", "0.002", ("$0.0040", "$0.0020")),
        ("0.002", "0.002", ("$0.0020", "$0.0020")),
        ("0.000011", "0.00001", ("$0.000011", "$0.000010")),
        ("0.004", "5", ("under $0.01", "$5.00")),
        ("0", "0.002", ("$0.00", "under $0.01")),
    ],
)
def test_amounts_side_by_side_can_be_told_apart(
    spent: str, allowed: str, words: tuple[str, str]
) -> None:
    assert side_by_side(Decimal(spent), Decimal(allowed)) == words
    assert side_by_side(float(spent), float(allowed)) == words
