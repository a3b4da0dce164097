"""The city hall: departments, units, about 300 staff, and the posts they held, hold and will hold.

Rule: every post is dated. Transfers happen on 1 April, some in between; a post ends on the day the next one begins.
Whoever handles cases sits in the unit that they belong to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.register.city.writer import Line

SECTION_HEAD: Final = "section-head"


@dataclass(frozen=True, slots=True)
class Department:
    """A department: the role of its ordinary staff, and how many staff there are in each of its units."""

    name: str
    role: str
    units: tuple[tuple[str, int], ...]


DEPARTMENTS: Final = (
    Department("citizen-affairs", "counter-clerk", (("resident-cards", 16), ("family-register", 12), ("passports", 6))),
    Department("child-welfare", "caseworker", (("childcare", 14), ("family-support", 12))),
    Department("tax-collection", "collector", (("arrears", 12), ("payments", 10))),
    Department("tax-assessment", "assessor", (("resident-tax", 14), ("property-tax", 14))),
    Department("planning", "analyst", (("statistics", 8), ("general-planning", 8))),
    Department("disaster-welfare", "relief-officer", (("certificates", 8), ("relief", 7))),
    Department("health", "public-health-nurse", (("maternal-health", 12), ("prevention", 11))),
    Department("education", "school-clerk", (("enrolment", 9), ("school-lunch", 9))),
    Department("elderly-welfare", "care-adviser", (("care-insurance", 14), ("elderly-support", 10))),
    Department("insurance-pension", "insurance-clerk", (("health-insurance", 14), ("pension", 8))),
    Department("housing", "housing-clerk", (("city-housing", 10),)),
    Department("general-affairs", "personnel-clerk", (("personnel", 8), ("archives", 6))),
    Department("information-systems", "systems-clerk", (("operations", 10),)),
    Department("internal-audit", "auditor", (("audit", 6),)),
)

_LIVE_IN_CITY: Final = 0.7
_COUPLE: Final = (("childcare", 0), ("resident-cards", 16))
"""Where husband and wife work who are both on the staff: unit, and place in it; the head's is 0."""


def offices_of(city: str, today: date) -> Offices:
    """The city hall of a city, by its seed: who holds which post does not depend on who lives where."""
    return Offices(random.Random(f"{city}/offices"), today)


class Offices:
    """The staff directory's tables. Yields (table, line); `staffed` counts the staff."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today
        fiscal_year = today.year if (today.month, today.day) >= (4, 1) else today.year - 1
        self._april = date(fiscal_year, 4, 1)
        self._next_april = date(fiscal_year + 1, 4, 1)
        self.staffed = 0

    def lines(self, adults: Sequence[str], couple: Sequence[str] = ()) -> Iterator[tuple[str, Line]]:
        """All staff and posts; `adults` are residents who may be among the staff, each at most once, and `couple` two
        more who are.
        """
        free, married = list(adults), dict(zip(_COUPLE, couple, strict=False))
        for department in DEPARTMENTS:
            director: str | None = None
            for unit, size in department.units:
                head = self._next()
                yield self._staff(head, free, married.get((unit, 0)))
                # The head of a department's first unit leads the department: the other heads answer to that one.
                yield self._post(head, 1, department.name, unit, SECTION_HEAD, director, self._april, None)
                director = director or head
                for place in range(1, size + 1):
                    staff = self._next()
                    yield self._staff(staff, free, married.get((unit, place)))
                    yield from self._career(staff, department, unit, head)
        yield from self._leaver(free)

    def _next(self) -> str:
        self.staffed += 1
        return f"s{self.staffed:04d}"

    def _staff(self, staff: str, free: list[str], resident: str | None = None) -> tuple[str, Line]:
        by_lot = free.pop() if self._random() < _LIVE_IN_CITY and free else None
        return "staff", (staff, resident or by_lot)

    def _career(self, staff: str, department: Department, unit: str, head: str) -> Iterator[tuple[str, Line]]:
        """Mostly one post; some came from elsewhere, some will go elsewhere, some hold two posts at once (兼務)."""
        since = _earlier(self._april, int(self._random() * 4))
        dice = self._random()
        until = None
        number = 1
        if dice < 0.3:
            yield self._elsewhere(staff, number, department, _earlier(since, 3), since)
            number += 1
        if 0.3 <= dice < 0.36:
            until = self._next_april
        yield self._post(staff, number, department.name, unit, department.role, head, since, until)
        if until is not None:
            yield self._elsewhere(staff, number + 1, department, until, None)
        elif dice >= 0.95:
            yield self._elsewhere(staff, number + 1, department, self._april, None)

    def _elsewhere(
        self, staff: str, number: int, home: Department, since: date, until: date | None
    ) -> tuple[str, Line]:
        others = [department for department in DEPARTMENTS if department is not home]
        other = others[int(self._random() * len(others))]
        unit = other.units[int(self._random() * len(other.units))][0]
        return self._post(staff, number, other.name, unit, other.role, None, since, until)

    def _leaver(self, free: list[str]) -> Iterator[tuple[str, Line]]:
        """A counter clerk whose last day was yesterday: a post counts until the day before its end date (rule W3)."""
        staff = self._next()
        yield self._staff(staff, free)
        department = DEPARTMENTS[0]
        since = _earlier(self._april, 2)
        yield self._post(
            staff, 1, department.name, department.units[0][0], department.role, "s0001", since, self._today
        )

    @staticmethod
    def _post(
        staff: str,
        number: int,
        department: str,
        unit: str,
        role: str,
        superior: str | None,
        since: date,
        until: date | None,
    ) -> tuple[str, Line]:
        post = f"p{staff[1:]}-{number}"
        ends = until.isoformat() if until else None
        return "post", (post, staff, department, unit, role, superior, since.isoformat(), ends)


def _earlier(april: date, years: int) -> date:
    return april.replace(year=april.year - years)


class Handlers:
    """Who works on the cases of each unit. Open cases are handled by staff in post; closed ones may have been by
    somebody who has left the unit since.
    """

    def __init__(self, city: str, today: date, part: int) -> None:
        self._random = random.Random(f"{city}/{part}/handlers").random
        self._now: dict[str, list[str]] = {}
        self._once: dict[str, list[str]] = {}
        for table, line in offices_of(city, today).lines([]):
            if table != "post":
                continue
            _, staff, _, unit, role, _, since, until = map(str, line)
            if role == SECTION_HEAD or since > today.isoformat():
                continue
            held = self._now if line[-1] is None or until > today.isoformat() else self._once
            held.setdefault(unit, []).append(staff)

    def of(self, unit: str, *, closed: bool) -> str | None:
        """Somebody of the unit, some with more cases than others; of 25 open cases one waits for its handler."""
        dice = self._random()
        if not closed and dice < 0.04:
            return None
        once = self._once.get(unit, [])
        staff = once if closed and once and dice < 0.15 else self._now[unit]
        # The square: the first of a unit have a multiple of what the last have.
        return staff[int(self._random() ** 2 * len(staff))]
