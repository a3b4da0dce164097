"""`date_precision`: a date cut to its year, the year of its era (元号年), or its year and month.

Claim: nothing finer than what is kept. A partial date keeps at most what it has (rule F7): a year asked for
its month stays a year, and says so. In a year in which the era changed, `era_year` shows both eras where one of them
has less than a month of it: 昭和64年 has seven days and 昭和元年 too, and so few are born in a week that the era alone
would pick them out. Known attack: year and month of birth, beside sex and area, are close to unique in a small town;
`era_year` halves the years 1912 and 2019, which `year` does not.

Null is EMPTY; what is no date is MALFORMED.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from pydantic import Field

from masking.japanese.era import era_year
from masking.masker import Masker, Settings, unkeyed
from masking.value import (
    EMPTY,
    MALFORMED,
    DatePrecision,
    EraYear,
    Masked,
    Occasion,
    PartialDate,
    ReducedDate,
    Value,
    ValueKind,
)


class DatePrecisionSettings(Settings):
    """What is left of the date."""

    keep: DatePrecision = Field(
        strict=False,  # YAML has only text for it
        description="write what is left of the date, `keep: year`, `keep: era_year` or `keep: month` (with its year)",
    )


@lru_cache(maxsize=4096)  # the months of three lifetimes; most rows share theirs
def _reduced(year: int, month: int) -> ReducedDate:
    return ReducedDate(PartialDate(year, month), DatePrecision.MONTH if month else DatePrecision.YEAR)


@lru_cache(maxsize=32_768)  # the days of a lifetime
def _era_year(date: PartialDate) -> EraYear:
    return EraYear(era_year(date), date.year)


def _bind(settings: DatePrecisionSettings) -> Masker:
    months, eras = settings.keep is DatePrecision.MONTH, settings.keep is DatePrecision.ERA_YEAR

    def date_precision(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, PartialDate):
            return MALFORMED
        if eras:
            return _era_year(value)
        return _reduced(value.year, value.month if months else 0)

    return date_precision


DATE_PRECISION: Final = unkeyed(
    "date_precision", fits=frozenset({ValueKind.DATE}), settings=DatePrecisionSettings, bind=_bind
)
