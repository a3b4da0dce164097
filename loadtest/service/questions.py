"""What the service bench asks: of each kind as many questions as rounds need, about residents drawn by lot.

Rule: questions are read from the city's own register before anything is measured; each finds somebody, and the kinds
are the same in every city. People on the staff and their kin are left out: for them the answer is another one.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, TypeAlias

from gateway.refusal import Reason
from gateway.v1 import register_pb2 as pb
from loadtest.bench.strangers import Strangers
from masking.japanese.folding import plain

FINDING: Final = "bench-finding"
PURPOSE: Final = f"""\
purpose: {FINDING}
title: {{ja: 性能測定, en: Bench of searches}}
legal_basis: {{ja: 住民基本台帳法第12条, en: 'Basic Resident Register Act, art. 12'}}
steward: citizen-affairs
recipients: [{{department: citizen-affairs, roles: [counter-clerk]}}]
case: none
search_by: [resident_id, name, name_kana, birth_date, address, household_id, area, age_band]
search: {{}}
stream: {{page: 500}}
fields: {{name: keep, name_kana: keep, birth_date: keep, address: keep, household_id: keep}}
budget:
  residents: {{staff: {{1d: 10000000}}}}
valid: {{from: 2025-04-01, until: 2030-03-31}}
"""
"""A purpose with every search key, beside the shipped ones; its budget is beyond reach."""

BATCH: Final = 20
_FREQUENT: Final = frozenset({"佐藤", "鈴木", "高橋", "田中"})
"""Surnames of more people than a search shows, in a small city too."""
_POOL: Final = 20_000

Request: TypeAlias = pb.GetResidentRequest | pb.BatchGetResidentsRequest | pb.SearchResidentsRequest


@dataclass(frozen=True, slots=True)
class Person:
    """A resident as the register writes them."""

    resident_id: str
    name: str
    kana: str
    born: str
    household: str
    address: str


FOUND: Final = "found"
NOBODY: Final = "nobody"
"""How a question is answered; a refusal is told by its reason."""


class Outcome(Enum):
    """How a question of a kind may be answered; anything else is not what is measured."""

    FOUND = frozenset({FOUND})
    TOO_MANY = frozenset({Reason.TOO_MANY_RESULTS.value})
    EITHER = frozenset({*FOUND, *TOO_MANY})


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of question: its method, who may be asked about in it, how it is put and answered, and by how many
    callers at once.
    """

    name: str
    method: str
    fits: Callable[[Person], bool]
    ask: Callable[[list[Person]], Request]
    outcome: Outcome = Outcome.FOUND
    callers: int = 1


def context() -> pb.QueryContext:
    """The circumstances of every question."""
    return pb.QueryContext(purpose=FINDING, reason_code=pb.REASON_CODE_APPLICATION)


def _anybody(_person: Person) -> bool:
    return True


def _dated(person: Person) -> bool:
    return not person.born.endswith("-00") and len(person.name.partition("　")[0]) > 1


def _variant(person: Person) -> bool:
    family = person.name.partition("　")[0]
    return _dated(person) and plain(family) != family and plain(family).isprintable()


def _frequent(person: Person) -> bool:
    return _family(person) in _FREQUENT


def _lookup(people: list[Person]) -> Request:
    return pb.GetResidentRequest(context=context(), resident_id=people[0].resident_id)


def _batch(people: list[Person]) -> Request:
    return pb.BatchGetResidentsRequest(context=context(), resident_ids=[each.resident_id for each in people])


def _search(**criteria: str) -> Request:
    born = criteria.pop("born", "")
    request = pb.SearchResidentsRequest(context=context(), criteria=pb.SearchCriteria(**criteria))  # type: ignore[arg-type]  # texts all
    if born:
        request.criteria.birth_date.text = born
    return request


def _family(person: Person) -> str:
    return person.name.partition("　")[0]


