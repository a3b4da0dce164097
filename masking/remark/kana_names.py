"""Names in kana: what old systems have in katakana alone, glued or parted by blanks, and readings that are spoken of.

Rule: a reading is known whatever the old system made of it: without small kana (シヨウジ), without the two dots that a
second part of a name may have or not (ヤマサキ, ヤマザキ). A word that nobody knows is a name where people are called
by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Final

from masking.remark.office_words import CUES, HONORIFICS, IN_KANA, OFFICE_DEEDS, PARTICLES_IN_KATAKANA
from masking.remark.readings import readings
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.vocabulary import NOT_CALLED_KANA
from masking.remark.words import Words

_SMALL: Final = str.maketrans("ァィゥェォッャュョヮ", "アイウエオツヤユヨワ")
_DOTTED: Final = str.maketrans(
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポ", "カキクケコサシスセソタチツテトハヒフヘホハヒフヘホ"
)
_TO_KATAKANA: Final = {point: point + 0x60 for point in range(0x3041, 0x3097)}
_ONLY_KANA: Final = re.compile("[^ぁ-ゖ々\u3400-\u9fff]+")
_WORD: Final = re.compile("[ァ-ヺー]{2,10}")
_CALLED: Final = re.compile(
    "(?<![ァ-ヺーぁ-ゖ])(?P<it>[ァ-ヺー]{2,8}?)(?=(?:サン|サマ|クン|チャン|チヤン)(?![ァ-ヺー]))"
)
_CALLED_IN_HIRAGANA: Final = re.compile(
    "(?<![ァ-ヺーぁ-ゖ])(?P<it>[ぁ-ゖー]{2,7})(?=様|氏(?!名)|殿|先生|君|夫妻|宅|\\(姓)"
)
_GLUED: Final = re.compile(
    "(?<![ァ-ヺー])(?P<it>[ァ-ヺー]{2,7}?)(?=(?:ヨリ|カラ|ガ|ハ|ニ|ヘ|ノ)(?:デンワ|レンラク|ライチョウ|ソウダン|モウシデ|ツマ|オット|チョウナン|ハハ|チチ))"
)
_SPOKEN_OF: Final = re.compile(
    "(?<![ァ-ヺーぁ-ゖ])(?P<it>[ァ-ヺー]{2,8}|(?<=[「『(])[ぁ-ゖー]{2,8})(?=[」』)]?(?:では?なく|じゃなく|の誤り|に訂正|と(?:読|呼|称|名乗|発音|表記|書)|姓))"
    "|(?:では?なく|の|を|から)[、 ]?[「『]?(?P<other>[ァ-ヺー]{2,8})(?=[」』]?(?:$|。|、|と|に|が正|で))"
)
_INSTEAD: Final = re.compile(
    "(?<![ァ-ヺーぁ-ゖ])(?P<it>[ァ-ヺー]{2,8}|(?<=[「『])[ぁ-ゖー]{2,8})[」』]?(?:さん|様|氏)?(?:では?なく|じゃなく|→|、正しくは)[、 ]?[「『]?"
    "(?P<other>[ァ-ヺー]{2,8}|(?<=[「『])[ぁ-ゖー]{2,8})"
)
_QUOTED: Final = re.compile("(?<=[「『])(?P<it>[ァ-ヺー]{3,8}|[ぁ-ゖー]{3,8})(?=[」』])")
_SPELLING: Final = re.compile(
    "読|呼|よみ|ヨミ|カナ|ｶﾅ|フリガナ|ふりがな|表記|濁点|濁|訂正|聞き違|言い間違|名乗|姓|氏名|発音"
)
_BESIDE: Final = re.compile(
    "(?<=[一-鿿々])[(（](?P<it>[ァ-ヺー]{2,12}(?: [ァ-ヺー]{2,8})?|[ぁ-ゖー]{2,12}(?: [ぁ-ゖー]{2,8})?)[)）]"
)
_PAIR: Final = re.compile(
    "(?<![ァ-ヺーぁ-ゖ])(?P<it>[ァ-ヺー]{2,7} [ァ-ヺー]{2,6}|[ぁ-ゖー]{2,7} [ぁ-ゖー]{2,6}?)(?![ァ-ヺー])(?=[^ぁ-ゖ]|$|さん|さま|ちゃん|くん|と|は|が|の|に)"
)
_RUN: Final = re.compile("(?<![ァ-ヺー・])(?P<it>[ァ-ヺー]{4,11})(?=$|[^ァ-ヺー・])")
_HIRAGANA_RUN: Final = re.compile(
    "(?<![ぁ-ゖー])(?P<it>[ぁ-ゖー]{4,10}?)(?=様|氏(?!名)|殿|さん|さま|ちゃん|くん|[」)])"
)
_CALLS: Final = (HONORIFICS | OFFICE_DEEDS | CUES) & IN_KANA
_NEVER: Final = IN_KANA | {word.translate(_TO_KATAKANA) for word in NOT_CALLED_KANA}
_SHORTEST: Final = 3


def _key(kana: str) -> str:
    return kana.translate(_TO_KATAKANA).translate(_SMALL).translate(_DOTTED)


@cache
def _given_names() -> frozenset[str]:
    return frozenset(name.translate(_SMALL) for name in readings().given if _WORD.fullmatch(name))


@cache
def _surnames() -> frozenset[str]:
    return frozenset(_key(name) for name in readings().family if _WORD.fullmatch(name))


def is_surname(kana: str) -> bool:
    """Whether kana of either kind are how a surname is read, as any old system wrote it, and no word of the office."""
    return kana.translate(_TO_KATAKANA) not in _NEVER and _key(kana) in _surnames()


class KanaNames:
    """Finds names in kana."""

    def __init__(self, words: Words) -> None:
        self._may_be = words.may_be
        _surnames(), _given_names()  # now, and not while a remark waits

    def find(self, plain: str) -> Iterator[Found]:
        """All of them in a text's plain spelling; some may overlap."""
        for start, end in self._all(plain):
            yield Found(start, end, SpanType.PERSON, WORDS)

    def _all(self, plain: str) -> Iterator[tuple[int, int]]:
        yield from (found.span("it") for found in _CALLED.finditer(plain) if self._is_called(found["it"]))
        for called in _CALLED_IN_HIRAGANA.finditer(plain):
            if is_surname(called["it"]) or self._is_given(called["it"]):
                yield called.span("it")
        for expression in (_BESIDE, _PAIR, _RUN, _HIRAGANA_RUN):
            yield from (found.span("it") for found in expression.finditer(plain) if self._is_whole(found["it"]))
        for expression in (_GLUED, _QUOTED, _BESIDE):
            yield from (found.span("it") for found in expression.finditer(plain) if is_surname(found["it"]))
        yield from self._spoken_of(plain)
        if _ONLY_KANA.fullmatch(plain):
            yield from self._between_words(plain)

    def _spoken_of(self, plain: str) -> Iterator[tuple[int, int]]:
        """How somebody is read: ヤマザキではなくヤマサキ, 濁点なしのタカタ."""
        for instead in _INSTEAD.finditer(plain):
            if is_surname(instead["it"]) or is_surname(instead["other"]):
                yield instead.span("it")
                yield instead.span("other")
        if _SPELLING.search(plain):
            for spoken in _SPOKEN_OF.finditer(plain):
                group = "it" if spoken["it"] else "other"
                if is_surname(spoken[group]) or self._is_given(spoken[group]):
                    yield spoken.span(group)

    def _between_words(self, plain: str) -> Iterator[tuple[int, int]]:
        """Words parted by blanks: スズキ ヨリ デンワ."""
        words = [(found.start(), found[0]) for found in _WORD.finditer(plain)]
        behind = [text for _, text in words[1:]] + ["", ""]
        for at, ((start, text), _) in enumerate(pairwise([*words, (0, "")])):
            following, then = behind[at], behind[at + 1]
            known = text not in _NEVER and text in readings().family
            if following in HONORIFICS:
                called = self._is_called(text)
            elif following in PARTICLES_IN_KATAKANA:
                called = known and then in _CALLS
            else:
                called = known and following in _CALLS
            if called:
                yield start, start + len(text)

    def _is_whole(self, kana: str) -> bool:
        """Whether it is a surname and a given name, a blank between or not."""
        surname, gap, given = kana.partition(" ")
        if gap:
            return is_surname(surname) and self._is_given(given)
        if self._may_be(kana):
            return False
        cuts = range(2, len(kana) - 1)
        return any(
            kana[:cut].translate(_TO_KATAKANA) in readings().family and self._is_given(kana[cut:]) for cut in cuts
        )

    def _is_given(self, kana: str) -> bool:
        katakana = kana.translate(_TO_KATAKANA)
        return katakana not in _NEVER and katakana.translate(_SMALL) in _given_names()

    def _is_called(self, kana: str) -> bool:
        """Whether somebody may be called so: a surname, or a word that no dictionary has."""
        if kana.translate(_TO_KATAKANA) in _NEVER or (kana[0] in "おオ" and not is_surname(kana)):
            return False
        return is_surname(kana) or self._is_given(kana) or (len(kana) >= _SHORTEST and not self._may_be(kana))
