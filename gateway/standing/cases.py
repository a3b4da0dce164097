"""The case registries: what they say of a case, and whether this resident is a party to it.

Rule: one query for all questions of a moment. A reference that is unknown, unreadable or of another registry has no
file, whoever the resident is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from gateway.standing.database import Database, compiled
from gateway.standing.port import CaseFile, CaseQuestion
from gateway.standing.tables import CASE, CASE_PARTY

_LARGEST: Final = 256
"""Questions in one query; more are asked in turns."""

_Key = tuple[str, str]


class SqlCaseRegistries:
    """CaseRegistries over the tables `case_file` and `case_party`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql: dict[int, str] = {}

    async def files(self, questions: Sequence[CaseQuestion]) -> Mapping[CaseQuestion, CaseFile]:
        answers: dict[CaseQuestion, CaseFile] = {}
        asked = list(dict.fromkeys(questions))
        for start in range(0, len(asked), _LARGEST):
            answers.update(await self._ask(asked[start : start + _LARGEST]))
        return answers

    async def _ask(self, asked: Sequence[CaseQuestion]) -> dict[CaseQuestion, CaseFile]:
        # Sizes are powers of two, so that few statements serve all; the last question fills up the rest.
        size = 1 << (len(asked) - 1).bit_length()
        padded = [*asked, *[asked[-1]] * (size - len(asked))]
        values: list[str] = [question.resident_id for question in padded]
        for question in padded:
            values += (question.registry, question.reference)
        files: dict[_Key, CaseFile] = {}
        parties: set[tuple[str, str, str]] = set()
        for registry, reference, *told, party in await self._database.fetch(self._statement(size), values):
            key = (registry, reference)
            if key not in files:
                file = _file(*told)
                if file is None:
                    continue
                files[key] = file
            if party is not None:
                parties.add((registry, reference, party))
        found: dict[CaseQuestion, CaseFile] = {}
        for question in asked:
            known = files.get((question.registry, question.reference))
            if known is not None:
                party = (question.registry, question.reference, question.resident_id) in parties
                found[question] = known._replace(party=party)
        return found

    def _statement(self, size: int) -> str:
        sql = self._sql.get(size)
        if sql is None:
            residents = CASE_PARTY.c.resident_id.in_([_value(f"resident_{n}") for n in range(size)])
            same = sa.and_(
                CASE_PARTY.c.registry == CASE.c.registry, CASE_PARTY.c.reference == CASE.c.reference, residents
            )
            wanted = sa.or_(
                *(
                    sa.and_(CASE.c.registry == _value(f"registry_{n}"), CASE.c.reference == _value(f"reference_{n}"))
                    for n in range(size)
                )
            )
            columns = (CASE.c.registry, CASE.c.reference, CASE.c.opened, CASE.c.closed, CASE.c.handler)
            select = sa.select(*columns, CASE_PARTY.c.resident_id).select_from(CASE.outerjoin(CASE_PARTY, same))
            sql = self._sql[size] = compiled(self._database, select.where(wanted))
        return sql


def _value(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=sa.types.NullType())


def _file(opened: str, closed: str | None, handler: str | None) -> CaseFile | None:
    """What a line says; None for days that are no days: they open nothing."""
    try:
        first, end = date.fromisoformat(opened), date.fromisoformat(closed) if closed else None
    except (ValueError, TypeError):
        return None
    return CaseFile(first, end, handler or "", party=False)
