"""Which city is in a folder, so that the same one need not be built again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gateway.register.city.build import REGISTER_FILE, STANDING_FILE


@dataclass(frozen=True, slots=True)
class CityKey:
    """What a city is made from; the same key gives the same city."""

    seed: int
    today: date
    residents: int


def city_in(folder: Path) -> CityKey | None:
    """The key of the city in `folder`, None if there is none. Raises LookupError if the files are something else."""
    register = folder / REGISTER_FILE
    if not register.exists() or not (folder / STANDING_FILE).exists():
        return None
    try:
        with closing(sqlite3.connect(f"{register.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            seed, today, residents = connection.execute("SELECT seed, today, residents FROM city").fetchone()
    except (sqlite3.Error, TypeError):
        raise LookupError(f"{register}: not the register of a built city; move it elsewhere") from None
    return CityKey(int(seed), date.fromisoformat(today), int(residents))
