"""What the city's offices know about a household: income, arrears, flood damage, protection, cases.

Rule: each office writes into its own table, about a resident id; nothing is known of more people than there would be.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from typing import Final

from gateway.register.city.names import given_names, surnames
from gateway.register.city.people import FAMILY, HEAD, OTHER_PARTY, PLANTED, PROTECTED, Household, Person
from masking.value import Sex

CHILDCARE: Final = "childcare-fee"
ARREARS: Final = "fee-arrears"

Line = tuple[str | int | None, ...]
"""A line of a table, in the order of its columns."""

_GRADES: Final = ((0.04, "1"), (0.09, "2"), (0.16, "3"), (0.32, "4"), (0.58, "5"), (1.0, "6"))
"""Cumulated shares of the six grades of damage, 1 (total collapse) to 6 (partial damage)."""

_STRANGERS: Final = 64


class _State(Enum):
    """What a case must be; ANY leaves it to the dice."""

    ANY = "any"
    OPEN = "open"
    CLOSED = "closed"


class Matters:
    """The offices' tables for one household after the other. Yields (table, line)."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today
        self._cases = dict.fromkeys((CHILDCARE, ARREARS), 0)
        # Whom a measure can be directed against: adults of some households ago.
        self._adults: deque[str] = deque(maxlen=_STRANGERS)
        self._planted: str | None = None

    def of(self, household: Household) -> Iterator[tuple[str, Line]]:
        """All that is known of this household."""
        head = household.members[0]
        family = household.number == FAMILY
        for person in household.members:
            income = self._income(person)
            if income is not None:
                yield "tax_income", (person.resident_id, income)
        flooded = family or (household.town.riverside and self._random() < 0.42)
        if flooded:
            grade = "4" if family else self._grade()
            for person in household.members:
                yield "disaster_certificate", (person.resident_id, grade)
        yield from self._childcare(household, flooded)
        if family or (head.age < 75 and self._random() < 0.035):
            yield from self._arrears(head, _State.OPEN if family else _State.ANY)
        if household.number == PROTECTED or (household.number not in PLANTED and self._random() < 0.01):
            yield from self._protection(household)
        if household.number == OTHER_PARTY:
            self._planted = head.resident_id
        if household.number not in (PROTECTED, FAMILY):
            self._adults.append(head.resident_id)

    def _income(self, person: Person) -> int | None:
        """Total income in yen, log-normal; children, and the few adults who declared nothing, have none."""
        dice = self._random()
        if person.age < 18 or dice < 0.04:
            return None
        if (person.age < 23 and dice < 0.6) or (person.relationship != HEAD and dice < 0.25):
            return int(dice * 900_000)
        # exp(14.7) is 2.4 million yen; pensions are lower and closer together.
        mean, spread = (14.1, 0.42) if person.age >= 66 else (14.75, 0.55)
        return int(self._chance.lognormvariate(mean, spread))

    def _grade(self) -> str:
        dice = self._random()
        return next(grade for share, grade in _GRADES if dice < share)

    def _childcare(self, household: Household, flooded: bool) -> Iterator[tuple[str, Line]]:
        """A case for some families with a child under school age; parents and small children are parties."""
        young = [person for person in household.members if person.age < 6]
        planted = household.number in (FAMILY, PROTECTED)
        if young and (planted or self._random() < (0.5 if flooded else 0.2)):
            adults = [person for person in household.members if 18 <= person.age < 60]
            yield from self._case(CHILDCARE, [*adults, *young], _State.OPEN if planted else _State.ANY)
            if household.number == FAMILY:
                yield from self._case(CHILDCARE, adults, _State.CLOSED)  # the year before

    def _arrears(self, head: Person, state: _State) -> Iterator[tuple[str, Line]]:
        yield "fee_arrears", (head.resident_id, int(self._chance.lognormvariate(11.2, 0.8) / 100) * 100)
        yield from self._case(ARREARS, [head], state)

    def _case(self, registry: str, parties: list[Person], state: _State) -> Iterator[tuple[str, Line]]:
        self._cases[registry] += 1
        opened = self._today - timedelta(days=20 + int(self._random() * 380))
        reference = f"{'CF' if registry == CHILDCARE else 'FA'}-{opened.year}-{self._cases[registry]:05d}"
        closed: date | None = None
        if state is _State.CLOSED or (state is _State.ANY and self._random() < 0.4):
            closed = opened + timedelta(days=1 + int(self._random() * (self._today - opened).days))
        yield "case_file", (registry, reference, opened.isoformat(), closed.isoformat() if closed else None)
        for party in parties:
            yield "case_party", (registry, reference, party.resident_id)

    def _protection(self, household: Household) -> Iterator[tuple[str, Line]]:
        """支援措置 for a whole household, a year at a time: some ran out, some know the other party badly."""
        planted = household.number == PROTECTED
        since = self._today - timedelta(days=30 if planted else int(self._random() * 600))
        until: date | None = since + timedelta(days=364)
        if not planted and self._random() < 0.1:
            until = None
        against = (self._planted, None, None) if planted else self._other_party()
        for person in household.members:
            yield (
                "protective_measure",
                (person.resident_id, since.isoformat(), until.isoformat() if until else None, *against),
            )

    def _other_party(self) -> tuple[str | None, str | None, str | None]:
        dice = self._random()
        if dice < 0.5 and self._adults:
            return self._adults[int(self._random() * len(self._adults))], None, None
        sex = Sex.MALE if self._random() < 0.85 else Sex.FEMALE
        born = self._today - timedelta(days=int((25 + self._random() * 40) * 365.2425))
        name = f"{surnames().draw(self._chance).text}　{given_names(sex, born.year).draw(self._chance).text}"
        if dice < 0.8:
            return None, name, born.isoformat()
        return (None, name, None) if dice < 0.95 else (None, None, None)
