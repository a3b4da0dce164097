"""The city under attack: its residents as the register has them, and the releases that purposes would get."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeAlias

from gateway.demo.estate import SHIPPED
from gateway.register.port import Selection
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import open_register
from masking.allotment import MemoryAllotments
from masking.catalogue import CATALOGUE
from masking.japanese.folding import plain
from masking.keyring import Keyring, PseudonymDomain
from masking.masker import Masker
from masking.surrogate_name import SurrogateNames
from masking.value import Address, Masked, Occasion, PartialDate, Sex

_FIELDS: Final = ("name", "name_kana", "birth_date", "sex", "address", "household_id", "income", "remarks")
_PAGE: Final = 1000
KEYRING: Final = Keyring(1, bytes(range(32)))
"""Known, so that a run can be repeated; no attack is told it."""


@dataclass(frozen=True, slots=True)
class Resident:
    """One who lives here, with a whole birth date: what an attacker may know of somebody, and what they want to."""

    resident_id: str
    name: str
    kana: str
    born: PartialDate
    sex: Sex
    address: Address
    household: str
    income: int | None
    remarks: str


def population(register: Path) -> list[Resident]:
    """Those of a register file who live here, by id."""
    return asyncio.run(_read(register))


async def _read(path: Path) -> list[Resident]:
    register = open_register(f"sqlite:///{path}", read_schema_map(SHIPPED / "config" / "register-map.yaml"))
    try:
        reader = register.reader(_FIELDS)
        found: dict[str, Resident] = {}
        after = ""
        while rows := await reader.page(Selection("", None, None), after, _PAGE):
            for resident_id, (name, kana, born, sex, address, household, income, remarks) in rows:
                if isinstance(born, PartialDate) and born.day and isinstance(address, Address):
                    found[resident_id] = Resident(
                        resident_id,
                        str(name or ""),
                        str(kana or ""),
                        born,
                        Sex(str(sex)),
                        address,
                        str(household or ""),
                        income if type(income) is int else None,
                        str(remarks or ""),
                    )
            after = rows[-1].resident_id
        return list(found.values())
    finally:
        await register.close()


Fields: TypeAlias = Mapping[str, tuple[str, Mapping[str, object]]]
"""Of each field its mask and settings."""

STATISTICS: Final[Fields] = {
    "resident_id": ("sealed_token", {}),
    "name": ("surrogate_name", {}),
    "birth_date": ("age_band", {"width": 5}),
    "address": ("area", {"level": "town"}),
    "income": ("band", {"width": 1_000_000, "top": 10_000_000}),
}
"""As `planning-statistics` shows residents."""
AUDIT: Final[Fields] = {
    **STATISTICS,
    "birth_date": ("age_band", {"width": 10}),
    "income": ("band", {"width": 1_500_000, "top": 10_500_000}),
}
"""Another purpose of another department, with coarser ages and other edges."""


def masker(domain: tuple[str, str, str], mask: str, settings: object) -> Masker:
    """A masker bound to the keys of a domain, its names allotted in this run only."""
    kind = CATALOGUE[mask]
    keys = KEYRING.domain(PseudonymDomain(*domain))
    return kind.bind(kind.settings.model_validate(settings), keys, MemoryAllotments())


def release(people: Sequence[Resident], department: str, fields: Fields, today: date) -> list[tuple[Masked, ...]]:
    """What a department gets to see, a row a resident, in their order; nobody bears a resident's name."""
    maskers = [
        (field, masker((department, "statistics", field), mask, settings)) for field, (mask, settings) in fields.items()
    ]
    occasions = [Occasion(each.resident_id, each.sex, today, household=each.household) for each in people]
    borne = {plain(each.name) for each in people}
    for _, bound in maskers:
        if isinstance(bound, SurrogateNames):
            _allot(bound, people, occasions, borne)
    return [
        tuple(bound(_value(each, field), occasion) for field, bound in maskers)
        for each, occasion in zip(people, occasions, strict=True)
    ]


def _allot(names: SurrogateNames, people: Sequence[Resident], occasions: Sequence[Occasion], borne: set[str]) -> None:
    wanting = names.wanting([(each.name, occasion) for each, occasion in zip(people, occasions, strict=True)])
    turn = 0
    while wanting:
        offers = names.offers(wanting, turn)
        wanting = names.take(
            {
                person: [number for number, name in offer.items() if name not in borne]
                for person, offer in offers.items()
            }
        )
        turn += 1


def _value(resident: Resident, field: str) -> str | int | PartialDate | Address | None:
    values: dict[str, str | int | PartialDate | Address | None] = {
        "resident_id": resident.resident_id,
        "name": resident.name or None,
        "birth_date": resident.born,
        "address": resident.address,
        "income": resident.income,
    }
    return values[field]
