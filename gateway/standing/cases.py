"""The case registries: is that case open, and is this resident a party to it?

Rule: one query for all questions of a moment. A reference that is unknown, closed, not yet open, unreadable or of
another registry is INVALID, whoever the resident is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from gateway.standing.database import Database, compiled
from gateway.standing.port import CaseQuestion, CaseState
from gateway.standing.tables import CASE, CASE_PARTY

_LARGEST: Final = 256
"""Questions in one query; more are asked in turns."""

_Key = tuple[str, str]


class SqlCaseRegistries:
    """CaseRegistries over the tables `case_file` and `case_party`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql: dict[int, str] = {}

    async def states(self, questions: Sequence[CaseQuestion], today: date) -> Mapping[CaseQuestion, CaseState]:
        answers: dict[CaseQuestion, CaseState] = {}
        asked = list(dict.fromkeys(questions))
        for start in range(0, len(asked), _LARGEST):
            answers.update(await self._ask(asked[start : start + _LARGEST], today.isoformat()))
        return answers

    async def _ask(self, asked: Sequence[CaseQuestion], today: str) -> dict[CaseQuestion, CaseState]:
        # Sizes are powers of two, so that few statements serve all; the last question fills up the rest.
        size = 1 << (len(asked) - 1).bit_length()
        padded = [*asked, *[asked[-1]] * (size - len(asked))]
        values: list[str] = [question.resident_id for question in padded]
        for question in padded:
            values += (question.registry, question.reference)
        open_cases: set[_Key] = set()
        parties: set[tuple[str, str, str]] = set()
        for registry, reference, opened, closed, party in await self._database.fetch(self._statement(size), values):
            if _is_open(opened, closed, today):
                open_cases.add((registry, reference))
                if party is not None:
                    parties.add((registry, reference, party))
        return {question: _state(question, open_cases, parties) for question in asked}

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
            select = sa.select(
                CASE.c.registry, CASE.c.reference, CASE.c.opened, CASE.c.closed, CASE_PARTY.c.resident_id
            ).select_from(CASE.outerjoin(CASE_PARTY, same))
            sql = self._sql[size] = compiled(self._database, select.where(wanted))
        return sql


def _value(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=sa.types.NullType())


def _is_open(opened: str, closed: str | None, today: str) -> bool:
    """From the opening day until the day before it closed. ISO days sort as text; one that is no day opens nothing."""
    try:
        first, end = date.fromisoformat(opened), date.fromisoformat(closed) if closed else None
    except (ValueError, TypeError):
        return False
    return first.isoformat() <= today and (end is None or today < end.isoformat())


def _state(question: CaseQuestion, open_cases: set[_Key], parties: set[tuple[str, str, str]]) -> CaseState:
    if (question.registry, question.reference) not in open_cases:
        return CaseState.INVALID
    if (question.registry, question.reference, question.resident_id) in parties:
        return CaseState.PARTY
    return CaseState.NOT_A_PARTY
