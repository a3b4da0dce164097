"""What residents are entitled to: the electoral roll, insurances, pension, child allowance.

These are items 9 to 11-2 of art. 7 of the Basic Resident Register Act (住民基本台帳法).

Rule: nationality, age and how long somebody has lived here decide what can be, as the laws say; the dice decide only
what the register does not know, such as who is insured through work.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from gateway.register.city.days import iso
from gateway.register.city.families import CHILD, HEAD, HUSBAND, WIFE
from gateway.register.city.names import Draws
from gateway.register.city.people import Household, Person
from gateway.register.city.stays import Stay

Line = tuple[str, str | None, str | None, str | None, str | None, str | None]
"""Electoral roll, national health, late elderly, long-term care, pension, child allowance; codes as in `tables`."""

_THREE_MONTHS: Final = 92
"""How long one has lived here before the roll has one, in days (公職選挙法 art. 21: 引き続き三箇月以上)."""

INSURED: Final = "1"
ENDED: Final = "2"
_CARE_1: Final = "1"
_CARE_2: Final = "2"
_PENSION_1: Final = "1"
_PENSION_3: Final = "3"
_PENSION_VOLUNTARY: Final = "4"
_PENSION_ENDED: Final = "9"
NOTHING: Final[Line] = ("0", None, None, None, None, None)


class Eligibility:
    """What each member of a household is entitled to."""

    def __init__(self, chance: Draws, today: date) -> None:
        self._random = chance.random
        self._roll_until = iso(today.toordinal() - _THREE_MONTHS)
        self._tomorrow = iso(today.toordinal() + 1)[4:]

    def of(self, household: Household, stays: list[Stay]) -> list[Line]:
        """The lines of the members, in their order."""
        # Whether the household lives on its own trade or on a pension; employees' families are insured through work.
        own_trade = self._random() < 0.24
        youngest = min([self._age(person) for person in household.members if person.relationship == CHILD], default=99)
        return [
            self._line(person, stay, own_trade, youngest) for person, stay in zip(household.members, stays, strict=True)
        ]

    def _line(self, person: Person, stay: Stay, own_trade: bool, youngest: int) -> Line:
        age = self._age(person)
        votes = age >= 18 and person.nation is None and stay.resident_since <= self._roll_until
        if age >= 75:
            return (
                "1" if votes else "0",
                ENDED if self._random() < 0.7 else None,
                INSURED,
                _CARE_1,
                _PENSION_ENDED,
                None,
            )
        if age < 20:
            return "1" if votes else "0", INSURED if own_trade else None, None, None, None, None
        return (
            "1" if votes else "0",
            self._health(age, own_trade),
            None,
            None if age < 40 else _CARE_2 if age < 65 else _CARE_1,
            self._pension(person, age, own_trade),
            self._child_allowance(person, youngest),
        )

    def _age(self, person: Person) -> int:
        """A year is complete at the end of the day before the birthday (年齢計算ニ関スル法律)."""
        return person.age + person.birth.endswith(self._tomorrow)

    def _health(self, age: int, own_trade: bool) -> str | None:
        dice = self._random()
        if own_trade or dice < (0.72 if age >= 65 else 0.06):
            return INSURED
        return ENDED if dice > 0.88 else None

    def _pension(self, person: Person, age: int, own_trade: bool) -> str | None:
        """Employees and civil servants (第2号) are their employers' business; the city has no word for them."""
        dice = self._random()
        if age >= 60:
            return _PENSION_VOLUNTARY if age < 65 and dice < 0.08 else _PENSION_ENDED
        if own_trade or age < 23 or dice < 0.08:
            return _PENSION_1
        if person.relationship in (WIFE, HUSBAND) and dice < (0.42 if person.relationship == WIFE else 0.10):
            return _PENSION_3
        return None

    @staticmethod
    def _child_allowance(person: Person, youngest: int) -> str | None:
        """To the head, for children under 18; the Act (児童手当法 art. 3) says: up to the end of that school year."""
        if person.relationship != HEAD:
            return None
        return INSURED if youngest < 18 else ENDED if youngest < 23 else None
