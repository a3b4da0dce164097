"""Masked forms in words."""

from pathlib import Path
from typing import Any

import pytest

from gateway.cli.forms import ABSENCES, FORMS, shown
from gateway.field import Localized
from gateway.finding import read_yaml
from gateway.v1 import register_pb2 as pb

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("ja", "en", "field", "value"),
    [
        # a text is itself
        ("渡辺　宏美", "渡辺　宏美", "name", {"exact": "渡辺　宏美"}),
        # a code is a word
        ("女", "female", "sex", {"exact": "female"}),
        # a code that came later is at least not hidden
        ("other", "other", "sex", {"exact": "other"}),
        # JSON writes yen as a text
        ("185,500円", "¥185,500", "fee_arrears", {"exact": "185500"}),
        # dates with their own precision
        ("1990年7月28日", "1990-07-28", "birth_date", {"exact": {"year": 1990, "month": 7, "day": 28}}),
        ("1990年7月", "1990-07", "birth_date", {"reduced": {"year": 1990, "month": 7}}),
        ("1990年", "1990", "birth_date", {"exact": {"year": 1990}}),
        # bands of ages; JSON leaves a zero out
        ("30〜34歳", "30–34", "birth_date", {"age_band": {"low": 30, "high": 34}}),
        ("0〜2歳", "0–2", "birth_date", {"age_band": {"high": 2}}),
        ("18歳以上", "18 and over", "birth_date", {"age_band": {"low": 18}}),
        # bands of yen: the upper end is exclusive
        ("0〜999,999円", "¥0 – 999,999", "income", {"band": {"low": "0", "high": "1000000"}}),
        ("1,000,000円未満", "under ¥1,000,000", "income", {"band": {"high": "1000000"}}),
        ("10,000,000円以上", "¥10,000,000 and over", "income", {"band": {"low": "10000000"}}),
        # places
        ("潮見市水神", "潮見市水神", "address", {"area": {"area_code": "48201036", "text": "潮見市水神"}}),
        ("潮見市水神2丁目", "潮見市水神2丁目", "address", {"exact": {"area_code": "4", "text": "潮見市水神2丁目"}}),
        # stand-ins
        ("sk1A", "sk1A", "resident_id", {"pseudonym": "sk1A"}),
        ("松田　京助", "松田　京助", "name", {"surrogate": {"name": "松田　京助", "kana": "マツダ"}}),
        ("12○○", "12○○", "household_id", {"partial": "12○○"}),
    ],
)
def test_a_form_in_words(ja: str, en: str, field: str, value: dict[str, Any]) -> None:
    """Every form reads well in both languages."""
    words = shown(field, value)
    assert (Localized(ja, en), True) == (words.text, words.present)


@pytest.mark.rule("F5")
def test_absences_are_told_apart() -> None:
    """Empty, withheld, redacted and malformed read differently, and none looks like a value."""
    words = [shown("income", {"absent": absence}) for absence in ABSENCES]
    assert len(ABSENCES) == len({each.text for each in words}) == 4
    assert not any(each.present for each in words)
    assert set(pb.Absence.keys()) - {"ABSENCE_UNSPECIFIED"} == set(ABSENCES)


def test_every_form_of_the_contract_has_words() -> None:
    """A form that is added to the contract is added here."""
    forms = {
        form.name
        for field in pb.Resident.DESCRIPTOR.fields
        if field.message_type is not None
        for form in field.message_type.oneofs_by_name["form"].fields
    }
    assert forms == set(FORMS) | {"absent"}


def test_every_code_of_the_shipped_map_has_a_word() -> None:
    """What the city's register can say is not shown as a code."""
    mapped = read_yaml(ROOT / "config" / "register-map.yaml").value["fields"]
    codes = {(field, code) for field, entry in mapped.items() for code in entry.get("codes", {}).values()}
    assert codes
    assert [code for field, code in codes if shown(field, {"exact": code}).text.ja == code] == []
