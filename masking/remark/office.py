"""Names by what clerks write beside them: who calls, who is whose wife, who signs, who lives there.

Rule: tuned to the language of offices, never to samples. A word is a name where something beside it says so and the
dictionary knows it as a name in some sentence, or does not know it at all. Each finder is a method; what they find is
joined, and then looked for once more in the remark.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import regex

from masking.remark.beside import (
    CLOSING,
    GIVEN,
    HIRAGANA,
    KANJI,
    KATAKANA,
    MOST_CHARACTERS,
    NAME_LIKE,
    OPENING,
    SURNAME,
    Lexicon,
    Reading,
    Run,
)
from masking.remark.kana_words import word_set
from masking.remark.office_words import (
    HOUSEHOLD,
    IN_KANA,
    KIN,
    LABELS,
    NAMED_WITH_NO,
    NO_NAMES,
    NO_SIGN_OFF,
    OFFICE_DEEDS,
    POSITIONS,
    READING_LABELS,
    TITLES,
    TOLD_OF,
)
from masking.remark.pattern import TooSlow
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.words import Words


class OfficeNames:
    """Finds names by the words that offices put beside them."""

    def __init__(self, words: Words) -> None:
        self._lexicon = Lexicon(words)

    def find(self, plain: str) -> Iterator[Found]:
        """All of them in a text's plain spelling, apart from each other. Raises TooSlow."""
        try:
            spans = _Finders(plain, self._lexicon).spans()
        except TimeoutError:
            raise TooSlow from None
        for start, end in spans:
            yield Found(start, end, SpanType.PERSON, WORDS)


