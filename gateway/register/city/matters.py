"""What the city's offices are busy with: arrears, flood damage, protection (支援措置), and the cases of all of them.

Rule: each office writes into its own table, about a resident id; nothing is known of more people than there would be.
"""

from __future__ import annotations

import random
from collections import deque
from datetime import date, timedelta
from enum import Enum
from typing import Final

from gateway.register.city.names import given_names, surnames
from gateway.register.city.offices import Handlers
from gateway.register.city.people import (
    FAMILY,
    FOREIGN,
    ONCE_PROTECTED,
    OTHER_PARTY,
    PLAIN,
    PLANTED,
    PROTECTED,
    VARIANT,
    Household,
    Kind,
    Person,
)
from gateway.register.city.writer import Into
from masking.value import Sex

CHILDCARE: Final = "childcare-fee"
ARREARS: Final = "fee-arrears"
RESIDENT_TAX: Final = "resident-tax"
RELIEF: Final = "disaster-relief"

_REFERENCES: Final = {CHILDCARE: "CF", ARREARS: "FA", RESIDENT_TAX: "RT", RELIEF: "DR"}
"""What the references of a registry begin with."""

_UNITS: Final = {CHILDCARE: "childcare", ARREARS: "arrears", RESIDENT_TAX: "resident-tax", RELIEF: "relief"}
"""The units that the cases of a registry belong to."""

_GRADES: Final = ((0.04, "1"), (0.09, "2"), (0.16, "3"), (0.32, "4"), (0.58, "5"), (1.0, "6"))
"""Cumulated shares of the six grades of damage, 1 (total collapse) to 6 (partial damage)."""

_STRANGERS: Final = 64


class _State(Enum):
    """What a case must be; ANY leaves it to the dice."""

    ANY = "any"
    OPEN = "open"
    CLOSED = "closed"


class Matters:
    """Writes the offices' tables for one household after the other of one of the `parts` of a city."""

    def __init__(
        self, chance: random.Random, today: date, into: Into, handlers: Handlers, part: int, parts: int
    ) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today
        self._part, self._parts = part, parts
        self._into = into
        self._handlers = handlers
        self._cases = dict.fromkeys(_REFERENCES, 0)
        # Whom a measure can be directed against: adults of some households ago.
        self._adults: deque[str] = deque(maxlen=_STRANGERS)
        self._planted: str | None = None

    @property
    def cases(self) -> int:
        """How many cases there have been."""
        return sum(self._cases.values())

    def of(self, household: Household) -> None:
        """All that is known of this household."""
        if household.number in (VARIANT, PLAIN, FOREIGN):
            return  # searches must find them, and nobody has a reason to
        head = household.members[0]
        family = household.number == FAMILY
        flooded = family or (household.home.town.riverside and self._random() < 0.42)
        if flooded:
            grade = "4" if family else self._grade()
            for person in household.members:
                self._into["disaster_certificate"]((person.resident_id, grade))
            if family or self._random() < 0.35:
                self._case(RELIEF, [head], _State.OPEN if family else _State.ANY)
        self._childcare(household, flooded)
        if family or (head.age < 75 and self._random() < 0.035):
            self._arrears(head, _State.OPEN if family else _State.ANY)
        if family or (head.age >= 18 and self._random() < 0.012):
            self._case(RESIDENT_TAX, [head], _State.OPEN if family else _State.ANY)
        if (
            household.number in (PROTECTED, ONCE_PROTECTED)
            or household.kind is Kind.REFUGE
            or (household.number not in PLANTED and self._random() < 0.01)
        ):
            self._protection(household)
        if household.number == OTHER_PARTY:
            self._planted = head.resident_id
        if household.number not in (PROTECTED, FAMILY):
            self._adults.append(head.resident_id)

    def _grade(self) -> str:
        dice = self._random()
        return next(grade for share, grade in _GRADES if dice < share)

    def _childcare(self, household: Household, flooded: bool) -> None:
        """A case for some families with a child under school age; parents and small children are parties."""
        young = [person for person in household.members if person.age < 6]
        planted = household.number in (FAMILY, PROTECTED)
        if young and (planted or self._random() < (0.5 if flooded else 0.2)):
            adults = [person for person in household.members if 18 <= person.age < 60]
            self._case(CHILDCARE, [*adults, *young], _State.OPEN if planted else _State.ANY)
            if household.number == FAMILY:
                self._case(CHILDCARE, adults, _State.CLOSED)  # the year before

    def _arrears(self, head: Person, state: _State) -> None:
        owed = int(self._chance.lognormvariate(11.2, 0.8) / 100) * 100
        self._into["fee_arrears"]((head.resident_id, owed))
        self._case(ARREARS, [head], state)

    def _case(self, registry: str, parties: list[Person], state: _State) -> None:
        number = self._cases[registry] * self._parts + self._part + 1
        self._cases[registry] += 1
        opened = self._today - timedelta(days=20 + int(self._random() * 380))
        reference = f"{_REFERENCES[registry]}-{opened.year}-{number:05d}"
        closed: date | None = None
        if state is _State.CLOSED or (state is _State.ANY and self._random() < 0.4):
            closed = opened + timedelta(days=1 + int(self._random() * (self._today - opened).days))
        handler = self._handlers.of(_UNITS[registry], closed=closed is not None)
        # Those whom demonstrations call for do not wait for one.
        while handler is None and state is _State.OPEN:
            handler = self._handlers.of(_UNITS[registry], closed=False)
        ends = closed.isoformat() if closed else None
        self._into["case_file"]((registry, reference, opened.isoformat(), ends, handler))
        for party in parties:
            self._into["case_party"]((registry, reference, party.resident_id))

    def _protection(self, household: Household) -> None:
        """支援措置 for a whole household, a year at a time: some ran out, some know the other party badly."""
        planted = household.number == PROTECTED
        longest = 300 if household.kind is Kind.REFUGE else 600
        ago = 30 if planted else 500 if household.number == ONCE_PROTECTED else int(self._random() * longest)
        since = self._today - timedelta(days=ago)
        until: date | None = since + timedelta(days=364)
        if household.number not in PLANTED and self._random() < 0.1:
            until = None
        against = (self._planted, None, None) if planted else self._other_party()
        for person in household.members:
            self._into["protective_measure"](
                (person.resident_id, since.isoformat(), until.isoformat() if until else None, *against)
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
