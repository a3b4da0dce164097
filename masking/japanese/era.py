"""Dates as Japanese people and registers write them, read as a `PartialDate` and written in the era (元号) again.

Rule: a date is read in one way or not at all. A day outside its era does not exist (昭和64年1月8日), and what an era
date leaves open stays open: no month or day is ever made up (rule F7).

Eras begin on the day from which their decree counts, whole: 大正 on 1912-07-30, 昭和 on 1926-12-25, 平成 on
1989-01-08 (政令第一号 of 1989), 令和 on 2019-05-01 (政令第百四十三号 of 2019). So 明治45年7月30日 is 大正元年7月30日,
and whoever writes the former is told that 明治 had ended.

明治 counts from 1868, by its decree for the whole of that year. Up to 明治5年12月2日 (1872-12-31) the calendar was the
moon's (太政官布告第三百三十七号 of 1872): a month or day of those years is refused, for it is another day in the
Gregorian calendar, and a year alone stands for the Gregorian year in which most of it lay.

The package `japanera` reads dates of one given format with all three parts; it knows no unknown days, and lets pass
what lies outside an era. Hence this file.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date
from typing import Final, NamedTuple

from masking.japanese.numeral import NUMERALS, kanji_number
from masking.value import PartialDate


class Within(NamedTuple):
    """Days, both inclusive."""

    first: date
    last: date


class _Era(NamedTuple):
    name: str
    sign: str
    letter: str
    first: date
    last: date

    def year(self, year: int) -> str:
        """A Gregorian year in this era."""
        number = year - self.first.year + 1
        return f"{self.name}{'元' if number == 1 else number}年"


_GREGORIAN: Final = date(1873, 1, 1)  # 明治6年1月1日: the first day by the calendar in use today
_ERAS: Final = (
    _Era("明治", "明", "M", date(1868, 1, 1), date(1912, 7, 29)),
    _Era("大正", "大", "T", date(1912, 7, 30), date(1926, 12, 24)),
    _Era("昭和", "昭", "S", date(1926, 12, 25), date(1989, 1, 7)),
    _Era("平成", "平", "H", date(1989, 1, 8), date(2019, 4, 30)),
    _Era("令和", "令", "R", date(2019, 5, 1), date.max),
)
_BY_SIGN: Final = {sign: era for era in _ERAS for sign in era[:3]}

_KANJI_NUMBER: Final = re.compile(f"[{NUMERALS}]+")
_ERA: Final = f"(?P<era>{'|'.join(_BY_SIGN)})?"
_YEAR: Final = "(?P<year>[0-9]{1,4}|元)"
_MONTH: Final = "(?P<month>[0-9]{1,2})"
_DAY: Final = "(?P<day>[0-9]{1,2})"
_FORMS: Final = (
    re.compile(f"{_ERA}{_YEAR}年(?:{_MONTH}月(?:{_DAY}日|日不詳)?|月日不詳)?"),
    re.compile(f"{_ERA}{_YEAR}(?:(?P<mark>[-./]){_MONTH}(?:(?P=mark){_DAY})?)?"),
    re.compile("(?P<era>)(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
)
_BLANK_BESIDE_NO_DIGIT: Final = re.compile(r"(?<![0-9])\s+|\s+(?![0-9])")


def parse_date(text: str) -> PartialDate:
    """Read a date, exact or partial.

    Gregorian `1970-08-12`, `1970/8/12`, `1970.8`, `19700812`, `1970年8月12日`; by era 昭和45年8月12日, 昭45.8,
    S45/8/12, ㍼四十五年八月, 元年 for the first year; digits of any width or kanji. A month or day that is left out,
    written 00 or 不詳, is unknown. Two eras of one and the same year or month are read too, as `in_era` writes them.

    Raises ValueError, which says what to write instead and does not repeat the text.
    """
    return parse_within(text)[0]


def parse_within(text: str) -> tuple[PartialDate, Within | None]:
    """The same, with the days of the era in it; None where the era leaves none of them out.

    昭和64年 is a year of seven days: 1989, but only up to 7 January.
    """
    wide = unicodedata.normalize("NFKC", text).upper()
    shown = _KANJI_NUMBER.sub(_digits, _BLANK_BESIDE_NO_DIGIT.sub("", wide))
    parts = [_one_date(part) for part in shown.split("・", 1)]
    if any(date != parts[0][0] for date, _ in parts):
        raise ValueError("two dates that differ: write one of them")
    date = parts[0][0]
    within = Within(min(each.first for _, each in parts), max(each.last for _, each in parts))
    return date, None if within == _span(date) else within


def in_era(date: PartialDate) -> str:
    """Write a date in its era: 昭和45年8月12日, 令和元年5月.

    Where the era changed within what is known, both stand there: 昭和64年・平成元年. Before 1873,
    when another calendar was in use, it is the Gregorian date: 1860年.
    """
    known = (f"{date.month}月" if date.month else "") + (f"{date.day}日" if date.day else "")
    if date.year < _GREGORIAN.year:
        return f"{date.year:04d}年{known}"
    return "・".join(era.year(date.year) + known for era in _eras_of(date))


_FEW_DAYS: Final = 31
"""An era's share of a year, days, that is too small to be shown alone."""


