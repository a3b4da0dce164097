"""Rows, imports and remarks by this package."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final

from loadtest.masking.attack.population import KEYRING, Resident
from masking.allotment import Allotments, MemoryAllotments
from masking.allotment_file import FileAllotments
from masking.catalogue import CATALOGUE
from masking.keyring import PseudonymDomain
from masking.masker import Masker
from masking.surrogate_name import SurrogateNames
from masking.value import Occasion, Sex, Value

_PAGE: Final = 500
_ROUNDS: Final = 7
Row = tuple[Value | None, ...]
Read = tuple[str, Sex, str, Row]
"""A resident as a register hands them over: id, sex, household, and the values that are masked."""
_MASKS: Final[tuple[tuple[str, str, dict[str, object]], ...]] = (
    ("name", "surrogate_name", {}),
    ("income", "band", {"width": 1_000_000, "top": 10_000_000}),
    ("birth_date", "age_band", {"width": 5}),
    ("address", "area", {"level": "town"}),
)


def rows(people: Sequence[Resident], today: date, folder: Path) -> dict[str, float]:
    """Rows a second on one core: name, income, birth date and address, by the page, with an occasion made for each.

    `known`: everybody has a name, as in all but a domain's first days. `restarted`: they are in the file, and have to
    be looked up. `first`: everybody is given one, on disk.
    """
    file = folder / "surrogates.db"
    file.unlink(missing_ok=True)
    read = [
        (each.resident_id, each.sex, each.household, (each.name, each.income, each.born, each.address))
        for each in people
    ]
    maskers = _bound(MemoryAllotments())
    _paged(maskers, read, today)
    known = [_paged(maskers, read, today, named=True) for _ in range(_ROUNDS)]
    with closing(FileAllotments(file)) as store:
        first = _paged(_bound(store), read, today)
    restarted: list[float] = []
    for _ in range(_ROUNDS):
        with closing(FileAllotments(file)) as store:
            restarted.append(_paged(_bound(store), read, today))
    return {
        "known": round(statistics.median(known)),
        "known_best": round(max(known)),
        "restarted": round(statistics.median(restarted)),
        "first": round(first),
    }


def _bound(allotments: Allotments) -> list[Masker]:
    """Bound once, as a plan does."""
    return [
        CATALOGUE[mask].bind(
            CATALOGUE[mask].settings.model_validate(settings),
            KEYRING.domain(PseudonymDomain("planning", "statistics", field)),
            allotments,
        )
        for field, mask, settings in _MASKS
    ]


def _paged(maskers: Sequence[Masker], read: Sequence[Read], today: date, *, named: bool = False) -> float:
    """Rows a second of processor time, names looked up or given by the page unless all are `named`; no row is kept, as
    none is in a stream.
    """
    name, income, born, address = maskers
    began = time.process_time()
    for start in range(0, len(read), _PAGE):
        page = [
            (Occasion(resident, sex, today, household=household), row)
            for resident, sex, household, row in read[start : start + _PAGE]
        ]
        if not named:
            _see_to_names(name, page)
        for occasion, row in page:
            _ = (name(row[0], occasion), income(row[1], occasion), born(row[2], occasion), address(row[3], occasion))
    return len(read) / (time.process_time() - began)


def _see_to_names(names: Masker, page: Sequence[tuple[Occasion, Row]]) -> None:
    """Everybody has a name from here on."""
    if not isinstance(names, SurrogateNames):
        raise TypeError("no names are given here")
    wanting = names.wanting([(row[0], occasion) for occasion, row in page])
    turn = 0
    while wanting:
        wanting = names.take({person: list(offer) for person, offer in names.offers(wanting, turn).items()})
        turn += 1


def imported(module: str) -> float:
    """Seconds of processor time that an import takes in a fresh process, beyond the interpreter's own start; the least
    of seven, because all that others do beside it only adds.
    """
    program = f"import time; began = time.process_time(); import {module}; print(time.process_time() - began)"
    taken = [
        float(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout)
        for _ in range(7)
    ]
    return round(min(taken), 4)


_REMARKS: Final = """
import json, resource, statistics, sys, time
from masking.remark.engine import Engine
from tests.masking.remarks.corpus import split
names = json.load(sys.stdin)
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6
def grown(names):
    before = resident()
    engine = Engine(names)
    engine.spans("本人 佐藤花子 来庁。")
    return engine, resident() - before
grown(())
_, bare = grown(())
engine, held = grown(names)
held -= bare
taken = []
for remark in split("judge"):
    began = time.process_time()
    engine.spans(remark.text)
    taken.append((time.process_time() - began) * 1000)
print(json.dumps({
    "remarks": len(taken), "names": len(names), "names_mb": round(held, 1),
    "ms_p50": round(statistics.median(taken), 3), "ms_p95": round(statistics.quantiles(taken, n=20)[-1], 3),
}))
"""


def remarks(people: Sequence[Resident]) -> dict[str, Any]:
    """Milliseconds of processor time a remark without a model, and megabytes that the register's names take; in a
    process of its own.
    """
    names = json.dumps(sorted({name for each in people for name in (each.name, each.kana) if name}))
    done = subprocess.run([sys.executable, "-c", _REMARKS], input=names, capture_output=True, text=True, check=True)
    made: dict[str, Any] = json.loads(done.stdout)
    return made
