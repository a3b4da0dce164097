"""Days of the city as its tables and its clerks write them.

Rule: a day is an ordinal (`date.toordinal`) until it is written, because ordinals compare and add at no cost.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from masking.japanese.era import in_era
from masking.value import PartialDate

YEAR: Final = 365.2425
"""Days in a year, on average."""

_DAYS: Final = 65_536  # some 180 years


@lru_cache(maxsize=_DAYS)
def iso(day: int) -> str:
    """Write a day as `YYYY-MM-DD`."""
    return date.fromordinal(day).isoformat()


@lru_cache(maxsize=_DAYS)
def era(day: int) -> str:
    """Write a day in its era: 昭和45年8月12日."""
    known = date.fromordinal(day)
    return in_era(PartialDate(known.year, known.month, known.day))
