"""Masked forms in words: what a person reads in place of a field's message.

Rule: every form of the contract has its words in both languages, and an absence says which of the absences it is
(rule F5). Works on the contract's JSON form, fields named as in the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from gateway.cli.codes import code_words
from gateway.field import FIELDS, Localized
from masking.value import ValueKind


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as a person reads it: its text, what became of the registered value, and whether there is a value."""

    text: Localized
    form: Localized
    present: bool = True


def form_of(value: Mapping[str, Any]) -> str:
    """Which form a field's message carries."""
    (form,) = value
    return form


def shown(field: str, value: Mapping[str, Any]) -> Shown:
    """The words for one field's message. Raises KeyError for a field or form that this version does not know."""
    form = form_of(value)
    content = value[form]
    if form == "absent":
        return Shown(ABSENCES[content], _NOTHING, present=False)
    words = _EXACT[FIELDS[field].kind] if form == "exact" else _WORDS.get(form, _plain)
    return Shown(words(field, content), FORMS[form])


FORMS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "exact": Localized("登録どおり", "as registered"),
        "pseudonym": Localized("仮ID", "pseudonym"),
        "partial": Localized("一部伏せ字", "partly covered"),
        "surrogate": Localized("架空の氏名", "invented name"),
        "reduced": Localized("一部の日付", "cut date"),
        "era_year": Localized("元号年", "era year"),
        "age_band": Localized("年齢階級", "age band"),
        "band": Localized("金額階級", "band"),
        "rounded": Localized("概数", "rounded"),
        "area": Localized("地区", "area"),
        "recent": Localized("最近のもののみ", "recent ones only"),
        "masked": Localized("人名等は仮名", "names and the like replaced"),
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
_YES: Final = Localized("はい", "yes")
_NO: Final = Localized("いいえ", "no")
_UNITS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "age": Localized("歳", " years"),
        "years_resident": Localized("年", " years"),
        "household_size": Localized("人", ""),
    }
)
"""What a number counts; an English title says the rest."""


def _plain(_: str, content: Any) -> Localized:
    return Localized(str(content), str(content))


def _yen(_: str, content: str) -> Localized:
    """JSON writes 64 bits as a text."""
    return Localized(f"{int(content):,}円", f"¥{int(content):,}")


def _number(field: str, content: int) -> Localized:
    unit = _UNITS.get(field, Localized("", ""))
    return Localized(f"{content:,}{unit.ja}", f"{content:,}{unit.en}")


def _flag(_: str, content: bool) -> Localized:
    return _YES if content else _NO


def _date(_: str, content: Mapping[str, Any]) -> Localized:
    """In its era where it was asked for: for who reads Japanese."""
    year, month, day = (int(content.get(part, 0)) for part in ("year", "month", "day"))
    ja = f"{year}年" + (f"{month}月" if month else "") + (f"{day}日" if day else "")
    en = f"{year:04d}" + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if day else "")
    return Localized(content.get("text") or ja, en)


def _age_band(_: str, content: Mapping[str, int]) -> Localized:
    low = content.get("low", 0)
    if "high" not in content:
        return Localized(f"{low}歳以上", f"{low} and over")
    return Localized(f"{low}〜{content['high']}歳", f"{low}–{content['high']}")


def _band(_: str, content: Mapping[str, str]) -> Localized:
    """The upper end is exclusive, and there is nothing between two yen."""
    low, high = (int(content[end]) if end in content else None for end in ("low", "high"))
    if low is None and high is None:
        return Localized("(全階級)", "any amount")
    if low is None:
        return Localized(f"{high:,}円未満", f"under ¥{high:,}")
    if high is None:
        return Localized(f"{low:,}円以上", f"¥{low:,} and over")
    return Localized(f"{low:,}〜{high - 1:,}円", f"¥{low:,} – {high - 1:,}")


def _era_year(_: str, content: Mapping[str, Any]) -> Localized:
    return Localized(content["text"], str(content["year"]))


def _rounded(field: str, content: Mapping[str, str]) -> Localized:
    """About as much; JSON writes 64 bits as a text, and leaves a zero out."""
    value = content.get("value", "0")
    words = _yen(field, value) if FIELDS[field].kind is ValueKind.YEN else _number(field, int(value))
    return Localized(f"約{words.ja}", f"about {words.en}")


def _surrogate(field: str, content: Mapping[str, str]) -> Localized:
    return _plain(field, content.get("name", ""))


def _area(field: str, content: Mapping[str, str]) -> Localized:
    """An area, and a whole address likewise."""
    return _plain(field, content.get("text", ""))


def _entries(field: str, content: Mapping[str, Sequence[Mapping[str, Any]]]) -> Localized:
    """One entry a line: when – what (– the register's text)."""
    lines = [_entry(field, entry) for entry in content.get("entries", ())]
    return Localized("\n".join(line.ja for line in lines), "\n".join(line.en for line in lines))


def _entry(field: str, entry: Mapping[str, Any]) -> Localized:
    when, what, detail = _when(field, entry), code_words(field, entry.get("code", "")), entry.get("detail", "")
    ja = (part for part in (when.ja, what.ja, detail) if part)
    en = (part for part in (when.en, what.en, detail) if part)
    return Localized(" – ".join(ja), " – ".join(en))


def _when(field: str, entry: Mapping[str, Any]) -> Localized:
    """A day, from one day to another, or since a day; nothing where the register has no date."""
    since, until = (_date(field, entry[end]) if end in entry else None for end in ("since", "until"))
    if since is not None and until is not None:
        return since if since == until else Localized(f"{since.ja}〜{until.ja}", f"{since.en} to {until.en}")
    if since is not None:
        return Localized(f"{since.ja}から", f"since {since.en}")
    if until is not None:
        return Localized(f"{until.ja}まで", f"until {until.en}")
    return Localized("", "")


_Words: TypeAlias = Callable[[str, Any], Localized]
"""From a field and its form's content."""

_EXACT: Final[Mapping[ValueKind, _Words]] = MappingProxyType(
    {
        ValueKind.ID: _plain,
        ValueKind.NAME: _plain,
        ValueKind.TEXT: _plain,
        ValueKind.REMARK: _plain,
        ValueKind.CODE: code_words,
        ValueKind.YEN: _yen,
        ValueKind.DATE: _date,
        ValueKind.ADDRESS: _area,
        ValueKind.NUMBER: _number,
        ValueKind.FLAG: _flag,
        ValueKind.ENTRIES: _entries,
    }
)
_WORDS: Final[Mapping[str, _Words]] = MappingProxyType(
    {
        "reduced": _date,
        "age_band": _age_band,
        "band": _band,
        "rounded": _rounded,
        "era_year": _era_year,
        "surrogate": _surrogate,
        "area": _area,
        "recent": _entries,
    }
)
