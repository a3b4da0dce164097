"""The field catalogue and the contract's Resident are one list."""

from collections.abc import Mapping

import pytest

from gateway.derive import DERIVATIONS
from gateway.field import FIELDS, FINDING_KEYS, LOOKUP_KEYS, SELECTING_KEYS, SearchKey, Sensitivity
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
    ValueKind.NUMBER: "NumberValue",
    ValueKind.FLAG: "FlagValue",
    ValueKind.ENTRIES: "EntriesValue",
    ValueKind.REMARK: "TextValue",
}

ARTICLE_7: Mapping[str, set[str]] = {
    "1": {"name"},
    "1-2": {"name_kana"},
    "2": {"birth_date"},
    "3": {"sex"},
    "4": {"relationship", "head_of_household"},
    "5": {"registered_domicile", "family_register_head"},
    "6": {"resident_since"},
    "7": {"address", "address_since"},
    "8": {"move_notified", "previous_address"},
    "8-2": {"my_number"},
    "9": {"electoral_roll"},
    "10": {"national_health_insurance"},
    "10-2": {"late_elderly_medical_care"},
    "10-3": {"long_term_care_insurance"},
    "11": {"national_pension"},
    "11-2": {"child_allowance"},
    # 12, rationed rice, has been kept by nobody since the rationing ended.
    "13": {"resident_code"},
    "14": {"former_surname", "former_surname_kana", "common_name"},  # by cabinet order
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


def test_every_item_that_the_law_has_entered_has_its_fields() -> None:
    """Art. 7 of the Basic Resident Register Act (住民基本台帳法), item by item."""
    assert {item: {name for name, field in FIELDS.items() if field.item == item} for item in ARTICLE_7} == ARTICLE_7
    assert {field.item for field in FIELDS.values()} == {"", *ARTICLE_7}


@pytest.mark.rule("W9")
def test_what_tells_where_somebody_lives_is_marked() -> None:
    """The address; the household and its head, who have one too; where somebody came from and went; and texts in which
    any of it may stand.
    """
    assert {field.name for field in FIELDS.values() if field.locates} == {
        "address",
        "household_id",
        "head_of_household",
        "registered_domicile",
        "previous_address",
        "forwarding_address",
        "history",
        "remarks",
    }


def test_what_betrays_family_history_is_marked() -> None:
    """Former names, the family register, where somebody came from and went, and texts in which any of it may stand."""
    assert {field.name for field in FIELDS.values() if field.family_history} == {
        "former_surname",
        "former_surname_kana",
        "registered_domicile",
        "family_register_head",
        "previous_address",
        "forwarding_address",
        "history",
        "remarks",
    }


def test_numbers_that_join_registers_are_a_class_of_their_own() -> None:
    """個人番号 and 住民票コード, and nothing else; what a leak makes somebody suffer for is at least SENSITIVE."""
    specific = {field.name for field in FIELDS.values() if field.sensitivity is Sensitivity.SPECIFIC}
    assert specific == {"my_number", "resident_code"}
    for field in FIELDS.values():
        assert not field.family_history or field.sensitivity is Sensitivity.SENSITIVE


@pytest.mark.rule("F4")
def test_derived_fields_are_entitlements_of_their_own() -> None:
    """Each is a field by itself, which names what it is reckoned from: fields that stand in the register."""
    derived = {field.name: field.derived_from for field in FIELDS.values() if field.derived_from is not None}
    assert derived == {
        "age": ("birth_date",),
        "is_minor": ("birth_date",),
        "is_senior": ("birth_date",),
        "years_resident": ("resident_since",),
        "household_size": ("household_id", "status"),
        "is_head_of_household": ("relationship",),
        "is_protected": (),
    }
    assert all(FIELDS[base].derived_from is None for bases in derived.values() for base in bases)
    # A household is counted by the register: its other members are not in the row.
    assert {*DERIVATIONS, "household_size"} == set(derived)


def test_each_search_key_has_its_call() -> None:
    """All keys but the status name, find or select residents; the status only says which entries."""
    assert set(SearchKey) - {SearchKey.STATUS} == LOOKUP_KEYS | FINDING_KEYS | SELECTING_KEYS
    assert not LOOKUP_KEYS & (FINDING_KEYS | SELECTING_KEYS)


def test_every_field_has_a_title_in_both_languages() -> None:
    """People are shown titles, not paths."""
    assert all(field.title.ja and field.title.en for field in FIELDS.values())
