"""The reader of remarks, as the hallway knows it: texts in, what was found in them out.

Rule: nobody waits for long and nothing is guessed. What cannot be read now (too much to read, a worker that was lost,
names that could not be had yet) is not among what was found, and whoever masks it redacts it whole (rule M7).

One worker reads for all, a few remarks a turn, so that whoever reads in bulk takes turns with people at a counter. It
is there while a purpose shows remarks, and is started anew when it was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from typing import Final, TypeAlias

from gateway.remarks.worker import Cause, Lost, Worker
from masking.remark.span import Span

Names: TypeAlias = Callable[[], Awaitable[Sequence[str] | None]]
"""Brings a register's names and readings, None if it cannot be read now."""

WAIT: Final = 2.0
"""Seconds that a turn may take, from the moment it is asked for."""
_TURN: Final = 8
"""Remarks that are read in one go for one who asks: about a hundredth of a second."""
_RENEWED: Final = 3600.0
"""Seconds after which the register's names are read again."""
_AGAIN: Final = 5.0
"""Seconds until names are asked for again that could not be had."""
_PATIENCE: Final = 60.0
"""Seconds between attempts to start a worker at most; each that fails doubles them, from one."""
_DEATHS: Final = 2
"""Workers that one remark may cost; it is given to no other."""
_REMEMBERED: Final = 1_000
"""Such remarks that are remembered, as numbers that lead nowhere."""


@dataclass(frozen=True, slots=True)
class Change:
    """A worker reads, and knows so many names; or none reads any more, and why."""

    reading: bool
    names: int = 0
    why: str = ""


class Outcome(StrEnum):
    """What became of a remark that was to be read."""

    READ = "read"
    DOUBT = "doubt"
    LOST = "lost"
    WAITED = "waited"
    AWAY = "away"


@dataclass(slots=True, eq=False)
class _Turn:
    """A few remarks to be read for one who asks; `found` grows until it is `done`."""

    texts: Sequence[str]
    done: asyncio.Future[None]
    found: dict[str, Sequence[Span]] = field(default_factory=dict)


class RemarkReader:
    """Reads remarks while `wanted`; what becomes of them is counted in `outcomes`. No clock but the machine's steady
    one is asked: nobody's rights depend on when a process is started.
    """

    def __init__(
        self, wanted: Callable[[], bool], names: Names, outcomes: Counter[str], told: Callable[[Change], None]
    ) -> None:
        self._wanted, self._names, self._outcomes, self._told = wanted, names, outcomes, told
        self._turns: asyncio.Queue[_Turn] = asyncio.Queue()
        self._one_at_a_time = asyncio.Lock()
        self._tending = asyncio.Lock()
        self._worker: Worker | None = None
        self._serving: asyncio.Task[None] | None = None
        self._known = b""  # digest of the names that the worker has; none without names
        self._renew_at = self._begin_at = 0.0
        self._failures = 0
        self._deaths: Counter[int] = Counter()

    @property
    def worker(self) -> int | None:
        """The process that reads, None if there is none."""
        return self._worker.pid if self._worker is not None and self._worker.alive else None

    @property
    def reading(self) -> bool:
        """Whether remarks can be read now: there is a worker, and it knows the register's names."""
        return self.worker is not None and self._known != b""

    async def read(self, texts: Sequence[str]) -> Mapping[str, Sequence[Span]]:
        """What was found in each of the texts that could be read."""
        found: dict[str, Sequence[Span]] = {}
        distinct = list(dict.fromkeys(texts))
        for at in range(0, len(distinct), _TURN):
            found.update(await self._read(distinct[at : at + _TURN]))
        return found

    async def _read(self, texts: Sequence[str]) -> Mapping[str, Sequence[Span]]:
        if not self.reading:
            self._outcomes[Outcome.AWAY] += len(texts)
            return {}
        turn = _Turn(texts, asyncio.get_running_loop().create_future())
        self._turns.put_nowait(turn)
        try:
            async with asyncio.timeout(WAIT):
                await turn.done
        except TimeoutError:
            self._outcomes[Outcome.WAITED] += len(texts) - len(turn.found)
        return turn.found

    async def tend(self) -> None:
        """Have a worker where one is wanted, with names that are not too old, and none where it is not. To be called
        again and again.
        """
        async with self._tending:
            if not self._wanted():
                await self.close()
            elif self.worker is None:
                if self._serving is not None and not self._serving.done():
                    self._told(Change(reading=False, why=Cause.GONE.value))  # it ended while nobody asked
                if monotonic() >= self._begin_at:
                    await self._begin()
            elif monotonic() >= self._renew_at:
                await self._renew(await self._names())

    async def close(self) -> None:
        """End the worker; who still waits is told that nothing was found."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)
        if self._worker is not None:
            await self._worker.close()
        self._worker, self._serving, self._known = None, None, b""

    async def _begin(self) -> None:
        await self.close()
        beginning = asyncio.create_task(Worker.begin())
        try:
            names = await self._names()
            self._worker = await beginning
        except Lost as lost:
            self._failures += 1
            self._begin_at = monotonic() + min(_PATIENCE, 2.0**self._failures / 2)
            self._told(Change(reading=False, why=lost.cause.value))
            return
        finally:
            beginning.cancel()
        self._failures = 0
        self._serving = asyncio.create_task(self._serve(self._worker))
        await self._renew(names)

    async def _renew(self, names: Sequence[str] | None) -> None:
        """Have the worker know the names, unless it knows just these; without any it goes by those before."""
        if names is None or self._worker is None:
            self._renew_at = monotonic() + _AGAIN
            return
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "replace")).digest()
        if digest != self._known:
            # A worker that is lost here is noticed by who serves by it, at the next remark.
            with contextlib.suppress(Lost):
                async with self._one_at_a_time:
                    count = await self._worker.enter_names(names)
                self._known = digest
                self._told(Change(reading=True, names=count))
        self._renew_at = monotonic() + _RENEWED

    async def _serve(self, worker: Worker) -> None:
        """Turn after turn, until the worker is lost; then whoever waits is told so."""
        try:
            while True:
                await self._take(worker, await self._turns.get())
        except Lost as lost:
            self._told(Change(reading=False, why=lost.cause.value))
        finally:
            worker.kill()
            while not self._turns.empty():
                self._end(self._turns.get_nowait(), Outcome.AWAY)

    async def _take(self, worker: Worker, turn: _Turn) -> None:
        """Raises Lost."""
        unread = Outcome.AWAY
        try:
            for text in turn.texts:
                if turn.done.done():
                    return  # nobody waits for the rest
                await self._take_one(worker, turn, text)
            unread = Outcome.DOUBT
        except Lost:
            unread = Outcome.LOST
            raise
        finally:
            self._end(turn, unread)

    async def _take_one(self, worker: Worker, turn: _Turn, text: str) -> None:
        if self._deaths[number := hash(text)] >= _DEATHS:
            return
        try:
            async with self._one_at_a_time:
                spans = await worker.read(text)
        except Lost:
            if len(self._deaths) >= _REMEMBERED:
                self._deaths.clear()
            self._deaths[number] += 1
            raise
        if spans is not None:
            turn.found[text] = spans

    def _end(self, turn: _Turn, unread: Outcome) -> None:
        """Tell who waits; what was not read ended as `unread`."""
        self._outcomes[Outcome.READ] += len(turn.found)
        if not turn.done.done():
            self._outcomes[unread] += len(turn.texts) - len(turn.found)
            turn.done.set_result(None)
