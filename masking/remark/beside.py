"""One remark's words, and the questions that every finder of names asks of them.

Rule: a name's words are a run, half open; what is no name is an empty run. Whether a word may be a name is asked of the
dictionary for all its readings; whether it is one here, of the words beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import regex

from masking.remark.office_words import (
    AS_SURNAMES_WITH_TITLE,
    CUES,
    FIRM_BEHIND,
    HONORIFICS,
    KIN,
    LABELS,
    NO_BEGINNING,
    NO_GIVEN,
    NO_NAMES,
    NO_PART,
    NOBODY_BEHIND,
    NOT_MEANT,
    PARTICLES_IN_KATAKANA,
    PLACE_BEHIND,
    POSITIONS,
    TITLES,
    WORDS_FIRST,
)
from masking.remark.readings import readings
from masking.remark.words import NAMES, Class, Words
from masking.remark.words import Word as PlainWord

MOST_CHARACTERS: Final = 10
"""A name's part has no more; what is longer is a sentence without blanks."""

NAME_LIKE: Final = regex.compile(r"[\p{Han}々ヶァ-ヺーぁ-ゖ・]+")
KANJI: Final = regex.compile(r"[\p{Han}々]+")
KATAKANA: Final = regex.compile(r"[ァ-ヺー]+")
HIRAGANA: Final = regex.compile(r"[ぁ-ゖー]+")
OPENING: Final = frozenset("「『(（“\"'【[<＜")
CLOSING: Final = frozenset("」』)）”\"'】]>＞")
_ASKING: Final = frozenset(
    {"は", "が", "に", "を", "も", "と", "「", "『", "(", ":", "：", "=", "→", "・", "-", "/", " "}
)

Run = tuple[int, int]
"""Words from, to: half open, as everywhere."""


SURNAME: Final = "姓"
GIVEN: Final = "名"

_PROPER: Final = NAMES | {Class.PLACE, Class.PROPER}
_POS: Final = {
    Class.PARTICLE: "助詞",
    Class.MARK: "補助記号",
    Class.BLANK: "空白",
    Class.NUMBER: "数詞",
    Class.SUFFIX: "接尾辞",
    Class.OTHER: "用言",
}
_PART: Final = {Class.SURNAME: SURNAME, Class.GIVEN: GIVEN}


class Word(NamedTuple):
    """A word of `Words` with what finders ask most: whether it is a name, of which part, a place, known at all."""

    text: str
    start: int
    end: int
    pos: str
    is_name: bool
    part: str
    is_place: bool
    known: bool

    @property
    def is_blank(self) -> bool:
        return self.pos == "空白"

    @property
    def is_noun(self) -> bool:
        """Nouns, and what the dictionary does not know."""
        return self.pos == "名詞" or not self.known


class Lexicon:
    """What a word may be, by the dictionary and by the table of readings."""

    def __init__(self, words: Words) -> None:
        self._words = words
        readings()  # now, and not while a remark waits
        self.may_be = lru_cache(maxsize=20_000)(self._may_be)

    def words(self, text: str) -> list[Word]:
        """The words of a text; a cue (巡査部長) is one, and a katakana name is parted from what is written onto it."""
        found = [part for each in self._words(text) for part in self._taken_apart(self._word(each))]
        return list(_cues_joined(text, found))

    def _word(self, each: PlainWord) -> Word:
        return Word(
            each.text,
            each.start,
            each.end,
            _POS.get(each.kind, "名詞"),
            each.kind in NAMES,
            _PART.get(each.kind, ""),
            each.kind is Class.PLACE,
            bool(self._words.may_be(each.text)),
        )

    def _taken_apart(self, word: Word) -> tuple[Word, ...]:
        if word.known or len(word.text) < 3 or not KATAKANA.fullmatch(word.text):
            return (word,)
        known = readings()
        for at in range(len(word.text) - 1, 1, -1):
            head, tail = word.text[:at], word.text[at:]
            if tail in HONORIFICS and (head in known.family or head in known.given):
                return _parts(word, at, SURNAME if head in known.family else GIVEN, "")
            if head in known.family and tail in known.given:
                return _parts(word, at, SURNAME, GIVEN)
        return (word,)

    def _may_be(self, text: str) -> frozenset[str]:
        """Of 姓 and 名 what the word may be; of a foreign name both."""
        kinds = self._words.may_be(text)
        found = {part for kind, part in _PART.items() if kind in kinds or Class.NAME in kinds}
        if len(text) > 1 and kinds <= _PROPER:
            known = readings()
            found.update(part for part, names in ((SURNAME, known.family), (GIVEN, known.given)) if text in names)
        return frozenset(found)


