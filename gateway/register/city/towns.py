"""The towns of 潮見市, a city by a river mouth that no map shows.

Rule: nothing here exists. The municipality code 48201 can belong to no city: JIS X 0401 numbers the prefectures 01 to
47, and the first two digits of a JIS X 0402 code are the prefecture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CITY: Final = "潮見市"
MUNICIPALITY: Final = "48201"


@dataclass(frozen=True, slots=True)
class Town:
    """A 町: its three-digit number, how many 丁目 it has (0: none), its share of households, whether the river can
    flood it."""

    number: int
    name: str
    chome: int
    share: int
    riverside: bool = False

    def code(self, chome: int) -> str:
        """Its town code: municipality, town, chome (00 where it has none); ten digits."""
        return f"{MUNICIPALITY}{self.number:03d}{chome:02d}"


TOWNS: Final = tuple(
    Town(number, name, chome, share, riverside)
    for number, (name, chome, share, riverside) in enumerate(
        (
            ("潮見", 6, 60, False),
            ("汐入町", 4, 40, True),
            ("川端町", 5, 45, True),
            ("瀬戸口", 3, 25, True),
            ("中洲", 2, 14, True),
            ("浜風町", 4, 36, False),
            ("松波", 5, 50, False),
            ("灯台通", 3, 26, False),
            ("帆柱町", 2, 18, False),
            ("港本町", 4, 44, False),
            ("魚見台", 6, 58, False),
            ("白砂", 3, 30, False),
            ("貝塚町", 3, 24, False),
            ("千鳥が丘", 5, 52, False),
            ("桜坂", 4, 42, False),
            ("城山町", 2, 16, False),
            ("大手", 3, 28, False),
            ("鍛冶屋町", 1, 9, False),
            ("紺屋町", 1, 9, False),
            ("寺前", 2, 15, False),
            ("宮の下", 3, 25, False),
            ("若葉台", 6, 62, False),
            ("青葉町", 4, 38, False),
            ("緑ヶ原", 5, 48, False),
            ("栄町", 4, 40, False),
            ("駅前", 3, 34, False),
            ("東潮見", 5, 46, False),
            ("西潮見", 5, 47, False),
            ("南潮見", 4, 37, False),
            ("北潮見", 4, 35, False),
            ("高見台", 3, 29, False),
            ("柿ノ木", 2, 12, False),
            ("水神", 2, 13, True),
            ("野分", 0, 8, False),
            ("大字上里", 0, 7, False),
            ("大字下里", 0, 7, False),
            ("字沖島", 0, 2, False),
            ("夕凪", 3, 27, False),
            ("星ヶ浦", 4, 33, False),
            ("新開", 2, 17, False),
        ),
        start=1,
    )
)
