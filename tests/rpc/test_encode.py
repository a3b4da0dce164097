"""What the contract can carry."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.field import FIELDS
from gateway.rpc.encode import FORMS, encode
from gateway.v1 import register_pb2 as pb
from masking.catalogue import CATALOGUE
from masking.keyring import Keyring, PseudonymDomain
from masking.value import (
    EMPTY,
    MALFORMED,
    REDACTED,
    WITHHELD,
    Absent,
    Address,
    AgeBand,
    Exact,
    Occasion,
    PartialDate,
    Sex,
    Value,
    ValueKind,
    YenBand,
)
from tests.choices import CHOICES

_KEYS: Final = Keyring(1, bytes(range(32))).domain(PseudonymDomain("planning", "statistics", "field"))

_TEXT: Final = st.one_of(st.text(max_size=40), st.sampled_from(["1234567890", "東　花子", "ヒガシ　ハナコ", "妻"]))
_DATES: Final = st.one_of(
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
    st.builds(PartialDate, st.integers(1, 9999), st.integers(0, 12)),
)
_ADDRESSES: Final = st.builds(
    Address, st.sampled_from(["4820100301", "4820100300", "x", ""]), _TEXT, _TEXT, st.integers(0, 9), _TEXT
)
VALUES: Final[dict[ValueKind, st.SearchStrategy[Value]]] = {
    ValueKind.ID: _TEXT,
    ValueKind.NAME: _TEXT,
    ValueKind.TEXT: _TEXT,
    ValueKind.CODE: _TEXT,
    ValueKind.DATE: _DATES,
    ValueKind.YEN: st.integers(-(2**62), 2**62),
    ValueKind.ADDRESS: _ADDRESSES,
}
_FITTING: Final = [(kind, mask) for mask, row in CATALOGUE.items() for kind in sorted(row.fits)]


@pytest.mark.parametrize(("kind", "mask"), _FITTING, ids=str)
@given(st.data())
def test_whatever_a_mask_makes_of_a_value_can_be_sent(kind: ValueKind, mask: str, data: st.DataObject) -> None:
    """Every mask on every kind of value that it fits, on any value or none, gives a form that the field's message
    has.
    """
    row = CATALOGUE[mask]
    choice = data.draw(st.sampled_from(CHOICES[mask]))
    masker = row.bind(row.settings.model_validate(choice), _KEYS)
    value = data.draw(st.one_of(st.none(), VALUES[kind]))
    occasion = Occasion("1234567890", data.draw(st.sampled_from([None, *Sex])), data.draw(st.dates()))
    for field in (name for name, each in FIELDS.items() if each.kind is kind):
        masked = masker(value, occasion)
        sent = pb.Resident.FromString(encode([(field, masked)]).SerializeToString())
        assert [each.name for each, _ in sent.ListFields()] == [field]
        form = getattr(sent, field).WhichOneof("form")
        assert (form == "exact") is isinstance(masked, Exact)
        assert (form == "absent") is isinstance(masked, Absent)


@pytest.mark.rule("F5")
@pytest.mark.parametrize(
    ("absent", "sent"),
    [
        (EMPTY, pb.ABSENCE_EMPTY),
        (WITHHELD, pb.ABSENCE_WITHHELD),
        (REDACTED, pb.ABSENCE_REDACTED),
        (MALFORMED, pb.ABSENCE_MALFORMED),
    ],
)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_say_why_it_has_no_value(field: str, absent: Absent, sent: int) -> None:
    """Empty in the register, withheld, redacted and malformed are four answers; not asked for is a field not set."""
    resident = encode([(field, absent)])
    assert getattr(resident, field).absent == sent
    assert [each.name for each, _ in resident.ListFields()] == [field]


@pytest.mark.parametrize(
    ("field", "form", "expected"),
    [
        ("income", YenBand(None, 0), pb.YenValue(band=pb.YenBand(high=0))),  # below zero
        ("income", YenBand(0, 1_000_000), pb.YenValue(band=pb.YenBand(low=0, high=1_000_000))),
        ("income", YenBand(10_000_000, None), pb.YenValue(band=pb.YenBand(low=10_000_000))),
        ("income", Exact(0), pb.YenValue(exact=0)),  # nothing earned is not nothing known
        ("birth_date", AgeBand(0, 2), pb.DateValue(age_band=pb.AgeBand(low=0, high=2))),
        ("birth_date", AgeBand(90, None), pb.DateValue(age_band=pb.AgeBand(low=90))),
        ("birth_date", Exact(PartialDate(1950)), pb.DateValue(exact=pb.PartialDate(year=1950))),  # no month known
    ],
)
def test_open_ends_zeros_and_unknown_parts_survive(
    field: str, form: YenBand | AgeBand | Exact, expected: object
) -> None:
    """Zero, unset and unknown are told apart on the wire."""
    assert getattr(pb.Resident.FromString(encode([(field, form)]).SerializeToString()), field) == expected


def test_every_kind_of_value_has_its_forms() -> None:
    """A kind without a row could not be sent at all."""
    assert set(FORMS) == set(ValueKind)


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("name", YenBand(0, 1)),  # a form of another kind
        ("income", Exact("東　花子")),  # a value of another kind
        ("address", Exact("潮見市")),
        ("birth_date", Exact("1950-01-01")),
        ("my_number", Exact("1")),  # no field of the contract
    ],
)
def test_what_is_not_in_the_table_cannot_be_sent(field: str, form: YenBand | Exact) -> None:
    """A form that does not belong to the field is an error of the program, never a guess."""
    with pytest.raises((KeyError, TypeError)):
        encode([(field, form)])
