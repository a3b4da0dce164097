"""`date_precision`: a date cut to its year, or its year and month.

Claim: nothing finer than what is kept. A partial date keeps at most what it has (rule F7): a year asked for
its month stays a year, and says so. Known attack: year and month of birth, beside sex and area, are close to
unique in a small town.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pydantic import Field

from masking.masker import Masker, Settings, unkeyed
from masking.value import EMPTY, MALFORMED, DatePrecision, Masked, Occasion, PartialDate, ReducedDate, Value, ValueKind


class DatePrecisionSettings(Settings):
    """What is left of the date."""

    keep: DatePrecision = Field(
        strict=False,  # YAML has only text for it
        description="write what is left of the date, `keep: year` or `keep: month` (month keeps the year too)",
    )


@lru_cache(maxsize=4096)  # the months of three lifetimes; most rows share theirs
def _reduced(year: int, month: int) -> ReducedDate:
    return ReducedDate(PartialDate(year, month), DatePrecision.MONTH if month else DatePrecision.YEAR)


def _bind(settings: DatePrecisionSettings) -> Masker:
    months = settings.keep is DatePrecision.MONTH

    def date_precision(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, PartialDate):
            return MALFORMED
        return _reduced(value.year, value.month if months else 0)

    return date_precision


DATE_PRECISION: Final = unkeyed(
    "date_precision", fits=frozenset({ValueKind.DATE}), settings=DatePrecisionSettings, bind=_bind
)
