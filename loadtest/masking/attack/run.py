"""All attacks on one register."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from loadtest.masking.attack.outcome import Outcome
from loadtest.masking.attack.population import population
from loadtest.masking.attack.pseudonyms import pseudonyms
from loadtest.masking.attack.quasi import quasi
from loadtest.masking.attack.remarks import remarks


def attack(register: Path, today: date, *, seed: int, with_remarks: bool = True) -> Iterator[Outcome]:
    """Every attack, on those who live in the register's city. The same seed and register, the same outcomes."""
    people = population(register)
    chance = Random(seed)
    yield from pseudonyms(people, today, chance)
    yield from quasi(people, today, chance)
    if with_remarks:
        yield from remarks()
