"""From what a driver gives to values of the catalogue.

Rule: null and blank are both "not in the register"; what cannot be read as what it should be becomes `UNREADABLE`,
which no masker takes for a value of any kind (rule M2); nothing raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeAlias

from gateway.register.schema_map import (
    AddressColumns,
    CodeColumn,
    CodeForm,
    DateColumn,
    DateForm,
    EntriesColumns,
    FieldColumns,
    FlagColumn,
    YenColumn,
)
from masking.value import UNREADABLE, Address, Flag, PartialDate, Value

ILLEGIBLE: Final = object()
"""A text that the driver could not decode. Whatever it stands for, the conversions make `UNREADABLE` of it."""

Convert: TypeAlias = Callable[..., Value | None]
"""Takes the raw values of a field's columns, in the map's order; pure, never raises."""

_FLAGS: Final = {"yes": Flag.YES, "no": Flag.NO}
_LARGEST: Final = 10**15
_DATES: Final = 65_536  # the days of some 180 years; residents by the dozen share one


def columns_of(columns: FieldColumns) -> tuple[str, ...]:
    """The columns of one field, in the order that its conversion takes them."""
    if isinstance(columns, AddressColumns):
        return (columns.code, columns.city, columns.town, columns.chome, columns.lot)
    if isinstance(columns, EntriesColumns):
        optional = (columns.until, columns.detail)
        return (columns.code, columns.since, *(name for name in optional if name is not None))
    return (columns.column,)


def conversion(columns: FieldColumns) -> Convert:
    """The conversion of one field with a column of its own, to be bound once; lists have lines (see `entries`)."""
    match columns:
        case AddressColumns():
            return address
        case FlagColumn():
            return _Codes({code: _FLAGS[word] for code, word in columns.codes.items()}, columns.form).__getitem__
        case CodeColumn():
            return words(columns.codes, columns.form)
        case DateColumn():
            return date_conversion(columns.form)
        case YenColumn():
            return whole_number
        case _:
            return text


def text(raw: Any) -> Value | None:
    """A text; padding of blanks at its end is the column's, not the text's."""
    if raw is None:
        return None
    return (raw.rstrip() or None) if isinstance(raw, str) else UNREADABLE


def whole_number(raw: Any) -> Value | None:
    """A whole amount or number, as far as a message can carry it: no city's book holds more."""
    if raw is None:
        return None
    return raw if type(raw) is int and -_LARGEST <= raw <= _LARGEST else UNREADABLE


def address(code: Any, city: Any, town: Any, chome: Any, lot: Any) -> Value | None:
    """An address; without any part it is not in the register."""
    if not (code or city or town or chome or lot):
        return None
    try:
        code = code.rstrip()
        if (type(chome) is int or chome is None) and code.isdecimal() and code.isascii():
            return Address(code, city.rstrip(), town.rstrip() if town else "", chome or 0, lot.rstrip() if lot else "")
    except AttributeError:  # a part that should be text and is not, or that must be there and is not
        pass
    return UNREADABLE


def date_conversion(form: DateForm) -> Convert:
    """The conversion of a date that is written in `form`. SQLite has no dates: there, a DATE column gives ISO text."""
    if form is DateForm.DIGITS:
        return _digits
    return _iso if form is DateForm.ISO else _date


@lru_cache(maxsize=_DATES)
def _iso(raw: Any) -> Value | None:
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    try:
        return PartialDate.parse(raw.rstrip())
    except (ValueError, TypeError, AttributeError):
        return UNREADABLE


@lru_cache(maxsize=_DATES)
def _digits(raw: Any) -> Value | None:
    if not isinstance(raw, str) or not raw.strip():
        return _iso(raw)
    return _iso(f"{raw[:4]}-{raw[4:6]}-{raw[6:]}")


@lru_cache(maxsize=_DATES)
def _date(raw: Any) -> Value | None:
    return PartialDate(raw.year, raw.month, raw.day) if type(raw) is date else _iso(raw)


def words(codes: Mapping[str, str], form: CodeForm) -> Convert:
    """The conversion of a code into its word."""
    return _Codes(codes, form).__getitem__


class _Codes(dict[Any, Value | None]):
    """Words by code; a code without a word is unreadable, a blank one is not in the register."""

    def __init__(self, codes: Mapping[str, Value], form: CodeForm) -> None:
        super().__init__({(int(code) if form is CodeForm.INTEGER else code): word for code, word in codes.items()})
        self[None] = None

    def __missing__(self, raw: Any) -> Value | None:
        if not isinstance(raw, str):
            return UNREADABLE
        return self.get(raw.rstrip(), UNREADABLE) if raw.strip() else None
