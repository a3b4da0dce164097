"""The field catalogue and the contract's Resident are one list."""

from collections.abc import Mapping

import pytest

from gateway.field import FIELDS
from gateway.v1 import register_pb2 as pb
from masking.value import ValueKind

MESSAGES: Mapping[ValueKind, str] = {
    ValueKind.ID: "IdValue",
    ValueKind.NAME: "NameValue",
    ValueKind.TEXT: "TextValue",
    ValueKind.CODE: "CodeValue",
    ValueKind.DATE: "DateValue",
    ValueKind.YEN: "YenValue",
    ValueKind.ADDRESS: "AddressValue",
}


def test_the_catalogue_is_the_contract_s_resident() -> None:
    """Same fields, same order, and for each kind of value its own message."""
    contract = [
        (each.name, each.message_type.name) for each in pb.Resident.DESCRIPTOR.fields if each.message_type is not None
    ]
    assert len(contract) == len(pb.Resident.DESCRIPTOR.fields)
    assert [(field.name, MESSAGES[field.kind]) for field in FIELDS.values()] == contract


@pytest.mark.rule("F5")
def test_every_value_can_say_why_it_is_not_there() -> None:
    """Each message of a value has `absent` in its `form`, and each reason for absence a word of its own."""
    for field in pb.Resident.DESCRIPTOR.fields:
        assert field.message_type is not None
        (form,) = field.message_type.oneofs
        assert form.name == "form"
        assert "absent" in [each.name for each in form.fields]
    assert list(pb.Absence.keys()) == [
        "ABSENCE_UNSPECIFIED",
        "ABSENCE_EMPTY",
        "ABSENCE_WITHHELD",
        "ABSENCE_REDACTED",
        "ABSENCE_MALFORMED",
    ]


def test_what_tells_where_somebody_lives_is_marked() -> None:
    """The address, and the household whose other members have one."""
    assert [field.name for field in FIELDS.values() if field.locates] == ["address", "household_id"]


def test_every_field_has_a_title_in_both_languages() -> None:
    """People are shown titles, not paths."""
    assert all(field.title.ja and field.title.en for field in FIELDS.values())
