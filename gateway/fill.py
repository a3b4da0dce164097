"""The fill window: how many lookups share one walk to the register and one sync of the disk.

Rule: under load wait until as many have come as lately came, and never longer than the patience; a lone caller waits
for nobody. A fixed wait would make one caller pay for a crowd that is not there, and no wait at all shares nothing,
because handlers start one a loop turn and a sync is shorter than the gap between arrivals.

While a walk or anything else holds the loop up, nobody is let in: who came meanwhile stands outside and cannot be
counted. So a crowd looks like single callers, one a walk, and would be served as such, slower than it grows. Whenever
that may be so the loop is left to itself for a moment first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, Generic, TypeVar

Item = TypeVar("Item")

LONGEST: Final = 32
"""Items a walk at most."""
PATIENCE: Final = 0.008
"""Seconds that the first of a walk waits at most for the others."""
_DOUBLE_AFTER: Final = 16
"""Full walks in a row after which twice as many are waited for."""
_BREATH: Final = 0.0003
"""Seconds without a new item after which nobody more is outside: a call needs some turns of the loop to get in."""
_LATE: Final = 0.002
"""Seconds that a timer may be late before the loop was held up."""
_BUSY: Final = 3
"""Items within a patience that are no lone callers, who come now and then."""
_CALM: Final = 64
"""Items after a time-out at target 1 before company is waited for again."""


class FillWindow(Generic[Item]):
    """Gathers items and walks with them, one walk at a time."""

    def __init__(self, walk: Callable[[list[Item]], Awaitable[None]]) -> None:
        """`walk` must not raise: each item carries its own future."""
        self._walk = walk
        self._waiting: list[Item] = []
        self._target = 1
        self._full = 0
        self._calm = 0
        self._lately: deque[float] = deque([float("-inf")] * _BUSY, _BUSY)
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._walking: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Items that have not set out yet."""
        return len(self._waiting)

    def put(self, item: Item, *, company: bool) -> None:
        """Add an item; `company` says whether other requests are under way, so that waiting for them may pay."""
        waiting = self._waiting
        waiting.append(item)
        self._lately.append(perf_counter())
        if self._target == 1:
            if self._calm:
                self._calm -= 1
            elif company:
                self._target = 2
        if len(waiting) >= self._target:
            self._set_out()
        elif self._timer is None:
            self._be_patient()

    async def drained(self) -> None:
        """Wait until nobody waits or walks."""
        while self._walking is not None or self._waiting:
            if self._walking is None:
                self._set_out()
            if self._walking is not None:
                await asyncio.wait([self._walking])

    def _be_patient(self) -> None:
        self._due = perf_counter() + PATIENCE
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._time_out)

    async def _let_in(self) -> None:
        """Leave the loop to itself as long as more keep coming, so that they share the next walk in place of having one
        each.
        """
        quiet_at = perf_counter() + _BREATH
        before = len(self._waiting)
        while perf_counter() < quiet_at and len(self._waiting) < LONGEST:
            await asyncio.sleep(0)
            if len(self._waiting) > max(before, 1):  # Who comes alone is not kept for others.
                before, quiet_at = len(self._waiting), perf_counter() + _BREATH
        if len(self._waiting) > self._target:
            self._target, self._calm = min(LONGEST, len(self._waiting)), 0

    def _time_out(self) -> None:
        self._timer = None
        if self._walking is None and perf_counter() > self._due + _LATE:
            self._walking = asyncio.get_running_loop().create_task(self._late())
            return
        self._full = 0
        # By half at most: right after many answers the loop is busy, and one slow moment is not an empty house.
        self._target = max(1, len(self._waiting), self._target // 2)
        if self._target == 1:
            self._calm = _CALM
        self._set_out()

    async def _late(self) -> None:
        """The loop was held up, and that so few have come says nothing."""
        await self._let_in()
        self._walking = None
        self._set_out()

    def _set_out(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._walking is not None or not self._waiting:
            return
        group, self._waiting = self._waiting[:LONGEST], self._waiting[LONGEST:]
        if len(group) >= self._target:
            self._full += 1
            if self._full >= _DOUBLE_AFTER:
                self._full = 0
                self._target = min(LONGEST, self._target * 2) if self._target > 1 else 1
        self._walking = asyncio.get_running_loop().create_task(self._go(group))

    async def _go(self, group: list[Item]) -> None:
        begun = perf_counter()
        try:
            await self._walk(group)
            now = perf_counter()
            if now - begun > PATIENCE or (self._target == 1 and now - self._lately[0] < PATIENCE):
                await self._let_in()
        finally:
            self._walking = None
            if len(self._waiting) >= self._target:
                self._set_out()
            elif self._waiting and self._timer is None:
                self._be_patient()
