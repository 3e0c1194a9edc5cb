"""US dollars in words, for sentences and pages alike; amounts themselves are never rounded."""

from __future__ import annotations

from decimal import Decimal

CENT = Decimal("0.01")
_FINER = 4, 6  # digits behind the point where cents do not tell two amounts apart


def dollars(amount: Decimal | float) -> str:
    """To the cent, half to even: "$1,234.50"; what is less than a cent and not nothing says so."""
    exact = _exact(amount)
    return "under $0.01" if 0 < exact < CENT else f"${exact:,.2f}"


def side_by_side(spent: Decimal | float, allowed: Decimal | float) -> tuple[str, str]:
    """Two amounts to be compared: to the cent, finer where cents would not tell them apart, or
    both are less than a cent ("$0.0104", "$0.0100")."""
    one, other = _exact(spent), _exact(allowed)
    words = dollars(one), dollars(other)
    is_small = 0 < one < CENT and 0 < other < CENT
    if not is_small and (words[0] != words[1] or one == other):
        return words
    for digits in _FINER:
        words = f"${one:,.{digits}f}", f"${other:,.{digits}f}"
        if words[0] != words[1] or (one == other and round(one, digits)):
            break
    return words


def _exact(amount: Decimal | float) -> Decimal:
    """As it is written: 0.135 is 0.135, not the binary number beside it."""
    return amount if isinstance(amount, Decimal) else Decimal(str(amount))
