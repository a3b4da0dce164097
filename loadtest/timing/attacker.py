"""Simple attackers: what can be told from times alone.

Rule: an attacker asks about one resident once or a few times, makes one number of the times, and calls those above a
threshold hidden. How good that is at all thresholds together is the area under the curve (AUC): the chance that of a
hidden and an absent resident the hidden one has the larger number. 0.5 is a coin; which way the difference points is
the attacker's to find out, so what is below counts as what it is above.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, TypeAlias

Times: TypeAlias = Mapping[int, Sequence[float]]
"""µs of each call about a resident (told apart by a number), in the order of the calls."""


@dataclass(frozen=True, slots=True)
class Attacker:
    """Asks `calls` times about one resident and makes one number of it."""

    name: str
    calls: int
    of: Callable[[Sequence[float]], float]

    def numbers(self, times: Times) -> list[float]:
        """One for each time that somebody was asked about so often."""
        return [
            self.of(told[start : start + self.calls])
            for told in times.values()
            for start in range(0, len(told) - self.calls + 1, self.calls)
        ]


ATTACKERS: Final = (
    Attacker("one call", 1, fmean),
    *(
        Attacker(f"{what} of {calls} calls", calls, of)
        for calls in (4, 8)
        for what, of in (("least", min), ("mean", fmean), ("median", median))
    ),
)


@dataclass(frozen=True, slots=True)
class Skill:
    """How well one attacker tells hidden from absent: AUC, 0.5 to 1, and the bounds of its 95 % interval."""

    auc: float
    low: float
    high: float


def skill(attacker: Attacker, hidden: Times, absent: Times) -> Skill:
    """The attacker's, by all times. Raises ValueError if nobody was asked about often enough."""
    ours, theirs = attacker.numbers(hidden), attacker.numbers(absent)
    if not ours or not theirs:
        raise ValueError(f"{attacker.name}: nobody was asked about so often")
    area = auc(ours, theirs)
    area = max(area, 1 - area)
    margin = 1.96 * deviation(area, len(ours), len(theirs))
    return Skill(area, area - margin, min(1.0, area + margin))


def auc(hidden: Sequence[float], absent: Sequence[float]) -> float:
    """The chance that one of the hidden is above one of the absent; equal ones count half (Mann-Whitney U, scaled)."""
    ranked = sorted(absent)
    below = sum(bisect_left(ranked, each) + bisect_right(ranked, each) for each in hidden)
    return below / (2 * len(hidden) * len(absent))


def deviation(area: float, hidden: int, absent: int) -> float:
    """Standard deviation of an AUC of so many (Hanley and McNeil, Radiology 143, 1982, eq. 2)."""
    both_hidden, both_absent = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (hidden - 1) * (both_hidden - area**2) + (absent - 1) * (both_absent - area**2)
    return math.sqrt(spread / (hidden * absent))
