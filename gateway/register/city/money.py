"""What the city's offices know of a household's money: income, tax standing (課税区分), benefits (給付・手当).

Rule: who has little is taxed little and gets what the law gives for it; nothing is known of more people than there
would be.
"""

from __future__ import annotations

import math
from datetime import date
from statistics import NormalDist
from typing import Final

from gateway.register.city.days import iso
from gateway.register.city.families import CHILD, HEAD
from gateway.register.city.names import Draws
from gateway.register.city.people import FAMILY, Household, Person
from gateway.register.city.writer import Into

TAXED: Final = "1"
PER_CAPITA_ONLY: Final = "2"
UNTAXED: Final = "3"
UNTAXED_HOUSEHOLD: Final = "4"

_STEPS: Final = 2_000


def _log_normal(mean: float, spread: float) -> tuple[float, ...]:
    """The amounts that so many equal shares of people have at most."""
    bell = NormalDist(mean, spread)
    return tuple(math.exp(bell.inv_cdf((step + 0.5) / _STEPS)) for step in range(_STEPS))


# exp(14.75) is 2.5 million yen; pensions are lower and closer together.
_WAGES: Final = _log_normal(14.75, 0.55)
_PENSIONS: Final = _log_normal(14.1, 0.42)
_OF_AGE: Final = 18
_NO_TAX_UP_TO: Final = 450_000
_NO_INCOME_LEVY_UP_TO: Final = 600_000
"""Yen of total income: below, no residents' tax; below, the per-capita levy only. Bounds like many cities' for people
without dependants."""

PUBLIC_ASSISTANCE: Final = "01"
DISABILITY: Final = "02"
ONE_PARENT: Final = "03"
SCHOOL_EXPENSES: Final = "04"
HOUSING: Final = "05"

_ASSISTED: Final = 0.0165
"""Of people (被保護実人員, 厚生労働省「被保護者調査」: 16 to 17 in 1,000)."""


class Money:
    """Writes the lines of one household after the other."""

    def __init__(self, chance: Draws, today: date, into: Into) -> None:
        self._random = chance.random
        self._today = today.toordinal()
        self._into_income = into["tax_income"]
        self._into_standing = into["tax_standing"]
        self._into_benefit = into["welfare_benefit"]

    def of(self, household: Household) -> None:
        """Incomes, tax standing and benefits of a household."""
        declared = 1.0 if household.number == FAMILY else 0.96
        most = together = 0
        grown: list[tuple[str, int]] = []
        for person in household.members:
            if person.age < _OF_AGE:
                continue
            income = self._income(person, declared)
            if income is None:
                income = 0
            else:
                self._into_income((person.resident_id, income))
            grown.append((person.resident_id, income))
            together += income
            most = max(most, income)
        for resident_id, income in grown:
            self._into_standing((resident_id, self._standing(income, most)))
        self._benefits(household, together)

    def _income(self, person: Person, declared: float) -> int | None:
        """Total income of a grown-up in yen, log-normal; `declared` is the share who told it."""
        dice = self._random()
        if dice >= declared:
            return None
        if (person.age < 23 and dice < 0.6) or (person.relationship != HEAD and dice < 0.25):
            return int(dice * 900_000)
        amounts = _PENSIONS if person.age >= 66 else _WAGES
        # Between two steps of the distribution, so that amounts do not repeat.
        step = self._random() * (_STEPS - 1)
        low = amounts[int(step)]
        return int(low + (step % 1.0) * (amounts[int(step) + 1] - low))

    @staticmethod
    def _standing(income: int, most: int) -> str:
        """Of somebody with this income, in a household where nobody has more than `most`."""
        if most <= _NO_TAX_UP_TO:
            return UNTAXED_HOUSEHOLD
        if income <= _NO_TAX_UP_TO:
            return UNTAXED
        return PER_CAPITA_ONLY if income <= _NO_INCOME_LEVY_UP_TO else TAXED

    def _benefits(self, household: Household, together: int) -> None:
        head = household.members[0]
        dice = self._random()
        if dice < _ASSISTED:
            since, until = self._span(2_500)
            for person in household.members:
                self._benefit(person, PUBLIC_ASSISTANCE, since, until, "生活扶助・住宅扶助")
        elif dice > 0.985:
            self._benefit(head, DISABILITY, *self._span(4_000), f"障害の程度{1 + int(dice * 1e6) % 2}級")
        elif dice > 0.98:
            since, until = self._span(400)
            self._benefit(head, HOUSING, since, until, "住居確保給付金")
        if together > 4_500_000 or len(household.members) == 1:
            return
        young = [person for person in household.members if person.relationship == CHILD and person.age < 18]
        if not young or head.relationship != HEAD:
            return
        if household.members[1].relationship == CHILD and together < 3_600_000:
            self._benefit(head, ONE_PARENT, *self._span(1_800), f"児童{len(young)}人")
        pupils = [person for person in young if 6 < person.age < 15]
        if pupils and dice > 0.5:
            since, until = self._span(330)
            self._benefit(head, SCHOOL_EXPENSES, since, until, f"対象児童生徒{len(pupils)}人")

    def _span(self, longest: int) -> tuple[int, int | None]:
        """The first day, up to `longest` days ago, and for three in ten the last."""
        since = self._today - 10 - int(self._random() * longest)
        dice = self._random()
        return since, None if dice < 0.7 else since + int((dice - 0.7) / 0.3 * (self._today - since))

    def _benefit(self, person: Person, code: str, since: int, until: int | None, text: str) -> None:
        last = None if until is None else iso(until)
        self._into_benefit((person.resident_id, code, iso(since), last, text))
