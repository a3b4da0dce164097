"""Names by how they are written: two words with a gap between them, words in brackets that are called names, who is what.

Rule: Japanese has no gaps between words, so two short words of kanji or kana with one between them are a name where one
of them can be a part of one and nothing speaks against the other; the words before a quotation say whether it quotes a
name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.office_words import IN_KANA
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.vocabulary import HONORIFICS, KIN, NO_PERSON_BEFORE, NOT_CALLED, ROLES
from masking.remark.words import Class, Words

_KANJI: Final = "々ヶ\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_SPACED: Final = re.compile(
    f"(?P<left>[{_KANJI}]{{1,8}}|(?<![ァ-ヺー・])[ァ-ヺー]{{2,7}}|(?<![ぁ-ゖ])[ぁ-ゖ]{{2,6}})(?P<gap> )"
    f"(?P<right>[{_KANJI}]{{1,3}}[ぁ-ゖァ-ヺ](?= |[、。」)(,]|さん|様|氏|$)|[{_KANJI}]{{1,4}}(?![{_KANJI}])|[{_KANJI}]{{1,3}}|[ァ-ヺー]{{2,7}}(?![ァ-ヺー・])|[ぁ-ゖ]{{2,5}})"
)
_STOP: Final = KIN | ROLES | NOT_CALLED | NO_PERSON_BEFORE | IN_KANA
_STOP_ENDS: Final = tuple(word for word in _STOP if len(word) > 1)
_QUOTED: Final = re.compile(
    "(?P<before>[^「」。]{0,8})「(?P<it>[^「」 、。]{1,6}(?: [^「」 、。]{1,5})?)」(?P<behind>[^「」。]{0,8})"
)
_CALLED_NAME: Final = re.compile(
    "(?:名|姓|氏|通称|読み|ヨミ|ふりがな|フリガナ|表札|名札|名義|漢字|署名|宛名|宛|でなく|ではなく)(?:は|が|を|も|の|に)?$"
)
_READ_AS: Final = re.compile(
    "^(?:と(?:読|書|呼|名乗|改|表記|誤|称|申|いう(?:名|姓|氏))|に(?:改姓|改名|変更)|姓|さん|様|氏|でなく|ではなく|は「|のこと)"
)
_IS_KIN: Final = re.compile(
    f"(?:^|(?<=[、。 「(]))(?P<it>[{_KANJI}]{{1,3}}|[ぁ-ゖ]{{2,4}}|[ァ-ヺー]{{2,6}})(?=(?:は|が)(?:{'|'.join(sorted(KIN, key=len, reverse=True))})(?:[、。でとの]|$))"
)
_NEVER: Final = frozenset({Class.ACTION, Class.NUMBER, Class.PRONOUN, Class.SUFFIX})
_NAMED: Final = frozenset({Class.SURNAME, Class.GIVEN, Class.NAME})


class WrittenNames:
    """Finds names by how they are written."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def find(self, plain: str) -> Iterator[Found]:
        """All of them in a text's plain spelling."""
        at = 0
        while (found := _SPACED.search(plain, at)) is not None:
            pair = self._pair(found["left"], found["right"])
            if pair is None:
                at = found.end("left") + 1
                continue
            left, right = pair
            start, end = found.end("left") - left, found.start("right") + right
            yield Found(start, end, SpanType.PERSON, WORDS)
            at = end
        for found in _QUOTED.finditer(plain):
            told = _CALLED_NAME.search(found["before"]) or _READ_AS.search(found["behind"])
            if told and len(found["it"]) > 1 and self._may_be_name(found["it"]):
                yield Found(*found.span("it"), SpanType.PERSON, WORDS)
        for found in _IS_KIN.finditer(plain):
            if found["it"] not in _STOP and self._words.may_be(found["it"]) & _NAMED:
                yield Found(*found.span("it"), SpanType.PERSON, WORDS)

    def _pair(self, left: str, right: str) -> tuple[int, int] | None:
        """How many characters at the end of the left word and at the start of the right one are a name."""
        kana = not _is_kanji(left)
        cuts = [len(left)] if kana else range(min(len(left), 4), 0, -1)
        best: tuple[int, int] | None = None
        for size in cuts:
            surname, before = left[len(left) - size :], left[: len(left) - size]
            if surname in _STOP or surname in HONORIFICS or (before and not self._may_stand_before(before)):
                continue
            family = self._words.may_be(surname)
            is_family = Class.SURNAME in family or Class.NAME in family
            for length in range(len(right), 0, -1):
                given = right[:length]
                if given in _STOP or given in HONORIFICS:
                    continue
                rest = right[length:]
                if rest and rest not in HONORIFICS:
                    continue
                first = self._words.may_be(given)
                is_first = Class.GIVEN in first or Class.NAME in first
                if is_family and is_first:
                    return size, length
                strange_family = not family or not family & _NEVER
                strange_first = not first or (not kana and not first & _NEVER and len(given) <= 3)
                if (
                    best is None
                    and not (kana and len(surname) < 3)
                    and (
                        (is_family and strange_first and (not kana or not first))
                        or (is_first and strange_family and not before and len(given) >= 2)
                    )
                ):
                    best = size, length
        return best

    def _may_stand_before(self, before: str) -> bool:
        return before in _STOP or before.endswith(_STOP_ENDS)

    def _may_be_name(self, text: str) -> bool:
        parts = text.split(" ")
        if any(part in _STOP for part in parts):
            return False
        if len(parts) == 2:
            return self._pair(*parts) is not None
        kinds = self._words.may_be(text)
        whole = any(
            Class.SURNAME in self._words.may_be(text[:cut]) and Class.GIVEN in self._words.may_be(text[cut:])
            for cut in range(1, len(text))
        )
        return whole or bool(kinds & _NAMED) or (not kinds and len(text) >= 2)


def _is_kanji(text: str) -> bool:
    return not ("ぁ" <= text[0] <= "ヿ")