def era_year(date: PartialDate) -> str:
    """Write the year of a date in its era: 昭和45年; before 1873 the Gregorian one: 1860年.

    In a year in which the era changed, it is the era of the day; both eras (昭和64年・平成元年) where that is unknown,
    or where either has less than a month of the year: so 昭和64年, a week long, never stands alone.
    """
    year = PartialDate(date.year)
    if date.year < _GREGORIAN.year:
        return in_era(year)
    first, last = _span(year)
    shares = ((min(last, era.last) - max(first, era.first)).days + 1 for era in _eras_of(year))
    eras = _eras_of(date)
    return in_era(year) if len(eras) > 1 or min(shares) < _FEW_DAYS else eras[0].year(date.year)


def _digits(found: re.Match[str]) -> str:
    number = kanji_number(found[0])
    return found[0] if number is None else str(number)


def _one_date(text: str) -> tuple[PartialDate, Within]:
    found = next((found for form in _FORMS if (found := form.fullmatch(text))), None)
    if found is None:
        raise ValueError("not a date: write it like 1970-08-12, 昭和45年8月12日 or S45.8.12")
    parts = found.groupdict()
    era = _BY_SIGN[parts["era"]] if parts["era"] else None
    if era is None and len(parts["year"]) < 4:
        raise ValueError("not a date: write the year with its era (昭和45年) or with four digits")
    number = 1 if parts["year"] == "元" else int(parts["year"])
    year = era.first.year + number - 1 if era else number
    try:
        date = PartialDate(year, int(parts["month"] or 0), int(parts["day"] or 0))
    except ValueError:
        raise ValueError("no calendar has this date") from None
    return date, _span(date) if era is None else _within(date, era)


def _within(date: PartialDate, era: _Era) -> Within:
    """The days of a date that are in its era. Raises ValueError for one outside it, or by the moon's calendar."""
    if era.name == "明治" and date.year < _GREGORIAN.year and date.month:
        raise ValueError("up to 明治5年 the calendar was another: write the year alone, or the Gregorian date")
    first, last = _span(date)
    if last < era.first:
        raise ValueError(f"before its era: {era.name} began on {era.first}")
    if first > era.last:
        raise ValueError(f"after its era: {era.name} ended on {era.last}")
    return Within(max(first, era.first), min(last, era.last))


def _eras_of(known: PartialDate) -> list[_Era]:
    """The eras that it may lie in."""
    first, last = _span(known)
    return [era for era in _ERAS if first <= era.last and era.first <= last]


def _span(known: PartialDate) -> Within:
    """The first and the last day that it may be."""
    first = date(known.year, known.month or 1, known.day or 1)
    month = known.month or 12
    return Within(first, date(known.year, month, known.day or calendar.monthrange(known.year, month)[1]))
