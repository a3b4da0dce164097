"""Given and family names in kanji and by their readings: what a general dictionary lacks.

Rule: read once, when the first engine is made. Sudachi knows words, and of names few in katakana; half of what old
systems left behind is in katakana. Source: japanese-personal-name-dataset (MIT), 1,999 family and 70,000
given names.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from masking.remark.shadow import shadow

_KATAKANA = {point: point + 0x60 for point in range(0x3041, 0x3097)}


class Readings(NamedTuple):
    """Family and given names, folded, each in kanji and in katakana."""

    family: frozenset[str]
    given: frozenset[str]


@cache
def readings() -> Readings:
    """The table; about 0.5 s the first time."""
    from japanese_personal_name_dataset import load_dataset  # noqa: PLC0415 - only who masks remarks needs it

    men, women, families = load_dataset("org", include_last_names=True)
    given = {kanji for table in (men, women) for entry in table.values() for kanji in entry["kanji"]}
    given |= {reading.translate(_KATAKANA) for table in (men, women) for reading in table}
    family = set(families) | {entry["reading"].translate(_KATAKANA) for entry in families.values()}
    return Readings(frozenset(shadow(name).plain for name in family), frozenset(shadow(name).plain for name in given))
