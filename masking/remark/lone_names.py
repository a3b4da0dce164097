"""Surnames and given names that stand alone: signs for and against each word that may be one, weighed together.

Rule: 林 is a name or a wood by what stands around it, and no one thing decides it: each sign adds its weight, for a
word of this shape, to the logarithm of the odds. What a finder takes for a name is dropped only where the odds are
against it; what none does is believed where they are for it. Nothing here looks at a whole name.

The weights are a logistic regression (Cox, J. Roy. Stat. Soc. B 20, 1958) over remarks marked by hand, and are made
anew by `python -m tools.weigh_signs`. They may be read: `weights.tsv`, a sign a line.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from masking.remark.laid_out import Layout
from masking.remark.latin_names import is_word_of_firms
from masking.remark.office_words import IN_KANA
from masking.remark.parts import Parts, Sure
from masking.remark.shapes import Shapes
from masking.remark.signs import Signs
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.whole_names import STOP
from masking.remark.words import Class, Word, Words

BELIEVED: Final = 1.3
"""Log odds from which a word is a name that no finder takes for one."""
DOUBTED: Final = -1.0
"""Log odds up to which it is none although a finder does."""
ANY: Final = "any"
"""In `weights.tsv`, the shape of all shapes."""
_NO_BEGINNING: Final = {Class.PARTICLE, Class.MARK, Class.BLANK, Class.NUMBER}
_ABROAD: Final = {Class.PROPER, Class.PLACE, Class.NAME}
_DOUBLED: Final = re.compile("(?P<it>(?![日人時年月度個各国様一二三四五六七八九十])[一-鿿])(?=(?P=it))")
"""Where the dictionary parts behind the second one: 谷谷/側."""
_BEHIND_ONE: Final = frozenset("家宅方氏父母妻姓様殿側夫兄弟姉妹名本分")
"""What the dictionary takes for the second character of a word, and is none: 辻家, 柳父."""
_ADDRESSED: Final = frozenset({"behind: honorific", "behind: role"})
"""Behind a word that is heard to be a name, these leave no doubt: 沓掛主任."""
_LATIN: Final = re.compile(r"(?<![A-Za-z0-9@_.])[A-ZÀ-Ỹ][A-Za-zÀ-ỹ'’]{2,14}(?![A-Za-z0-9@_])")
_PARTED: Final = re.compile("[ ・=A-Za-z]")

Run = tuple[int, int]


class Candidate(NamedTuple):
    """A word that may be a name: its place, its shape, and the signs."""

    start: int
    end: int
    shape: str
    signs: frozenset[str]


class LoneNames:
    """Weighs. Not for several threads at once."""

    def __init__(self, words: Words, parts: Parts) -> None:
        self._may_be, self._parts = words.may_be, parts
        self._shapes, self._signs = Shapes(words, parts), Signs(parts)
        self._weights = weights()

    def settle(self, layout: Layout, heard: Mapping[Run, int]) -> Iterator[Found]:
        """The names of a text: those that were heard of and are not doubted, and those that are believed.

        `heard`: what others take for names, and how many of them do.
        """
        whole = [run for run in heard if self._is_whole(layout.text[slice(*run)])]
        yield from (Found(start, end, SpanType.PERSON, WORDS) for start, end in whole)
        for each in self.candidates(layout, heard):
            start, end, odds = each.start, each.end, self._odds(each)
            if (start, end) in heard:
                believed = odds > DOUBTED or not _ADDRESSED.isdisjoint(each.signs)
            else:
                believed = odds > BELIEVED and not any(start < last and first < end for first, last in whole)
            if believed:
                yield Found(start, end, SpanType.PERSON, WORDS)

    def candidates(self, layout: Layout, heard: Mapping[Run, int]) -> Iterator[Candidate]:
        """Every word that may be a name alone, and whatever is heard of and is no whole name."""
        runs = dict.fromkeys(self._runs(layout))
        for start, end in heard:
            text = layout.text[start:end]
            if text not in IN_KANA and not self._is_whole(text):
                runs[start, end] = None
        for start, end in runs:
            shape = self._shapes.of(layout, start, end)
            signs = {
                "each",
                f"heard {min(3, heard.get((start, end), 0))}",
                *self._shapes.signs(layout, start, end),
                *self._signs.of(layout, start, end),
            }
            if _is_inside(start, end, heard):
                signs.add("within another")
            if _is_inside(start, end, runs):
                signs.add("within a longer one")
            yield Candidate(start, end, shape, frozenset(signs))

    def _odds(self, candidate: Candidate) -> float:
        weighed = self._weights.get(candidate.shape) or self._weights[ANY]
        return sum(weighed.get(sign, 0.0) for sign in candidate.signs)

    def _is_whole(self, text: str) -> bool:
        """Whether it may be a surname and more: such names are others' business."""
        if text in IN_KANA or self._may_stand_alone(text):
            return False
        if _PARTED.search(text) is not None:
            return True
        return any(self._parts.surname(text[:cut]) and self._may_follow(text[cut:]) for cut in range(1, len(text)))

    def _may_follow(self, text: str) -> bool:
        """Whether a given name may be so: not the 鉄工 of 久保田鉄工, which is another word and no name at all."""
        return bool(self._parts.given(text)) or not self._may_be(text)

    def _may_stand_alone(self, text: str) -> bool:
        return text not in STOP and max(self._parts.surname(text), self._parts.given(text)) >= Sure.WORD

    def _runs(self, layout: Layout) -> Iterator[Run]:
        for word in layout.words:
            if not (word.kind in _NO_BEGINNING and len(word.text) == 1 and not word.is_kanji):
                for end, text in layout.runs(word.start):
                    if (len(text) > 1 or word.is_kanji) and self._may_be_name(layout, word, end, text):
                        yield word.start, end
            yield from self._before_kin(word)
        for doubled in _DOUBLED.finditer(layout.text):
            if self._may_stand_alone(doubled["it"]):
                yield doubled.span("it")
        for latin in _LATIN.finditer(layout.text):
            if not is_word_of_firms(latin[0]):
                yield latin.span()

    def _may_be_name(self, layout: Layout, word: Word, end: int, text: str) -> bool:
        if text in STOP:
            return False
        if self._may_stand_alone(text):
            return True
        if word.is_katakana and end == word.end and len(text) > 1:
            return self._may_be(text) <= _ABROAD
        return self._parts.given(text) is Sure.MAYBE and all(
            place in layout.begins for place in range(word.start, end)
        )  # new names: 陽/翔

    def _before_kin(self, word: Word) -> Iterator[Run]:
        if (
            len(word.text) == 2
            and word.text[1] in _BEHIND_ONE
            and word.kind not in {Class.COMMON, Class.ACTION}
            and self._parts.surname(word.text[0]) >= Sure.WORD
        ):
            yield word.start, word.start + 1


def _is_inside(start: int, end: int, runs: Iterable[Run]) -> bool:
    return any(first <= start and end <= last and (first, last) != (start, end) for first, last in runs)


@cache
def weights() -> Mapping[str, Mapping[str, float]]:
    """Of `weights.tsv`, for each shape: how much a sign counts for a word of it."""
    read: dict[str, dict[str, float]] = defaultdict(dict)
    for line in files("masking.remark").joinpath("weights.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            shape, sign, weight = line.split("\t")
            read[shape][sign] = float(weight)
    every = read.pop(ANY, {})
    return {ANY: every} | {
        shape: {sign: every.get(sign, 0.0) + own.get(sign, 0.0) for sign in every.keys() | own.keys()}
        for shape, own in read.items()
    }
