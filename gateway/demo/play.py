"""The demo from its first act to its last, or the gateway of its city for people to try.

Rule: everything is real: the server a process of its own, every call over mutual TLS with a staff token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Final, TypeAlias

from gateway.demo import commands
from gateway.demo.acts import approved, city, evidence, protected, refused, remarked, snooper, unnumbered, views
from gateway.demo.company import Company
from gateway.demo.estate import SYSTEMS, Estate, Wishes
from gateway.demo.people import people
from gateway.demo.scene import Scene
from gateway.demo.show import Screen
from gateway.demo.stage import CannotServe, Server, served

Act: TypeAlias = Callable[[Scene], Awaitable[None]]

_ACTS: Final[tuple[tuple[str, str, Act], ...]] = (
    (views.TITLE, views.WHY, views.play),
    (unnumbered.TITLE, unnumbered.WHY, unnumbered.play),
    (refused.CURIOUS, refused.CURIOUS_WHY, refused.play_curious),
    (approved.TITLE, approved.WHY, approved.play),
    (refused.FIELDS, refused.FIELDS_WHY, refused.play_fields),
    (remarked.TITLE, remarked.WHY, remarked.play),
    (protected.TITLE, protected.WHY, protected.play),
    (snooper.TITLE, snooper.WHY, snooper.play),
    (evidence.TITLE, evidence.WHY, evidence.play),
)


async def perform(screen: Screen, estate: Estate, wishes: Wishes) -> None:
    """All acts; `screen.faults` tells how many verdicts did not hold. Raises CannotServe, or Denied where an act was
    refused what nobody should refuse it.
    """
    start = perf_counter()
    screen.act(1, city.TITLE, city.WHY)
    city.play(screen, estate, wishes)
    cast = estate.cast()
    async with served(estate) as server:
        screen.verdict(f"the gateway is in service at {server.address}, process {server.pid}", holds=True)
        async with Company(estate, server.address) as company:
            scene = Scene(screen, estate, cast, server, company)
            for number, (title, why, play) in enumerate(_ACTS, 2):
                screen.act(number, title, why)
                await play(scene)
    screen.act(
        len(_ACTS) + 2, "What to try next", "Each command works as it stands; the first needs a terminal of its own."
    )
    for text in (commands.serving(estate, wishes), *commands.lookups(estate, cast), *commands.reading(estate)):
        screen.command(f"{text}\n")
    screen.say(f"All of this took {perf_counter() - start:.0f} s.", "dim")


async def stay(screen: Screen, estate: Estate, wishes: Wishes) -> None:
    """Serve until cancelled. Raises CannotServe if the gateway does not come up, or goes away."""
    screen.act(1, city.TITLE, city.WHY)
    city.play(screen, estate, wishes)
    async with served(estate) as server:
        _invite(screen, estate, server)
        code = await server.ended()
        raise CannotServe(f"the gateway has ended by itself, exit code {code}; {server.log} says why")


def _invite(screen: Screen, estate: Estate, server: Server) -> None:
    cast = estate.cast()
    commands.write_tokens(estate, cast)
    screen.act(
        2,
        f"潮見市 is open at {server.address}",
        "Everything below works when pasted into another terminal here, for 8 hours: then the tokens expire. Ctrl-C "
        "drains and ends.",
    )
    screen.table(
        ("Who (--as)", "Department", "System"),
        [(role, person.department, SYSTEMS[person.department]) for role, person in people(cast).items()],
    )
    screen.heading("Their tokens, in this order (mode 0600)")
    for person in people(cast).values():
        screen.command(commands.near(estate.pki.token(person.staff, person.post)))
    snippets: tuple[tuple[str, list[str]], ...] = (
        ("On the command line (the last one is refused, and says why)", commands.lookups(estate, cast)),
        ("buf curl", [commands.buf_curl(estate, cast, server.address)]),
        ("Python, with the stubs that departments get", [commands.python_stubs(estate, cast, server.address)]),
        ("The ledger, while the gateway writes it", commands.reading(estate)[-1:]),
    )
    for title, texts in snippets:
        screen.heading(title)
        for text in texts:
            screen.command(f"{text}\n")
