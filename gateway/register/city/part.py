"""A part of the city: some of its households, which no other part needs to know.

Rule: a part depends on the city's seed, day and size and on its own number, so that it is the same whoever writes it
and when; ids, homes and case references are shared out beforehand, so that no two parts give out the same. Memory does
not grow with the part.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gateway.register.city.entries import ADDRESSES, FOLDED, NAMES, Entries
from gateway.register.city.homes import Homes
from gateway.register.city.matters import Matters
from gateway.register.city.money import Money
from gateway.register.city.numbers import PEOPLE, Numbers
from gateway.register.city.offices import Handlers
from gateway.register.city.people import (
    COUPLE,
    FIRST_TWIN,
    LEFT,
    PLANTED,
    SECOND_TWIN,
    Household,
    Households,
    Kind,
    Person,
)
from gateway.register.city.tables import REGISTER_TABLES, STANDING_TABLES, TABLES
from gateway.register.city.writer import Writer
from gateway.register.search_index import sqlite_tables

SEARCH: Final = NAMES, ADDRESSES, FOLDED
REGISTER_SCHEMA: Final = TABLES + sqlite_tables(*SEARCH)

RESIDENTS: Final = 40_000
"""Of one part, but for the last. More than most cities that are built have: those need one process, and no copying."""

_FLUSH_EVERY: Final = 200
"""Residents, after which lines are written and progress is told."""
_STAFF: Final = 300
_WORKING: Final = (23, 62)


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts of a city, `number` of `parts` from 0, with so many residents; `city` is the city's seed."""

    city: str
    today: date
    number: int
    parts: int
    residents: int

    @property
    def people(self) -> range:
        """The people of the city's numbers whom this part has."""
        most = PEOPLE // self.parts
        return range(self.number * most, (self.number + 1) * most)

    @property
    def staff(self) -> int:
        """How many residents who may be among the staff it has to name."""
        return _STAFF // self.parts + (self.number < _STAFF % self.parts)


@dataclass(slots=True)
class Tally:
    """What was written: people, households, cases, and the ids of residents of working age who may be on the staff, and
    of a `couple` who are.
    """

    residents: int = 0
    former: int = 0
    households: int = 0
    cases: int = 0
    adults: list[str] = field(default_factory=list)
    couple: tuple[str, ...] = ()


def parts_of(city: str, today: date, residents: int) -> list[Part]:
    """The parts of a city."""
    starts = range(0, residents, RESIDENTS)
    return [
        Part(city, today, number, len(starts), min(RESIDENTS, residents - start)) for number, start in enumerate(starts)
    ]


def write_part(part: Part, register: Writer, standing: Writer, progress: Callable[[int], None]) -> Tally:
    """Write the households of a part; `progress` is told the number of residents done, now and then."""
    return _Scribe(part, register, standing).write(progress)


class _Scribe:
    """One pass over the households of a part."""

    def __init__(self, part: Part, register: Writer, standing: Writer) -> None:
        # A text is hashed by SHA-512: the same everywhere.
        city, chance = random.Random(part.city), random.Random(f"{part.city}/{part.number}")
        self._part = part
        self._random = chance.random
        self._writers = register, standing
        into = {
            **{table: register.into(table) for table in REGISTER_TABLES},
            **{table: standing.into(table) for table in STANDING_TABLES},
        }
        homes = Homes(chance, part.number, part.parts)
        numbers = Numbers(city, chance, part.people)
        self._households = Households(chance, part.today, homes, numbers, planted=part.number == 0)
        self._entries = Entries(chance, part.today, self._households, into)
        self._money = Money(chance, part.today, into)
        handlers = Handlers(part.city, part.today, part.number)
        self._matters = Matters(chance, part.today, into, handlers, part.number, part.parts)
        self._tally = Tally()
        self._seen = 0
        self._twin = ""

    def write(self, progress: Callable[[int], None]) -> Tally:
        """Write everything but the indexes and the city hall."""
        tally = self._tally
        told = 0
        for household in self._households:
            left = self._part.residents - tally.residents
            fits = len(household.members) <= left
            self._settle(household if fits else household._replace(members=household.members[:left]))
            if tally.residents - told >= _FLUSH_EVERY:
                told = tally.residents
                for writer in self._writers:
                    writer.flush()
                progress(told)
            if tally.residents == self._part.residents:
                break
        tally.cases = self._matters.cases
        progress(tally.residents)
        return tally

    def _settle(self, household: Household) -> None:
        """A household that lives here, and those who did."""
        tally = self._tally
        tally.households += 1
        tally.residents += len(household.members)
        if household.number == FIRST_TWIN:
            self._twin = household.members[0].resident_id
        if household.number == COUPLE:
            tally.couple = tuple(person.resident_id for person in household.members)
        if household.number == SECOND_TWIN:
            self._entries.twin(household, self._twin)
            return
        stay = self._entries.live(household)
        self._money.of(household)
        self._matters.of(household)
        if household.number == LEFT or (household.number not in PLANTED and household.kind is Kind.PRIVATE):
            tally.former += self._entries.former(household, stay)
            for person in household.members:
                if _WORKING[0] <= person.age < _WORKING[1]:
                    self._remember(person)

    def _remember(self, person: Person) -> None:
        """A fair sample of the working-age, without keeping them all (reservoir sampling, Waterman's algorithm R)."""
        adults = self._tally.adults
        self._seen += 1
        if len(adults) < self._part.staff:
            adults.append(person.resident_id)
        else:
            place = int(self._random() * self._seen)
            if place < len(adults):
                adults[place] = person.resident_id
