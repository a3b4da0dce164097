"""Bulk work and single questions on one event loop."""

from __future__ import annotations

import asyncio
from time import perf_counter

import pytest

from gateway.disclosure.turns import Turns

pytestmark = pytest.mark.rule("L6")


async def _works(turns: int, log: list[str]) -> None:
    """Somebody with something to do in each of so many turns of the loop."""
    for _ in range(turns):
        end = perf_counter() + 0.0005
        while perf_counter() < end:
            pass
        await asyncio.sleep(0)
    log.append("others are done")


async def test_nobody_asks() -> None:
    """Where nobody asks single questions, bulk work gives way for a turn of the loop and goes on."""
    turns, log = Turns(), list[str]()
    other = asyncio.create_task(_works(50, log))
    await turns.pause(1.0)
    assert log == []
    await other


async def test_others_first() -> None:
    """Where somebody asked a moment ago, whatever else there is to do is done first."""
    turns, log = Turns(), list[str]()
    turns.asked()
    other = asyncio.create_task(_works(50, log))
    await turns.pause(1.0)
    assert log == ["others are done"]
    await other


async def test_who_is_inside_and_waits_goes_first() -> None:
    """A question that waits for the disk leaves the loop idle; bulk work waits until it has its answer."""
    inside, log = 1, list[str]()
    turns = Turns(lambda: inside)
    turns.asked()

    async def answered() -> None:
        nonlocal inside
        await asyncio.sleep(0.02)
        inside = 0
        log.append("answered")

    other = asyncio.create_task(answered())
    await turns.pause(1.0)
    assert log == ["answered"]
    await other


async def test_it_never_comes_to_a_stand() -> None:
    """Others who never stop do not stop bulk work: it goes on after a multiple of its own time."""
    turns, log = Turns(), list[str]()
    turns.asked()
    other = asyncio.create_task(_works(10**9, log))
    await turns.pause(0.001)
    assert log == []
    other.cancel()


async def test_readers_pause_one_after_the_other() -> None:
    """Many readers have the share of one: while one pauses, another one's pause has not begun."""
    turns, order = Turns(), list[str]()
    turns.asked()

    async def reader(name: str) -> None:
        await turns.pause(0.001)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        for name in ("first", "second", "third"):
            group.create_task(reader(name))
    assert order == ["first", "second", "third"]


async def test_short_work_needs_no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that has hardly begun goes on without giving way; what waited elsewhere does not count as work."""
    monkeypatch.setattr("gateway.disclosure.turns._SLICE", 3600.0)
    turns, log = Turns(), list[str]()
    turns.asked()
    other = asyncio.create_task(_works(1, log))
    turn = turns.begin()
    await turn.give_way()
    turn.resume()
    await turn.give_way()
    assert log == []
    await other
