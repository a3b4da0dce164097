"""Invented names for those who are about to be shown: allotted before anything is recorded, let alone leaves.

Rule: a name is on disk before anybody sees it, and belongs to nobody in the register when it is given (rule M5). What
waits for a disk waits in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Final, Protocol, TypeAlias, TypeVar

from masking.masker import Allotting, Person
from masking.value import Occasion, Value

T = TypeVar("T")

Borne: TypeAlias = Callable[[Sequence[str]], Awaitable[Collection[str]]]
"""Which of some names, in plain spelling, somebody in the register bears."""


class Rest(Protocol):
    """How long work goes on before others go first."""

    def resume(self) -> None:
        """What was waited for was done elsewhere, and took nothing from anybody."""

    async def give_way(self) -> None:
        """Let others go first, where it is time."""


_AT_HAND: Final = 16
"""Residents who are looked up without a thread, whose turn would cost more."""
_SLICE: Final = 48
"""Residents whose names are looked up or drawn between rests: a third of a millisecond. In a thread it would be worse:
one that computes keeps the event loop waiting for the interpreter.
"""


class Turnabout:
    """A turn of the event loop for each of the others."""

    def resume(self) -> None:
        """Nothing is reckoned."""

    async def give_way(self) -> None:
        """Whoever is ready goes first."""
        await asyncio.sleep(0)


async def allot(
    masker: Allotting, rows: Sequence[tuple[Value | None, Occasion]], borne: Borne, rest: Rest | None = None
) -> None:
    """See to it that each of the rows has a name. Raises AllotmentsUnavailable, and what `borne` raises."""
    rest = rest or Turnabout()
    people = await _wanting(masker, rows, rest)
    turn = 0
    while people:
        offers: dict[Person, Mapping[int, str]] = {}
        for each in _parts(people, _SLICE):
            offers.update(masker.offers(each, turn))
            await rest.give_way()
        taken = await borne(sorted({name for offer in offers.values() for name in offer.values()}))
        free = {
            person: [number for number, name in offer.items() if name not in taken] for person, offer in offers.items()
        }
        people = await asyncio.to_thread(masker.take, free)
        rest.resume()
        turn += 1


async def _wanting(masker: Allotting, rows: Sequence[tuple[Value | None, Occasion]], rest: Rest) -> list[Person]:
    """Who has no name yet."""
    if len(rows) <= _AT_HAND:
        return masker.wanting(rows)
    loaded = await asyncio.to_thread(masker.load)
    rest.resume()
    people: list[Person] = []
    for some in _parts(rows, _SLICE):
        people += masker.wanting(some) if loaded else await asyncio.to_thread(masker.wanting, some)
        await rest.give_way()
    return people


def _parts(of: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """In their order, so many at a time."""
    return (of[start : start + size] for start in range(0, len(of), size))
