"""The field catalogue: every fact about a resident that the gateway can speak of.

Rule: a field is closed until a purpose names it, and its name here is its path in `gateway.v1.Resident`. A derived
field is an entitlement of its own (rule F4): who may see `age` may not see `birth_date` for it, nor the reverse.

Items are those of the Basic Resident Register Act (住民基本台帳法), art. 7, and what a city's offices keep beside them.
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
    """How much harm a leak of the field does: ORDINARY (counter data), SENSITIVE (money, family, need), and SPECIFIC: a
    number that joins registers, which only a law of its own opens (個人番号, 住民票コード).
    """

    ORDINARY = "ordinary"
    SENSITIVE = "sensitive"
    SPECIFIC = "specific"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    `locates` marks what tells where the resident lives, lived or went, or with whom, for these have addresses too:
    withheld for the protected (rule W9).
    `family_history` marks what betrays marriages, divorces, adoptions or origin: a purpose says why it needs it.
    `derived_from` are the fields that it is reckoned from, None for what stands in the register itself.
    `item` is the item of art. 7, "" for what is not among them.
    """

    name: str
    kind: ValueKind
    title: Localized
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    locates: bool = False
    family_history: bool = False
    derived_from: tuple[str, ...] | None = None
    item: str = ""


class SearchKey(StrEnum):
    """What residents may be asked for by. `status`: entries other than those who live here may be asked for."""

    RESIDENT_ID = "resident_id"
    PSEUDONYM = "pseudonym"
    NAME = "name"
    NAME_KANA = "name_kana"
    BIRTH_DATE = "birth_date"
    ADDRESS = "address"
    HOUSEHOLD_ID = "household_id"
    AREA = "area"
    AGE_BAND = "age_band"
    STATUS = "status"


LOOKUP_KEYS: Final = frozenset({SearchKey.RESIDENT_ID, SearchKey.PSEUDONYM})
"""Keys that name one resident: GetResident and BatchGetResidents take them, and a search does."""
FINDING_KEYS: Final = frozenset(
    {SearchKey.NAME, SearchKey.NAME_KANA, SearchKey.BIRTH_DATE, SearchKey.ADDRESS, SearchKey.HOUSEHOLD_ID}
)
"""Keys that find residents: SearchResidents takes them."""
SELECTING_KEYS: Final = frozenset({SearchKey.AREA, SearchKey.AGE_BAND, SearchKey.HOUSEHOLD_ID})
"""Keys that select the residents of a stream."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What one register has: the fields, those that can be derived from them too, and the keys it can be searched
    by.
    """

    fields: frozenset[str]
    keys: frozenset[SearchKey]


RESIDENT_ID: Final = "resident_id"
NAME: Final = "name"
NAME_KANA: Final = "name_kana"
BIRTH_DATE: Final = "birth_date"
SEX: Final = "sex"
ADDRESS: Final = "address"
HOUSEHOLD_ID: Final = "household_id"
RELATIONSHIP: Final = "relationship"
STATUS: Final = "status"
FORMER_SURNAME: Final = "former_surname"
FORMER_SURNAME_KANA: Final = "former_surname_kana"
COMMON_NAME: Final = "common_name"
RESIDENT_SINCE: Final = "resident_since"
MY_NUMBER: Final = "my_number"
RESIDENT_CODE: Final = "resident_code"
AGE: Final = "age"
IS_MINOR: Final = "is_minor"
IS_SENIOR: Final = "is_senior"
YEARS_RESIDENT: Final = "years_resident"
HOUSEHOLD_SIZE: Final = "household_size"
IS_HEAD_OF_HOUSEHOLD: Final = "is_head_of_household"
IS_PROTECTED: Final = "is_protected"

_SENSITIVE: Final = Sensitivity.SENSITIVE
_SPECIFIC: Final = Sensitivity.SPECIFIC
_K: Final = ValueKind


def _field(
    name: str,
    kind: ValueKind,
    ja: str,
    en: str,
    sensitivity: Sensitivity = Sensitivity.ORDINARY,
    *,
    item: str = "",
    locates: bool = False,
    family_history: bool = False,
    derived_from: tuple[str, ...] | None = None,
) -> Field:
    return Field(name, kind, Localized(ja, en), sensitivity, locates, family_history, derived_from, item)


