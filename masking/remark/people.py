"""Names of people in running Japanese, by the classes of words and the words around them.

Rule: a word is taken for a name where the dictionary says so and nothing beside it makes a place or a body of it; a word
that only may be one (千葉, 光) where an honorific, a role or a kinship beside it says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from masking.remark.office_words import IN_KANA, PARTICLES_IN_KATAKANA
from masking.remark.readings import readings
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.vocabulary import (
    HONORIFICS,
    KIN,
    NO_PERSON_BEFORE,
    NOT_CALLED,
    NOT_CALLED_KANA,
    OCCUPANT_ENDS,
    OFFICES,
    ROLES,
    STRICT_HONORIFICS,
)
from masking.remark.whole_names import CALLING
from masking.remark.words import NAMES, Class, Word, Words

_DOTS: Final = frozenset("・=＝･")
_JOINTS: Final = frozenset("・:：（(「 、,")
_MAY_BE_CALLED: Final = frozenset({Class.SURNAME, Class.GIVEN, Class.NAME})
_MAY_BE_NAMED: Final = _MAY_BE_CALLED | {Class.PROPER}
"""Some people of history are proper nouns of no class to the dictionary."""
_FAMILY: Final = frozenset({Class.SURNAME, Class.NAME})
_FIRST: Final = frozenset({Class.GIVEN, Class.NAME})
_THINGS: Final = frozenset({Class.COMMON, Class.PROPER, Class.PLACE, Class.SUFFIX})
"""Behind a surname these make a firm, a place or a thing of it, unless they say what people do or are."""
_STOP: Final = KIN | ROLES | NOT_CALLED
_ONLY_KANA: Final = re.compile("[^ぁ-ゖ々\u3400-\u9fff]+")
_HIRAGANA: Final = re.compile("[ぁ-ゖー]+")
_CALLED: Final = re.compile("(?<![ぁ-ゖ])(?P<it>[ぁ-ゖー]{2,5}?)(?=ちゃん|くん|さん(?!ざん|ぽ))")


class People:
    """Finds the names of people in a text's plain spelling."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._only_kana = False  # of the text that is read: there katakana is no sign of a name

    def find(self, plain: str, words: Sequence[Word]) -> Iterator[Found]:
        """All names, of which some may overlap."""
        self._only_kana = _ONLY_KANA.fullmatch(plain) is not None
        at = 0
        while at < len(words):
            end = self._name(words, at)
            if end > at:
                yield Found(words[at].start, words[end - 1].end, SpanType.PERSON, WORDS)
                at = end
            else:
                at += 1
        for place, word in enumerate(words):
            if word.text in HONORIFICS and place:
                yield from self._called(words, place)
            elif word.text in KIN or word.text in ROLES:
                yield from self._introduced(words, place)
                if word.text in ROLES and place:
                    yield from self._in_office(words, place)
        for found in _CALLED.finditer(plain):
            if found["it"].removeprefix("の") not in NOT_CALLED_KANA and not found["it"].startswith(("お", "のお")):
                yield Found(*found.span("it"), SpanType.PERSON, WORDS)

    def plausible(self, found: Found, words: Sequence[Word]) -> bool:
        """Whether what a model takes for a name may be one by the dictionary, too."""
        inside = [word for word in words if word.start < found.end and found.start < word.end]
        behind = next((word for word in words if word.start >= found.end), None)
        if behind is not None and behind.start == found.end and behind.text in NO_PERSON_BEFORE:
            return False
        if not inside or inside[0].start != found.start or inside[-1].end != found.end:
            return False
        if inside[-1].text in NO_PERSON_BEFORE or inside[-1].kind in {Class.PARTICLE, Class.SUFFIX, Class.NUMBER}:
            return False
        kinds = [self._words.may_be(word.text) for word in inside]
        return any(not kind or kind & _MAY_BE_NAMED for kind in kinds)

    # ------------------------------------------------------------------------------------------- names as they stand

    def _name(self, words: Sequence[Word], at: int) -> int:
        """Where the name that begins at `at` ends; `at` if none does."""
        word = words[at]
        if word.text in _STOP or word.text in PARTICLES_IN_KATAKANA:
            return at
        if word.is_katakana:
            end = self._katakana_chain(words, at)
            if end > at:
                return end
        before = words[at - 1] if at else None
        if word.kind is Class.SURNAME or (word.kind in {Class.PLACE, Class.COMMON} and self._is(word, Class.SURNAME)):
            end = self._given_behind(words, at)
            if end > at + 1:
                return end
        if word.kind not in NAMES:
            return at
        end = at + 1
        while end < len(words) and words[end].kind in NAMES and words[end].kind is not Class.SURNAME:
            end += 1
        behind = words[end] if end < len(words) else None
        if behind is not None and behind.text in NO_PERSON_BEFORE:
            return at
        if end == at + 1 and not self._stands_alone(word, before, behind):
            return at
        return end

    def _given_behind(self, words: Sequence[Word], at: int) -> int:
        """Where a whole name ends whose surname is at `at`; `at + 1` if no given name follows."""
        none = at + 1
        after = at + 1
        spaced = after < len(words) and words[after].kind is Class.BLANK and len(words[after].text) == 1
        if spaced:
            after += 1
        if after >= len(words):
            return none
        surname, given = words[at], words[after]
        behind = words[after + 1] if after + 1 < len(words) else None
        if given.text in _STOP or given.text in HONORIFICS or given.text in IN_KANA:
            return none
        if given.kind in _FIRST or (given.kind is Class.SURNAME and self._is(given, Class.GIVEN)):
            if behind is not None and behind.text in NO_PERSON_BEFORE:
                return none
            if surname.kind is not Class.SURNAME and len(given.text) == 1 and behind is not None and _noun(behind):
                return none
            return after + 1
        if surname.kind is not Class.SURNAME:
            return none
        if spaced and given.is_katakana and surname.is_katakana and len(given.text) >= 2:
            return after + 1
        ends = behind is None or not _noun(behind) or behind.text in HONORIFICS or behind.text in ROLES
        unknown = not self._words.may_be(given.text)
        may = self._is(given, Class.GIVEN)
        common = given.kind is Class.COMMON and not given.text.endswith(OCCUPANT_ENDS)
        short = surname.is_kanji and given.is_kanji and len(given.text) <= 3 and given.text not in NO_PERSON_BEFORE
        if short and ends and (may or unknown or spaced or common):
            return after + 1
        if behind is not None and self._in_pieces(given, behind, words[after + 2] if after + 2 < len(words) else None):
            return after + 2
        if _HIRAGANA.fullmatch(given.text) and spaced and len(given.text) >= 2 and given.kind is not Class.PARTICLE:
            return after + 1
        return none

    def _in_pieces(self, first: Word, second: Word, behind: Word | None) -> bool:
        """Whether two single kanji are a given name that the dictionary lacks: 竹/識."""
        if not (first.is_kanji and second.is_kanji and len(first.text) == 1 and len(second.text) == 1):
            return False
        return (behind is None or not _noun(behind)) and second.text not in HONORIFICS | NO_PERSON_BEFORE | _STOP

    def _stands_alone(self, word: Word, before: Word | None, behind: Word | None) -> bool:
        called = behind is not None and (behind.text in STRICT_HONORIFICS or behind.text in ROLES)
        if called:
            return True
        if len(word.text) == 1:
            return (
                word.kind is Class.SURNAME
                and (before is None or not _noun(before))
                and (behind is not None and behind.kind is Class.PARTICLE)
            )
        if _HIRAGANA.fullmatch(word.text):
            return word.kind in NAMES and len(word.text) >= 3 and (before is None or before.kind is Class.MARK)
        if (
            word.kind is Class.GIVEN
            and behind is not None
            and behind.kind in {Class.COMMON, Class.ACTION, Class.PROPER}
        ):
            return behind.text in ROLES
        if behind is not None and behind.kind in _THINGS and behind.text not in CALLING:
            return False
        if before is not None and before.kind is Class.PLACE and word.kind is not Class.SURNAME:
            return False
        if word.is_katakana:
            return len(word.text) >= 3 and not self._only_kana
        return True

    def _katakana_chain(self, words: Sequence[Word], at: int) -> int:
        """Where a name like ジョン・スミス, グエン ティ ラン or タカハシカズオ ends; `at` if it is none."""
        end, parts = at + 1, [words[at]]
        while end < len(words) and words[end].is_katakana and words[end].start == words[end - 1].end:
            parts.append(words[end])
            end += 1
        dotted = False
        spaced = False
        while end + 1 < len(words):
            dot = words[end].text in _DOTS
            blank = words[end].kind is Class.BLANK and len(words[end].text) == 1
            following = words[end + 1]
            if not (dot or blank) or not (following.is_katakana or _initial(following)):
                break
            if blank and (following.text in IN_KANA or parts[-1].text in IN_KANA):
                break
            dotted, spaced = dotted or dot, spaced or blank
            parts.append(following)
            end += 2
            while end < len(words) and words[end].is_katakana and words[end].start == words[end - 1].end:
                parts.append(words[end])
                end += 1
        behind = words[end] if end < len(words) else None
        if behind is not None and (behind.text in NO_PERSON_BEFORE or behind.kind in {Class.PLACE, Class.NUMBER}):
            return at
        kinds = [self._words.may_be(part.text) for part in parts]
        named = [bool(kind & _MAY_BE_CALLED) for kind in kinds]
        unknown = [not kind for kind in kinds]
        if dotted:
            good = any(named) or all(unknown)
            common = any(part.kind is Class.PLACE for part in parts) and not named[-1]
            return end if good and not common and len(parts) <= 7 else at
        if spaced and self._only_kana:
            return end if parts[0].text in readings().family and parts[-1].text in readings().given else at
        if spaced:
            return end if all(n or u for n, u in zip(named, unknown, strict=True)) and any(named) else at
        alone = len(parts) == 1 and unknown[0] and not self._only_kana
        return end if alone and self._whole_kana(parts[0].text) else at

    def _whole_kana(self, kana: str) -> bool:
        """Whether kana without a gap are a surname and a given name."""
        return any(
            Class.SURNAME in self._words.may_be(kana[:cut]) and Class.GIVEN in self._words.may_be(kana[cut:])
            for cut in range(2, len(kana) - 1)
        )

    # ------------------------------------------------------------------------------------- names by what is beside them

    def _called(self, words: Sequence[Word], at: int) -> Iterator[Found]:
        """What stands before an honorific."""
        last = words[at - 1]
        strict = words[at].text in STRICT_HONORIFICS
        if last.kind is Class.BLANK and at >= 2:
            at, last = at - 1, words[at - 2]
        if not self._can_be_called(last, strict=strict):
            return
        begin = at - 1
        while begin > 0:
            gap = words[begin - 1].kind is Class.BLANK and begin >= 2
            earlier = words[begin - 2] if gap else words[begin - 1]
            if earlier.text in _STOP or not self._is_name_like(earlier):
                break
            if not gap and earlier.end != words[begin].start:
                break
            begin -= 2 if gap else 1
        yield Found(words[begin].start, last.end, SpanType.PERSON, WORDS)

    def _in_office(self, words: Sequence[Word], at: int) -> Iterator[Found]:
        """Who stands before a role: 国分主任; but 潮見市長 is an office, and no name."""
        last, role = words[at - 1], words[at].text
        if (last.kind in {Class.PLACE, Class.COMMON} and role in OFFICES) or last.end != words[at].start:
            return
        earlier = words[at - 2] if at >= 2 else None
        free = earlier is None or not _noun(earlier) or earlier.end != last.start
        if (
            free
            and last.kind in {Class.PLACE, Class.COMMON}
            and last.text not in _STOP
            and self._is(last, Class.SURNAME)
        ):
            yield Found(last.start, last.end, SpanType.PERSON, WORDS)

    def _can_be_called(self, word: Word, *, strict: bool) -> bool:
        if word.text in _STOP or word.kind in {Class.NUMBER, Class.MARK, Class.PARTICLE, Class.PRONOUN, Class.BLANK}:
            return False
        if word.kind in NAMES:
            return strict or len(word.text) >= 2
        if not strict:
            return False
        if word.kind is Class.PLACE:
            return self._is(word, Class.SURNAME)
        if self._words.may_be(word.text) & _MAY_BE_CALLED:
            return True
        if not self._words.may_be(word.text):
            return True
        return (
            word.is_kanji
            and word.kind is Class.COMMON
            and len(word.text) <= 3
            and not word.text.endswith(OCCUPANT_ENDS)
        )

    def _is_name_like(self, word: Word) -> bool:
        if word.kind in NAMES:
            return True
        if word.kind in {Class.PLACE, Class.COMMON}:
            return self._is(word, Class.SURNAME) and len(word.text) >= 2
        return (word.is_katakana or word.is_kanji) and not self._words.may_be(word.text)

    def _introduced(self, words: Sequence[Word], at: int) -> Iterator[Found]:
        """What stands behind a kinship or a role: 長女 結愛, 内縁の山口, 担当：千葉."""
        place = at + 1
        joint = ""
        while place < len(words) and (words[place].text in _JOINTS or words[place].text == "の") and place <= at + 2:
            joint += words[place].text
            place += 1
        if place >= len(words):
            return
        word = words[place]
        behind = words[place + 1] if place + 1 < len(words) else None
        if (
            word.text in _STOP | PARTICLES_IN_KATAKANA
            or word.text in NO_PERSON_BEFORE
            or "、" in joint
            or (behind and behind.text in NO_PERSON_BEFORE)
        ):
            return
        end = self._given_behind(words, place) if word.kind in {Class.SURNAME, Class.PLACE} else place + 1
        whole = end > place + 1
        may = self._words.may_be(word.text)
        free = behind is None or not _noun(behind) or behind.text in HONORIFICS
        if word.kind is Class.PARTICLE or word.kind in {Class.NUMBER, Class.MARK, Class.BLANK}:
            return
        named = word.kind in NAMES or (free and bool(may & _MAY_BE_CALLED) and word.kind is not Class.ACTION)
        strange = free and not may and (word.is_katakana or word.is_kanji) and len(word.text) >= 2
        new = (
            free
            and word.is_kanji
            and word.kind is Class.COMMON
            and 2 <= len(word.text) <= 3
            and joint != ""
            and "の" not in joint
        )
        if "の" in joint and word.kind is Class.COMMON:
            named = False
        if _HIRAGANA.fullmatch(word.text) and word.kind not in NAMES:
            named = False
        if whole or named or strange or new:
            yield Found(word.start, words[max(end, place + 1) - 1].end, SpanType.PERSON, WORDS)

    def _is(self, word: Word, kind: Class) -> bool:
        return kind in self._words.may_be(word.text)


def _noun(word: Word) -> bool:
    return word.kind in {Class.COMMON, Class.ACTION, Class.PROPER, Class.PLACE, Class.SUFFIX, *NAMES}


def _initial(word: Word) -> bool:
    return len(word.text) == 1 and "A" <= word.text <= "Z"
