"""Answers that show nobody leave at set times after their question came."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

import pytest

from gateway.disclosure.hold import STEP, Hold, due
from gateway.v1 import register_pb2 as pb
from tests.estates import COUNTER, Desk, House, batch, search

CAME = 1_000_000_007


@pytest.mark.rule("S7")
@pytest.mark.parametrize(
    ("took", "steps"),
    [
        (0, 1),  # as soon as it came
        (1, 1),
        (STEP - 1, 1),
        (STEP, 1),  # just in time
        (STEP + 1, 2),  # too late for one is in time for the next
        (7 * STEP - 1, 7),
    ],
)
def test_an_answer_may_leave_whole_steps_after_its_question(took: int, steps: int) -> None:
    """Whatever was done meanwhile, as long as it fits."""
    assert due(CAME, CAME + took) == CAME + steps * STEP


async def test_nobody_is_let_go_before_their_time() -> None:
    """Many at once, each by its own time; one whose client has gone keeps nobody."""
    hold = Hold()

    async def held(ago: int) -> bool:
        came = perf_counter_ns() - ago
        least = due(came, perf_counter_ns())
        await hold.back(came)
        return perf_counter_ns() >= least

    gone = asyncio.create_task(hold.back(perf_counter_ns()))
    await asyncio.sleep(0)
    gone.cancel()
    in_time = await asyncio.gather(*(held(number * STEP // 8) for number in range(24)))
    await hold.close()

    assert all(in_time)


async def test_closing_lets_everybody_go() -> None:
    """A gateway that stops waits for nobody's step."""
    hold = Hold()
    came = perf_counter_ns() + 3600 * 10**9  # an hour ahead
    waiting = asyncio.create_task(hold.back(came))
    await asyncio.sleep(0)
    await hold.close()

    await asyncio.wait_for(waiting, 5)


@pytest.mark.rule("S7", "W9")
@pytest.mark.parametrize("whom", ["hidden", "absent"])
async def test_whatever_shows_nobody_is_held_back(house: House, whom: str) -> None:
    """A lookup, a batch with an empty entry, and a search: to the other party each takes a step at least."""
    cast, clerk = house.cast, await house.clerk()
    resident = {"hidden": cast.protected, "absent": "9999999999"}[whom]
    applicant = cast.other_party

    assert await taken(clerk, house.at_the_counter(resident, applicant=applicant)) >= STEP
    assert await taken(clerk, batch(COUNTER, [cast.bystander, resident], applicant=applicant)) >= STEP
    assert await taken(clerk, search(name="誰か", born="1970-01-01", applicant=applicant)) >= STEP


async def taken(
    desk: Desk, request: pb.GetResidentRequest | pb.BatchGetResidentsRequest | pb.SearchResidentsRequest
) -> int:
    """How long the answer took, ns."""
    start = perf_counter_ns()
    if isinstance(request, pb.GetResidentRequest):
        assert await desk.tried(request) == "RESIDENT_NOT_FOUND"
    elif isinstance(request, pb.BatchGetResidentsRequest):
        assert None in await desk.batch(request)
    else:
        assert not await desk.search(request)
    return perf_counter_ns() - start
