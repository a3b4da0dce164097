"""The hallway: one door for all ways to ask. What each does on the way is in the files beside this one."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gateway.ask import (
    Batch,
    BatchAsk,
    Disclosed,
    LookupAsk,
    Page,
    RenewalAsk,
    Renewed,
    Resolved,
    Search,
    SearchAsk,
    StreamAsk,
)
from gateway.caller import Caller
from gateway.cursor import Cursors
from gateway.disclosure.batch import Batches
from gateway.disclosure.lookup import Lookups
from gateway.disclosure.renewal import Renewals
from gateway.disclosure.reversal import Reversals
from gateway.disclosure.search import Searches
from gateway.disclosure.steps import Steps
from gateway.disclosure.stream import Streams
from gateway.disclosure.turns import Turns
from gateway.ledger.acts import Refusing


class Hallway:
    """The one way from a request to an answer. Every method raises Refusal, recorded already."""

    def __init__(self, steps: Steps, cursors: Cursors) -> None:
        self._steps = steps
        self._lookups = Lookups(steps)
        self._batches = Batches(steps)
        self._searches = Searches(steps)
        self._reversals = Reversals(steps)
        self._renewals = Renewals(steps)
        self._streams = Streams(steps, cursors)

    async def lookup(self, asked: LookupAsk) -> Disclosed:
        """Disclose one resident."""
        return await self._lookups.lookup(asked)

    async def resolve(self, asked: LookupAsk) -> Resolved:
        """Tell who stands behind a pseudonym."""
        return await self._reversals.resolve(asked)

    async def renew(self, asked: RenewalAsk) -> Renewed:
        """Give pseudonyms of the epoch in force for older ones; nobody is disclosed."""
        return await self._renewals.renew(asked)

    async def batch(self, asked: BatchAsk) -> Batch:
        """Disclose several residents, all or none."""
        return await self._batches.batch(asked)

    async def search(self, asked: SearchAsk) -> Search:
        """Disclose whoever is found."""
        return await self._searches.search(asked)

    def stream(self, asked: StreamAsk) -> AsyncGenerator[Page, None]:
        """Disclose a selection page by page."""
        return self._streams.stream(asked)

    async def record_act(self, act: Refusing) -> None:
        """Record the refusal of somebody who may not even be identified."""
        await self._steps.settle(act)

    def named(self, purpose: str, caller: Caller) -> str:
        """`purpose` if it is one of the caller's department, else ""."""
        return self._steps.named(purpose, caller)

    @property
    def turns(self) -> Turns:
        """How work on a page shares the event loop with single questions."""
        return self._steps.turns

    async def drained(self) -> None:
        """Wait until every lookup under way has its answer."""
        await self._lookups.drained()
