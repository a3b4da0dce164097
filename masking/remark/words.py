"""A text as words, each with what it may be: surname, given name, place, common noun …

Rule: the dictionary answers (SudachiPy with sudachidict-core, longest units); nothing is looked up anywhere else.
"""

from __future__ import annotations

import re
from enum import IntEnum, auto
from functools import cache, lru_cache
from typing import Final, NamedTuple

from sudachipy import Dictionary, SplitMode

from masking.names import table


class Class(IntEnum):
    """What a word is, as far as names need it told apart; a number, because it is looked up in sets for every word."""

    SURNAME = auto()
    GIVEN = auto()
    NAME = auto()
    PLACE = auto()
    PROPER = auto()
    COMMON = auto()
    ACTION = auto()
    """A noun that 〜する makes a verb of: 入院, 同居."""
    SUFFIX = auto()
    PRONOUN = auto()
    NUMBER = auto()
    PARTICLE = auto()
    MARK = auto()
    BLANK = auto()
    OTHER = auto()


NAMES: Final = frozenset({Class.SURNAME, Class.GIVEN, Class.NAME})

_KATAKANA: Final = re.compile("[ァ-ヺー]+")
_KANJI: Final = re.compile("[々〆〇ヶ\u3400-\u9fff\U00020000-\U0003ffff]+")


class Word(NamedTuple):
    """One word; `start` and `end` in characters of the text."""

    text: str
    start: int
    end: int
    kind: Class

    @property
    def is_katakana(self) -> bool:
        return _KATAKANA.fullmatch(self.text) is not None

    @property
    def is_kanji(self) -> bool:
        return _KANJI.fullmatch(self.text) is not None


_PROPER: Final = {"人名": Class.NAME, "地名": Class.PLACE}
_PERSON: Final = {"姓": Class.SURNAME, "名": Class.GIVEN}
_COMMON: Final = {"サ変可能": Class.ACTION, "サ変形状詞可能": Class.ACTION}
_MAJOR: Final = {
    "接尾辞": Class.SUFFIX,
    "代名詞": Class.PRONOUN,
    "助詞": Class.PARTICLE,
    "助動詞": Class.PARTICLE,
    "補助記号": Class.MARK,
    "記号": Class.MARK,
    "空白": Class.BLANK,
}


@lru_cache(maxsize=2_000)
def _class(parts: tuple[str, ...]) -> Class:
    major, second, third, fourth = parts[:4]
    if major != "名詞":
        return _MAJOR.get(major, Class.OTHER)
    if second == "固有名詞":
        kind = _PROPER.get(third, Class.PROPER)
        return _PERSON.get(fourth, kind) if kind is Class.NAME else kind
    if second == "数詞":
        return Class.NUMBER
    return _COMMON.get(third, Class.COMMON)


_SHORTEST_KANA: Final = 3


@cache
def _listed() -> dict[Class, frozenset[str]]:
    """Frequent names and readings, from the tables of surrogate names: the dictionary lacks a few of them."""
    tables = {Class.SURNAME: ("surnames",), Class.GIVEN: ("given-female", "given-male")}
    return {
        kind: frozenset(
            word
            for name in names
            for part in table(name)
            for word in (part.text, *((part.kana,) if len(part.kana) >= _SHORTEST_KANA else ()))
        )
        for kind, names in tables.items()
    }


class Words:
    """The dictionary, opened (70 ms). Not for several threads at once."""

    def __init__(self) -> None:
        self._dictionary = Dictionary(dict="core")
        self._tokenizer = self._dictionary.create(mode=SplitMode.C)
        self._last: tuple[str, list[Word]] = ("", [])
        self.may_be = lru_cache(maxsize=20_000)(self._may_be)
        """Whatever a word may be by the dictionary, beside what it is in its text."""

    def __call__(self, text: str) -> list[Word]:
        """The words of a text; several recognizers ask for the same one in turn."""
        if text != self._last[0]:
            self._last = text, self._read(text)
        return self._last[1]

    def _read(self, text: str) -> list[Word]:
        return [
            Word(each.surface(), each.begin(), each.end(), _class(each.part_of_speech()))
            for each in self._tokenizer.tokenize(text)
        ]

    def reading(self, text: str) -> str:
        """How a name is read; the text itself where the dictionary does not know."""
        kinds = {"姓", "名"}
        for each in self._dictionary.lookup(text):
            if each.surface() == text and each.part_of_speech()[3] in kinds:
                return str(each.reading_form())
        return text

    def _may_be(self, text: str) -> frozenset[Class]:
        kinds = {_class(each.part_of_speech()) for each in self._dictionary.lookup(text) if each.surface() == text}
        listed = {kind for kind, names in _listed().items() if text in names}
        return frozenset(kinds | listed)
