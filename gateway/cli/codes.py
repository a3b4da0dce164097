"""The contract's codes in words: what each stands for in the field that carries it.

Rule: every code that the comments of `gateway.v1.Resident` name has its word in both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.field import Localized


def code_words(field: str, code: str) -> Localized:
    """The word for a code of a field; the code itself where this version knows none, so that nothing is hidden."""
    return CODES.get(field, _NONE).get(code) or Localized(code, code)


def _codes(**words: tuple[str, str]) -> Mapping[str, Localized]:
    return MappingProxyType({code: Localized(ja, en) for code, (ja, en) in words.items()})


_NONE: Final[Mapping[str, Localized]] = MappingProxyType({})
_INSURED: Final = _codes(insured=("加入中", "insured"), formerly_insured=("喪失", "formerly insured"))

CODES: Final[Mapping[str, Mapping[str, Localized]]] = MappingProxyType(
    {
        "sex": _codes(male=("男", "male"), female=("女", "female")),
        "status": _codes(
            resident=("住民", "resident"),
            moved_out=("転出", "moved out"),
            deceased=("死亡", "deceased"),
            void=("職権消除", "void"),
        ),
        "disaster_certificate": _codes(
            total_collapse=("全壊", "total collapse"),
            large_scale_half_collapse=("大規模半壊", "large-scale half collapse"),
            medium_scale_half_collapse=("中規模半壊", "medium-scale half collapse"),
            half_collapse=("半壊", "half collapse"),
            semi_half_collapse=("準半壊", "semi half collapse"),
            partial_damage=("一部損壊", "partial damage"),
        ),
        "history": _codes(
            moved_in=("転入", "moved in"),
            moved_within=("転居", "moved within the city"),
            moved_out=("転出", "moved out"),
            born=("出生", "born"),
            died=("死亡", "died"),
            name_changed=("氏名の変更", "name changed"),
            household_changed=("世帯の変更", "household changed"),
            corrected=("職権修正", "corrected ex officio"),
        ),
        "national_health_insurance": _INSURED,
        "late_elderly_medical_care": _INSURED,
        "long_term_care_insurance": _codes(
            category_1=("第1号被保険者", "category 1 (65 and over)"),
            category_2=("第2号被保険者", "category 2 (40 to 64)"),
        ),
        "national_pension": _codes(
            category_1=("第1号被保険者", "category 1 (self-employed, students, others)"),
            category_3=("第3号被保険者", "category 3 (dependent spouses)"),
            voluntary=("任意加入被保険者", "voluntarily insured"),
            formerly_insured=("喪失", "formerly insured"),
        ),
        "child_allowance": _codes(
            recipient=("受給中", "recipient"), formerly_recipient=("受給資格消滅", "formerly a recipient")
        ),
        "tax_standing": _codes(
            taxed=("課税", "taxed"),
            per_capita_only=("均等割のみ課税", "per-capita levy only"),
            untaxed=("非課税", "untaxed"),
            untaxed_household=("非課税世帯", "household untaxed"),
        ),
        "benefits": _codes(
            public_assistance=("生活保護", "public assistance"),
            disability_allowance=("障害者手当", "disability allowance"),
            childcare_allowance=("児童扶養手当", "childcare allowance"),
            school_expense_aid=("就学援助", "school expense aid"),
            housing_benefit=("住居確保給付金", "housing benefit"),
        ),
    }
)
"""Field, code, word."""
