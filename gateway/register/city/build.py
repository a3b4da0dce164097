"""Writing the city: one pass over its households, two SQLite files, both complete or not there.

Rule: the same seed, reference day and number of residents give the same tables, on any machine; memory does not grow
with the city. Files are written under temporary names, readable by their owner only, and renamed when they are
complete.
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from gateway.register.city.matters import Line, Matters
from gateway.register.city.names import surnames
from gateway.register.city.offices import Offices
from gateway.register.city.people import (
    FATHER,
    FIRST_TWIN,
    HEAD,
    PLANTED,
    SECOND_TWIN,
    WIFE,
    Household,
    Households,
    Member,
    Person,
)
from gateway.register.city.tables import INDEXES, REGISTER_TABLES, STANDING_TABLES, TABLES
from gateway.register.city.towns import CITY
from gateway.register.city.writer import Writer, synced
from masking.value import Sex

REGISTER_FILE: Final = "register.db"
STANDING_FILE: Final = "standing.db"
FEWEST: Final = 100
"""Residents below which the city lacks what is promised of it."""

_TELL_EVERY: Final = 1_000
_STAFF: Final = 300
_WORKING: Final = (23, 62)
_RESIDENT, _MOVED_OUT, _DECEASED, _VOID = "1", "2", "3", "9"
_SEX: Final = {Sex.MALE: "1", Sex.FEMALE: "2"}


@dataclass(frozen=True, slots=True)
class Summary:
    """What was written. `residents` have the status `resident`; `former` moved out, died or were struck off."""

    residents: int
    former: int
    households: int
    staff: int
    cases: int


class AlreadyThere(Exception):
    """A file of the city exists and may not be replaced. `str()` is its path."""


def build_city(
    out: Path,
    *,
    residents: int,
    seed: int,
    today: date,
    standing_schema: str,
    replace: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Summary:
    """Write register.db and standing.db into the directory `out` (made if missing, for its owner only).

    `standing_schema` creates the standing wing's tables; `progress` is told the number of residents done.
    Raises ValueError for fewer than 100 residents, AlreadyThere, OSError; then nothing is left behind.
    """
    if residents < FEWEST:
        raise ValueError(f"a city needs at least {FEWEST} residents")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    finals = [out / REGISTER_FILE, out / STANDING_FILE]
    for final in finals:
        if final.exists() and not replace:
            raise AlreadyThere(str(final))
    parts = [final.with_name(f".{final.name}.{os.getpid()}") for final in finals]
    try:
        with (
            Writer(parts[0], TABLES, REGISTER_TABLES) as register,
            Writer(parts[1], standing_schema, STANDING_TABLES) as standing,
        ):
            chance = random.Random(f"{seed}/{residents}/{today}")  # a text is hashed by SHA-512: the same everywhere
            summary = _City(chance, today, register, standing).write(residents, progress)
            register.add("city", (seed, today.isoformat(), residents))
            register.finish(INDEXES)
            standing.finish("")
        for part, final in zip(parts, finals, strict=True):
            part.replace(final)
        synced(out)
    except sqlite3.Error as error:  # a full disk, for one, is SQLite's to find out
        raise OSError(errno.EIO, str(error)) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)
    return summary


class _City:
    """One pass over the households."""

    def __init__(self, chance: random.Random, today: date, register: Writer, standing: Writer) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today
        self._register = register
        self._standing = standing
        self._households = Households(chance, today)
        self._matters = Matters(chance, today)
        self._counts = dict.fromkeys(("residents", "former", "households", "staff", "case_file"), 0)
        self._adults: list[str] = []
        self._seen = 0
        self._twin = ""

    def write(self, residents: int, progress: Callable[[int], None]) -> Summary:
        """Write everything but the indexes."""
        counts = self._counts
        told = 0
        for household in self._households:
            left = residents - counts["residents"]
            fits = len(household.members) <= left
            self._settle(household if fits else household._replace(members=household.members[:left]))
            if counts["residents"] - told >= _TELL_EVERY:
                told = counts["residents"]
                progress(told)
            if counts["residents"] == residents:
                break
        for table, line in Offices(self._chance, self._today).lines(self._adults):
            self._add(table, line)
        progress(residents)
        return Summary(
            residents=counts["residents"],
            former=counts["former"],
            households=counts["households"],
            staff=counts["staff"],
            cases=counts["case_file"],
        )

    def _settle(self, household: Household) -> None:
        """A household that lives here, and those who did."""
        self._counts["households"] += 1
        self._counts["residents"] += len(household.members)
        if household.number == FIRST_TWIN:
            self._twin = household.members[0].resident_id
        if household.number == SECOND_TWIN:
            # Nothing else is known under this id: the offices' tables take it for the first twin's.
            self._entry(household, household.members[0]._replace(resident_id=self._twin), _RESIDENT)
            return
        for person in household.members:
            self._entry(household, person, _RESIDENT)
        for table, line in self._matters.of(household):
            self._add(table, line)
        if household.number not in PLANTED:
            self._former(household)
            for person in household.members:
                if _WORKING[0] <= person.age < _WORKING[1]:
                    self._remember(person)

    def _former(self, household: Household) -> None:
        """Entries that no longer count: a parent who died, the couple who lived here before, a mistake."""
        dice = self._random()
        head = household.members[0]
        if dice < 0.015:
            father = Member(FATHER, Sex.MALE, min(head.age + 28, 104))
            self._entry(household, self._households.person(father, household.surname), _DECEASED)
        elif dice < 0.032:
            before = household._replace(household_id=self._households.household_id(), members=())
            surname = surnames().draw(self._chance)
            for member in (Member(HEAD, Sex.MALE, 31), Member(WIFE, Sex.FEMALE, 30)):
                self._entry(before, self._households.person(member, surname), _MOVED_OUT)
        elif dice < 0.0335:
            self._entry(household, self._households.person(Member(HEAD, head.sex, head.age), household.surname), _VOID)

    def _remember(self, person: Person) -> None:
        """A fair sample of the working-age, without keeping them all (reservoir sampling, Waterman's algorithm R)."""
        self._seen += 1
        if len(self._adults) < _STAFF:
            self._adults.append(person.resident_id)
        else:
            place = int(self._random() * self._seen)
            if place < _STAFF:
                self._adults[place] = person.resident_id

    def _entry(self, household: Household, person: Person, status: str) -> None:
        town, chome = household.town, household.chome
        if status != _RESIDENT:
            self._counts["former"] += 1
        self._register.add(
            "juki_resident",
            (
                person.resident_id,
                household.household_id,
                person.name,
                person.kana,
                person.birth,
                _SEX[person.sex],
                person.relationship,
                status,
                town.code(chome),
                CITY,
                town.name,
                chome,
                household.lot,
            ),
        )

    def _add(self, table: str, line: Line) -> None:
        if table in self._counts:
            self._counts[table] += 1
        (self._register if table in REGISTER_TABLES else self._standing).add(table, line)
