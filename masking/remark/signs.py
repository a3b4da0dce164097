"""Signs that a word is somebody's name, by what stands beside it: before it, behind it, and what is said of it.

Rule: a sign is said in words (`before: kin`, `of it: owned`), is true or not, and knows no name. How much it counts,
for a word of which shape, stands in `weights.tsv`; lone_names.py weighs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.kana_words import word_set
from masking.remark.laid_out import Layout
from masking.remark.meanings import (
    ACTS,
    BEFALLS,
    CHANGED,
    CONCERNS,
    FIRM,
    LIVES,
    MOVES,
    NAME_LABEL,
    NAMED,
    OF_NAMES,
    OWNED,
    SPEAKS,
    WHERE,
)
from masking.remark.office_words import HOUSEHOLD, KIN, LABELS, NOBODY_BEHIND, OFFICE_DEEDS, PEOPLE
from masking.remark.parts import KANJI, Parts, Sure
from masking.remark.shadow import OBJECT
from masking.remark.vocabulary import NO_PERSON_BEFORE, STRICT_HONORIFICS
from masking.remark.whole_names import TELLING
from masking.remark.words import Class, Word

_MARKS: Final = {
    **dict.fromkeys("。.!?", "end"),
    **dict.fromkeys("、,", "comma"),
    **dict.fromkeys("(（[【<", "open"),
    **dict.fromkeys(")）]】>", "shut"),
    **dict.fromkeys("「『", "quote"),
    **dict.fromkeys("」』", "unquote"),
    **dict.fromkeys(":=", "colon"),
    **dict.fromkeys("→⇒", "arrow"),
    "・": "dot",
    "/": "slash",
    "-": "dash",
}
_KINDS: Final = {
    Class.PLACE: "place",
    Class.SURNAME: "surname",
    Class.GIVEN: "given",
    Class.NAME: "surname",
    Class.COMMON: "noun",
    Class.ACTION: "deed",
    Class.PROPER: "proper",
    Class.SUFFIX: "suffix",
    Class.NUMBER: "number",
    Class.PRONOUN: "pronoun",
}
_PARTICLES: Final = word_set("の は が を に と も で へ や から より まで か って だ です だけ ほか な た て ば")
_IN_KATAKANA: Final = {
    "ヨリ": "より", "カラ": "から", "ハ": "は", "ガ": "が", "ニ": "に", "ヘ": "へ", "ト": "と", "ノ": "の", "ヲ": "を",
    "モ": "も", "デ": "で", "ニテ": "で", "マデ": "まで",
}  # fmt: skip
"""Particles as old systems have them, between blanks."""
_TIMES: Final = word_set("日 時 分 頃 午前 午後 本日 昨日 今朝 先日 先週 今週 翌日 当日 同日 夜間 朝 夕方")
_OCCUPANTS: Final = ("者", "人", "員", "士", "師", "長", "主", "係", "番", "手", "医", "課", "窓口")
"""A word that ends so says what somebody is."""
_KIN_ENDS: Final = tuple("夫妻父母兄弟姉妹孫嫁婿娘")
"""内縁の妻, 大叔母."""
_JOINTS: Final = word_set("の は が と 、 を も")
_LISTS: Final = word_set("、 ・ と や 及び 並びに 又は 及 並 → ⇒ / か")
_NEIGHBOURS: Final = word_set("、 ・ と や 及び → / か")
_MOST_LISTED: Final = 4
_NO_PERSON: Final = NOBODY_BEHIND | NO_PERSON_BEFORE
_LIVELY: Final = (("speaks", SPEAKS), ("acts", ACTS), ("lives", LIVES), ("moves", MOVES), ("befalls", BEFALLS))
_HAD: Final = (("owned", OWNED), ("concern", CONCERNS), ("where", WHERE))
_PLAIN: Final = (*_LIVELY, *_HAD, ("firm", FIRM))
_CLAUSE: Final = re.compile("[^、。]{0,30}")
_SENTENCE: Final = re.compile("[^。]{0,40}")
_IS_KANJI: Final = re.compile(f"[{KANJI}]")


class Signs:
    """Looks around words."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def of(self, layout: Layout, start: int, end: int) -> Iterator[str]:
        """All signs beside the word from `start` to `end`; some may be said twice."""
        text = layout.text
        before, behind = layout.before(start), layout.after(end)
        left, right = _left(before), self._right(layout, start, end, behind)
        if before is None and start:
            left = "inside"
        yield from (f"before: {left}", f"behind: {right}", f"{left} _ {right}")
        yield from _further_before(layout, before, left)
        if before is not None and len(before.text) > 1 and before.text.endswith(_OCCUPANTS):
            yield from ("before: occupant", f"occupant _ {right}")
        if before is not None and before.is_katakana:
            yield "before: katakana"
        if behind is not None and behind.kind is Class.PARTICLE:
            yield from _said(layout, behind)
        else:
            sentence = _from(_SENTENCE, text, end).lstrip("、 ,")
            for name, meaning in _PLAIN:
                if meaning.match(sentence):
                    yield from (f"directly: {name}", f"directly {right}: {name}")
        yield from _over_blanks(layout, before, behind)
        yield from _of_names(text, start, end, right)
        yield from self._listed(layout, start, end)

    def _right(self, layout: Layout, start: int, end: int, behind: Word | None) -> str:
        word = layout.begins.get(start)
        if behind is not None or word is None or word.end <= end:
            return _right(behind)
        return "of the same word" if layout.text[end] != layout.text[start] else "its double"  # 辻家, 谷谷

    def _listed(self, layout: Layout, start: int, end: int) -> Iterator[str]:
        """What is said of the whole list that the word stands in, and what its neighbours are."""
        kanji = _IS_KANJI.match(layout.text, start) is not None
        last = self._list_end(layout, end)
        if last > end:
            behind = layout.after(last)
            yield f"behind the list: {_right(behind)}"
            if NAMED.match(layout.text, last):
                yield "behind the list: what names have"
            if behind is not None and behind.kind is Class.PARTICLE:
                if behind.text == "の":
                    had = (each for each, meaning in _HAD if meaning.match(layout.text, behind.end))
                    yield from (f"of the list: {each}" for each in had)
                clause = _from(_CLAUSE, layout.text, behind.end)
                yield from (f"of the list: {name}" for name, meaning in _LIVELY if meaning.search(clause))
        first = self._list_start(layout, start)
        if first < start:
            yield f"before the list: {_left(layout.before(first))}"
        joint = layout.after(end)
        if joint is not None and joint.text in _NEIGHBOURS and (other := layout.after(joint.end)) is not None:
            yield f"next in the list: {self._neighbour(other, kanji=kanji)}"
        joint = layout.before(start)
        if joint is not None and joint.text in _NEIGHBOURS and (other := layout.before(joint.start)) is not None:
            yield f"earlier in the list: {self._neighbour(other, kanji=kanji)}"

    def _neighbour(self, word: Word, *, kanji: bool) -> str:
        if word.text == OBJECT:
            return "somebody"
        return "name" if word.is_kanji == kanji and self._is_name(word.text) else "other"

    def _is_name(self, text: str) -> bool:
        return max(self._parts.surname(text), self._parts.given(text)) >= Sure.WORD

    def _list_end(self, layout: Layout, end: int) -> int:
        for _ in range(_MOST_LISTED):
            joint = layout.after(end)
            if joint is None or joint.text not in _LISTS:
                break
            following = next((stop for stop, text in layout.runs(joint.end) if self._is_name(text)), 0)
            if not following and layout.text[joint.end : joint.end + 1] == OBJECT:
                following = joint.end + 1
            if not following:
                break
            end = following
        return end

    def _list_start(self, layout: Layout, start: int) -> int:
        for _ in range(_MOST_LISTED):
            joint = layout.before(start)
            earlier = layout.before(joint.start) if joint is not None and joint.text in _LISTS else None
            if earlier is None or not (earlier.text == OBJECT or self._is_name(earlier.text)):
                break
            start = earlier.start
        return start


