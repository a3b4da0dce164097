"""Masked forms in words: what a person reads in place of a field's message.

Rule: every form of the contract has its words in both languages, and an absence says which of the absences it is
(rule F5). Works on the contract's JSON form, fields named as in the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from gateway.field import FIELDS, Localized
from masking.value import ValueKind


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a person reads it: its text, what became of the registered value, and whether there is a value."""

    text: Localized
    form: Localized
    present: bool = True


def shown(field: str, value: Mapping[str, Any]) -> Shown:
    """The words for one field's message. Raises KeyError for a field or form that this version does not know."""
    ((form, content),) = value.items()
    if form == "absent":
        return Shown(ABSENCES[content], _NOTHING, present=False)
    if form == "exact":
        return Shown(_EXACT.get(FIELDS[field].kind, _plain)(content), FORMS[form])
    return Shown(_WORDS.get(form, _plain)(content), FORMS[form])


FORMS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "exact": Localized("登録どおり", "as registered"),
        "pseudonym": Localized("仮ID", "pseudonym"),
        "partial": Localized("一部伏せ字", "partly covered"),
        "surrogate": Localized("架空の氏名", "invented name"),
        "reduced": Localized("一部の日付", "cut date"),
        "age_band": Localized("年齢階級", "age band"),
        "band": Localized("金額階級", "band"),
        "area": Localized("地区", "area"),
    }
)
"""What became of the registered value, by form."""

ABSENCES: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "ABSENCE_EMPTY": Localized("(登録なし)", "(empty)"),
        "ABSENCE_WITHHELD": Localized("(保護のため非表示)", "(withheld)"),
        "ABSENCE_REDACTED": Localized("(あり・非表示)", "(there is one, not shown)"),
        "ABSENCE_MALFORMED": Localized("(判読不能)", "(not readable)"),
    }
)
"""Why there is no value."""

_NOTHING: Final = Localized("—", "—")
_CODES: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "male": Localized("男", "male"),
        "female": Localized("女", "female"),
        "resident": Localized("住民", "resident"),
        "moved_out": Localized("転出", "moved out"),
        "deceased": Localized("死亡", "deceased"),
        "void": Localized("職権消除", "void"),
        "total_collapse": Localized("全壊", "total collapse"),
        "large_scale_half_collapse": Localized("大規模半壊", "large-scale half collapse"),
        "medium_scale_half_collapse": Localized("中規模半壊", "medium-scale half collapse"),
        "half_collapse": Localized("半壊", "half collapse"),
        "semi_half_collapse": Localized("準半壊", "semi half collapse"),
        "partial_damage": Localized("一部損壊", "partial damage"),
    }
)
"""The codes that Resident's fields may carry."""


def _plain(content: Any) -> Localized:
    return Localized(str(content), str(content))


def _code(content: str) -> Localized:
    return _CODES.get(content) or _plain(content)


def _yen(content: str) -> Localized:
    """JSON writes 64 bits as a text."""
    return Localized(f"{int(content):,}円", f"¥{int(content):,}")


def _date(content: Mapping[str, int]) -> Localized:
    year, month, day = (content.get(part, 0) for part in ("year", "month", "day"))
    ja = f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if day else "")
    en = f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")
    return Localized(ja, en)


def _age_band(content: Mapping[str, int]) -> Localized:
    low = content.get("low", 0)
    if "high" not in content:
        return Localized(f"{low}歳以上", f"{low} and over")
    return Localized(f"{low}〜{content['high']}歳", f"{low}–{content['high']}")


def _band(content: Mapping[str, str]) -> Localized:
    """The upper end is exclusive, and there is nothing between two yen."""
    low, high = (int(content[end]) if end in content else None for end in ("low", "high"))
    if low is None and high is None:
        return Localized("(全階級)", "any amount")
    if low is None:
        return Localized(f"{high:,}円未満", f"under ¥{high:,}")
    if high is None:
        return Localized(f"{low:,}円以上", f"¥{low:,} and over")
    return Localized(f"{low:,}〜{high - 1:,}円", f"¥{low:,} – {high - 1:,}")


def _surrogate(content: Mapping[str, str]) -> Localized:
    return _plain(content.get("name", ""))


def _area(content: Mapping[str, str]) -> Localized:
    """An area, and a whole address likewise."""
    return _plain(content.get("text", ""))


_EXACT: Final[Mapping[ValueKind, Callable[[Any], Localized]]] = MappingProxyType(
    {ValueKind.CODE: _code, ValueKind.YEN: _yen, ValueKind.DATE: _date, ValueKind.ADDRESS: _area}
)
_WORDS: Final[Mapping[str, Callable[[Any], Localized]]] = MappingProxyType(
    {
        "reduced": _date,
        "age_band": _age_band,
        "band": _band,
        "surrogate": _surrogate,
        "area": _area,
    }
)
