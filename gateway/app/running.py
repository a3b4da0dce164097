"""A gateway that is assembled: its start, its chores and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from gateway.ledger.ledger import Condition, Ledger, State
from gateway.measures import Measures
from gateway.rpc.reception import place_of
from gateway.rpc.server import Server


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds; the first time `later` than that."""

    every: float
    step: Callable[[], Coroutine[None, None, None]]
    later: float = 0.0

    async def run(self, log: FilteringBoundLogger) -> None:
        """Do it until cancelled; one time that breaks off is said, and is not the last."""
        await asyncio.sleep(self.later)
        while True:
            await asyncio.sleep(self.every)
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next time may be better
                log.error("unforeseen", error=type(error).__name__, place=place_of(error))  # noqa: TRY400 - no texts


class Gateway:
    """One gateway, assembled. `address` is where it listens, `port` the same without the host."""

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        log: FilteringBoundLogger,
        chores: Sequence[Chore],
        closing: Sequence[Callable[[], Coroutine[None, None, None]]],
        measures: Measures,
    ) -> None:
        self._server, self._ledger, self._log = server, ledger, log
        self._chores, self._closing = chores, closing
        self._running: list[asyncio.Task[None]] = []
        self.measures = measures
        self.port = server.port
        self.address = server.address

    async def start(self) -> None:
        """Serve, and do the chores."""
        await self._server.start()
        await self._server.serving(now=self._ledger.condition.state is State.SERVING)
        self._ledger.on_condition = self._changed
        self._running = [asyncio.create_task(chore.run(self._log)) for chore in self._chores]
        head = self._ledger.head
        self._log.info("serving", address=self.address, head=head.size, origin=head.origin)

    async def catch_up(self) -> None:
        """Do every chore now: for whoever has moved the clock that was handed in."""
        for chore in self._chores:
            await chore.step()

    async def stop(self) -> None:
        """Drain, sign the head, let go of everything."""
        self._log.info("draining")
        await self._server.drain()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for close in self._closing:
            await close()
        self._log.info("stopped", head=self._ledger.head.size)

    def _changed(self, condition: Condition) -> None:
        serving = condition.state is State.SERVING
        (self._log.info if serving else self._log.error)("ledger", state=condition.state.value, why=condition.why)
        self._running.append(asyncio.get_running_loop().create_task(self._server.serving(now=serving)))
