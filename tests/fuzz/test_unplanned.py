"""Any purpose that can be written, any read mask, any resident: nothing leaves but what was planned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final, cast

import pytest
from google.protobuf.message import Message
from hypothesis import event, given, settings
from hypothesis import strategies as st

from gateway.derive import DERIVATIONS
from gateway.field import FIELDS, STATUS
from gateway.finding import parse_yaml
from gateway.purpose.check import Checked
from gateway.purpose.compile import compile_plans
from gateway.purpose.limits import read_limits
from gateway.register.port import Reader, Register
from gateway.rpc.encode import encode, write_out
from gateway.subject import Row
from gateway.v1 import register_pb2 as pb
from gateway.view import View, chosen
from masking.allotment import MemoryAllotments
from masking.japanese.era import in_era
from masking.keyring import Keyring
from masking.value import Address, PartialDate, Value
from tests.fuzz.planted import dates_of, residents, traces
from tests.fuzz.written import purposes

TODAY: Final = date(2026, 11, 2)
RESIDENT: Final = "1000000001"
KEYRING: Final = Keyring(1, bytes(range(32)))
LIMITS: Final = read_limits(
    parse_yaml(
        b"interactive: {staff: {1d: 100, 365d: 900, tenure: 900}, department: {1d: 900}, city: {1d: 900}}\n"
        b"repeats: {staff: {1d: 50}}\n"
        b"refusals: {staff: {1d: 50}}\n",
        "limits.yaml",
    )
)
FORMS: Final = {
    "keep": {"exact"},
    "redact": set(),
    "partial": {"partial"},
    "token": {"pseudonym"},
    "sealed_token": {"pseudonym"},
    "surrogate_name": {"surrogate"},
    "band": {"band"},
    "round": {"rounded"},
    "age_band": {"age_band"},
    "date_precision": {"reduced", "era_year"},
    "area": {"area"},
    "recent": {"recent"},
    "remark": {"masked"},
}
"""The forms that a mask may answer in, beside saying that there is no value."""


class Shelf:
    """A register of which only matters what it is asked to read."""

    def __init__(self) -> None:
        self.read: tuple[str, ...] = ()

    def reader(self, fields: tuple[str, ...]) -> Reader:
        self.read = fields
        return cast("Reader", None)


def texts(message: Message) -> Iterator[str]:
    """Every text in a message."""
    for field, value in message.ListFields():
        for part in value if field.is_repeated else [value]:
            if isinstance(part, Message):
                yield from texts(part)
            elif isinstance(part, str):
                yield part


def dates(message: Message) -> Iterator[PartialDate]:
    """Every date in a message; written out, it is the date that its numbers say."""
    if isinstance(message, pb.PartialDate):
        day = PartialDate(message.year, message.month, message.day)
        assert message.text in {"", in_era(day)}
        yield day
    for field, value in message.ListFields():
        for part in value if field.is_repeated else [value]:
            if isinstance(part, Message):
                yield from dates(part)


def planned_dates(mask: str, months: bool, value: Value | None) -> set[PartialDate]:
    """What of the dates of a value a mask may show."""
    if mask == "date_precision":
        return {PartialDate(day.year, day.month if months else 0) for day in dates_of(value)}
    return set(dates_of(value)) if mask in {"keep", "recent"} else set()


def planned_text(mask: str, setting: str, value: Value | None) -> set[str] | None:
    """The texts that a mask may show of a value; None for any of the value's own."""
    if mask == "keep":
        return None
    if mask == "partial" and isinstance(value, str):
        return {f"{value.strip()[:shown]}○○○" for shown in range(int(setting or 1) + 1)}
    if mask == "area" and isinstance(value, Address):
        levels = ("city", "town", "chome")
        shown = (value.city, value.city + value.town, f"{value.city}{value.town}{value.chome}丁目")
        return set(shown[: levels.index(setting) + 1])
    if mask == "recent" and isinstance(value, tuple):
        return {entry.code for entry in value}
    return set()


@pytest.mark.rule("F1", "F4", "F5", "F6", "F7", "M2", "W9")
@settings(max_examples=200)
@given(checked=purposes(LIMITS), protected=st.booleans(), data=st.data())
def test_no_unplanned_field_ever_leaves(checked: Checked, protected: bool, data: st.DataObject) -> None:
    """Only what purpose and mask name is read, and set; each field in its mask's form; no character, date or number of
    any other field, and nothing of a field that is withheld.
    """
    plan = data.draw(st.sampled_from(compile_plans(checked, LIMITS, KEYRING, MemoryAllotments())))
    paths = data.draw(st.none() | st.lists(st.sampled_from(list(checked.masks)), min_size=1).map(tuple))
    asked = [field for field in checked.masks if paths is None or field in paths]
    shelf = Shelf()
    view = View(plan, chosen(plan, paths), cast("Register", shelf))

    bases = {(FIELDS[field].derived_from or ())[:1] if field in DERIVATIONS else (field,) for field in asked}
    needs = {need for field in asked for need in checked.masks[field].needs}
    assert set(shelf.read) == {base for each in bases for base in each} | needs | {STATUS}

    resident = data.draw(residents(shelf.read))
    answer = view.mask(Row(RESIDENT, tuple(resident.values())), TODAY, protected=protected)
    sent = encode(answer)
    if data.draw(st.booleans()):
        write_out(answer, sent)
    assert [field.name for field, _ in sent.ListFields()] == asked

    days: set[PartialDate] = set()
    for field in asked:
        mask, value = checked.masks[field], resident.get(field)
        message = getattr(sent, field)
        form = message.WhichOneof("form")
        event(f"{mask.name}: {form}")
        withheld = protected and FIELDS[field].locates and checked.text.restricted == "withheld"
        if withheld:
            assert message == type(message)(absent=pb.ABSENCE_WITHHELD)
            continue
        assert form in FORMS[mask.name] | {"absent"}
        shown = planned_text(mask.name, mask.written.partition("=")[2], value)
        for text in texts(message):
            assert shown is None or text in shown or not traces(field, text)
        days |= planned_dates(mask.name, mask.written == "keep=month", value)
        if form == "band":
            assert isinstance(value, int)
            assert not message.band.HasField("low") or message.band.low <= value
            assert not message.band.HasField("high") or value < message.band.high
    for field in resident:
        foreign = "".join(text for other in asked if other != field for text in texts(getattr(sent, other)))
        assert traces(field, foreign) == []
    assert set(dates(sent)) <= days
