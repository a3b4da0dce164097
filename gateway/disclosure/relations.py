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
from gateway.disclosure.turns import Turn
from gateway.ledger.v1 import record_pb2 as pb
from gateway.register.port import Reader, Register, RegisterUnavailable, Selection
from gateway.standing.port import Directory
from gateway.standing.relation import KIN_FIELDS, Kin, Relation, Self, nearest, office, relation
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
_EVERYBODY: Final = Selection("", None, None, statuses=None)
_PAGE: Final = 500
"""Entries read at once where everybody is."""


class Relations:
    """Finds relations by one directory and one register. `fields` are what it reads of residents."""

    def __init__(self, directory: Directory, register: Register, fields: frozenset[str]) -> None:
        """`fields`: those that the register has."""
        self._directory, self._register = directory, register
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

    async def own_people(self, caller: Caller, today: date, turn: Turn) -> Mapping[str, Relation]:
        """All residents to whom the caller is something, but for fellow staff, and those who are protected from them
        (Relation.NONE): what `found` and the measures say of one who is named, where nobody is. Of whoever lives here
        the register is read from end to end, in turns with others. Raises RegisterUnavailable, StandingUnavailable.
        """
        directory, posts = self._directory, self._directory.posts(caller.staff)
        people: dict[str, Relation] = {}
        for above in {post.superior for post in posts if post.superior is not None}:
            home = directory.resident(above)
            if home is not None and office(posts, above, directory.posts(above), today) is Relation.SUPERIOR:
                people[home] = Relation.SUPERIOR
        own = directory.resident(caller.staff)
        if own is None:
            return people
        me = Self(own, [self._kin(row) for row in (await self._reader.rows([own])).get(own, ())])
        after = ""
        while page := await self._reader.page(_EVERYBODY, after, _PAGE):
            if page[-1].resident_id <= after:
                raise RegisterUnavailable("the register's pages do not go forward")
            after = page[-1].resident_id
            measures = await self._register.restrictions([row.resident_id for row in page], today)
            turn.resume()
            for row in page:
                who = row.resident_id
                between = nearest((relation(me, who, self._kin(row)), people.get(who, Relation.NONE)))
                if between is not Relation.NONE or any(each.names(own) for each in measures.get(who, ())):
                    people[who] = between
                await turn.give_way()
            turn.resume()
        people[own] = Relation.SELF
        return people

    def _between(
        self, caller: Caller, resident: str | None, subject: str, rows: Mapping[str, Sequence[Row]], today: date
    ) -> Relation:
        if resident is not None:
            own = Self(resident, [self._kin(row) for row in rows.get(resident, ())])
            found = {relation(own, subject, self._kin(row)) for row in rows.get(subject, ())}
            if resident == subject:
                return Relation.SELF
            between = nearest(found)
            if between is not Relation.NONE:
                return between
        for staff in self._directory.staff_of(subject):
            if staff == caller.staff:
                return Relation.SELF
            held = office(self._directory.posts(caller.staff), staff, self._directory.posts(staff), today)
            if held is not Relation.NONE:
                return held
        return Relation.NONE

    def _kin(self, row: Row) -> Kin:
        return Kin(**dict(zip(self.fields, row.values, strict=True)))
