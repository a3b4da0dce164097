"""What stands in a masked remark where something was: a marker in brackets 〔…〕, which says of what kind it was.

Rule: a marker is never masked again, so that masking what is masked changes nothing; and only our own markers count as
such. What a clerk wrote into brackets is read like everything else, but for `〔仮名:…〕` with a name of our own tables:
whoever writes that has said himself that it is no real one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from masking.remark.span import SpanType

WORDS: Final[Mapping[SpanType, str]] = MappingProxyType(
    {
        SpanType.PERSON: "氏名",
        SpanType.MY_NUMBER: "個人番号",
        SpanType.CORPORATE_NUMBER: "法人番号",
        SpanType.RESIDENT_CODE: "住民票コード",
        SpanType.PHONE: "電話番号",
        SpanType.POSTCODE: "郵便番号",
        SpanType.ADDRESS: "住所",
        SpanType.DATE: "年月日",
        SpanType.EMAIL: "電子メール",
        SpanType.BANK_ACCOUNT: "口座番号",
        SpanType.LICENCE: "運転免許証番号",
        SpanType.PASSPORT: "旅券番号",
        SpanType.INSURANCE_NUMBER: "被保険者番号",
        SpanType.PENSION_NUMBER: "基礎年金番号",
        SpanType.FACILITY: "施設",
    }
)
"""The word for each type; what is found is replaced by it in brackets, a person by a surrogate where there are keys."""

_ALIAS: Final = "仮名"
_MARKER: Final = re.compile(f"〔(?:{'|'.join(WORDS.values())}|{_ALIAS}:(?P<name>[^〔〕:]{{1,60}}))〕")


def marker(type_: SpanType) -> str:
    """What stands for something of this type."""
    return f"〔{WORDS[type_]}〕"


def alias(name: str) -> str:
    """What stands for somebody who is given a surrogate name."""
    return f"〔{_ALIAS}:{name}〕"


def markers(text: str, is_ours: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """Where markers stand; `is_ours` says whether a name is of the tables of surrogate names."""
    for found in _MARKER.finditer(text):
        if found["name"] is None or is_ours(found["name"]):
            yield found.span()
