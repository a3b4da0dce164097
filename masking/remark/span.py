"""What was found in a text: from where to where, and of which type.

Rule: spans that meet are settled the careful way: what either of them covers is masked. The type is that of the surer
one: a pattern with a check digit before a pattern, a pattern before a dictionary, a dictionary before a model.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple


class SpanType(StrEnum):
    """What a remark can give away."""

    PERSON = "PERSON"
    MY_NUMBER = "MY_NUMBER"
    CORPORATE_NUMBER = "CORPORATE_NUMBER"
    RESIDENT_CODE = "RESIDENT_CODE"
    PHONE = "PHONE"
    POSTCODE = "POSTCODE"
    ADDRESS = "ADDRESS"
    DATE = "DATE"
    EMAIL = "EMAIL"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    LICENCE = "LICENCE"
    PASSPORT = "PASSPORT"
    INSURANCE_NUMBER = "INSURANCE_NUMBER"
    PENSION_NUMBER = "PENSION_NUMBER"
    FACILITY = "FACILITY"


class Role(StrEnum):
    """What a part of a name is."""

    SURNAME = "surname"
    GIVEN = "given"


class Script(StrEnum):
    """What a name is written in; its surrogate is written alike."""

    KANJI = "kanji"
    KANA = "kana"


class NamePart(NamedTuple):
    """A surname or a given name: in plain spelling, and its reading (the same where nobody knows how it is read)."""

    role: Role
    written: str
    reading: str


class Mention(NamedTuple):
    """Where somebody is named, and how: one part or two."""

    parts: tuple[NamePart, ...]
    script: Script


class Span(NamedTuple):
    """A part of a text, in code points, `start` included and `end` not. `mention` is how a person is named there."""

    start: int
    end: int
    type: SpanType
    mention: Mention | None = None


class Found(NamedTuple):
    """A span as one recognizer sees it; `score` (0..1) says how sure that kind of recognizer is."""

    start: int
    end: int
    type: SpanType
    score: float


CHECKED: Final = 1.0
"""A number whose check digit is right, beside the word for it."""
PATTERN: Final = 0.95
LISTED: Final = 0.9
"""A whole name that the register has."""
WORDS: Final = 0.8
"""A name by the dictionary's word classes, or by the words around it."""
MODEL: Final = 0.6
"""A name by a trained model."""


def settled(found: Iterable[Found]) -> list[Span]:
    """The spans in order, none meeting another: those that overlap become one, of the surest one's type.

    Of two as sure, the longer one names the type; neighbours that only touch stay apart.
    """
    spans: list[Span] = []
    best: tuple[float, int] = (0.0, 0)
    for each in sorted(found):
        rank = (each.score, each.end - each.start)
        if spans and each.start < spans[-1].end:
            last = spans[-1]
            kind = each.type if rank > best else last.type
            spans[-1] = Span(last.start, max(last.end, each.end), kind)
            best = max(best, rank)
        else:
            spans.append(Span(each.start, each.end, each.type))
            best = rank
    return spans
