"""The field catalogue: every fact about a resident that the gateway can speak of.

Rule: a field is closed until a purpose names it, and its name here is its path in `gateway.v1.Resident`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from masking.value import ValueKind


@dataclass(frozen=True, slots=True)
class Localized:
    """A text in both languages of the city."""

    ja: str
    en: str


class Sensitivity(StrEnum):
    """How much harm a leak of the field does: ORDINARY (counter data), SENSITIVE (money, family, need)."""

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `locates` marks what tells where the resident lives: withheld for the protected (rule W9)."""

    name: str
    kind: ValueKind
    title: Localized
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    locates: bool = False


RESIDENT_ID: Final = "resident_id"
SEX: Final = "sex"
STATUS: Final = "status"
BIRTH_DATE: Final = "birth_date"
ADDRESS: Final = "address"

FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        field.name: field
        for field in (
            Field(RESIDENT_ID, ValueKind.ID, Localized("宛名番号", "Resident id")),
            Field("name", ValueKind.NAME, Localized("氏名", "Name")),
            Field("name_kana", ValueKind.NAME, Localized("振り仮名", "Reading of the name")),
            Field(BIRTH_DATE, ValueKind.DATE, Localized("生年月日", "Date of birth")),
            Field(SEX, ValueKind.CODE, Localized("男女の別", "Sex")),
            Field(ADDRESS, ValueKind.ADDRESS, Localized("住所", "Address"), locates=True),
            Field("household_id", ValueKind.ID, Localized("世帯番号", "Household id"), locates=True),
            Field("relationship", ValueKind.TEXT, Localized("続柄", "Relation to the head of the household")),
            Field(STATUS, ValueKind.CODE, Localized("住民区分", "Register status")),
            Field("income", ValueKind.YEN, Localized("合計所得金額", "Total income"), Sensitivity.SENSITIVE),
            Field("fee_arrears", ValueKind.YEN, Localized("滞納額", "Fee arrears"), Sensitivity.SENSITIVE),
            Field(
                "disaster_certificate",
                ValueKind.CODE,
                Localized("罹災証明の程度", "Grade of the disaster-victim certificate"),
                Sensitivity.SENSITIVE,
            ),
        )
    }
)
