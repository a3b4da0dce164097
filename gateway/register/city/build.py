"""Writing the city: its parts one after the other, the city hall, two SQLite files, both complete or not there.

Rule: the same seed, reference day and number of residents give the same tables, on any machine and by any number of
processes; memory does not grow with the city. Files are written under temporary names, readable by their owner only,
and renamed when they are complete.
"""

from __future__ import annotations

import errno
import os
import random
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from gateway.register.city.entries import FOLDED
from gateway.register.city.offices import offices_of
from gateway.register.city.part import REGISTER_SCHEMA, SEARCH, Part, Tally, parts_of, write_part
from gateway.register.city.tables import INDEXES, REGISTER_TABLES, STANDING_TABLES
from gateway.register.city.workshop import made
from gateway.register.city.writer import Writer
from gateway.register.draft_file import synced
from gateway.register.search_index import sqlite_indexes
from masking.japanese.folding import FOLDING

REGISTER_FILE: Final = "register.db"
STANDING_FILE: Final = "standing.db"
FEWEST: Final = 100
"""Residents below which the city lacks what is promised of it."""
MOST: Final = 4_500_000
"""Residents above which there may not be numbers for those who moved away or died."""


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
    processes: int | None = None,
) -> Summary:
    """Write register.db and standing.db into the directory `out` (made if missing, for its owner only).

    `standing_schema` creates the standing wing's tables; `progress` is told the number of residents done. A city of
    several parts is made by as many `processes` as there are processors, unless a number is given; they import the main
    module of the program, which then has to begin with `if __name__ == "__main__":`.
    Raises ValueError for fewer than 100 residents or more than 4,500,000, AlreadyThere, OSError; then nothing is left
    behind.
    """
    if residents < FEWEST:
        raise ValueError(f"a city needs at least {FEWEST} residents")
    if residents > MOST:
        raise ValueError(f"a city has at most {MOST} residents")
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    finals = [out / REGISTER_FILE, out / STANDING_FILE]
    for final in finals:
        if final.exists() and not replace:
            raise AlreadyThere(str(final))
    drafts = [final.with_name(f".{final.name}.{os.getpid()}") for final in finals]
    city = f"{seed}/{residents}/{today}"
    try:
        with (
            Writer(drafts[0], REGISTER_SCHEMA, REGISTER_TABLES) as register,
            Writer(drafts[1], standing_schema, STANDING_TABLES) as standing,
        ):
            parts = parts_of(city, today, residents)
            hands = min(len(parts), processes or len(os.sched_getaffinity(0)))
            if hands > 1:
                tallies = _collected(parts, register, standing, standing_schema, hands, progress)
            else:
                tallies = _written(parts, register, standing, progress)
            staff = _staffed(city, today, tallies, standing)
            register.into("city")((seed, today.isoformat(), residents))
            register.into(FOLDED)((FOLDING,))
            register.finish(INDEXES + sqlite_indexes(*SEARCH) + "PRAGMA analysis_limit=1000; ANALYZE;")
            standing.finish("")
        for draft, final in zip(drafts, finals, strict=True):
            draft.replace(final)
        synced(out)
    except sqlite3.Error as error:  # a full disk, for one, is SQLite's to find out
        raise OSError(errno.EIO, str(error)) from error
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)
    return Summary(
        residents=residents,
        former=sum(tally.former for tally in tallies),
        households=sum(tally.households for tally in tallies),
        staff=staff,
        cases=sum(tally.cases for tally in tallies),
    )


def _written(parts: Sequence[Part], register: Writer, standing: Writer, progress: Callable[[int], None]) -> list[Tally]:
    """Write all parts in this process."""
    tallies: list[Tally] = []
    for part in parts:
        before = sum(tally.residents for tally in tallies)
        tallies.append(write_part(part, register, standing, lambda done: progress(before + done)))  # noqa: B023  called now
    return tallies


def _collected(
    parts: Sequence[Part],
    register: Writer,
    standing: Writer,
    standing_schema: str,
    processes: int,
    progress: Callable[[int], None],
) -> list[Tally]:
    """Write all parts as other processes make them."""
    tallies: list[Tally] = []
    with made(parts, standing_schema, processes) as ready:
        for part in ready:
            register.append(part.register)
            standing.append(part.standing)
            tallies.append(part.tally)
            progress(sum(tally.residents for tally in tallies))
    return tallies


def _staffed(city: str, today: date, tallies: Sequence[Tally], standing: Writer) -> int:
    """Write the city hall. Returns how many work there."""
    adults = [adult for tally in tallies for adult in tally.adults]
    random.Random(f"{city}/staff").shuffle(adults)
    offices = offices_of(city, today)
    for table, line in offices.lines(adults, [each for tally in tallies for each in tally.couple]):
        standing.into(table)(line)
    return offices.staffed
