"""The read port: what the hallway may ask of a register.

Rule: only the fields that are asked for are read; a register that cannot answer raises, it never answers with less.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from gateway.subject import Restriction, Row


class RegisterUnavailable(Exception):
    """The register cannot be read now."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Residents of an area, of a range of ages, or both; only entries with status `resident`.

    `area_code` is a prefix of town codes ("" for all). `born_from`/`born_until` bound the birth date, both inclusive
    (None: open); residents whose birth date is not known to the day are left out when either is set.
    """

    area_code: str
    born_from: date | None
    born_until: date | None


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

    async def restrictions(self, resident_ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        """Protective markers in force today on these residents; ids without one are absent. Raises
        RegisterUnavailable.
        """

    async def size(self) -> int:
        """Entries with status `resident`. Raises RegisterUnavailable."""

    async def close(self) -> None:
        """Let go of all connections."""