KINDS: Final = (
    Kind("lookup by id", "GetResident", _anybody, _lookup),
    Kind("lookup by id, eight callers", "GetResident", _anybody, _lookup, callers=8),
    Kind("batch of 20", "BatchGetResidents", _anybody, _batch),
    Kind("search: name alone", "SearchResidents", _anybody, lambda p: _search(name=p[0].name), outcome=Outcome.EITHER),
    Kind(
        "search: plain spelling of a variant alone",
        "SearchResidents",
        _variant,
        lambda p: _search(name=plain(p[0].name)),
        outcome=Outcome.EITHER,
    ),
    Kind(
        "search: name and birth date",
        "SearchResidents",
        _dated,
        lambda p: _search(name=p[0].name, born=p[0].born),
    ),
    Kind(
        "search: plain spelling of a variant and birth date",
        "SearchResidents",
        _variant,
        lambda p: _search(name=plain(p[0].name), born=p[0].born),
    ),
    Kind(
        "search: surname* and birth date",
        "SearchResidents",
        _dated,
        lambda p: _search(name=f"{_family(p[0])}*", born=p[0].born),
    ),
    Kind(
        "search: beginning of a name and year of birth",
        "SearchResidents",
        _dated,
        lambda p: _search(name=f"{p[0].name[: len(_family(p[0])) + 2]}*", born=p[0].born[:4]),
    ),
    Kind(
        "search: reading* and birth date",
        "SearchResidents",
        _dated,
        lambda p: _search(name_kana=f"{p[0].kana[:4]}*", born=p[0].born),
    ),
    Kind("search: address", "SearchResidents", _anybody, lambda p: _search(address=p[0].address)),
    Kind("search: household", "SearchResidents", _anybody, lambda p: _search(household_id=p[0].household)),
    Kind(
        "search: surname* alone (too many)",
        "SearchResidents",
        _frequent,
        lambda p: _search(name=f"{_family(p[0])}*"),
        outcome=Outcome.TOO_MANY,
    ),
)
"""All of them, in the order of the table."""


def people_of(city: Path, seed: int) -> list[Person]:
    """Residents drawn by lot: living here once, unprotected, and nothing to anybody on the staff."""
    chance, strangers = random.Random(seed), Strangers(city)
    with closing(strangers.connection) as connection:
        (most,) = connection.execute("SELECT max(rowid) FROM juki_resident").fetchone()
        found: list[Person] = []
        for rowid in sorted(chance.sample(range(1, most + 1), min(_POOL, most))):
            row = connection.execute(_ONE, (rowid,)).fetchone()
            if row is not None and row[0] in strangers:
                resident_id, name, kana, born, household, town, chome, lot = row
                address = f"{town}{chome}丁目{lot}" if chome else f"{town}{lot}"
                found.append(Person(resident_id, name, kana, born, household, address))
    chance.shuffle(found)
    return found


_ONE: Final = """
    SELECT r.atena_no, shimei, shimei_kana, umare_ymd, setai_no, choaza_mei, chome_no, banchi
    FROM juki_resident r WHERE r.rowid = ? AND jumin_cd = '1'
    AND NOT EXISTS (SELECT 1 FROM protective_measure p WHERE p.atena_no = r.atena_no)
    AND NOT EXISTS (SELECT 1 FROM juki_resident o WHERE o.atena_no = r.atena_no AND o.rowid <> r.rowid)
"""


def questions(kind: Kind, people: list[Person], count: int) -> list[Request]:
    """`count` questions of a kind, about different people where there are enough."""
    fitting = [person for person in people if kind.fits(person)]
    if not fitting:
        raise SystemExit(f"nobody in this city to ask about: {kind.name}")
    size = BATCH if kind.method == "BatchGetResidents" else 1
    chosen = [[fitting[(place * size + at) % len(fitting)] for at in range(size)] for place in range(count)]
    return [kind.ask(group) for group in chosen]
