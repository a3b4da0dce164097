"""A purpose as the gateway tells it, in the words and options of the command line: tables of what may be asked.

Rule: keys are shown as the options that are typed for them, and nothing is reckoned here that the gateway did not tell.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from gateway.allowance import Owner, Window
from gateway.case import CaseRule, Handling
from gateway.cli.codes import CODES
from gateway.cli.matter import case_words
from gateway.cli.told import OWNERS, moment, spoken
from gateway.field import FIELDS, FINDING_KEYS, LOOKUP_KEYS, STATUS, Localized, SearchKey

Purpose: TypeAlias = Mapping[str, Any]
"""A Purpose as JSON, fields named as in the contract."""
Table: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, columns and rows."""

_OPTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        SearchKey.RESIDENT_ID: "--resident",
        SearchKey.PSEUDONYM: "--pseudonym",
        SearchKey.NAME: "--name",
        SearchKey.NAME_KANA: "--kana",
        SearchKey.BIRTH_DATE: "--born",
        SearchKey.ADDRESS: "--lives",
        SearchKey.HOUSEHOLD_ID: "--household",
        SearchKey.AREA: "--area",
        SearchKey.AGE_BAND: "--age-from/--age-to",
        SearchKey.STATUS: "--status",
    }
)
"""What is typed for a key."""
_WINDOWS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        Window.DAY: Localized("1日", "1 day"),
        Window.MONTH: Localized("30日", "30 days"),
        Window.YEAR: Localized("365日", "365 days"),
        Window.TENURE: Localized("記録の保存期間", "tenure"),
    }
)
_LEVELS: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "city": Localized("市（5桁）", "the city (5 digits)"),
        "town": Localized("町（8桁）", "町 (8 digits)"),
        "chome": Localized("丁目（10桁）", "丁目 (10 digits)"),
    }
)
_SENSITIVITIES: Final[Mapping[str, Localized]] = MappingProxyType(
    {
        "ordinary": Localized("通常", "ordinary"),
        "sensitive": Localized("機微", "sensitive"),
        "specific": Localized("特定", "specific"),
    }
)
_EVERY: Final = Localized("全利用目的", "all purposes")
_THIS: Final = Localized("この利用目的", "this one")
_UNDER_GRANTS: Final = Localized("一括の承認による照会", "under bulk grants")
_OF_THE_REGISTER: Final = Localized("住民全体に対する割合", "share of the register")
_OPEN: Final = Localized("—", "—")
_NONE: Final = Localized("なし", "none")


def overview(purposes: Sequence[Purpose], language: str) -> Table:
    """The purposes that are open, a row each."""
    rows = [
        [
            str(purpose["name"]),
            spoken(_text(purpose["title"]), language),
            spoken(_ways(purpose), language),
            str(purpose["valid_until"]),
            spoken(_note(purpose), language),
        ]
        for purpose in purposes
    ]
    return _said("利用できる利用目的", "Open to you", language), ("purpose", "title", "ways", "until", "note"), rows


def terms(purpose: Purpose, language: str) -> Table:
    """How a purpose may be used."""
    rows = [[spoken(part, language), spoken(value, language)] for part, value in _terms(purpose)]
    return str(purpose["name"]), ("part", "value"), rows


def fields(purpose: Purpose, language: str) -> Table:
    """The fields that it grants, and what is left of each."""
    rows = [
        [
            str(each["path"]),
            spoken(_text(each["title"]), language),
            f"{each['mask']} {each.get('settings', '')}".strip(),
            spoken(_words(_SENSITIVITIES, each["sensitivity"]), language),
        ]
        for each in purpose.get("fields", ())
    ]
    return _said("項目", "Fields", language), ("field", "title", "mask", "sensitivity"), rows


def allowances(purpose: Purpose, language: str) -> Table:
    """How many residents may still be seen, by whom and in which time; JSON leaves a zero out."""
    rows = [
        [
            spoken(OWNERS[_owner(each["owner"])], language),
            spoken(_words(_WINDOWS, each["window"]), language),
            spoken(counted, language),
            f"{int(each['limit']):,}",
            f"{int(each.get('left', 0)):,}",
            spoken(_reopening(each), language),
        ]
        for counted, each in _counted(purpose)
    ]
    columns = ("whom", "window", "purposes", "residents", "left", "reopens")
    return _said("照会できる人数", "Residents at most", language), columns, rows


def _counted(purpose: Purpose) -> Iterator[tuple[Localized, Mapping[str, Any]]]:
    """Each limit with what counts against it."""
    for each in purpose.get("allowances", ()):
        yield _EVERY if each.get("all_purposes") else _THIS, each
    for each in purpose.get("bulk", {}).get("allowances", ()):
        yield _UNDER_GRANTS, each
    for each in purpose.get("coverage", ()):
        yield _OF_THE_REGISTER, each


