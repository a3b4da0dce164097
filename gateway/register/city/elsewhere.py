"""Where people came from and went to: municipalities that no map shows.

Rule: nothing here exists. The codes 48202 and on can belong to no municipality (see `towns`), the names are made up,
and what they are divided into has names that many places share.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from gateway.register.city.names import Draws

_MUNICIPALITIES: Final = (
    "汐崎市",
    "鳴瀬浜市",
    "朝凪市",
    "遠野原市",
    "天羽根市",
    "白鷺台市",
    "瑞野市",
    "八重浜市",
    "美鶴市",
    "葦原台市",
    "東雲台市",
    "鷹取原市",
    "星見台市",
    "千代ヶ浦町",
    "風早浦町",
    "若鮎町",
    "霞ヶ浜町",
    "月見里村",
)
_FIRST_CODE: Final = 48202
_QUARTERS: Final = (
    "本町",
    "中央",
    "緑町",
    "旭町",
    "栄",
    "新町",
    "東",
    "西町",
    "南",
    "北",
    "宮前",
    "港",
    "春日",
    "若松",
)
_CODES: Final = tuple(str(_FIRST_CODE + place) for place in range(len(_MUNICIPALITIES)))
_LOTS: Final = 30 * 25 * 12
_FLATS: Final = ("コーポ旭", "第一緑荘", "ハイツ中央", "メゾン若松", "サンハイム栄")


class Elsewhere(NamedTuple):
    """An address outside the city."""

    code: str
    city: str
    town: str
    chome: int
    lot: str

    def __str__(self) -> str:
        return f"{self.city}{self.town}{self.chome}丁目{self.lot}"


def elsewhere(chance: Draws) -> Elsewhere:
    """Any address outside the city."""
    dice = int(chance.random() * 1_000_000_000)
    dice, place = divmod(dice, len(_MUNICIPALITIES))
    dice, quarter = divmod(dice, len(_QUARTERS))
    dice, lot = divmod(dice, _LOTS)
    return Elsewhere(_CODES[place], _MUNICIPALITIES[place], _QUARTERS[quarter], dice % 5 + 1, _lot(lot))


@lru_cache(maxsize=_LOTS)
def _lot(number: int) -> str:
    """One of all there are: every third is a flat."""
    dice, block = divmod(number, 30)
    dice, house = divmod(dice, 25)
    lot = f"{block + 1}番{house + 1}号"
    return lot if dice % 3 else f"{lot}　{_FLATS[block % len(_FLATS)]}{dice % 4 + 1}{house % 9 + 1:02d}"
