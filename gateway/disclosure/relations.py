"""Between standing and register: what each caller is to the resident they ask about.

Rule: the register is asked only for callers who live in this city, for what relations are found by and nothing else,
and that it was read stands in the record (rule F6). It is asked each time: a marriage or a move counts from the day on
which it is entered, and one statement for a whole walk costs less than keeping such knowledge fresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from gateway.caller import Caller
from gateway.ledger.v1 import record_pb2 as pb
from gateway.register.port import Reader, Register
from gateway.standing.port import Directory
from gateway.standing.relation import KIN_FIELDS, Kin, Relation, Self, office, relation
from gateway.subject import Row

RECORDED: Final = {
    Relation.NONE: pb.RELATION_UNSPECIFIED,
    Relation.SELF: pb.RELATION_SELF,
    Relation.HOUSEHOLD: pb.RELATION_HOUSEHOLD,
    Relation.SAME_ADDRESS: pb.RELATION_SAME_ADDRESS,
    Relation.FAMILY: pb.RELATION_FAMILY,
    Relation.SUPERIOR: pb.RELATION_SUPERIOR,
    Relation.COLLEAGUE: pb.RELATION_COLLEAGUE,
}
"""How the record spells them."""


class Relations:
    """Finds relations by one directory and one register. `fields` are what it reads of residents."""

    def __init__(self, directory: Directory, register: Register, fields: frozenset[str]) -> None:
        """`fields`: those that the register has."""
        self._directory = directory
        self.fields = tuple(field for field in KIN_FIELDS if field in fields)
        self._reader: Reader = register.reader(self.fields)

    def reads(self, caller: Caller) -> bool:
        """Whether the register is asked about this caller's relations: they live here. Raises StandingUnavailable."""
        return self._directory.resident(caller.staff) is not None

    async def found(self, asked: Sequence[tuple[Caller, str]], today: date) -> list[Relation]:
        """The relation of each caller to the resident beside them. Raises RegisterUnavailable, StandingUnavailable."""
        own = [self._directory.resident(caller.staff) for caller, _ in asked]
        ids = {each for each in own if each is not None}
        ids |= {subject for (_, subject), resident in zip(asked, own, strict=True) if resident is not None}
        rows = await self._reader.rows(list(ids)) if ids else {}
        return [
            self._between(caller, resident, subject, rows, today)
            for (caller, subject), resident in zip(asked, own, strict=True)
        ]

    def _between(
        self, caller: Caller, resident: str | None, subject: str, rows: Mapping[str, Sequence[Row]], today: date
    ) -> Relation:
        if resident is not None:
            own = Self(resident, [self._kin(row) for row in rows.get(resident, ())])
            found = {relation(own, subject, self._kin(row)) for row in rows.get(subject, ())}
            if resident == subject:
                return Relation.SELF
            nearest = next((each for each in Relation if each is not Relation.NONE and each in found), None)
            if nearest is not None:
                return nearest
        for staff in self._directory.staff_of(subject):
            if staff == caller.staff:
                return Relation.SELF
            held = office(self._directory.posts(caller.staff), staff, self._directory.posts(staff), today)
            if held is not Relation.NONE:
                return held
        return Relation.NONE

    def _kin(self, row: Row) -> Kin:
        return Kin(**dict(zip(self.fields, row.values, strict=True)))