def _case(purpose: Purpose, registry: str) -> Localized:
    """What this version has no words for, any handler might be: the gateway judges it."""
    handler = purpose.get("case_handler", Handling.ANY)
    handling = Handling(handler) if handler in list(Handling) else Handling.ANY
    words = case_words(CaseRule(registry, handling, purpose.get("case_days_after_closing", 0)))
    return Localized(f"{words.ja} (--case)", f"{words.en} (--case)")


def _terms(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    yield Localized("名称", "title"), _text(purpose["title"])
    yield Localized("根拠", "legal basis"), _text(purpose["legal_basis"])
    yield Localized("期間", "valid"), _same(f"{purpose['valid_from']} – {purpose['valid_until']}")
    if "deprecation" in purpose:
        yield from _deprecation(purpose["deprecation"])
    registry = purpose.get("case_registry")
    yield (
        Localized("案件", "case"),
        _case(purpose, str(registry)) if registry else _NONE,
    )
    yield (
        Localized("申請者", "applicant"),
        Localized("必要 (--applicant)", "required (--applicant)") if purpose.get("applicant_required") else _NONE,
    )
    by_key = _options(key for key in LOOKUP_KEYS if key in purpose.get("search_by", ()))
    yield Localized("照会 lookup", "lookup by"), _same(by_key) if by_key else _NONE
    yield from _search(purpose)
    yield from _stream(purpose)
    yield from _pseudonyms(purpose)
    yield from _emergency(purpose)
    yield (
        Localized("支援措置の対象者の所在", "whereabouts of the protected"),
        Localized("表示", "shown") if purpose.get("restricted_allowed") else Localized("非表示", "withheld"),
    )
    yield from _pace(purpose)
    yield Localized("要約値", "digest"), _same(base64.b64decode(purpose.get("digest", "")).hex())


def _deprecation(ending: Mapping[str, Any]) -> Iterator[tuple[Localized, Localized]]:
    successor = ending.get("successor")
    yield (
        Localized("廃止予定", "deprecated"),
        Localized(
            f"{ending['ends']} まで（{ending['since']} 公表）。" + (f"{successor} に移行" if successor else "後継なし"),
            f"ends on {ending['ends']}, announced on {ending['since']}; "
            + (f"move to {successor}" if successor else "nothing follows it"),
        ),
    )
    yield Localized("廃止の理由", "why"), _text(ending["note"])


def _search(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    rule = purpose.get("search")
    if rule is None:
        yield Localized("検索 search", "search"), _NONE
        return
    for combination in rule.get("combinations", ()):
        yield Localized("検索の条件 search", "search with"), _same(_options(combination["keys"], " + "))
    also = _options(key for key in FINDING_KEYS | LOOKUP_KEYS if key in purpose.get("search_by", ()))
    yield Localized("加えられる条件", "search also by"), _same(also)
    limit, by_place = rule.get("limit", 0), rule.get("address_limit", 0)
    yield (
        Localized("検索の上限", "found at most"),
        Localized(
            f"{limit}人、--lives か --household があれば{by_place}人",
            f"{limit} residents, {by_place} with --lives or --household",
        ),
    )
    yield Localized("検索の対象", "search among"), _statuses(rule)
    spellings = [FIELDS[field].title if field in FIELDS else _same(field) for field in rule.get("names", ())]
    if spellings:
        yield Localized("--name が見る項目", "--name may be"), _joined(spellings)


def _stream(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    rule = purpose.get("stream")
    if rule is None:
        yield Localized("一括 stream", "stream"), _NONE
        return
    for combination in rule.get("combinations", ()):
        yield Localized("一括の条件 stream", "stream with"), _same(_options(combination["keys"], " + "))
    yield Localized("1ページ", "a page"), Localized(f"{rule.get('page', 0)}人", f"{rule.get('page', 0)} residents")
    if rule.get("area_level"):
        yield Localized("地区の細かさ", "area no finer than"), _words(_LEVELS, rule["area_level"])
    if rule.get("age_width"):
        width, top = rule["age_width"], rule.get("age_top")
        yield (
            Localized("年齢の刻み", "ages by"),
            Localized(
                f"{width}歳ごと" + (f"、{top}歳以上は一括" if top is not None else ""),
                f"{width} years" + (f", {top} and over as one" if top is not None else ""),
            ),
        )
    yield Localized("一括の対象", "stream among"), _statuses(rule)
    yield from _bulk(purpose)


def _bulk(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    bulk = purpose.get("bulk")
    if bulk is not None:
        most, k = int(bulk["residents"]), bulk["k"]
        yield (
            Localized("一括に必要な承認", "stream by"),
            Localized(
                f"二人の承認 (--grant)、{most:,}人まで" + (f"、同じ内容の方が{k}人以上" if k > 1 else ""),
                f"a grant of two people (--grant), {most:,} residents at most"
                + (f", each among {k} alike or more" if k > 1 else ""),
            ),
        )
        if bulk.get("sensitive"):
            of = _joined([FIELDS[field].title if field in FIELDS else _same(field) for field in bulk["sensitive"]])
            yield (
                Localized("同じ内容の方々の間で異なる項目", "those alike differ in"),
                Localized(f"{of.ja}（{bulk['l']}通り以上）", f"{of.en}: {bulk['l']} values or more"),
            )


def _pseudonyms(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    if purpose.get("reversal"):
        yield (
            Localized("仮名の本人の特定", "who stands behind a pseudonym"),
            Localized("二人の承認 (resolve --grant)", "by a grant of two people (resolve --grant)"),
        )
    if purpose.get("renewal"):
        yield (
            Localized("旧仮名から新仮名への更新", "new pseudonyms for old ones"),
            Localized("二人の承認 (renew --grant)", "by a grant of two people (renew --grant)"),
        )


def _emergency(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    glass = purpose.get("emergency")
    if glass is None:
        return
    shown = _joined([FIELDS[path].title if path in FIELDS else _same(path) for path in glass["fields"]])
    looks, days = glass["looks_a_day"], glass["review_days"]
    yield (
        Localized("緊急の照会 (--break-glass)", "in an emergency (--break-glass)"),
        Localized(
            f"{shown.ja}。1日{looks}回まで、{days}日以内に上司が確認",
            f"{shown.en}; {looks} looks a day, reviewed by a superior within {days} days",
        ),
    )


def _pace(purpose: Purpose) -> Iterator[tuple[Localized, Localized]]:
    rate, repeats, attempts = purpose.get("rate"), int(purpose.get("repeats", 0)), purpose.get("attempts")
    if rate is not None:
        pace, burst = rate["per_second"], rate["burst"]
        yield (
            Localized("速さ", "rate"),
            Localized(f"平均毎秒{pace:g}回、続けて{burst}回まで", f"{pace:g} a second, {burst} at once"),
        )
    yield (
        Localized("お一人につき", "one resident"),
        Localized(f"24時間に{repeats:,}回まで", f"{repeats:,} times in 24 hours"),
    )
    if attempts is not None:
        left, limit = int(attempts.get("left", 0)), int(attempts["limit"])
        again = _reopening(attempts) if "reopens" in attempts else _same("")
        yield (
            Localized("拒否された照会の残り", "refused attempts left"),
            Localized(f"{limit}回のうち{left}回 {again.ja}".strip(), f"{left} of {limit} in 1 day {again.en}".strip()),
        )


def _ways(purpose: Purpose) -> Localized:
    """The commands that it can be used with."""
    ways = {
        "lookup": bool(LOOKUP_KEYS & set(purpose.get("search_by", ()))),
        "search": "search" in purpose,
        "stream": "stream" in purpose,
    }
    return _same(", ".join(way for way, is_open in ways.items() if is_open))


def _note(purpose: Purpose) -> Localized:
    return Localized("廃止予定", "deprecated") if "deprecation" in purpose else _same("")


def _statuses(rule: Mapping[str, Any]) -> Localized:
    """Without a word it is those who live here, whatever else may be asked for."""
    open_to = rule.get("statuses", ())
    return _joined([words for status, words in CODES[STATUS].items() if status in open_to])


def _options(keys: Iterable[str], between: str = ", ") -> str:
    """Keys as they are typed, in the order of the catalogue; a key of a later version as it is called."""
    order = list(SearchKey)
    known = sorted(keys, key=lambda key: order.index(SearchKey(key)) if key in order else len(order))
    return between.join(_OPTIONS.get(key, key) for key in known)


def _reopening(state: Mapping[str, Any]) -> Localized:
    """When a limit gives some back; nothing while some is left."""
    if "reopens" in state:
        return moment(state["reopens"])
    return _OPEN if int(state.get("left", 0)) else Localized("再開しません", "does not reopen")


def _owner(value: str) -> Owner:
    return Owner(value.removeprefix("ALLOWANCE_OWNER_").lower())


def _words(words: Mapping[str, Localized], value: str) -> Localized:
    return words.get(value) or _same(value)


def _joined(texts: Sequence[Localized]) -> Localized:
    return Localized("、".join(text.ja for text in texts), ", ".join(text.en for text in texts))


def _text(text: Mapping[str, str]) -> Localized:
    return Localized(text.get("ja", ""), text.get("en", ""))


def _same(text: str) -> Localized:
    return Localized(text, text)


def _said(ja: str, en: str, language: str) -> str:
    return ja if language == "ja" else en
