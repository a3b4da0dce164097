"""Purposes as Markdown, one table each: what a page shows of what is in force.

Rule: the same texts give the same page. Nothing depends on the day, the terminal or the order of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from gateway.allowance import Owner, Window
from gateway.cli.matter import case_words
from gateway.field import FIELDS, SELECTING_KEYS, Localized, SearchKey
from gateway.purpose.asking import SEARCHING_KEYS, asking
from gateway.purpose.check import Checked
from gateway.purpose.model import AskingText, PurposeText
from gateway.subject import Status

_HEADINGS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "legal_basis": Localized("法的根拠", "Legal basis"),
        "recipients": Localized("提供先", "Recipients"),
        "case": Localized("案件", "Case"),
        "applicant": Localized("申請者", "Applicant"),
        "fields": Localized("項目と加工", "Fields and masks"),
        "search_by": Localized("検索キー", "Search keys"),
        "search": Localized("検索", "Search"),
        "reversal": Localized("本人特定", "Who stands behind"),
        "renewal": Localized("仮名の更新", "New pseudonyms for old"),
        "stream": Localized("一覧取得", "Stream"),
        "break_glass": Localized("緊急の照会", "In an emergency"),
        "restricted": Localized("支援措置の対象者", "The protected"),
        "my_number": Localized("番号の根拠", "Ground for the number"),
        "family_history": Localized("身分関係の項目の理由", "Why family history is needed"),
        "budget": Localized("件数の上限", "Residents at most"),
        "deprecated": Localized("廃止予定", "Deprecated"),
        "valid": Localized("有効期間", "Valid"),
    }
)
_OWNERS: Final[Mapping[Owner, Localized]] = MappingProxyType(
    {
        Owner.STAFF: Localized("職員", "staff"),
        Owner.DEPARTMENT: Localized("課", "department"),
        Owner.CITY: Localized("市", "city"),
    }
)


def markdown(purposes: Iterable[Checked], language: str) -> str:
    """All purposes by name, a table each, in one language (`ja` or `en`); ends with a line break."""
    return "\n".join(_table(checked, _Tongue(language)) for checked in purposes)


class _Tongue:
    """Words in one language."""

    def __init__(self, language: str) -> None:
        self._japanese = language == "ja"
        self.comma = "、" if self._japanese else ", "
        self.stop = "／" if self._japanese else "; "

    def of(self, words: Localized) -> str:
        """The words in this language."""
        return words.ja if self._japanese else words.en

    def pick(self, ja: str, en: str) -> str:
        """One of two texts."""
        return ja if self._japanese else en


def _table(checked: Checked, tongue: _Tongue) -> str:
    title = tongue.of(checked.text.title.localized())
    rows = [f"| `{checked.text.purpose}` | {_cell(title)} |", "|---|---|"]
    rows += [f"| {tongue.of(_HEADINGS[part])} | {_cell(value)} |" for part, value in _rows(checked, tongue)]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rows(checked: Checked, tongue: _Tongue) -> Iterator[tuple[str, str]]:
    text = checked.text
    yield "legal_basis", tongue.of(text.legal_basis.localized())
    yield "recipients", tongue.stop.join(f"{each.department} ({', '.join(each.roles)})" for each in text.recipients)
    if text.case is not None:
        words = tongue.of(case_words(text.case.rule()))
        yield "case", tongue.pick(f"当事者であること：{words}", f"parties to {words}")
    if text.applicant == "required":
        yield "applicant", tongue.pick("だれの求めによるかを示すこと", "it must be said who applies")
    yield (
        "fields",
        tongue.comma.join(
            f"{tongue.of(FIELDS[field].title)} `{field}: {mask}`" for field, mask in checked.masks.items()
        ),
    )
    yield "search_by", tongue.comma.join(f"`{key}`" for key in text.search_by)
    if text.search is not None:
        limits = tongue.pick(
            f"{text.search.limit}人まで、住所・世帯では{text.search.address_limit}人まで",
            f"at most {text.search.limit} residents, {text.search.address_limit} by address or household",
        )
        yield "search", tongue.stop.join((limits, *_asked(text, text.search, SEARCHING_KEYS, tongue)))
    if text.streamed is not None:
        page = tongue.pick(f"1記録{text.streamed.page}人", f"{text.streamed.page} residents a record")
        parts = (page, *_granted(text, tongue), *_asked(text, text.streamed, SELECTING_KEYS, tongue))
        yield "stream", tongue.stop.join(parts)
    if text.reversal is not None:
        yield (
            "reversal",
            tongue.pick("二人の承認により、仮名の本人を特定", "of its pseudonyms, by a grant of two people"),
        )
    if text.renewal is not None:
        yield (
            "renewal",
            tongue.pick(
                "二人の承認により、旧仮名に対応する新仮名を提供", "after a rotation of keys, by a grant of two people"
            ),
        )
    if text.break_glass is not None:
        glass, shown = text.break_glass, tongue.comma.join(f"`{field}`" for field in text.break_glass.fields)
        yield (
            "break_glass",
            tongue.pick(
                f"{shown}、1日{glass.looks_a_day}回まで、{glass.review_days}日以内に上司が確認",
                f"{shown}; {glass.looks_a_day} looks a day, reviewed within {glass.review_days} days",
            ),
        )
    if text.restricted == "allowed":
        yield "restricted", tongue.pick("住所等も表示", "their whereabouts are shown, too")
    if text.my_number is not None:
        grounds = (text.my_number.my_number_act, text.my_number.resident_register_act)
        yield "my_number", tongue.stop.join(tongue.of(each.localized()) for each in grounds if each is not None)
    if text.family_history is not None:
        yield "family_history", tongue.of(text.family_history.localized())
    yield "budget", tongue.stop.join(_budget(text, tongue))
    if text.deprecated is not None:
        successor = f" → `{text.deprecated.successor}`" if text.deprecated.successor is not None else ""
        yield "deprecated", f"{text.deprecated.since}{successor}: {tongue.of(text.deprecated.note.localized())}"
    yield "valid", f"{text.valid.since} – {text.valid.until}"


def _granted(text: PurposeText, tongue: _Tongue) -> Iterator[str]:
    if text.bulk is not None:
        most, bound = text.bulk.residents, f"k={text.bulk.k}"
        if text.bulk.l is not None and text.bulk.sensitive is not None:
            bound += f", l={text.bulk.l} ({', '.join(f'`{field}`' for field in text.bulk.sensitive)})"
        yield tongue.pick(f"二人の承認、{most}人まで、{bound}", f"by a grant of two people, at most {most}, {bound}")


def _asked(text: PurposeText, kind: AskingText, keys: frozenset[SearchKey], tongue: _Tongue) -> Iterator[str]:
    yield tongue.comma.join(
        " + ".join(f"`{key}`" for key in SearchKey if key in combination)
        for combination in asking(text, kind, keys).combinations
    )
    if kind.statuses != (Status.RESIDENT,):
        yield tongue.pick("住民区分: ", "statuses: ") + ", ".join(f"`{status}`" for status in kind.statuses)


def _budget(text: PurposeText, tongue: _Tongue) -> Iterator[str]:
    for owner in Owner:
        windows = text.budget.residents.get(owner, {})
        if windows:
            numbers = tongue.comma.join(f"{windows[window]}/{window}" for window in Window if window in windows)
            yield f"{tongue.of(_OWNERS[owner])} {numbers}"
    rate = text.budget.rate
    if rate is not None:
        pace, burst = f"{rate.per_second:g}", rate.burst
        yield tongue.pick(f"平均毎秒{pace}回、続けて{burst}回まで", f"{pace} answers a second, {burst} at once")
