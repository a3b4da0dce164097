"""How finely a purpose shows, and that it cannot be asked more finely: whoever may ask for an exact value and sees who
comes back has seen the value.

Rule S1: a key is no finer than the mask of its own field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.field import ADDRESS, AGE, BIRTH_DATE, FINDING_KEYS, SearchKey
from gateway.purpose.masks import Mask
from gateway.purpose.reading import KEEP, Fault, Reading, Rules
from masking.age_band import Reckoning
from masking.value import AreaLevel

_AREA: Final = "area"
_AGE_BAND: Final = "age_band"

_EXACT: Final = FINDING_KEYS | {SearchKey.STATUS}
"""Keys that ask for a value itself; each is called like the field that holds it."""


def kept(masks: Mapping[str, Mask], field: str) -> bool:
    """Whether the field is shown as it stands."""
    mask = masks.get(field)
    return mask is not None and mask.name == KEEP


def area_level(masks: Mapping[str, Mask]) -> AreaLevel | None:
    """The finest area that these masks show; None if they show none."""
    if kept(masks, ADDRESS):
        return AreaLevel.CHOME
    address = masks.get(ADDRESS)
    return AreaLevel(address.setting("level")) if address is not None and address.name == _AREA else None


@dataclass(frozen=True, slots=True)
class AgeBands:
    """The ages that some masks show: bands of `width` years up to `top` (None: without end), a year being reached
    `on_eve` of the birthday or on the day itself.
    """

    width: int
    top: int | None
    on_eve: bool


LAWFUL_YEARS: Final = AgeBands(1, None, True)
"""Single years as the law reckons them (年齢計算ニ関スル法律), which is what a whole birth date, or the age, shows."""


def age_bands(masks: Mapping[str, Mask]) -> AgeBands | None:
    """The ages that these masks show; None if they show none."""
    if kept(masks, BIRTH_DATE) or kept(masks, AGE):
        return LAWFUL_YEARS
    birth_date = masks.get(BIRTH_DATE)
    if birth_date is None or birth_date.name != _AGE_BAND:
        return None
    on_eve = birth_date.setting("reckoning") is Reckoning.BIRTHDAY_EVE
    return AgeBands(birth_date.setting("width"), birth_date.setting("top"), on_eve)


def _area_no_finer(reading: Reading) -> Iterator[Fault]:
    if SearchKey.AREA not in reading.text.search_by or reading.unreadable(ADDRESS):
        return
    if area_level(reading.masks) is None:
        yield _finer(reading, SearchKey.AREA, "area", "e.g. `address: {mask: area, level: town}`")


def _age_no_finer(reading: Reading) -> Iterator[Fault]:
    if SearchKey.AGE_BAND not in reading.text.search_by or reading.unreadable(BIRTH_DATE) or reading.unreadable(AGE):
        return
    if age_bands(reading.masks) is None:
        yield _finer(reading, SearchKey.AGE_BAND, "age", "e.g. `birth_date: {mask: age_band, width: 5}`")


def _value_is_kept(reading: Reading) -> Iterator[Fault]:
    for key in reading.text.search_by:
        # Beside pseudonyms a kept value is no remedy: such a purpose does not take the key at all.
        undone = bool(reading.pseudonymised) and key in FINDING_KEYS
        if key in _EXACT and not undone and not reading.unreadable(key) and not kept(reading.masks, key):
            yield _finer(reading, key, key.replace("_", " "), f"`{key}: keep`")


def _finer(reading: Reading, key: SearchKey, what: str, grant: str) -> Fault:
    message = f"a search by {what} tells what no field shows; grant {grant}, or remove the key"
    return reading.at(key), "search-finer", message


RULES: Final[Rules] = tuple(
    (frozenset({"search_by", "fields"}), rule) for rule in (_area_no_finer, _age_no_finer, _value_is_kept)
)
