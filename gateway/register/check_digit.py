"""The check digits of the two numbers that a resident has in the whole country.

Rule: both end in a digit reckoned from the others: eleven less the remainder by eleven of the digits' sum, weighted 2
to 7 from the right and again from 2; a remainder of 0 or 1 gives 0. One wrong digit is always noticed, unless it turns
the one remainder into the other.

- 個人番号: 番号利用法施行令 (平成26年政令第155号) art. 8 and 平成26年総務省令第85号 art. 5; twelve digits.
- 住民票コード: 住民基本台帳法施行規則 art. 1 and 平成14年総務省告示第436号; eleven digits.
"""

from __future__ import annotations

import re
from typing import Final

MY_NUMBER_DIGITS: Final = 12
RESIDENT_CODE_DIGITS: Final = 11

_WEIGHTS: Final = (2, 3, 4, 5, 6, 7)
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
_GROUP: Final = 1_000
"""Digits are weighed three at a time, by table: registers have millions of numbers."""


def _weighed(group: int) -> tuple[int, ...]:
    """What each group of three digits adds to the sum, by its value; group 0 is the last one."""
    units, tens, hundreds = (_WEIGHTS[(group * 3 + place) % len(_WEIGHTS)] for place in range(3))
    return tuple(n % 10 * units + n // 10 % 10 * tens + n // 100 * hundreds for n in range(_GROUP))


_LAST, _THIRD, _SECOND, _FIRST = map(_weighed, range(4))
_CHECKS: Final = (0, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1)
"""The check digit by what the sum leaves over."""


def check_digit(number: int) -> int:
    """The digit that belongs behind the digits of `number`, of which there are at most twelve."""
    front, back = divmod(number, 1_000_000)
    return _CHECKS[
        (_LAST[back % _GROUP] + _THIRD[back // _GROUP] + _SECOND[front % _GROUP] + _FIRST[front // _GROUP]) % 11
    ]


def is_checked(number: str, digits: int) -> bool:
    """Whether `number` has this many ASCII digits, and the last is the one that belongs behind the others."""
    if len(number) != digits or _DIGITS.fullmatch(number) is None:
        return False
    others, last = divmod(int(number), 10)
    return check_digit(others) == last
