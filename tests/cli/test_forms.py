"""Masked forms in words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.codes import CODES
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
        # what was rounded is about so much; JSON leaves a zero out
        ("約3,000円", "about ¥3,000", "income", {"rounded": {"value": "3000", "base": "1000"}}),
        ("約0人", "about 0", "household_size", {"rounded": {"base": "3"}}),
        # the year of an era
        ("昭和45年", "1970", "birth_date", {"era_year": {"text": "昭和45年", "year": 1970}}),
        # places
        ("潮見市水神", "潮見市水神", "address", {"area": {"area_code": "48201036", "text": "潮見市水神"}}),
        ("潮見市水神2丁目", "潮見市水神2丁目", "address", {"exact": {"area_code": "4", "text": "潮見市水神2丁目"}}),
        # by era where it was asked for, for who reads Japanese
        (
            "昭和45年8月12日",
            "1970-08-12",
            "birth_date",
            {"exact": {"year": 1970, "month": 8, "day": 12, "text": "昭和45年8月12日"}},
        ),
        ("昭和45年", "1970", "birth_date", {"reduced": {"year": 1970, "text": "昭和45年"}}),
        # yes and no, whatever they are about
        ("はい", "yes", "is_minor", {"exact": True}),
        ("いいえ", "no", "electoral_roll", {"exact": False}),
        # numbers and what they count
        ("56歳", "56 years", "age", {"exact": 56}),
        ("0年", "0 years", "years_resident", {"exact": 0}),
        ("3人", "3", "household_size", {"exact": 3}),
        # texts as they are
        ("DV相談あり。", "DV相談あり。", "remarks", {"exact": "DV相談あり。"}),
        ("妻", "妻", "relationship", {"exact": "妻"}),
        # the same code means what its field says
        ("第1号被保険者", "category 1 (65 and over)", "long_term_care_insurance", {"exact": "category_1"}),
        # a list: a line an entry, when and what and the register's text
        (
            "2015年4月1日 – 転入 – 鳴瀬浜市より\n2018年7月 – 転居",
            "2015-04-01 – moved in – 鳴瀬浜市より\n2018-07 – moved within the city",
            "history",
            {
                "exact": {
                    "entries": [
                        {
                            "code": "moved_in",
                            "since": {"year": 2015, "month": 4, "day": 1},
                            "until": {"year": 2015, "month": 4, "day": 1},
                            "detail": "鳴瀬浜市より",
                        },
                        {
                            "code": "moved_within",
                            "since": {"year": 2018, "month": 7},
                            "until": {"year": 2018, "month": 7},
                        },
                    ]
                }
            },
        ),
        # what goes on, what is over, what has an end only, what has no date
        (
            "令和6年4月から – 生活保護\n2023年〜2024年 – 就学援助\n2022年まで – 住居確保給付金\n障害者手当",
            (
                "since 2024-04 – public assistance\n2023 to 2024 – school expense aid\n"
                "until 2022 – housing benefit\ndisability allowance"
            ),
            "benefits",
            {
                "recent": {
                    "entries": [
                        {"code": "public_assistance", "since": {"year": 2024, "month": 4, "text": "令和6年4月"}},
                        {"code": "school_expense_aid", "since": {"year": 2023}, "until": {"year": 2024}},
                        {"code": "housing_benefit", "until": {"year": 2022}},
                        {"code": "disability_allowance"},
                    ]
                }
            },
        ),
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


def test_every_kind_of_field_has_words() -> None:
    """An exact value of every field of the contract can be read."""
    exact: dict[str, Any] = {
        "FlagValue": True,
        "NumberValue": 1,
        "YenValue": "1",
        "DateValue": {"year": 1970},
        "AddressValue": {"text": "潮見市"},
        "EntriesValue": {"entries": [{"code": "born"}]},
    }
    for field in pb.Resident.DESCRIPTOR.fields:
        assert field.message_type is not None
        assert shown(field.name, {"exact": exact.get(field.message_type.name, "words")}).text.ja


def test_every_code_of_the_contract_has_a_word() -> None:
    """The codes that a field's comment names, and no others but the map's own; none reads as a code."""
    named = {field: codes for field, codes in codes_of_the_contract().items() if codes}
    assert set(named) == set(CODES)
    for field, codes in named.items():
        mapped = codes_of_the_map().get(field, set())
        assert codes <= set(CODES[field]) <= codes | mapped, field
    words = [word for field in CODES.values() for word in field.values()]
    assert [word for word in words if "_" in f"{word.ja}{word.en}" or not word.ja or not word.en] == []


def test_every_code_of_the_shipped_map_has_a_word() -> None:
    """What the city's register can say is not shown as a code."""
    codes = {(field, code) for field, found in codes_of_the_map().items() if field in CODES for code in found}
    assert codes
    assert [(field, code) for field, code in codes if code not in CODES[field]] == []


def codes_of_the_contract() -> dict[str, set[str]]:
    """Field by field, what stands in backticks in the comments of the fields that carry codes."""
    text = (ROOT / "proto" / "gateway" / "v1" / "register.proto").read_text(encoding="utf-8")
    (message,) = re.findall(r"^message Resident \{\n(.*?)^\}", text, re.MULTILINE | re.DOTALL)
    fields = re.findall(r"((?:  //[^\n]*\n)+)  (?:CodeValue|EntriesValue) (\w+) = ", message)
    return {field: set(re.findall(r"`(\w+)`", comment)) for comment, field in fields}


def codes_of_the_map() -> dict[str, set[str]]:
    """Field by field, the codes of the map that ships, wherever in a field's entry they stand."""
    mapped = read_yaml(ROOT / "config" / "register-map.yaml").value["fields"]
    return {field: set(listed(entry)) for field, entry in mapped.items()}


def listed(entry: Any) -> Iterator[str]:
    """The codes of an entry of the map, and of what stands inside it."""
    if isinstance(entry, dict):
        for key, value in entry.items():
            if key == "codes":
                yield from value.values()
            else:
                yield from listed(value)