def _from(expression: re.Pattern[str], text: str, place: int) -> str:
    found = expression.match(text, place)
    return found[0] if found is not None else ""


def _common(word: Word) -> str:
    """What marks, particles and other words are called on either side."""
    if word.text == OBJECT:
        return "somebody"
    if word.kind is Class.BLANK:
        return "blank"
    if word.kind is Class.MARK:
        return _MARKS.get(word.text, "mark")
    if word.kind is Class.PARTICLE:
        return word.text if word.text in _PARTICLES else "particle"
    return ""


def _left(word: Word | None) -> str:
    """What stands before."""
    if word is None:
        return "start"
    if common := _common(word):
        return common
    for name, words in (("kin", KIN), ("label", LABELS), ("role", TELLING), ("people", PEOPLE), ("time", _TIMES)):
        if word.text in words:
            return name
    if word.text.endswith(_KIN_ENDS) and word.kind is Class.COMMON:
        return "kin"
    return "deed" if word.text in OFFICE_DEEDS else _KINDS.get(word.kind, "verb")


def _right(word: Word | None) -> str:
    """What stands behind."""
    if word is None:
        return "end"
    if common := _common(word):
        return common
    for name, words in (
        ("honorific", STRICT_HONORIFICS),
        ("household", HOUSEHOLD),
        ("kin", KIN),
        ("place or firm", _NO_PERSON),
        ("role", TELLING),
        ("deed", OFFICE_DEEDS),
    ):
        if word.text in words:
            return name
    return _KINDS.get(word.kind, "verb")


