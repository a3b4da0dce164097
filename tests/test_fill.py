"""The fill window."""

import asyncio
import time
from collections.abc import Callable

import pytest

from gateway.fill import LONGEST, PATIENCE, FillWindow

Item = asyncio.Future[str]


class Walks:
    """Walks that answer everybody, remember their sizes, and can be held at the door."""

    def __init__(self) -> None:
        self.groups: list[list[Item]] = []
        self.door = asyncio.Event()
        self.door.set()
        self.window: FillWindow[Item] = FillWindow(self.walk)
        self.inside = 0

    async def walk(self, group: list[Item]) -> None:
        self.groups.append(group)
        await self.door.wait()
        for item in group:
            if not item.done():
                item.set_result("answered")

    async def call(self) -> str:
        item: Item = asyncio.get_running_loop().create_future()
        self.inside += 1
        try:
            self.window.put(item, company=self.inside > 1)
            return await item
        finally:
            self.inside -= 1

    @property
    def sizes(self) -> list[int]:
        return [len(group) for group in self.groups]


@pytest.fixture
async def timers(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Every timer that is set, by its delay."""
    loop = asyncio.get_running_loop()
    delays: list[float] = []
    call_later = loop.call_later

    def heard(delay: float, callback: Callable[..., object], *args: object) -> asyncio.TimerHandle:
        delays.append(delay)
        return call_later(delay, callback, *args)

    monkeypatch.setattr(loop, "call_later", heard)
    return delays


async def test_a_lone_caller_waits_for_nobody(timers: list[float]) -> None:
    """One call after the other: each sets out at once, and no timer is ever set."""
    walks = Walks()
    for _ in range(100):
        await walks.call()
    assert (walks.sizes, timers) == ([1] * 100, [])


async def test_callers_under_load_share_walks() -> None:
    """64 callers in a closed loop walk in groups that grow until they are full, never over the longest."""
    walks = Walks()

    async def caller() -> None:
        for _ in range(60):
            await walks.call()

    await asyncio.gather(*(caller() for _ in range(64)))
    assert sum(walks.sizes) == 64 * 60
    assert max(walks.sizes) == LONGEST
    assert len(walks.sizes) < 64 * 60 / 10


async def test_first_come_first_served() -> None:
    """Items set out in the order in which they came."""
    walks = Walks()
    walks.door.clear()
    items: list[Item] = [asyncio.get_running_loop().create_future() for _ in range(80)]
    for place, item in enumerate(items):
        walks.window.put(item, company=place > 0)
    walks.door.set()
    await asyncio.gather(*items)
    assert [item for group in walks.groups for item in group] == items


async def test_one_walk_at_a_time() -> None:
    """While a group is on its way the others wait, and go together when it is back."""
    walks = Walks()
    walks.door.clear()
    calls = [asyncio.create_task(walks.call()) for _ in range(10)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(walks.groups) == 1
    walks.door.set()
    assert await asyncio.gather(*calls) == ["answered"] * 10
    assert len(walks.groups) <= 3


async def test_whoever_waits_alone_after_a_crowd_is_served() -> None:
    """The target of a crowd does not strand the last one: patience runs out, and it sets out alone."""
    walks = Walks()

    async def caller() -> None:
        for _ in range(40):
            await walks.call()

    await asyncio.gather(*(caller() for _ in range(32)))
    assert await asyncio.wait_for(walks.call(), 5) == "answered"
    assert walks.sizes[-1] == 1


async def test_who_hung_up_keeps_nobody_waiting() -> None:
    """A cancelled call's item walks with its group; the others get their answers."""
    walks = Walks()
    walks.door.clear()
    calls = [asyncio.create_task(walks.call()) for _ in range(6)]
    await asyncio.sleep(0)
    calls[2].cancel()
    walks.door.set()
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes].count(True) == 1
    assert outcomes.count("answered") == 5


