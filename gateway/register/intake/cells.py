"""From a cell of a CSV file to what the register's column holds, and what is wrong with it.

Rule: whatever passes here is read by the gateway as a value or as "not in the register", never as unreadable: a field
is checked by the very conversion that reads it. A fault advises and repeats nothing of the cell (rule R6).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from gateway.field import MY_NUMBER, RESIDENT_CODE
from gateway.register.check_digit import MY_NUMBER_DIGITS, RESIDENT_CODE_DIGITS, is_checked
from gateway.register.schema_map import AddressColumns, CodeColumn, DateColumn, DateForm, FieldColumns, YenColumn
from gateway.register.values import conversion, date_conversion
from gateway.sheet.cell import Check, Fault, Raw
from masking.value import UNREADABLE, PartialDate

_WRITTEN: Final[Mapping[DateForm, str]] = {
    DateForm.ISO: "YYYY-MM-DD, with 00 for a month or day that is not known",
    DateForm.DIGITS: "YYYYMMDD, with 00 for a month or day that is not known",
    DateForm.DATE: "YYYY-MM-DD",
}
_CODE: Final = ("code", "the map has no such code; correct it, or add it to the map")
_ADDRESS: Final = (
    "address",
    "not an address; write the town code in digits and the city, or leave all its parts empty",
)
_YEN: Final = ("number", "more yen than any city's book holds; correct it")
_CHECKED: Final[Mapping[str, int]] = {MY_NUMBER: MY_NUMBER_DIGITS, RESIDENT_CODE: RESIDENT_CODE_DIGITS}
"""Fields that end in a check digit, with their number of digits."""


def checked_number(digits: int, raw: Raw) -> None:
    """A number that ends in its check digit, or nothing."""
    if raw is not None and not is_checked(str(raw), digits):
        raise Fault("check-digit", f"not {digits} ASCII digits of which the last is the check digit; correct it")


def dated(form: DateForm, raw: Raw) -> None:
    """A date in the form of the map that the calendar has, or nothing."""
    found = date_conversion(form)(raw)
    if found is UNREADABLE:
        raise Fault("date", f"not a date of the calendar; write {_WRITTEN[form]}")
    if form is DateForm.DATE and isinstance(found, PartialDate) and found.exact is None:
        raise Fault("date", f"a DATE column holds whole days only; write {_WRITTEN[form]}, or leave it empty")


def in_order(form: DateForm, since: Raw, until: Raw) -> None:
    """A span whose last day, as far as both days are known, does not come before its first."""
    convert = date_conversion(form)
    first, last = convert(since), convert(until)
    if not isinstance(first, PartialDate) or not isinstance(last, PartialDate):
        return
    known = 3 if first.day and last.day else 2 if first.month and last.month else 1
    if (last.year, last.month, last.day)[:known] < (first.year, first.month, first.day)[:known]:
        raise Fault("order", "the last day comes before the first; correct one of them")


def check_of(field: str, columns: FieldColumns) -> Check | None:
    """What the columns of a field must be; None if they may be any text."""
    match columns:
        case CodeColumn():
            return known_code(columns)
        case DateColumn():
            return partial(dated, columns.form)
        case AddressColumns():
            return partial(readable, conversion(columns), *_ADDRESS)
        case YenColumn():
            return partial(readable, conversion(columns), *_YEN)
        case _:
            digits = _CHECKED.get(field)
            return None if digits is None else partial(checked_number, digits)


def known_code(columns: CodeColumn) -> Check:
    """A code of the map, or nothing."""
    return partial(readable, conversion(columns), *_CODE)


def readable(convert: Callable[..., object], code: str, advice: str, *raws: Raw) -> None:
    """What the gateway's own conversion can read."""
    if convert(*raws) is UNREADABLE:
        raise Fault(code, advice)
