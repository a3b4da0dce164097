"""The company: people at their desks, asking the gateway through the contract like any department system.

Rule: it remembers whom it asked for and which names it was told, so that the last act can search the ledger for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypeAlias

from gateway.cli.client import (
    Denial,
    Denied,
    Stubs,
    connected,
    get_purpose,
    get_resident,
    search_residents,
    stream_residents,
)
from gateway.cli.question import Known, Question, Selected
from gateway.demo.estate import Estate
from gateway.demo.people import access
from gateway.register.city import StaffRole

Answer: TypeAlias = dict[str, Any]
"""A response of the contract as JSON."""

_TOO_FAST: Final = "RATE_EXCEEDED"


@dataclass(slots=True)
class Company:
    """Everybody who asks. `asked` are resident ids, `told` exact names and readings, `waits` how often somebody was
    told to wait a little, as long as the demo runs.
    """

    estate: Estate
    address: str
    asked: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    waits: int = 0
    _desks: dict[tuple[str, str], Stubs] = field(default_factory=dict)
    _doors: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._doors.aclose()

    async def ask(
        self, person: StaffRole, question: Question, resident_id: str = "", *, pseudonym: str = "", token: str = ""
    ) -> Answer | Denial:
        """One lookup, from the person's own system; `token` in place of their own. Waits where a short rate says so."""
        stubs = await self._desk(person, token)
        self.asked |= {each for each in (resident_id, question.applicant) if each}
        return await self._patiently(
            lambda: get_resident(stubs, question, resident_id=resident_id, pseudonym=pseudonym)
        )

    async def search(self, person: StaffRole, question: Question, known: Known) -> Answer | Denial:
        """One search, likewise."""
        stubs = await self._desk(person)
        return await self._patiently(lambda: search_residents(stubs, question, known))

    async def converse(self, person: StaffRole, ask: Callable[[Stubs], Awaitable[Answer]]) -> Answer:
        """What a person does at their desk. Raises Denied."""
        return await ask(await self._desk(person))

    async def tried(self, person: StaffRole, ask: Callable[[Stubs], Awaitable[Answer]]) -> Answer | Denial:
        """What a person does at their desk, or why not."""
        try:
            return await self.converse(person, ask)
        except Denied as denied:
            return denied.denial

    async def _patiently(self, ask: Callable[[], Awaitable[Answer]]) -> Answer | Denial:
        while True:
            try:
                answer = await ask()
            except Denied as denied:
                if denied.denial.reason != _TOO_FAST or denied.denial.retry_seconds is None:
                    return denied.denial
                self.waits += 1
                await asyncio.sleep(denied.denial.retry_seconds)
            else:
                for resident in [answer["resident"]] if "resident" in answer else answer.get("residents", []):
                    self._remember(resident)
                return answer

    async def stream(
        self, person: StaffRole, question: Question, *, area: str = "", ages: tuple[int, int | None] | None = None
    ) -> AsyncIterator[Answer]:
        """A stream's pages. Raises Denied where it is cut off."""
        age_from, age_to = ages or (None, None)
        selected = Selected(area=area, age_from=age_from, age_to=age_to)
        async for page in stream_residents(await self._desk(person), question, selected):
            yield page

    async def allowance(self, person: StaffRole, purpose: str) -> tuple[int, int]:
        """How many residents a day the purpose allows this person, and how many are left. Raises Denied."""
        found = await get_purpose(await self._desk(person), purpose)
        return min(
            (int(each["limit"]), int(each.get("left", 0)))
            for each in found["allowances"]
            if each["window"] == "1d" and each["owner"] == "ALLOWANCE_OWNER_STAFF"
        )

    async def _desk(self, person: StaffRole, token: str = "") -> Stubs:
        key = person.staff, token
        if key not in self._desks:
            reached = access(self.estate, self.address, person, token=token or None)
            self._desks[key] = await self._doors.enter_async_context(connected(reached))
        return self._desks[key]

    def _remember(self, resident: dict[str, dict[str, Any]]) -> None:
        for name in ("name", "name_kana"):
            exact = resident.get(name, {}).get("exact")
            if exact is not None:
                self.told.add(exact)