FIELDS: Final[Mapping[str, Field]] = MappingProxyType(
    {
        field.name: field
        for field in (
            _field(RESIDENT_ID, _K.ID, "宛名番号", "Resident id"),
            _field(NAME, _K.NAME, "氏名", "Name", item="1"),
            _field(NAME_KANA, _K.NAME, "振り仮名", "Reading of the name", item="1-2"),
            _field(BIRTH_DATE, _K.DATE, "生年月日", "Date of birth", item="2"),
            _field(SEX, _K.CODE, "男女の別", "Sex", item="3"),
            _field(ADDRESS, _K.ADDRESS, "住所", "Address", item="7", locates=True),
            _field(HOUSEHOLD_ID, _K.ID, "世帯番号", "Household id", locates=True),
            _field(RELATIONSHIP, _K.TEXT, "続柄", "Relation to the head of the household", item="4"),
            _field(STATUS, _K.CODE, "住民区分", "Register status"),
            _field("income", _K.YEN, "合計所得金額", "Total income", _SENSITIVE),
            _field("fee_arrears", _K.YEN, "滞納額", "Fee arrears", _SENSITIVE),
            _field(
                "disaster_certificate",
                _K.CODE,
                "罹災証明の程度",
                "Grade of the disaster-victim certificate",
                _SENSITIVE,
            ),
            _field(FORMER_SURNAME, _K.NAME, "旧氏", "Former surname", _SENSITIVE, item="14", family_history=True),
            _field(
                FORMER_SURNAME_KANA,
                _K.NAME,
                "旧氏の振り仮名",
                "Reading of the former surname",
                _SENSITIVE,
                item="14",
                family_history=True,
            ),
            _field(COMMON_NAME, _K.NAME, "通称", "Common name", _SENSITIVE, item="14"),
            _field(
                "head_of_household",
                _K.NAME,
                "世帯主の氏名",
                "Name of the head of the household",
                item="4",
                locates=True,
            ),
            _field(
                "registered_domicile",
                _K.TEXT,
                "本籍",
                "Registered domicile",
                _SENSITIVE,
                item="5",
                locates=True,
                family_history=True,
            ),
            _field(
                "family_register_head",
                _K.NAME,
                "筆頭者",
                "Head of the family register",
                _SENSITIVE,
                item="5",
                family_history=True,
            ),
            _field(RESIDENT_SINCE, _K.DATE, "住民となった年月日", "Resident since", item="6"),
            _field("address_since", _K.DATE, "住所を定めた年月日", "At this address since", item="7"),
            _field("move_notified", _K.DATE, "転入の届出の年月日", "Day on which moving in was notified", item="8"),
            _field(
                "previous_address",
                _K.ADDRESS,
                "前住所",
                "Previous address",
                _SENSITIVE,
                item="8",
                locates=True,
                family_history=True,
            ),
            _field(
                "forwarding_address",
                _K.ADDRESS,
                "転出先",
                "Address moved to",
                _SENSITIVE,
                locates=True,
                family_history=True,
            ),
            _field("removed_on", _K.DATE, "消除の年月日", "Day on which the entry was removed"),
            _field(
                "history",
                _K.ENTRIES,
                "異動の経過",
                "Changes of the entry",
                _SENSITIVE,
                locates=True,
                family_history=True,
            ),
            _field(MY_NUMBER, _K.ID, "個人番号", "My Number", _SPECIFIC, item="8-2"),
            _field(RESIDENT_CODE, _K.ID, "住民票コード", "Resident record code", _SPECIFIC, item="13"),
            _field("electoral_roll", _K.FLAG, "選挙人名簿への登録", "On the electoral roll", item="9"),
            _field("national_health_insurance", _K.CODE, "国民健康保険の資格", "National health insurance", item="10"),
            _field(
                "late_elderly_medical_care",
                _K.CODE,
                "後期高齢者医療の資格",
                "Medical care for the late-stage elderly",
                item="10-2",
            ),
            _field("long_term_care_insurance", _K.CODE, "介護保険の資格", "Long-term care insurance", item="10-3"),
            _field("national_pension", _K.CODE, "国民年金の資格", "National pension", item="11"),
            _field("child_allowance", _K.CODE, "児童手当の受給資格", "Child allowance", item="11-2"),
            _field("tax_standing", _K.CODE, "課税区分", "Tax standing", _SENSITIVE),
            _field("benefits", _K.ENTRIES, "給付・手当", "Benefits", _SENSITIVE),
            _field("remarks", _K.REMARK, "備考", "Remarks", _SENSITIVE, locates=True, family_history=True),
            _field(AGE, _K.NUMBER, "年齢", "Age", derived_from=(BIRTH_DATE,)),
            _field(IS_MINOR, _K.FLAG, "18歳未満", "Under 18", derived_from=(BIRTH_DATE,)),
            _field(IS_SENIOR, _K.FLAG, "65歳以上", "65 and over", derived_from=(BIRTH_DATE,)),
            _field(YEARS_RESIDENT, _K.NUMBER, "居住年数", "Years resident", derived_from=(RESIDENT_SINCE,)),
            _field(HOUSEHOLD_SIZE, _K.NUMBER, "世帯人員", "Size of the household", derived_from=(HOUSEHOLD_ID, STATUS)),
            _field(IS_HEAD_OF_HOUSEHOLD, _K.FLAG, "世帯主か", "Heads the household", derived_from=(RELATIONSHIP,)),
            _field(IS_PROTECTED, _K.FLAG, "支援措置の有無", "Under a protective measure", _SENSITIVE, derived_from=()),
        )
    }
)