async def test_drained_waits_for_all_and_returns_at_once_when_empty() -> None:
    """Whoever had come is answered, whatever the target was."""
    walks = Walks()
    await walks.window.drained()
    walks.door.clear()
    calls = [asyncio.create_task(walks.call()) for _ in range(50)]
    await asyncio.sleep(0)
    draining = asyncio.create_task(walks.window.drained())
    await asyncio.sleep(0)
    assert not draining.done()
    walks.door.set()
    await draining
    assert walks.window.waiting == 0
    assert await asyncio.gather(*calls) == ["answered"] * 50


async def test_a_walk_that_breaks_a_promise_does_not_stop_the_next() -> None:
    """A walk must not raise; if one does, the window still sets out again."""
    came: list[int] = []

    async def walk(group: list[Item]) -> None:
        came.append(len(group))
        if len(came) == 1:
            raise RuntimeError("broken")
        for item in group:
            item.set_result("answered")

    window: FillWindow[Item] = FillWindow(walk)
    first: Item = asyncio.get_running_loop().create_future()
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    window.put(first, company=False)
    await window.drained()
    second: Item = asyncio.get_running_loop().create_future()
    window.put(second, company=False)
    assert await second == "answered"


async def test_after_a_slow_walk_those_who_came_meanwhile_walk_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk that held the loop up kept everybody outside: they come in one a turn, and share the next walk."""
    monkeypatch.setattr("gateway.fill.PATIENCE", 0.0)  # whatever a walk takes is slow
    walks = Walks()
    walks.door.clear()
    first = asyncio.create_task(walks.call())
    while not walks.groups:  # noqa: ASYNC110 - a walk that begins sets no event
        await asyncio.sleep(0)

    async def outside() -> None:
        """One caller a turn of the loop, as gRPC lets them in."""
        for _ in range(5):
            callers.append(asyncio.create_task(walks.call()))
            await asyncio.sleep(0)

    callers: list[asyncio.Task[str]] = []
    walks.door.set()
    await asyncio.gather(first, outside())
    await asyncio.gather(*callers)
    assert walks.sizes == [1, 5]


async def test_a_queue_outside_is_let_in_and_not_served_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walks hold the loop up, and callers come in one in a few turns of it: whoever looks only at who is inside sees
    one caller at a time, for as long as the queue lasts.
    """
    monkeypatch.setattr("gateway.fill._BREATH", 0.02)  # however slow the machine's turns are
    walks = Walks()

    async def blocking(group: list[Item]) -> None:
        time.sleep(0.001)  # noqa: ASYNC251 - as a sync of the disk does
        await walks.walk(group)

    walks.window = FillWindow(blocking)
    calls: list[asyncio.Task[str]] = []
    for _ in range(200):
        calls.append(asyncio.create_task(walks.call()))
        for _ in range(4):
            await asyncio.sleep(0)
    assert await asyncio.gather(*calls) == ["answered"] * 200
    assert len(walks.sizes) < 200 / 4


async def test_a_timer_that_is_late_says_nothing_of_who_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop stood still for longer than anybody has patience: those outside walk with the one who waited."""
    monkeypatch.setattr("gateway.fill.LONGEST", 8)
    monkeypatch.setattr("gateway.fill._BREATH", 0.02)
    walks = Walks()

    async def caller() -> None:
        for _ in range(100):
            await walks.call()

    await asyncio.gather(*(caller() for _ in range(16)))  # by now it takes eight to set out
    walks.groups.clear()
    first = asyncio.create_task(walks.call())
    await asyncio.sleep(0)
    time.sleep(2 * PATIENCE)  # noqa: ASYNC251 - as a page of a bulk read does
    others: list[asyncio.Task[str]] = []
    for _ in range(7):
        await asyncio.sleep(0)
        others.append(asyncio.create_task(walks.call()))
    await asyncio.gather(first, *others)
    assert walks.sizes == [8]
