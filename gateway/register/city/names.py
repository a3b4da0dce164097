"""Names for people who do not exist: surnames as frequent as in Japan, given names that fit sex and year of birth.

Rule: names come from the japanese-personal-name-dataset (MIT) and not from Faker, whose pool of 2,550 pairs would
flatter every recall measured on this city. Each spelling keeps its own reading, and variants take their share.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from operator import mul
from typing import Final, Protocol

from japanese_personal_name_dataset import load_dataset

from gateway.register.city.spellings import IN_GIVEN_NAMES, IN_SURNAMES, spelled
from masking.value import Sex

_KATAKANA: Final = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}

_ERAS: Final = (1950, 1965, 1980, 1995, 2010)
"""First years of the eras in which tastes changed; six eras in all."""

Tastes = tuple[tuple[tuple[str, ...], tuple[float, ...]], ...]
"""Endings of readings, and a factor for each era; the first that fits counts."""

# How much more often a reading with this ending was given in each era. Rough: it makes a 昭雄 old and a 陽斗 young.
_FASHION: Final[Mapping[Sex, Tastes]] = {
    Sex.FEMALE: (
        (("こ",), (9, 8, 3, 0.9, 0.3, 0.15)),
        (("え", "よ"), (4, 2, 1, 0.4, 0.1, 0.05)),
        (("み",), (1.5, 3, 3, 1, 0.4, 0.2)),
        (("な", "か", "り", "は", "の", "お", "あ", "ね", "ほ", "い", "う"), (0.02, 0.08, 0.6, 1.6, 3, 4)),
        (("",), (0.1, 0.3, 1, 1, 1, 1)),
    ),
    Sex.MALE: (
        (("お", "じ", "ぞう", "いち", "み", "しげ"), (6, 4, 1.5, 0.5, 0.15, 0.08)),
        (("と", "た", "ま", "せい", "ら", "が", "は"), (0.03, 0.08, 0.6, 1.6, 3, 4)),
        (("",), (0.6, 1, 1, 1, 1, 1)),
    ),
}
_SPELLINGS: Final = 8
"""Spellings of a reading that are kept: those of the commonest characters."""


class Draws(Protocol):
    """Where chance comes from: `random.Random`, seeded."""

    def random(self) -> float:
        """A number of [0, 1)."""


@dataclass(frozen=True, slots=True)
class Written:
    """A surname or a given name with its reading in katakana."""

    text: str
    kana: str


class Pool:
    """Names with weights; `sums` are the weights accumulated."""

    def __init__(self, names: Iterable[Written], weights: Iterable[float]) -> None:
        self.names: Final = tuple(names)
        self.sums: Final = tuple(itertools.accumulate(weights))
        self._all = self.sums[-1]

    def draw(self, chance: Draws) -> Written:
        """One name."""
        return self.names[bisect.bisect(self.sums, chance.random() * self._all)]


@cache
def surnames() -> Pool:
    """1,999 surnames by the number of people who bear them, and their spellings with variant characters."""
    *_, last_names = load_dataset("opti", include_last_names=True)
    names: list[Written] = []
    weights: list[float] = []
    for text, entry in last_names.items():
        kana = entry["reading"].translate(_KATAKANA)
        for spelling, share in spelled(text, IN_SURNAMES):
            if spelling == text or spelling not in last_names:  # those are counted by themselves
                names.append(Written(spelling, kana))
                weights.append(entry["count"] * share)
    return Pool(names, weights)


@cache
def _given(male: bool) -> tuple[Pool, ...]:
    """The given names of men or women, by era."""
    readings = load_dataset("opti")[0 if male else 1]
    tastes = _FASHION[Sex.MALE if male else Sex.FEMALE]
    names: list[Written] = []
    weights: list[float] = []
    fashions: list[tuple[float, ...]] = []
    for reading, entry in readings.items():
        kana, fashion = reading.translate(_KATAKANA), _fashion(tastes, reading)
        # A reading with many spellings is a common one; its commonest spelling is the one most given.
        common = len(entry["kanji"]) ** 0.7
        for rank, text in enumerate(_commonest(entry["kanji"])):
            for spelling, share in spelled(text, IN_GIVEN_NAMES):
                names.append(Written(spelling, kana))
                weights.append(common * share / (rank + 1))
                fashions.append(fashion)
    return tuple(Pool(names, map(mul, weights, factors)) for factors in zip(*fashions, strict=True))


def _commonest(spellings: list[str]) -> list[str]:
    """Those of the characters that write this reading most often: for あきお 明夫 and 秋雄 rather than 亜喜央."""
    rarity = {char: -math.log(count) for char, count in Counter("".join(spellings)).items()}
    by_mean = sorted([(sum(map(rarity.__getitem__, each)) / len(each), each) for each in spellings if each])
    return [spelling for _, spelling in by_mean[:_SPELLINGS]]


def _fashion(tastes: Tastes, reading: str) -> tuple[float, ...]:
    return next(factors for endings, factors in tastes if reading.endswith(endings))


def given_names(sex: Sex, birth_year: int) -> Pool:
    """Given names of a sex, as they were given in that year."""
    return _given(sex is Sex.MALE)[bisect.bisect(_ERAS, birth_year)]  # an enum's own hash takes longer
