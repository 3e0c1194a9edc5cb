"""What is believed of a cost that an agent's program tells of itself.

Programs of repositories, and those that an agent can reach in its sandbox, may say any sum. What
they say counts at most up to what their run may cost, so that a lie spends no other's money, and it
never falls. Where only a day's cap holds, more than MOST_BELIEVED is not believed at all: clamped
to the room of the day it would leave nothing to others. What we count ourselves, from answers of
the model service, is taken as it is; of the two the larger one counts.
"""

from __future__ import annotations

from decimal import Decimal

from agents.dollars import dollars
from agents.events import JSON
from reviews.models import Run
from reviews.services import money

MOST_BELIEVED = Decimal(1000)  # US dollars of one run that has no cap
_STEP = Decimal("0.000001")  # as the database keeps it
_ABSURD = 10**12
_LARGEST = Decimal(999_999)  # that its column takes


class Believed:
    """The cost of one run as it is told, total by total. cost: what counts, None while unknown.

    said: the largest sum that was told and is not believed, None when there is none.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._cap = run.cap
        self.cost = run.cost
        self.said: Decimal | None = None

    def hold(self, cap: float | None) -> None:
        """The cap in US dollars at which the run is stopped, once it is known."""
        self._cap = None if cap is None else Decimal(str(cap))

    def take(self, told: JSON, seen: JSON = None) -> Decimal | None:
        """The cost that counts after one more total was told. seen: as we counted it ourselves.

        A total that was known cannot become unknown again.
        """
        amount, counted = _amount(told), _amount(seen)
        if counted is not None:
            self.cost = max(min(counted, _LARGEST), self.cost or money.ZERO)
        if amount is not None and (counted is None or amount > counted):
            most = MOST_BELIEVED if self._cap is None else min(self._cap, _LARGEST)
            self.said = max(amount, self.said or amount) if amount > most else self.said
            if amount <= MOST_BELIEVED or not self._has_only_the_days():
                self.cost = max(min(amount, most), self.cost or money.ZERO)
        return self.cost

    @property
    def words(self) -> str:
        """A sentence about a sum that is not believed; empty when there is none."""
        if self.said is None:
            return ""
        counts = "its cost is unknown" if self.cost is None else f"{dollars(self.cost)} count"
        return f"The program says {dollars(self.said)}, not believed; {counts}."

    def _has_only_the_days(self) -> bool:
        """Whether its only cap is what was left of a day, which belongs to others as well."""
        if self._cap is None or self._run.cap is None or self._cap < self._run.cap:
            return False
        return money.run_cap(self._run).base is None


def _amount(told: JSON) -> Decimal | None:
    """Dollars to a millionth; None for what is no amount."""
    if not isinstance(told, int | float) or isinstance(told, bool) or not told >= 0:
        return None
    return Decimal(str(min(told, _ABSURD))).quantize(_STEP)
