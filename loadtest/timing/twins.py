"""Twins: for each question about a hidden resident one of the same form about nobody.

Rule: the two differ in nothing but what must not be told. An id that nobody has is drawn like an id; a name that nobody
has is one protected person's surname and another's given name; an address at which nobody lives is one's street and
other numbers. Each is asked as often as its twin, by the same clerk, for the same other party.
"""

from __future__ import annotations

import random
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from gateway.clock import SystemClock, day_of
from gateway.register.city.build import REGISTER_FILE
from gateway.v1 import register_pb2 as pb
from masking.japanese.address import address_query
from masking.japanese.folding import plain

COUNTER: Final = "resident-card-counter"
_LOTS: Final = 100
"""Numbers drawn at most for one street until nobody lives there."""
Request: TypeAlias = pb.GetResidentRequest | pb.SearchResidentsRequest


class Kind(Enum):
    """The ways to ask, as the tables name them."""

    LOOKUP = "lookup by id"
    NAME = "search by name and birth date"
    ADDRESS = "search by address"


class Twins(NamedTuple):
    """Two questions that must read alike, and must take alike."""

    kind: Kind
    hidden: Request
    absent: Request


class _Protected(NamedTuple):
    """Somebody under a measure in force, as the register writes them."""

    resident_id: str
    other_party: str
    name: str
    born: str
    street: str
    lot: str


_PROTECTED: Final = """
    SELECT m.atena_no, m.aite_atena_no, shimei, umare_ymd,
        choaza_mei || CASE WHEN chome_no THEN chome_no || '丁目' ELSE '' END, banchi
    FROM protective_measure m JOIN juki_resident r ON r.atena_no = m.atena_no AND jumin_cd = '1'
    WHERE kaishi_ymd <= :today AND (shuryo_ymd IS NULL OR shuryo_ymd >= :today) AND aite_atena_no IS NOT NULL
    AND umare_ymd NOT LIKE '%-00' AND instr(shimei, '　')
    GROUP BY m.atena_no HAVING count(*) = 1 ORDER BY m.atena_no
"""


@dataclass(frozen=True, slots=True)
class _City:
    """Who is hidden, and what the register knows of ids, names (folded) and who lives where."""

    hidden: Sequence[_Protected]
    ids: frozenset[str]
    names: Mapping[str, Sequence[str]]
    homes: Mapping[str, Sequence[str]]


def twins_of(city: Path, seed: int) -> list[Twins]:
    """All that the city has. Raises SystemExit if it has none of some kind."""
    chance, read = random.Random(seed), _read(city)
    found = list(chain(_by_id(read, chance), _by_name(read, chance), _by_address(read, chance)))
    for kind in Kind:
        if not any(each.kind is kind for each in found):
            raise SystemExit(f"nobody hidden in this city to ask about: {kind.value}")
    return found


def _read(city: Path) -> _City:
    today = day_of(SystemClock().wall()).isoformat()
    with closing(sqlite3.connect(f"{(city / REGISTER_FILE).absolute().as_uri()}?mode=ro", uri=True)) as register:
        hidden = [_Protected(*row) for row in register.execute(_PROTECTED, {"today": today})]
        ids = frozenset(row[0] for row in register.execute("SELECT atena_no FROM juki_resident"))
        names = register.execute("SELECT plain, resident_id FROM kensaku_shimei WHERE field = 'name'").fetchall()
        homes = register.execute("SELECT key, resident_id FROM kensaku_jusho").fetchall()
    return _City(hidden, ids, _grouped(names), _grouped(homes))


def _grouped(rows: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, resident_id in rows:
        groups.setdefault(key, []).append(resident_id)
    return groups


def _by_id(city: _City, chance: random.Random) -> Iterator[Twins]:
    for each in city.hidden:
        nobody = f"{chance.randrange(10**10):010}"
        if nobody not in city.ids:
            hidden, absent = (
                pb.GetResidentRequest(context=_for(each), resident_id=asked) for asked in (each.resident_id, nobody)
            )
            yield Twins(Kind.LOOKUP, hidden, absent)


def _by_name(city: _City, chance: random.Random) -> Iterator[Twins]:
    for each, other in _paired(city.hidden, chance):
        nobody = f"{each.name.partition('　')[0]}　{other.name.partition('　')[2]}"
        if plain(nobody) not in city.names and len(city.names.get(plain(each.name), ())) == 1:
            yield Twins(Kind.NAME, *(_search(each, name=name, born=each.born) for name in (each.name, nobody)))


def _by_address(city: _City, chance: random.Random) -> Iterator[Twins]:
    """Where only the hidden live; to others an address tells of those who may be known of."""
    hidden = {each.resident_id for each in city.hidden}
    for each in city.hidden:
        home = each.street + each.lot
        if _living(city, home) <= hidden:
            lots = (each.street + _renumbered(each.lot, chance) for _ in range(_LOTS))
            nowhere = next((lot for lot in lots if not _living(city, lot)), None)
            if nowhere is not None:
                yield Twins(Kind.ADDRESS, *(_search(each, address=address) for address in (home, nowhere)))


def _renumbered(lot: str, chance: random.Random) -> str:
    """A lot of the same form and length: reading what is typed is work, too, though no secret."""
    return re.sub("[0-9]", lambda _digit: f"{chance.randrange(1, 10)}", lot)


def _living(city: _City, address: str) -> set[str]:
    asked = address_query(address)
    return {each for key, those in city.homes.items() if asked.matches(key) for each in those}


def _paired(hidden: Sequence[_Protected], chance: random.Random) -> Iterator[tuple[_Protected, _Protected]]:
    """Each with somebody drawn by lot."""
    yield from zip(hidden, chance.sample(hidden, len(hidden)), strict=True)


def _search(each: _Protected, *, born: str = "", **criteria: Any) -> pb.SearchResidentsRequest:
    request = pb.SearchResidentsRequest(context=_for(each), criteria=pb.SearchCriteria(**criteria))
    if born:
        request.criteria.birth_date.text = born
    return request


def _for(each: _Protected) -> pb.QueryContext:
    """The circumstances: their other party applies at the counter."""
    said = pb.QueryContext(purpose=COUNTER, reason_code=pb.REASON_CODE_APPLICATION)
    said.applicant.resident_id = each.other_party
    return said
