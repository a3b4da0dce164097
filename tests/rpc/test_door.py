"""The door: lines for systems that keep failing."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from gateway.rpc import door
from gateway.rpc.door import Door

GOOD, BAD = b"a certificate", b"another one"


@dataclass
class Time:
    """Time that passes when somebody waits."""

    now: float = 1000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait, without taking any time of the others."""
        self.waits.append(seconds)


def opened() -> tuple[Door, Time]:
    """A door in a time of its own."""
    time = Time()
    return Door(time, time.sleep), time


async def test_nobody_is_watched_who_has_not_failed() -> None:
    """As long as all goes well there is nothing to look at."""
    at_door, time = opened()
    assert not at_door.watched
    assert await at_door.admits(GOOD)
    assert time.waits == []


async def test_an_office_with_stale_tokens_is_no_flood() -> None:
    """So many failures at once are free."""
    at_door, time = opened()
    for _ in range(50):
        assert await at_door.admits(BAD)
        at_door.failed(BAD)
    assert time.waits == []


async def test_a_flood_pseudonymous_line() -> None:
    """Behind the free ones each waits a little longer than the one before; who would wait too long is turned away."""
    at_door, time = opened()
    for _ in range(60):
        at_door.failed(BAD)
    admitted = [await at_door.admits(BAD) for _ in range(200)]
    assert admitted[:80] == [True] * 80
    assert not any(admitted[100:])
    assert time.waits[:20] == sorted(time.waits[:20])
    assert max(time.waits) == door._LONGEST


async def test_others_do_not_wait_for_it() -> None:
    """Each certificate has a line of its own."""
    at_door, time = opened()
    for _ in range(500):
        at_door.failed(BAD)
    assert await at_door.admits(GOOD)
    assert time.waits == []


async def test_a_line_empties() -> None:
    """Whoever has been quiet for long enough is no longer watched."""
    at_door, time = opened()
    for _ in range(100):
        at_door.failed(BAD)
    time.now += 100 / 50 + 0.01
    assert await at_door.admits(BAD)
    assert not at_door.watched


async def test_as_many_lines_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many, the shortest line is forgotten, never the longest."""
    monkeypatch.setattr(door, "_MOST", 3)
    at_door, _ = opened()
    for _ in range(200):
        at_door.failed(BAD)
    for number in range(5):
        at_door.failed(bytes([number]))
    assert BAD in at_door._ahead
    assert len(at_door._ahead) <= 3
