"""Where people live: houses, blocks of flats, homes for the elderly and refuges.

Rule: each household has an address of its own, but for those in an institution, and a planted one, which share one. An
institution is as made up as the city.
"""

from __future__ import annotations

import bisect
import itertools
from typing import Final, NamedTuple

from gateway.register.city.keys import home_key
from gateway.register.city.names import Draws
from gateway.register.city.towns import TOWNS, Town

_BLOCKS: Final = (
    "潮見ハイツ",
    "コーポ松波",
    "メゾン浜風",
    "第二千鳥荘",
    "グリーンコート",
    "汐彩レジデンス",
    "サンライズ白砂",
)
_CARE_HOMES: Final = tuple(
    f"特別養護老人ホーム{name}"
    for name in ("汐見苑", "ゆうなぎの里", "白砂荘", "帆柱園", "灯台の郷", "千鳥苑", "なぎさの家")
)
_REFUGES: Final = ("母子生活支援施設みなと寮", "母子生活支援施設あさなぎ荘", "母子生活支援施設つばめハウス")
_DOORS: Final = 40
"""Of a block of flats, which a street has one of to so many houses."""


class Home(NamedTuple):
    """An address: the 町, its 丁目 (0: it has none) and the rest of it; its town code, and the key that finds it."""

    town: Town
    chome: int
    lot: str
    code: str
    key: str


_CODES: Final = {town.number: tuple(town.code(chome) for chome in range(town.chome + 1)) for town in TOWNS}


def _home(town: Town, chome: int, lot: str) -> Home:
    return Home(town, chome, lot, _CODES[town.number][chome], home_key(town.name, chome, lot))


class Homes:
    """The homes of one of the `parts` of a city, each given out once.

    The parts take turns in each street, block by block.
    """

    def __init__(self, chance: Draws, part: int, parts: int) -> None:
        self._random = chance.random
        self._part, self._parts = part, parts
        self._town_sums = list(itertools.accumulate(town.share for town in TOWNS))
        self._houses: dict[str, int] = {}
        self._institutions = 0

    def street(self, town: Town | None = None) -> tuple[Town, int]:
        """A 町, if none is given one by its share of households, and one of its 丁目."""
        town = town or TOWNS[bisect.bisect(self._town_sums, self._random() * self._town_sums[-1])]
        return town, 1 + int(self._random() * town.chome) if town.chome else 0

    def next(self, town: Town | None, size: int) -> Home:
        """The next free home for `size` people, in a town if one is given."""
        town, chome = self.street(town)
        house = self._next_house(town, chome)
        if not chome:
            return _home(town, chome, f"{house + 1}番地")
        if house % 3 and size < 3:  # small households: two in three live in a block of flats, ten doors to a floor
            block, flat = divmod(house, _DOORS)
            name = _BLOCKS[block % len(_BLOCKS)]
            return _home(
                town, chome, f"{block // 14 + 1}番{block % 14 + 1}号　{name}{flat // 10 + 1}{flat % 10 + 1:02d}"
            )
        return _home(town, chome, f"{house // 14 + 1}番{house % 14 + 15}号")

    def care_home(self) -> Home:
        """The address of a home for the elderly."""
        return self._institution(_CARE_HOMES)

    def refuge(self) -> Home:
        """The address of a refuge for mothers and children."""
        return self._institution(_REFUGES)

    def _institution(self, names: tuple[str, ...]) -> Home:
        town, chome = self.street()
        house = self._next_house(town, chome)
        name = names[self._institutions % len(names)]
        self._institutions += 1
        lot = f"{house // 14 + 1}番{house % 14 + 15}号" if chome else f"{house + 1}番地"
        return _home(town, chome, f"{lot}　{name}")

    def _next_house(self, town: Town, chome: int) -> int:
        code = _CODES[town.number][chome]
        house = self._houses[code] = self._houses.get(code, -1) + 1
        block, door = divmod(house, _DOORS)
        return (block * self._parts + self._part) * _DOORS + door
