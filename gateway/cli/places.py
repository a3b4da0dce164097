"""Offending parts of a request in the words of the command line: the option that was typed, and what is wrong with it.

Rule: what this version has no words for stays as the gateway wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_PLACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "context.purpose": "--purpose",
        "context.case_reference": "--case",
        "context.reason_code": "--reason",
        "context.justification": "--justification",
        "context.applicant": "--applicant",
        "context.applicant.resident_id": "--applicant",
        "context.language": "--language",
        "context.calendar": "--calendar",
        "key": "--resident",
        "keys": "--resident",
        "resident_id": "--resident",
        "resident_ids": "--resident",
        "pseudonym": "--pseudonym",
        "pseudonyms": "--pseudonym",
        "read_mask": "--fields",
        "read_mask.paths": "--fields",
        "criteria.name": "--name",
        "criteria.name_kana": "--kana",
        "criteria.birth_date": "--born",
        "criteria.address": "--lives",
        "criteria.household_id": "--household",
        "criteria.resident_id": "--resident",
        "criteria.pseudonym": "--pseudonym",
        "criteria.statuses": "--status",
        "selection.area_code": "--area",
        "selection.age": "--age-from, --age-to",
        "selection.age.from": "--age-from",
        "selection.age.to": "--age-to",
        "selection.household_id": "--household",
        "selection.statuses": "--status",
        "cursor": "--cursor",
    }
)
"""Where the contract's parts are typed. `criteria` and `selection` as a whole are no single option."""
_WHOLE: Final = frozenset({"", "criteria", "selection"})
_INDEXED: Final = re.compile(r"(.+)\[(\d+)\]")

_JAPANESE: Final = tuple(
    (re.compile(english), japanese)
    for english, japanese in (
        (r"missing, or not the name of a purpose", "利用目的の名前ではありません"),
        (r"missing or unknown: say why this look", "照会の理由を選んでください"),
        (r"required with REASON_CODE_OTHER", "理由が other のときは、書いてください"),
        (r"over (\d+) characters", r"\1文字以内で書いてください"),
        (r"over (\d+) characters, or other than .*", r"半角の英数字と . _ / - で、\1文字以内で書いてください"),
        (r"over (\d+) characters, or unprintable ones", r"\1文字以内で書いてください（制御文字は使えません）"),
        (r"blank: leave it out, or write one", "空白です。指定しないか、番号を書いてください"),
        (r"over (\d+) keys", r"一度に\1人までです"),
        (r"over (\d+) paths", r"項目は\1個までです"),
        (r"asked for twice", "同じものが2回指定されています"),
        (r"not 10 digits", "10桁の数字ではありません"),
        (r"not 5, 8 or 10 digits", "5桁、8桁、10桁のいずれかの数字ではありません"),
        (r"not a pseudonym of this purpose", "この利用目的で発行された仮IDではありません"),
        (r"not of this resident", "この方の仮IDではありません"),
        (r"write a name", "氏名を書いてください"),
        (r"one \* only, and at the end", "* は、最後に一つだけ使えます"),
        (
            r"before a \*, write at least (\d+) kanji, or (\d+) kana or letters",
            r"* の前には、漢字なら\1文字、かなや英字なら\2文字以上が必要です",
        ),
        (r"not a date: .*", "日付ではありません（例：昭和45年8月12日、S45.8.12、1970-08-12）"),
        (r"not an address: .*", "住所ではありません（町名・丁目・番地まで。例：水神2-3-18）"),
        (r"say what is known of the resident", "分かっていることを、一つ以上指定してください"),
        (r"needs an area_code, an age or a household_id", "地区、年齢、世帯番号のいずれかを指定してください"),
        (r"not between (\d+) and (\d+)", r"\1から\2までではありません"),
        (r"not between from and (\d+)", r"--age-from から\1までではありません"),
        (r"not a cursor of this caller, .*", "このカーソルは、この人・利用目的・条件・項目のものではありません"),
        (r"not a search key of this purpose", "この利用目的では、これで探すことはできません"),
        (r"more is needed: .*", "条件が足りません。この組合せでは照会できません"),
        (r"not open to this purpose", "この利用目的では指定できません"),
        (r"finer than the purpose shows", "この利用目的で見られる範囲より細かく指定されています"),
        (r"not aligned to bands of (\d+) years", r"\1歳きざみの階級に合っていません"),
        (r"stands in the register more than once", "重複して登録されています"),
        (r"holds a condition that this gateway does not know", "このゲートウェイが知らない条件が含まれています"),
        (r"no such status", "そのような住民区分はありません"),
        (r"for operators only: .*", "ゲートウェイの運用担当だけができる操作です"),
    )
)


def typed(place: str) -> str:
    """The option behind a part of the contract, numbered where it was given several times; "" for the whole request."""
    if place in _WHOLE:
        return ""
    indexed = _INDEXED.fullmatch(place)
    if indexed is not None and indexed[1] in _PLACES:
        return f"{_PLACES[indexed[1]]} ({int(indexed[2]) + 1})"
    return _PLACES.get(place, place)


def japanese(description: str) -> str | None:
    """What is wrong, in Japanese; None if this version has no words for it."""
    for english, words in _JAPANESE:
        found = english.fullmatch(description)
        if found is not None:
            return found.expand(words)
    return None
