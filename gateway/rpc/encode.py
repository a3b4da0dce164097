"""Disclosed residents as messages of the contract.

Rule: one table says which message form carries which masked form of which field; what is not in it cannot be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from gateway.field import FIELDS
from gateway.v1 import register_pb2 as pb
from gateway.view import Answer
from masking.japanese.era import in_era
from masking.value import (
    AbsenceReason,
    Absent,
    Address,
    AgeBand,
    Area,
    Entry,
    EraYear,
    Exact,
    Flag,
    MaskedText,
    Partial,
    PartialDate,
    Pseudonym,
    RecentEntries,
    ReducedDate,
    Rounded,
    Surrogate,
    ValueKind,
    YenBand,
)

Put: TypeAlias = Callable[[Any, Any], None]
"""Sets a field's message to a masked form; the two types belong together by the table below."""

_ABSENCES: Final = {
    AbsenceReason.EMPTY: pb.ABSENCE_EMPTY,
    AbsenceReason.WITHHELD: pb.ABSENCE_WITHHELD,
    AbsenceReason.REDACTED: pb.ABSENCE_REDACTED,
    AbsenceReason.MALFORMED: pb.ABSENCE_MALFORMED,
}


def _exact(target: Any, masked: Exact) -> None:
    target.exact = masked.value


def _exact_date(target: pb.DateValue, masked: Exact) -> None:
    _date(target.exact, masked.value)


def _exact_address(target: pb.AddressValue, masked: Exact) -> None:
    if not isinstance(masked.value, Address):
        raise TypeError("not an address")
    target.exact.area_code = masked.value.code
    target.exact.text = str(masked.value)


def _partial(target: Any, masked: Partial) -> None:
    target.partial = masked.text


def _masked(target: pb.TextValue, masked: MaskedText) -> None:
    target.masked = masked.text


def _pseudonym(target: Any, masked: Pseudonym) -> None:
    target.pseudonym = masked.token


def _surrogate(target: pb.NameValue, masked: Surrogate) -> None:
    target.surrogate.name = masked.name
    target.surrogate.kana = masked.kana


def _yen_band(target: pb.YenValue, masked: YenBand) -> None:
    band = target.band
    band.SetInParent()
    if masked.low is not None:
        band.low = masked.low
    if masked.high is not None:
        band.high = masked.high


def _rounded(target: pb.YenValue | pb.NumberValue, masked: Rounded) -> None:
    target.rounded.value, target.rounded.base = masked.value, masked.base


def _age_band(target: pb.DateValue, masked: AgeBand) -> None:
    band = target.age_band
    band.low = masked.low
    band.SetInParent()
    if masked.high is not None:
        band.high = masked.high


def _reduced(target: pb.DateValue, masked: ReducedDate) -> None:
    _date(target.reduced, masked.date)


def _era_year(target: pb.DateValue, masked: EraYear) -> None:
    target.era_year.text, target.era_year.year = masked.text, masked.year


def _area(target: pb.AddressValue, masked: Area) -> None:
    target.area.area_code = masked.code
    target.area.text = masked.text


def _exact_flag(target: pb.FlagValue, masked: Exact) -> None:
    if not isinstance(masked.value, Flag):
        raise TypeError("not a flag")
    target.exact = masked.value is Flag.YES


def _exact_entries(target: pb.EntriesValue, masked: Exact) -> None:
    if not isinstance(masked.value, tuple):
        raise TypeError("not a list of entries")
    _entries(target.exact, masked.value)


def _recent(target: pb.EntriesValue, masked: RecentEntries) -> None:
    _entries(target.recent, masked.entries)


def _entries(target: pb.EntryList, entries: tuple[Entry, ...]) -> None:
    for each in entries:
        entry = target.entries.add(code=each.code, detail=each.detail)
        if each.since is not None:
            _date(entry.since, each.since)
        if each.until is not None:
            _date(entry.until, each.until)


def _absent(target: Any, masked: Absent) -> None:
    target.absent = _ABSENCES[masked.reason]


def _date(target: pb.PartialDate, value: object) -> None:
    if not isinstance(value, PartialDate):
        raise TypeError("not a date")
    target.year, target.month, target.day = value.year, value.month, value.day


_TEXT: Final[Mapping[type, Put]] = {Exact: _exact, Partial: _partial, Pseudonym: _pseudonym, Absent: _absent}

FORMS: Final[Mapping[ValueKind, Mapping[type, Put]]] = {
    ValueKind.ID: _TEXT,
    ValueKind.TEXT: _TEXT,
    ValueKind.CODE: _TEXT,
    ValueKind.NAME: {**_TEXT, Surrogate: _surrogate},
    ValueKind.DATE: {
        Exact: _exact_date,
        ReducedDate: _reduced,
        EraYear: _era_year,
        AgeBand: _age_band,
        Pseudonym: _pseudonym,
        Absent: _absent,
    },
    ValueKind.YEN: {
        Exact: _exact,
        YenBand: _yen_band,
        Rounded: _rounded,
        Pseudonym: _pseudonym,
        Absent: _absent,
    },
    ValueKind.ADDRESS: {Exact: _exact_address, Area: _area, Pseudonym: _pseudonym, Absent: _absent},
    ValueKind.NUMBER: {Exact: _exact, Rounded: _rounded, Absent: _absent},
    ValueKind.FLAG: {Exact: _exact_flag, Absent: _absent},
    ValueKind.ENTRIES: {Exact: _exact_entries, RecentEntries: _recent, Absent: _absent},
    ValueKind.REMARK: {Exact: _exact, MaskedText: _masked, Absent: _absent},
}

_PUTS: Final = {name: FORMS[field.kind] for name, field in FIELDS.items()}


def encode(answer: Answer, into: pb.Resident | None = None) -> pb.Resident:
    """A resident as disclosed, written into the message `into` or a new one.

    Raises KeyError or TypeError for a form that the contract cannot carry.
    """
    resident = pb.Resident() if into is None else into
    for field, masked in answer:
        _PUTS[field][masked.__class__](getattr(resident, field), masked)
    return resident


def write_out(answer: Answer, resident: pb.Resident) -> None:
    """Write the dates of an encoded resident out in the Japanese eras, beside their numbers."""
    for field, _ in answer:
        if FIELDS[field].kind is ValueKind.DATE:
            value: pb.DateValue = getattr(resident, field)
            form = value.WhichOneof("form")
            if form in {"exact", "reduced"}:
                _write_out(getattr(value, form))
        elif FIELDS[field].kind is ValueKind.ENTRIES:
            listed: pb.EntriesValue = getattr(resident, field)
            for entry in (*listed.exact.entries, *listed.recent.entries):
                for each in ("since", "until"):
                    if entry.HasField(each):
                        _write_out(getattr(entry, each))


def _write_out(target: pb.PartialDate) -> None:
    target.text = in_era(PartialDate(target.year, target.month, target.day))
