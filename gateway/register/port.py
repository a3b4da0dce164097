"""The read port: what the hallway may ask of a register.

Rule: only the fields that are asked for are read; a register that cannot answer raises, it never answers with less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from gateway.field import NAME
from gateway.pattern import NamePattern
from gateway.subject import Restriction, Row, Status
from masking.japanese.address import AddressPattern
from masking.japanese.era import Within
from masking.value import PartialDate

RESIDENTS: Final = frozenset({Status.RESIDENT})
"""Those who live here."""


class RegisterUnavailable(Exception):
    """The register cannot be read now."""


class TooBroad(Exception):
    """So many would have to be looked at that nobody else would get a turn."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Residents of a stream: all conditions that are set must hold.

    `area_code` is a prefix of town codes ("" for all). `born_from`/`born_until` bound the birth date, both inclusive
    (None: open); residents whose birth date is not known to the day are left out when either is set. `household_id` ""
    is any household. Only entries with one of `statuses` (None: of any, and of one that cannot be read).
    """

    area_code: str
    born_from: date | None
    born_until: date | None
    household_id: str = ""
    statuses: frozenset[Status] | None = RESIDENTS


@dataclass(frozen=True, slots=True)
class Criteria:
    """What residents are searched by: all that is set must hold, and something is.

    `name` is looked for among the spellings of the fields in `names`, `name_kana` among the readings that belong to
    them. `born` known to the month or year finds all births in it; a birth date that the register knows less exactly
    than that is not found. `within` leaves of these the births from one day to another, as far as they are known
    (None: all): 昭和64年 is seven days of 1989. `resident_id` and `household_id` "" are any.
    """

    names: frozenset[str] = frozenset({NAME})
    name: NamePattern | None = None
    name_kana: NamePattern | None = None
    born: PartialDate | None = None
    within: Within | None = None
    address: AddressPattern | None = None
    household_id: str = ""
    resident_id: str = ""
    statuses: frozenset[Status] = RESIDENTS


class Reader(Protocol):
    """Reads for one plan; its SQL is compiled once."""

    async def rows(self, resident_ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
        """The entries of each id, whatever their status: none, one, or several (not unique). Raises
        RegisterUnavailable.
        """

    async def page(self, selection: Selection, after: str, size: int) -> Sequence[Row]:
        """Up to `size` residents of the selection with an id > `after`, by id. Raises RegisterUnavailable."""


class Register(Protocol):
    """A resident register behind a schema map."""

    def reader(self, fields: tuple[str, ...]) -> Reader:
        """A reader of exactly these fields, values in this order. Raises ValueError for a field the map does not
        have.
        """

    async def find(self, criteria: Criteria, most: int) -> Sequence[str]:
        """Ids of residents that the criteria describe, each once, in no order; up to `most` of them, so that as many as
        `most` may mean more. Raises RegisterUnavailable; TooBroad, whoever there is to be found; ValueError for a
        criterion that the map cannot search by.
        """

    async def borne(self, names: Sequence[str]) -> frozenset[str]:
        """Of some names in plain spelling, those that an entry bears, whatever its status. Raises RegisterUnavailable;
        ValueError if the map has no search index, by which alone it can be told.
        """

    async def restrictions(self, resident_ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        """Protective markers in force today on these residents; ids without one are absent. Raises
        RegisterUnavailable.
        """

    async def size(self) -> int:
        """Entries with status `resident`. Raises RegisterUnavailable."""

    async def close(self) -> None:
        """Let go of all connections."""
