"""One key for all the ways in which one address is written: 水神二丁目3番18号 is 水神2-3-18.

Rule: the register's address and what somebody types go through one and the same reader, so they meet or they do not;
nothing is looked up, and nothing is guessed.

The key is the town, then the numbers of chome, block and house joined by hyphens, then, behind `|`, the building:
`水神2-3-18|潮見ハイツ201`. On the way

- variants, width and kind of kana fold as in names (`plain`);
- in the town ヶ, ケ, が, ガ and ヵ are one, and so are の, ノ and 之, ッ and ツ; 大字, 小字 and 字 are left out;
- a number in kanji becomes digits only directly before 丁目, 番地, 番 or 号 with nothing but the address behind it, and
  beside a hyphen: 三田, 一番町 and 八丁堀 stay what they are;
- 号室, 号 and 室 behind the number of a flat are left out.

A town without chome has none in the key either (大字上里123番地 is 上里123). A flat's number behind a hyphen
(2-3-18-201) is one more number of the lot, as in a register's 3番18-201号; behind a blank it is a building. A key may
hold whatever else was typed, `%` and `_` too: compare it by `matches`, or escape it where those have a meaning.

Measured (CPython 3.11, one core): 10 µs a key, 15 µs with a building, 21 µs a query.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from masking.japanese.folding import plain
from masking.japanese.numeral import NUMERALS, in_kanji, kanji_number
from masking.value import Address

BUILDING: Final = "|"
"""What stands before the building in a key, and nowhere else."""

_HYPHENS: Final = "-‐‑‒–—―−－─"
_N: Final = f"0-9{NUMERALS}"
# Before folding: \d is a digit of any width, and what parts two numbers is a hyphen however it was typed.
_BETWEEN_NUMBERS: Final = re.compile(rf"(?<=[\d{NUMERALS}])\s*[{_HYPHENS}ーｰ・･]\s*(?=[\d{NUMERALS}])")
_PARTING: Final = re.compile(rf"(?<![\d{NUMERALS}])[{_HYPHENS}](?![ぁ-ヿｦ-ﾟ])|[|｜]")

# In 一番町 and 北十一条 the number is part of the name; clerks type digits for it.
_NUMBER_IN_NAME: Final = re.compile("[1-9][0-9]?(?=番町|番丁|条)")
_FIRST: Final = f"(?:[0-9]+|[{NUMERALS}]+(?=丁目|番地|番(?:[-{_N} ]|$)|号(?: |$)|-[{_N}]))"
_NEXT: Final = f"(?:[0-9]+(?![0-9]|号?室)|[{NUMERALS}]+(?=丁目|番|号|[-ノ][{_N}]| |$))"
_PARTED: Final = "(?: ?(?:丁目|番地?)(?:[- ノ])?|号?[-ノ])"
_LOT: Final = re.compile(
    f"(?P<town>.*?)(?P<lot>{_FIRST}(?:{_PARTED}{_NEXT})*|無番地|番外地)(?: ?(?:丁目|番地|番|号))?(?P<building>.*)"
)
_NUMBERS: Final = re.compile(f"[{_N}]+")

_LEFT_OUT_OF_TOWN: Final = re.compile("[ -]|(?:大字|小字|(?<![文十数])字)(?=.)")  # 文字 and 十字 are words
_TOWN: Final = str.maketrans("ガヶヵ之ッ", "ケケケノツ")
_ROOM: Final = re.compile("(?<=[0-9])(?:号室|号|室)$")
_BLANK_IN_NAME: Final = re.compile("(?<![0-9]) | (?![0-9])")


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """What a typed address asks for. `whole`: it names a building, so it means the key itself and nothing behind it."""

    key: str
    whole: bool

    def matches(self, key: str) -> bool:
        """Whether a register's key is meant: the same one, or the same one with a building that was not asked for."""
        return key == self.key or (not self.whole and key.startswith(self.key + BUILDING))


def address_key(address: Address) -> str:
    """Give the key of a register's address; the city is not part of it."""
    return _key(_spaced(str(Address("", "", address.town, address.chome, address.lot))))


def address_query(text: str, city: str = "") -> AddressPattern:
    """Read what somebody types.

    The city's name before the town is left out, and so is what ends in 都, 道, 府 or 県 before it; another city's name
    is not known here and stays, so that nothing is found. Raises ValueError if no address is left.
    """
    text = _spaced(text)
    if city:
        text = re.sub(f"^(?:[^ 0-9]{{2,3}}[都道府県])? ?{re.escape(plain(city))} ?", "", text)
    key = _key(text)
    if not key or key.startswith(BUILDING):
        raise ValueError("no address: write town, chome and lot, like 水神2-3-18")
    return AddressPattern(key, BUILDING in key)


def _spaced(text: str) -> str:
    """Fold a text and keep its blanks, which may part two numbers: one between parts, a hyphen between numbers."""
    text = _PARTING.sub(" ", _BETWEEN_NUMBERS.sub("-", text))
    folded = " ".join(filter(None, map(plain, text.split())))
    return _NUMBER_IN_NAME.sub(lambda number: in_kanji(int(number[0])), folded)


def _key(spaced: str) -> str:
    found = _LOT.fullmatch(spaced)
    if found is None:
        return _town(spaced)
    lot = "-".join(map(_digits, _NUMBERS.findall(found["lot"])))
    building = _building(found["building"])
    return _town(found["town"]) + (lot or found["lot"]) + (BUILDING + building if building else "")


def _digits(number: str) -> str:
    read = kanji_number(number)
    return number if read is None else str(read)


def _town(text: str) -> str:
    return _LEFT_OUT_OF_TOWN.sub("", text).translate(_TOWN)


def _building(text: str) -> str:
    return _BLANK_IN_NAME.sub("", _ROOM.sub("", text.strip(" -"))).replace(" ", "-")
