"""Derived fields: what the gateway reckons from a resident's other fields, on the day of the answer.

Rule: absent, not guessed. A date known to the month or year gives no age and no number of years (rule F7); what cannot
be read gives `UNREADABLE`, never the value that it was reckoned from.

A year of age is complete at the end of the day before the birthday (年齢計算ニ関スル法律; Civil Code, art. 143), so
ages count from that day; majority is at 18 (Civil Code, art. 4). The size of a household is counted by the register,
because its other members are not in the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from gateway.field import (
    AGE,
    FIELDS,
    IS_HEAD_OF_HOUSEHOLD,
    IS_MINOR,
    IS_PROTECTED,
    IS_SENIOR,
    YEARS_RESIDENT,
)
from masking.value import UNREADABLE, Flag, PartialDate, Value

MAJORITY: Final = 18
SENIOR: Final = 65
"""Years from which the long-term care insurance counts somebody as a first-category insured (介護保険法, art. 9)."""
HEAD: Final = "世帯主"
_DAY: Final = timedelta(days=1)


class Day(NamedTuple):
    """What a derivation knows besides the row: the day, and whether a protective measure is in force."""

    today: date
    protected: bool


Derivation: TypeAlias = Callable[[Value | None, Day], Value | None]
"""From the field that it is derived from, None where there is none; never raises."""


def whole_years(since: date, until: date) -> int:
    """Whole years from one day to another; who was born on 29 February completes a year on 1 March where there is
    none.
    """
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))


def _age(value: Value | None, day: Day) -> Value | None:
    # On the eve the year is complete: reckoned as if it were tomorrow.
    return _years_since(value, day, day.today + _DAY if day.today != date.max else day.today)


def _years(value: Value | None, day: Day) -> Value | None:
    return _years_since(value, day, day.today)


def _years_since(value: Value | None, day: Day, until: date) -> Value | None:
    if not isinstance(value, PartialDate):
        return value if value is None else UNREADABLE
    # An unknown month or day is 0 and sorts first: a partial date is in the future only if all of it is.
    if (value.year, value.month, value.day) > (day.today.year, day.today.month, day.today.day):
        return UNREADABLE
    since = value.exact
    return None if since is None else whole_years(since, until)


def _flag(truth: bool) -> Flag:
    return Flag.YES if truth else Flag.NO


def _aged(value: Value | None, day: Day, *, minor: bool) -> Value | None:
    age = _age(value, day)
    if type(age) is not int:
        return age
    return _flag(age < MAJORITY if minor else age >= SENIOR)


def _is_minor(value: Value | None, day: Day) -> Value | None:
    return _aged(value, day, minor=True)


def _is_senior(value: Value | None, day: Day) -> Value | None:
    return _aged(value, day, minor=False)


def _is_head(value: Value | None, _day: Day) -> Value | None:
    if not isinstance(value, str):
        return value if value is None else UNREADABLE
    return _flag(value == HEAD)


def _is_protected(_value: Value | None, day: Day) -> Value | None:
    return _flag(day.protected)


DERIVATIONS: Final[Mapping[str, Derivation]] = MappingProxyType(
    {
        AGE: _age,
        IS_MINOR: _is_minor,
        IS_SENIOR: _is_senior,
        YEARS_RESIDENT: _years,
        IS_HEAD_OF_HOUSEHOLD: _is_head,
        IS_PROTECTED: _is_protected,
    }
)
"""By field. Each is derived from one field at most; what is not here is read as it stands."""


def base_of(field: str) -> str | None:
    """The field to be read for this one: itself, what it is derived from, or None if nothing is."""
    if field not in DERIVATIONS:
        return field
    derived_from = FIELDS[field].derived_from
    return derived_from[0] if derived_from else None
