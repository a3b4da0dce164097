"""Numbers that residents are known by: ids, My Numbers and resident record codes.

Rule: numbers look drawn by lot, never repeat in a city, whichever of its parts they are given in, and pass the check
that the law prescribes, so that what recognises them is tried on numbers of the right form. All of them come from the
seed: none was looked up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from gateway.register.check_digit import check_digit

PEOPLE: Final = 5_000_000
"""More than one city has; as many numbers can be drawn."""


def lots(city: random.Random, chance: random.Random, digits: int, people: range) -> Iterator[int]:
    """Numbers of so many digits that look drawn by lot and never repeat, for some of the `PEOPLE` of a city.

    The nth is a random one of the nth stretch of all numbers, multiplied, its front half shifted by the square of its
    back half, and multiplied again, modulo a power of ten: stretches do not overlap, and none of the three steps maps
    two numbers to one. What they are multiplied by is the same in the whole city, and comes from `city`; the rest comes
    from `chance`. Drawing more than there are people raises IndexError.
    """
    everything = 10**digits
    low, high = 10 ** (digits // 2), 10 ** (digits - digits // 2)
    stretch = everything // PEOPLE
    # Factors that end in 7 have no divisor in common with a power of ten.
    first, second = (city.randrange(everything // 100, everything // 10) * 10 + 7 for _ in range(2))
    dice = chance.random
    for start in range(people.start * stretch, people.stop * stretch, stretch):
        front, back = divmod((start + int(dice() * stretch)) * first % everything, low)
        yield ((front + back * back) % high * low + back) * second % everything
    raise IndexError("no city is as large as that")


class Numbers:
    """All numbers of some of the people of a city, each of them drawn by `next`."""

    def __init__(self, city: random.Random, chance: random.Random, people: range) -> None:
        def drawn(digits: int) -> Iterator[int]:
            return lots(city, chance, digits, people)

        self.residents: Final[Iterator[str]] = map("{:010d}".format, drawn(10))
        """宛名番号."""
        self.households: Final[Iterator[str]] = map("{:08d}".format, drawn(8))
        """世帯番号."""
        self.national: Final[Iterator[tuple[str, str]]] = zip(
            (f"{number:011d}{check_digit(number)}" for number in drawn(11)),
            (f"{code:010d}{check_digit(code)}" for code in drawn(10)),
            strict=True,
        )
        """個人番号 and 住民票コード, of twelve and of eleven digits, check digit last."""
