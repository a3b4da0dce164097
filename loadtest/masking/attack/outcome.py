"""What came of an attack, and what it means for the claim."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Any, Final

_Z: Final = 1.959963984540054
"""95 % of a normal distribution lie within so many standard deviations."""
_Z_JUDGED: Final = 3.8905918864131
"""99.99 %: of some thirty verdicts none should be chance's. Where a claim allows nothing, one success breaks it."""


class Sort(StrEnum):
    """CLAIM: the catalogue says that it does no better than `bound`. REMAINS: the catalogue says that it works, and how
    well is measured. CONTROL: against something unprotected it must do at least as well as `bound`, or it is no attack.
    """

    CLAIM = "claim"
    REMAINS = "remains"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attack: on which mask, tried how often, with how many successes. `bound` is a rate, None for REMAINS."""

    attack: str
    mask: str
    sort: Sort
    trials: int
    successes: int
    bound: float | None
    says: str

    @property
    def rate(self) -> float:
        return self.successes / self.trials if self.trials else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The rate's 95 % confidence interval."""
        return wilson(self.successes, self.trials)

    @property
    def holds(self) -> bool:
        """Whether the claim stands, or the control shows that the attack works. What remains holds by itself."""
        if self.bound is None:
            return True
        if not self.trials:
            return False
        low, high = wilson(self.successes, self.trials, _Z_JUDGED)
        return low <= self.bound if self.sort is Sort.CLAIM else high >= self.bound and self.successes > 0

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        low, high = self.interval
        return {
            "attack": self.attack,
            "mask": self.mask,
            "sort": self.sort.value,
            "trials": self.trials,
            "successes": self.successes,
            "rate": round(self.rate, 6),
            "low": round(low, 6),
            "high": round(high, 6),
            "bound": self.bound,
            "holds": self.holds,
            "says": self.says,
        }


def wilson(successes: int, trials: int, z: float = _Z) -> tuple[float, float]:
    """The score interval of a rate (Wilson 1927), 95 % unless told otherwise: right also where there are few successes
    or none.
    """
    if not trials:
        return 0.0, 1.0
    rate, square = successes / trials, z * z
    middle = (rate + square / (2 * trials)) / (1 + square / trials)
    half = z * sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials)) / (1 + square / trials)
    # Of nothing or everything one end is the rate itself; the arithmetic leaves some 1e-17 beside it.
    return (0.0 if not successes else max(0.0, middle - half)), (
        1.0 if successes == trials else min(1.0, middle + half)
    )