class _Finders(Reading):
    """Each finder yields runs of words."""

    def spans(self) -> list[tuple[int, int]]:
        runs = [
            *self._read_as_names(),
            *self._before_honorifics(),
            *self._behind_relations(),
            *self._behind_labels(),
            *self._before_household(),
            *self._parted_by_blank(),
            *self._quoted(),
            *self._who_does(),
            *self._signed(),
            *self._said_to_be(),
        ]
        spans = {(self.words[start].start, self.words[end - 1].end) for start, end in runs if start < end}
        return sorted(_joined(spans))

    def _read_as_names(self) -> Iterator[Run]:
        """A surname and what belongs to it, or a name alone that is nothing else here."""
        at = 0
        while at < len(self.words):
            if not self.begins(at):
                at += 1
                continue
            end = self.whole_name(at)
            if end > at + 1 or self.stands_alone(at, end):
                yield at, end
            at = end

    def _before_honorifics(self) -> Iterator[Run]:
        for at, word in enumerate(self.words):
            if at == 0:
                continue
            if self.is_honorific(at):
                if word.text == "方" and not self.words[at - 1].is_name:
                    continue
                yield self.leftwards(at, sure=True)
            elif word.text in TITLES:
                yield self.leftwards(at, sure=False)

    def _behind_relations(self) -> Iterator[Run]:
        for at, word in enumerate(self.words):
            if at + 1 >= len(self.words):
                return
            if word.text in KIN:
                yield self.rightwards(at + 1, asked=word.text not in ("子", "内縁"))
            if word.text in NAMED_WITH_NO and self.words[at + 1].text in ("の", "、") and at + 2 < len(self.words):
                yield self.named_behind(at + 2)
            elif word.text == "名" and self.words[at + 1].text in ("は", "を", "が") and at + 2 < len(self.words):
                yield self.rightwards(at + 1, asked=True)

    def _behind_labels(self) -> Iterator[Run]:
        for at, word in enumerate(self.words):
            if word.text in LABELS and at + 1 < len(self.words):
                yield self.rightwards(at + 1, asked=True)
            elif word.text in TITLES and at + 1 < len(self.words) and self.words[at + 1].text not in HOUSEHOLD:
                yield self.rightwards(at + 1, asked=False)

    def _before_household(self) -> Iterator[Run]:
        """佐々木宅, 東の件, 関方."""
        for at in range(1, len(self.words)):
            word, before = self.words[at], self.words[at - 1]
            if (word.text in HOUSEHOLD and SURNAME in self.may_be(before.text) and before.text not in NO_NAMES) or (
                self.text.startswith("の件", word.start)
                and SURNAME in self.may_be(before.text)
                and self.opens_clause(at - 1)
            ):
                yield at - 1, at

    def _parted_by_blank(self) -> Iterator[Run]:
        """薄 夏生: a surname, a blank, a given name, where the sentence reads them as other words."""
        for at in range(1, len(self.words) - 1):
            if not self.words[at].is_blank:
                continue
            before, behind = self.words[at - 1], self.words[at + 1]
            if not (NAME_LIKE.fullmatch(before.text) and NAME_LIKE.fullmatch(behind.text)):
                continue
            if before.text in IN_KANA or before.pos == "助詞" or self.is_honorific(at + 1):
                continue
            end = self.given_behind_blank(at + 1)
            given = self.text[behind.start : self.words[end - 1].end] if end else ""
            if not end or not (GIVEN in self.may_be(given) or behind.is_name):
                continue
            if SURNAME in self.may_be(before.text) or before.is_name or not before.known or before.is_place:
                yield at - 1, end
            elif at > 1 and self.opens_clause(at - 2) and self._is_single(at - 2) and self._is_single(at - 1):
                yield at - 2, end

    def _quoted(self) -> Iterator[Run]:
        """「新井」, and 「しょうじ」と読む."""
        of_readings = any(word.text in READING_LABELS for word in self.words)
        for at in range(1, len(self.words) - 1):
            if self.words[at - 1].text not in ("「", "『"):
                continue
            end = at
            while end < len(self.words) and end - at < 4 and self.words[end].text not in ("」", "』"):
                end += 1
            if end == at or end >= len(self.words) or self.words[end].text not in ("」", "』"):
                continue
            text = self.text[self.words[at].start : self.words[end].start]
            if (KANJI.fullmatch(text) and self.may_be(text) and text not in POSITIONS) or (
                _is_kana(text)
                and (
                    of_readings
                    or regex.match(r"[」』]と?(?:も)?(?:読|よ[みむ]|呼)", self.text[self.words[end].start :])
                )
            ):
                yield at, end

    def _who_does(self) -> Iterator[Run]:
        """林より電話, 原が対応, 森引継; and 光は長男."""
        for at, word in enumerate(self.words[:-1]):
            if not (self.could_be(at) and self.is_free(at)):
                continue
            behind, then = self.words[at + 1], self.words[at + 2] if at + 2 < len(self.words) else None
            if (behind.text in OFFICE_DEEDS and SURNAME in self.may_be(word.text)) or (
                behind.pos == "助詞"
                and then is not None
                and then.text in TOLD_OF
                and not (word.is_place and then.text in _OF_PLACES)
            ):
                yield at, at + 1

    def _signed(self) -> Iterator[Run]:
        """(森) and →森: a surname by itself in brackets, or behind an arrow or a stroke at the end."""
        for at in range(1, len(self.words)):
            word, before = self.words[at], self.words[at - 1].text
            behind = self.words[at + 1].text if at + 1 < len(self.words) else ""
            if SURNAME not in self.may_be(word.text) or not KANJI.fullmatch(word.text) or word.text in NO_SIGN_OFF:
                continue
            if (before in OPENING and before not in "「『" and behind in CLOSING and behind) or (
                before in "→⇒/／ー-" and behind in ("", "。", "、", "→", "⇒", "/", "／", " ")
            ):
                yield at, at + 1

    def _said_to_be(self) -> Iterator[Run]:
        """泉という表札; ティクヴァは, of which no dictionary knows anything else."""
        for at, word in enumerate(self.words[:-1]):
            behind = self.text[word.end : word.end + 8]
            if (
                self.could_be(at)
                and regex.match(
                    "(?:という|と言う|といふ|と名乗|とだけ名乗)(?:表札|人|者|男|女|名|姓|方|苗字|氏)?", behind
                )
            ) or (
                not self.only_kana
                and not word.known
                and len(word.text) >= 3
                and KATAKANA.fullmatch(word.text)
                and self.words[at + 1].text in ("は", "が", "も", "と")
                and self.is_free(at)
            ):
                yield at, at + 1


_OF_PLACES: Final = word_set("転入 転出 転居 出国 帰国 居住 在住 入院 入所 退院 退所 友人 知人 隣人 実家 大家 施設")
"""What is said of places as well as of people."""


def _is_kana(text: str) -> bool:
    return 2 <= len(text) <= MOST_CHARACTERS and bool(HIRAGANA.fullmatch(text) or KATAKANA.fullmatch(text))


def _joined(spans: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Spans that overlap become one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return set(joined)
