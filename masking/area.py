"""`area`: an address cut to its city, town (町) or chome (丁目); the code is cut alike.

Claim: nothing finer than the level; never the lot (番地) or the building. An address that has less than was
asked for (a town without chome) is given at the level it has, and says so. Known attack: a chome with one
house in it; and the claim is only as good as the register's parts: a lot number that was typed into the town's
name stays in it.

The code: five digits of the municipality (JIS X 0402), three of the town, two of the chome. A code of fewer
parts (five or eight digits) is cut where it ends.

Null is EMPTY. Malformed is what is no address, and one whose code has other than 5, 8 or 10 digits, whose city is blank
or whose chome is not 0 to 99.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from pydantic import Field

from masking.masker import Masker, Settings, unkeyed
from masking.text import writable
from masking.value import EMPTY, MALFORMED, Absent, Address, Area, AreaLevel, Masked, Occasion, Value, ValueKind

_CODE: Final = re.compile(r"\d{5}(?:\d{3}(?:\d{2})?)?", re.ASCII)
_CODE_DIGITS: Final = {AreaLevel.CITY: 5, AreaLevel.TOWN: 8, AreaLevel.CHOME: 10}


class AreaSettings(Settings):
    """How much of the address is left."""

    level: AreaLevel = Field(
        strict=False,  # YAML has only text for it
        description="write how much of the address is left: `level: city`, `level: town` or `level: chome`",
    )


@lru_cache(maxsize=4096)  # the chome of a large city; residents by the hundred share one
def _area(level: AreaLevel, code: str, city: str, town: str, chome: int) -> Area | Absent:
    if _CODE.fullmatch(code) is None or not city.strip() or not writable(city + town) or not 0 <= chome <= 99:
        return MALFORMED
    if not town.strip():
        level = AreaLevel.CITY
    elif not chome and level is AreaLevel.CHOME:
        level = AreaLevel.TOWN
    text = city
    if level is not AreaLevel.CITY:
        text += town
    if level is AreaLevel.CHOME:
        text += f"{chome}丁目"
    return Area(level, code[: _CODE_DIGITS[level]], text)


def _bind(settings: AreaSettings) -> Masker:
    level = settings.level

    def area(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, Address):
            return MALFORMED
        return _area(level, value.code, value.city, value.town, value.chome)

    return area


AREA: Final = unkeyed("area", fits=frozenset({ValueKind.ADDRESS}), settings=AreaSettings, bind=_bind)
