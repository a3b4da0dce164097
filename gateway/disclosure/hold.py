"""Holding back: an answer that shows nobody leaves at a set time after its question came, whatever was done meanwhile.

Rule S7: hidden and absent are equal in time. The work for both is kept alike as far as it goes; what is left of a
difference ends here. The event loop's own timers would not do: they sleep in whole milliseconds from whenever the loop
ran out of work, so the fraction would tell when that was. A thread of its own sleeps to the moment.
"""

from __future__ import annotations

import asyncio
import heapq
from itertools import count
from threading import Condition, Thread
from time import perf_counter_ns
from typing import Final, TypeAlias

STEP: Final = 5_000_000
"""ns: several times what a lone question takes. Whatever takes longer waits for the next step."""

_Waiting: TypeAlias = tuple[int, int, asyncio.AbstractEventLoop, "asyncio.Future[None]"]


def due(came: int, now: int) -> int:
    """When an answer that is ready `now` to a question that `came` then may leave: whole steps after it came, ns."""
    return came + max(1, -(-(now - came) // STEP)) * STEP


class Hold:
    """Holds answers back; begins with the first, ends with `close`."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._number = count()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False

    async def back(self, came: int) -> None:
        """Wait until the answer to a question that came then (`perf_counter_ns`) may leave."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        with self._changed:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="hold", daemon=True)
                self._thread.start()
            entry = (due(came, perf_counter_ns()), next(self._number), loop, future)
            heapq.heappush(self._waiting, entry)
            if self._waiting[0] is entry:
                self._changed.notify()
        await future

    async def close(self) -> None:
        """Let everything go that is still held, and the thread end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        with self._changed:
            while not self._closed:
                if not self._waiting:
                    self._changed.wait()
                    continue
                left = self._waiting[0][0] - perf_counter_ns()
                if left > 0:
                    self._changed.wait(left / 1e9)
                else:
                    _let_go(heapq.heappop(self._waiting))
            for each in self._waiting:
                _let_go(each)


def _let_go(waiting: _Waiting) -> None:
    _, _, loop, future = waiting
    if not loop.is_closed():
        loop.call_soon_threadsafe(_wake, future)


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():  # The client may have gone.
        future.set_result(None)
