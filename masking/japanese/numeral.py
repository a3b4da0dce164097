"""Whole numbers in kanji: counted (四十五, 百二十三) or digit by digit (一九七〇).

Rule: what is in neither order (十三三) is no number; nothing is guessed.
"""

from __future__ import annotations

import re
from typing import Final

NUMERALS: Final = "〇零一二三四五六七八九十百千"
"""Every character that a number in kanji may hold, up to 9999."""

_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_COUNTED: Final = re.compile("(?:([1-9]?)千)?(?:([1-9]?)百)?(?:([1-9]?)十)?([1-9]?)")


def kanji_number(text: str) -> int | None:
    """Read a number of kanji or ASCII digits; None for what is none."""
    digits = text.translate(_DIGITS)
    if digits.isascii() and digits.isdigit():
        return int(digits)
    counted = _COUNTED.fullmatch(digits) if digits else None
    if counted is None:
        return None
    thousands, hundreds, tens = (0 if count is None else int(count or 1) for count in counted.groups()[:3])
    return thousands * 1000 + hundreds * 100 + tens * 10 + int(counted[4] or 0)


def in_kanji(number: int) -> str:
    """Write 1 to 99 in kanji, counted."""
    tens, ones = divmod(number, 10)
    count = "" if tens < 2 else NUMERALS[tens + 1]
    return count + ("十" if tens else "") + (NUMERALS[ones + 1] if ones else "")