def _parts(word: Word, at: int, head: str, tail: str) -> tuple[Word, Word]:
    """A word as two, of which the first is a name, and the second unless `tail` is empty."""
    middle = word.start + at
    first = word._replace(text=word.text[:at], end=middle, is_name=True, part=head, known=True)
    second = word._replace(text=word.text[at:], start=middle, is_name=bool(tail), part=tail, known=True)
    return first, second


def _cues_joined(text: str, words: list[Word]) -> Iterator[Word]:
    """Words that are a cue together become one; the longest counts."""
    at = 0
    while at < len(words):
        first = words[at]
        for end in range(min(at + 4, len(words)), at + 1, -1):
            joined = text[first.start : words[end - 1].end]
            if joined in CUES:
                yield Word(joined, first.start, words[end - 1].end, "名詞", False, "", False, True)
                at = end
                break
        else:
            yield first
            at += 1


class Reading:
    """One remark being read."""

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.text = text
        self.words = lexicon.words(text)
        self.may_be = lexicon.may_be
        self.only_kana = not regex.search(r"[\p{Han}ぁ-ゖ]", text)

    def begins(self, at: int) -> bool:
        word = self.words[at]
        return word.is_name and bool(NAME_LIKE.fullmatch(word.text)) and word.text not in NO_BEGINNING

    def whole_name(self, at: int) -> int:
        """The end of the name that begins here: its parts, side by side or with a blank between."""
        end = at + 1
        while end < len(self.words) and end - at < 4 and self.words[end].is_name and not self.is_honorific(end):
            end += 1
        if end > at + 1 and any(word.part == GIVEN for word in self.words[at + 1 : end]):
            return end
        if end < len(self.words) and self.words[end].is_blank:
            return self.given_behind_blank(end + 1) or end
        return self._given_beside(end)

    def given_behind_blank(self, at: int) -> int:
        """The end of a given name that begins here, the longest; 0 if none does."""
        ends = []
        end = at
        while end < len(self.words) and end - at < 3 and self._is_part(end):
            end += 1
            ends.append(end)
        return next((end for end in reversed(ends) if self._is_given(self.words[at:end]) and not self._goes_on(end)), 0)

    def _is_part(self, at: int) -> bool:
        word = self.words[at]
        return (
            bool(NAME_LIKE.fullmatch(word.text))
            and (word.is_noun or word.is_name or GIVEN in self.may_be(word.text) or len(word.text) == 1)
            and word.pos != "助詞"
            and not self.is_honorific(at)
            and word.text not in NO_PART
        )

    def _is_given(self, words: list[Word]) -> bool:
        """Whether the words are a given name together."""
        text = self.text[words[0].start : words[-1].end]
        if len(words) == 1:
            unknown = not words[0].known and len(text) <= 4 and not (self.only_kana or HIRAGANA.fullmatch(text))
            return words[0].is_name or GIVEN in self.may_be(text) or unknown
        if GIVEN in self.may_be(text):
            return True
        return len(text) <= 4 and all(word.is_name or len(word.text) == 1 for word in words)

    def _goes_on(self, at: int) -> bool:
        """Whether the word here still belongs to what is before it."""
        if at >= len(self.words):
            return False
        word = self.words[at]
        return word.is_name or (len(word.text) == 1 and not word.known and bool(KANJI.fullmatch(word.text)))

    def _given_beside(self, end: int) -> int:
        """The end of a given name that the dictionary reads as another word, directly behind a surname."""
        if end >= len(self.words) or self.words[end - 1].part != SURNAME or self.is_honorific(end):
            return end
        word = self.words[end]
        if not NAME_LIKE.fullmatch(word.text) or word.text in NO_GIVEN or word.pos == "助詞":
            return end
        if not word.known and KANJI.fullmatch(word.text) and len(word.text) <= 3:
            return end + 1
        if GIVEN in self.may_be(word.text) and word.text not in NOBODY_BEHIND:
            return end + 1
        if word.pos == "名詞" and len(word.text) == 1 and self._is_single(end + 1) and self._ends(end + 2):
            return end + 2
        return end

    def _is_single(self, at: int) -> bool:
        return (
            at < len(self.words)
            and len(self.words[at].text) == 1
            and bool(KANJI.fullmatch(self.words[at].text))
            and not self.is_honorific(at)
        )

    def _ends(self, at: int) -> bool:
        return at >= len(self.words) or not self.words[at].is_noun

    def _in_katakana(self, at: int, end: int) -> bool:
        """Whether other katakana stands directly beside it."""
        return (at > 0 and bool(KATAKANA.fullmatch(self.words[at - 1].text))) or (
            end < len(self.words) and bool(KATAKANA.fullmatch(self.words[end].text))
        )

    def _has_context(self, at: int, end: int) -> bool:
        before = self._before(at)
        return (end < len(self.words) and self.is_honorific(end)) or (
            before is not None and (before.text in KIN or before.text in LABELS or before.text in TITLES)
        )

    def _before(self, at: int) -> Word | None:
        """The word before, over a blank or a bracket."""
        at -= 1
        while at > 0 and (self.words[at].is_blank or self.words[at].text in OPENING):
            at -= 1
        return self.words[at] if at >= 0 else None

    def stands_alone(self, at: int, end: int) -> bool:
        """Whether a single word that reads as a name is one, and no place, firm or word."""
        word = self.words[at]
        following = self.words[end] if end < len(self.words) else None
        before = self.words[at - 1] if at else None
        if following is not None and (following.text in PLACE_BEHIND or following.text in FIRM_BEHIND):
            return False
        if following is not None and following.is_place and word.part != GIVEN:
            return False
        if before is not None and (before.is_place or before.pos == "数詞"):
            return False
        if self._has_context(at, end):
            return True
        if HIRAGANA.fullmatch(word.text) or (len(word.text) == 1 and following is not None and following.text == "の"):
            return False
        if KATAKANA.fullmatch(word.text):
            return not self.only_kana and len(word.text) >= 3 and not self._in_katakana(at, end)
        return word.text not in POSITIONS

    def is_honorific(self, at: int) -> bool:
        word = self.words[at]
        return word.text in HONORIFICS and not word.is_name and (word.pos != "動詞")

    def leftwards(self, at: int, *, sure: bool) -> Run:
        """The name that ends before word `at`; `sure`: even one that no dictionary has. Empty if there is none."""
        end = at
        if self.words[end - 1].is_blank and KATAKANA.fullmatch(self.words[at].text):
            end -= 1
        start = end
        while start > 0 and end - start < 5 and self._can_be_named(start - 1):
            start -= 1
        for first in range(start, end):
            if self._is_called(first, end, sure=sure):
                return first, end
        return at, at

    def _can_be_named(self, at: int) -> bool:
        word = self.words[at]
        return (
            bool(NAME_LIKE.fullmatch(word.text))
            and (word.is_noun or word.is_name or bool(self.may_be(word.text)) or len(word.text) == 1)
            and word.pos not in ("助詞", "助動詞", "補助記号")
            and word.text not in KIN
            and word.text not in TITLES
            and word.text not in LABELS
        ) or (word.is_blank and at > 0 and self._can_be_named(at - 1))

    def _is_called(self, start: int, end: int, *, sure: bool) -> bool:
        """Whether the words from start to end are one person's name."""
        words = self.words[start:end]
        text = self.text[words[0].start : words[-1].end]
        if not sure and text in AS_SURNAMES_WITH_TITLE:
            return self.is_free(start)
        if text in NO_NAMES or (text in POSITIONS and not sure) or words[0].is_blank or len(text) > MOST_CHARACTERS:
            return False
        if words[-1].text in NO_NAMES and not self.may_be(text):
            return False
        if self.may_be(text):
            return True
        if len(words) > 1:
            return all(
                word.is_blank or word.is_name or self.may_be(word.text) or (sure and self._unknown(word))
                for word in words
            )
        return sure and (
            self._unknown(words[0]) or words[0].is_place or (len(text) == 1 and bool(KANJI.fullmatch(text)))
        )

    def _unknown(self, word: Word) -> bool:
        """A word no dictionary has, or a lone character of one that was taken apart."""
        return not word.known or (len(word.text) == 1 and word.text not in NO_NAMES)

    def rightwards(self, at: int, *, asked: bool) -> Run:
        """The name that begins at word `at` or behind what parts it from there; empty if there is none."""
        direct = True
        while at < len(self.words) - 1 and self.words[at].text in _ASKING and asked:
            direct = direct and self.words[at].is_blank
            at += 1
        word = self.words[at]
        if not self._can_be_named(at) or word.is_blank or word.text in PARTICLES_IN_KATAKANA:
            return at, at
        if word.is_name:
            return at, self.whole_name(at)
        known_as = self.may_be(word.text)
        if word.text in NOT_MEANT:
            return at, at
        if not known_as:
            return at, self._unknown_name(at) if asked else at
        if direct or self.ends_as_name(at + 1):
            if SURNAME in known_as and at + 1 < len(self.words) and self.words[at + 1].is_blank:
                return at, self.given_behind_blank(at + 2) or at + 1
            return at, at + 1
        return at, at

    def _unknown_name(self, at: int) -> int:
        """The end of a name no dictionary has, which stands by itself: 颯, or two characters taken apart."""
        end = at
        while (
            end < len(self.words)
            and end - at < 3
            and KANJI.fullmatch(self.words[end].text)
            and self._unknown(self.words[end])
        ):
            end += 1
        text = self.text[self.words[at].start : self.words[end - 1].end] if end > at else ""
        if 1 < len(text) <= 4 and self.ends_as_name(end) and (end - at > 1 or not self.words[at].known):
            return end
        if len(text) == 1 and self._closed(end) and text not in NO_NAMES:
            return end
        return at

    def _closed(self, at: int) -> bool:
        return at < len(self.words) and (self.words[at].text in CLOSING or self.is_honorific(at))

    def ends_as_name(self, at: int) -> bool:
        return at >= len(self.words) or self.words[at].pos in ("補助記号", "空白", "助詞") or self.is_honorific(at)

    def opens_clause(self, at: int) -> bool:
        return at == 0 or self.words[at - 1].pos in ("補助記号", "空白")

    def is_free(self, at: int) -> bool:
        """Whether nothing before the word makes it a part of something."""
        before = self.words[at - 1] if at else None
        return (
            before is None
            or before.pos in ("補助記号", "空白", "接続詞", "副詞", "動詞", "助動詞")
            or (before.pos == "助詞" and before.text != "の")
        )

    def could_be(self, at: int) -> bool:
        word = self.words[at]
        return (
            bool(self.may_be(word.text))
            and (bool(KANJI.fullmatch(word.text)) or GIVEN in self.may_be(word.text))
            and (word.is_noun or KANJI.fullmatch(word.text) is not None)
            and (not KATAKANA.fullmatch(word.text) or word.is_name or not word.known)
            and word.text not in WORDS_FIRST
        )

    def named_behind(self, at: int) -> Run:
        """隣の原が, 長女の凛を: a word that may be a name and is followed by no noun; empty otherwise."""
        end = at + 1
        word = self.words[at]
        named = self.could_be(at) or (word.is_name and self.begins(at))
        return (at, end) if named and self.ends_as_name(end) else (at, at)