def _further_before(layout: Layout, before: Word | None, left: str) -> Iterator[str]:
    """What stands before a mark, a blank or a particle that is before."""
    if before is None or not (before.kind in {Class.MARK, Class.BLANK} or before.text in _JOINTS):
        return
    earlier = layout.before(before.start)
    if earlier is None:
        return
    yield f"before {left}: {_left(earlier)}"
    if len(earlier.text) > 1 and earlier.text.endswith(_OCCUPANTS):
        yield "further before: occupant"


def _said(layout: Layout, particle: Word) -> Iterator[str]:
    """What is said behind the particle: directly (`!`), in its clause, or later in its sentence (`~`)."""
    end = particle.end
    following = layout.after(end)
    while following is not None and following.kind is Class.PARTICLE and following.text in ("は", "も", "の", "と"):
        end = following.end
        following = layout.after(end)
    name = particle.text if particle.text in _PARTICLES else "particle"
    yield f"{name} … {_right(following)}"
    found = []
    if particle.text == "の":
        found += [each for each, meaning in _HAD if meaning.match(layout.text, end)]
    clause, sentence = _from(_CLAUSE, layout.text, end), _from(_SENTENCE, layout.text, end)
    for each, meaning in _LIVELY:
        if (match := meaning.search(sentence)) is not None:
            found.append(each + ("!" if not match.start() else "" if match.start() < len(clause) else "~"))
    for each in found or ("nothing",):
        yield from (f"of it: {each}", f"{name} … {each}")


def _of_names(text: str, start: int, end: int, right: str) -> Iterator[str]:
    """Whether it is names that are spoken of, changed, played with."""
    if NAMED.match(text, end):
        yield "behind: what names have"
    if CHANGED.match(text, end):
        yield "changed"
    if OF_NAMES.search(text):
        yield from ("names are spoken of", f"names are spoken of _ {right}")
    if NAME_LABEL.search(text, max(0, start - 8), start):
        yield from ("before: name label", f"name label _ {right}")
    if text[end : end + 1] == text[end - 1]:
        yield "doubled"
    if end == start + 1 and text.find(text[start], end + 1, end + 9) > 0:
        yield "echo"


def _over_blanks(layout: Layout, before: Word | None, behind: Word | None) -> Iterator[str]:
    """What stands behind and before a blank, where blanks part all words."""
    if behind is not None and behind.kind is Class.BLANK:
        other = layout.after(behind.end)
        particle = _IN_KATAKANA.get(other.text) if other is not None else None
        yield f"over a blank: {particle or _right(other)}"
        place = other.end if other is not None and particle is not None else behind.end
        place += layout.text[place : place + 1] == " "
        yield from (f"over a blank: {name}" for name, meaning in _LIVELY if meaning.match(layout.text, place))
    if before is not None and before.kind is Class.BLANK:
        other = layout.before(before.start)
        particle = _IN_KATAKANA.get(other.text) if other is not None else None
        yield f"before a blank: {particle or _left(other)}"
