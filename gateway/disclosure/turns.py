"""Turns: how those who read in bulk share the event loop with people at a counter (rule L6).

Rule: as long as single questions come in, bulk work has a fixed share of the loop's *time*, all readers together;
otherwise it has all of it. To give way for one turn of the loop is not enough: gRPC brings in one call a turn, and a
lookup needs several, so that slices between turns, however short, decide how many lookups there can be.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import perf_counter
from typing import Final

_LATELY: Final = 0.1
"""Seconds after a single question during which more are expected."""
_SLICE: Final = 0.0005
"""Seconds of bulk work between pauses; timers are a millisecond coarse, so shorter ones would only wait longer."""
_STEP: Final = 0.001
"""Seconds of a pause, before it is looked whether anybody else has anything to do."""
_STILL: Final = 0.003
"""Seconds without a single question after which none is on its way in. gRPC hands over one call at a time, each after a
turn of the loop and one of its own thread: a queue outside looks like nobody here, and each slice makes it longer.
"""
_IDLE: Final = 0.00005
"""Seconds that a turn of the loop takes at most if nobody else has anything to do; a call that comes in takes more."""
_MOST: Final = 30.0
"""Seconds that bulk work gives way at most for each second of its own: it never comes to a stand."""


class Turns:
    """Shared by all streams of one gateway. `inside` tells how many single questions are under way."""

    def __init__(self, inside: Callable[[], int] = lambda: 0) -> None:
        self._inside = inside
        self._asked = float("-inf")
        # Held while one reader pauses: readers pause one after the other, so that many have the share of one.
        self._pausing = asyncio.Lock()

    def asked(self) -> None:
        """Somebody asks a single question."""
        self._asked = perf_counter()

    def begin(self) -> Turn:
        """A stretch of bulk work begins."""
        return Turn(self)

    async def pause(self, spent: float) -> None:
        """Give way until nobody is inside or coming in and the loop is idle, or for what `spent` seconds of bulk work
        are worth at most. Who is inside and waits, for company or for the disk, leaves the loop idle and is not done.
        """
        if perf_counter() - self._asked > _LATELY:
            await asyncio.sleep(0)
            return
        async with self._pausing:
            end = perf_counter() + spent * _MOST
            while True:
                await asyncio.sleep(_STEP)
                before = perf_counter()
                await asyncio.sleep(0)
                after = perf_counter()
                still = not self._inside() and after - self._asked > _STILL
                if after > end or (still and after - before < _IDLE):
                    return


class Turn:
    """One stretch of bulk work."""

    __slots__ = ("_since", "_turns")

    def __init__(self, turns: Turns) -> None:
        self._turns, self._since = turns, perf_counter()

    def resume(self) -> None:
        """What was done since then was done elsewhere: it waited, and took nothing from anybody."""
        self._since = perf_counter()

    async def give_way(self) -> None:
        """Between two pieces of work: let others go first if it is time."""
        spent = perf_counter() - self._since
        if spent >= _SLICE:
            await self._turns.pause(spent)
            self._since = perf_counter()
