"""Names for people who do not exist: surnames as frequent as in Japan, given names that fit sex and year of birth.

Rule: names come from the japanese-personal-name-dataset (MIT) and not from Faker, whose pool of 2,550 pairs would
flatter every recall measured on this city. Each spelling keeps its own reading.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

from japanese_personal_name_dataset import load_dataset

from masking.value import Sex

_KATAKANA: Final = {hiragana: hiragana + 0x60 for hiragana in range(0x3041, 0x3097)}

_ERAS: Final = (1950, 1965, 1980, 1995, 2010)
"""First years of the eras in which tastes changed; six eras in all."""

# How much more often a reading with this ending was given in each era. Rough: it makes a 昭雄 old and a 陽斗 young.
_FASHION: Final[Mapping[Sex, tuple[tuple[tuple[str, ...], tuple[float, ...]], ...]]] = {
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
    """Names with weights."""

    def __init__(self, weighted: Iterable[tuple[Written, float]]) -> None:
        entries = tuple(weighted)
        self.names: Final = tuple(name for name, _ in entries)
        self._sums = list(itertools.accumulate(weight for _, weight in entries))

    def draw(self, chance: Draws) -> Written:
        """One name."""
        return self.names[bisect.bisect(self._sums, chance.random() * self._sums[-1])]


@cache
def surnames() -> Pool:
    """1,999 surnames by the number of people who bear them."""
    *_, last_names = load_dataset("opti", include_last_names=True)
    return Pool(
        (Written(text, entry["reading"].translate(_KATAKANA)), float(entry["count"]))
        for text, entry in last_names.items()
    )


@cache
def _given(sex: Sex) -> tuple[Pool, ...]:
    readings = load_dataset("opti")[0 if sex is Sex.MALE else 1]
    chosen = {reading: _commonest(entry["kanji"]) for reading, entry in readings.items()}
    return tuple(
        Pool(
            (
                Written(text, reading.translate(_KATAKANA)),
                # A reading with many spellings is a common one; its commonest spelling is the one most given.
                _fashion(sex, reading, era) * len(readings[reading]["kanji"]) ** 0.7 / (rank + 1),
            )
            for reading, spellings in chosen.items()
            for rank, text in enumerate(spellings)
        )
        for era in range(len(_ERAS) + 1)
    )


def _commonest(spellings: list[str]) -> list[str]:
    """Those of the characters that write this reading most often: for あきお 明夫 and 秋雄 rather than 亜喜央."""
    frequency = Counter(char for spelling in spellings for char in spelling)

    def mean(spelling: str) -> float:
        return sum(math.log(frequency[char]) for char in spelling) / len(spelling)

    return sorted(filter(None, spellings), key=lambda spelling: (-mean(spelling), spelling))[:_SPELLINGS]


def _fashion(sex: Sex, reading: str, era: int) -> float:
    return next(factors[era] for endings, factors in _FASHION[sex] if reading.endswith(endings))


def given_names(sex: Sex, birth_year: int) -> Pool:
    """Given names of a sex, as they were given in that year."""
    return _given(sex)[bisect.bisect(_ERAS, birth_year)]
