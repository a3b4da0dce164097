"""What may be a surname or a given name, and how surely: by dictionary, by table, and by the characters of names.

Rule: parents make new names every day and no table has them all, but they make them of the characters that names are
made of: 心結 is in no dictionary, and begins and ends as hundreds of given names do. What a dictionary has as another
word is never made a name by its characters alone.
"""

from __future__ import annotations

import re
from collections import Counter
from enum import IntEnum
from functools import cache, lru_cache
from typing import Final, NamedTuple

from masking.remark.readings import readings
from masking.remark.words import NAMES, Class, Words

KANJI: Final = "々ヶ\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_ALL_KANJI: Final = re.compile(f"[{KANJI}]+")
_ALL_HIRAGANA: Final = re.compile("[ぁ-ゖー]+")
_ALL_KATAKANA: Final = re.compile("[ァ-ヺー]+")
_MIXED: Final = re.compile("[ぁ-ゖァ-ヺ]{1,3}[子江枝代恵美世乃]")
"""ヨシ子, とし江: kana and the last character of a woman's name."""
_TO_KATAKANA: Final = {point: point + 0x60 for point in range(0x3041, 0x3097)}
_SAME: Final = NAMES | {Class.PLACE}
_OFTEN: Final = 200
"""Given names that begin like one, times those that end like it, from which it may be one."""
_LONGEST_MADE: Final = 3


class Sure(IntEnum):
    """How surely a word may be a name."""

    NO = 0
    MAYBE = 1
    """It could be: a place, a word that no dictionary has, or one made of the characters of names."""
    WORD = 2
    """A name that is another word, too, or so short that it could be part of one."""
    NAME = 3


class _Ends(NamedTuple):
    """How many given names begin and end with a character."""

    first: Counter[str]
    last: Counter[str]


@cache
def _ends() -> _Ends:
    names = [name for name in readings().given if len(name) > 1 and _ALL_KANJI.fullmatch(name)]
    return _Ends(Counter(name[0] for name in names), Counter(name[-1] for name in names))


class Parts:
    """Asked of the same words again and again, so the answers are kept. Not for several threads at once."""

    def __init__(self, words: Words) -> None:
        self._words = words
        _ends()  # now, and not while a remark waits
        self.surname = lru_cache(maxsize=20_000)(self._surname)
        self.given = lru_cache(maxsize=20_000)(self._given)

    @staticmethod
    def frequent_surname(text: str) -> Sure:
        """The same by the table of frequent surnames alone."""
        if text not in readings().family:
            return Sure.NO
        return Sure.WORD if len(text) == 1 else Sure.NAME

    def _surname(self, text: str) -> Sure:
        kinds = self._words.may_be(text)
        if Class.SURNAME in kinds or text.translate(_TO_KATAKANA) in readings().family or text in readings().family:
            kana = not _ALL_KANJI.fullmatch(text)
            return Sure.WORD if len(text) <= 1 + kana or not kinds <= _SAME else Sure.NAME
        if not _ALL_KANJI.fullmatch(text) or len(text) > _LONGEST_MADE:
            return Sure.NO
        return Sure.MAYBE if Class.PLACE in kinds or not kinds else Sure.NO

    def _given(self, text: str) -> Sure:
        kinds = self._words.may_be(text)
        if Class.GIVEN in kinds or text.translate(_TO_KATAKANA) in readings().given or text in readings().given:
            kana = not _ALL_KANJI.fullmatch(text)
            return Sure.WORD if len(text) <= 1 + kana or not kinds <= _SAME else Sure.NAME
        if _MIXED.fullmatch(text):
            return Sure.NAME
        if kinds or not _ALL_KANJI.fullmatch(text) or not 1 < len(text) <= _LONGEST_MADE:
            return Sure.NO
        first, last = _ends()
        return Sure.MAYBE if first[text[0]] * last[text[-1]] >= _OFTEN else Sure.NO
