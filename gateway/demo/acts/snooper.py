"""Act 9: the snooper, and the bulk reader, each stopped at exactly the allowance."""

from __future__ import annotations

import asyncio
from typing import Final

from gateway.cli.client import Denial, Denied
from gateway.cli.told import allowances
from gateway.demo.scene import COUNTER, STATISTICS, Scene, counter, reason, statistics
from gateway.register.city.build import REGISTER_FILE, STANDING_FILE
from gateway.register.city.census import neighbours

TITLE: Final = "The snooper"
WHY: Final = (
    "A clerk with every right to work at the counter walks through the register, house by house. What counts is how "
    "many different residents one person has seen, over a day, a month, a year."
)
_MORE: Final = 5
"""Residents that the snooper still tries for after the end."""
_PACE: Final = 0.03
"""Seconds between looks when somebody watches."""


async def play(scene: Scene) -> None:
    """One by one at the counter, then hundreds at once by stream."""
    await _one_by_one(scene)
    scene.screen.say("")
    await _by_stream(scene)


async def _one_by_one(scene: Scene) -> None:
    cast, company, screen = scene.cast, scene.company, scene.screen
    city = scene.estate.path / "city"
    allowed, _ = await company.allowance(cast.snooper, COUNTER)
    victims = neighbours(city / REGISTER_FILE, city / STANDING_FILE, cast.bystander, allowed + _MORE)
    seen, ends, waited = 0, [], company.waits
    with screen.gauge("residents seen", allowed) as reach:
        for victim in victims:
            answer = await company.ask(cast.snooper, counter(victim), victim)
            if isinstance(answer, Denial):
                ends.append(answer)
            else:
                seen += 1
                reach(seen)
            if screen.live:
                await asyncio.sleep(_PACE)
    _, left = await company.allowance(cast.snooper, COUNTER)
    _reopening(scene, ends[:1])
    waits = company.waits - waited
    if waits:
        screen.say(
            f"{waits} short wait{'s' if waits > 1 else ''} (RATE_EXCEEDED) on the way, on record like every refusal.",
            "dim",
        )
    screen.verdict(
        f"the clerk asked for {len(victims)} residents and saw {seen}: the day's allowance is {allowed}, {left} are "
        f"left, and the other {len(ends)} were refused",
        holds=seen == allowed and left == 0 and {reason(end) for end in ends} == {"BUDGET_EXHAUSTED"},
    )


async def _by_stream(scene: Scene) -> None:
    cast, company, screen = scene.cast, scene.company, scene.screen
    allowed, _ = await company.allowance(cast.analyst, STATISTICS)
    before, ends = len(scene.pseudonyms), []
    pages: list[int] = []
    with screen.gauge("rows streamed ", allowed) as reach:
        try:
            async for page in company.stream(cast.analyst, statistics(), ages=(0, None)):
                rows = page.get("residents", [])
                pages.append(len(rows))
                scene.pseudonyms |= {row["resident_id"]["pseudonym"] for row in rows}
                reach(len(scene.pseudonyms))
        except Denied as denied:
            ends.append(denied.denial)
    _reopening(scene, ends)
    distinct = len(scene.pseudonyms)
    why = [reason(end) for end in ends]
    # In a small city the share of the register that one person may see is reached before the day's allowance.
    bound, right = "the day's allowance", distinct == allowed and why == ["BUDGET_EXHAUSTED"]
    if why == ["COVERAGE_STOP"]:
        bound, right = "the share of the register that one person may see", distinct < allowed
    screen.verdict(
        f"the planner asked for the whole city and got pages of {', '.join(map(str, pages))}: with the {before} of act "
        f"2 that makes {distinct} different residents, {bound}, and not one more",
        holds=right,
    )


def _reopening(scene: Scene, ends: list[Denial]) -> None:
    for end in ends:
        scene.screen.say(f"{end.reason}: {end.text}", "yellow")
        for line in allowances(end, "en"):
            scene.screen.say(f"  {line}", "dim")
