"""Whole names, read place by place: a surname, and a given name directly behind it or behind a blank.

Rule: where a general dictionary cuts a name that it does not know is chance (相馬/陸, 福島/湊/斗), so both parts are
looked for from each place where a word begins to each where one ends; the surer both parts are, the less has to stand
beside them. Nothing that the dictionary reads as one other word is cut in two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from masking.remark.laid_out import LONGEST, NAME, Layout
from masking.remark.office_words import CUES, HOUSEHOLD, IN_KANA, NO_NAMES, OFFICE_DEEDS
from masking.remark.parts import KANJI, Parts, Sure
from masking.remark.span import WORDS, Found, SpanType
from masking.remark.vocabulary import HONORIFICS, KIN, NO_PERSON_BEFORE, NOT_CALLED, ROLES, STRICT_HONORIFICS
from masking.remark.words import NAMES, Class

TELLING: Final = CUES | KIN | ROLES
"""Before a name, these say that there is one."""
STOP: Final = TELLING | NOT_CALLED | NO_PERSON_BEFORE | NO_NAMES | HONORIFICS | OFFICE_DEEDS | IN_KANA
"""No part of a name, whatever else they may be."""
CALLING: Final = HONORIFICS | STRICT_HONORIFICS | ROLES | HOUSEHOLD | OFFICE_DEEDS | KIN | CUES
"""Behind a name, these say that there was one."""
_NOUNS: Final = {Class.COMMON, Class.ACTION, Class.PROPER, Class.PLACE, Class.SUFFIX, *NAMES}
_ONE_WORD: Final = {Class.COMMON, Class.ACTION, Class.OTHER, Class.PRONOUN, Class.NUMBER, Class.PROPER, Class.PLACE}
_CONTINENTAL: Final = frozenset(
    "王李張劉陳楊黄趙周呉徐馬朱胡郭羅鄭梁謝宋唐許鄧韓馮曹彭蕭董潘袁蔡蒋杜葉程魏蘇呂姚盧姜崔譚廖賈韋鄒孟秦邱尹薛閻朴曺裵閔兪孫金林何"
)
"""Frequent surnames of China and Korea."""
_NO_END: Final = frozenset("者長人数的性化部所側用中内外前後目等間日時年月分回課係県市町村区家方宅様氏君殿道")
_NO_BEGINNING: Final = frozenset({Class.PARTICLE, Class.MARK, Class.BLANK, Class.NUMBER})
_BOX: Final = f"(?![様殿氏君宅方])[{KANJI}]"
_LETTERS: Final = re.compile(f"(?<![{KANJI}])(?P<it>{_BOX}(?: {{1,2}}{_BOX}){{2,4}})(?! ?{_BOX})")
_ENOUGH: Final = 5
_SHORTEST_KANA: Final = 3
"""Characters of each part of a name in kana, one less where a blank parts them."""


class WholeNames:
    """Finds surnames with given names."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def find(self, layout: Layout) -> Iterator[Found]:
        """All of them, none of them inside another."""
        done = 0
        for word in layout.words:
            if word.start < done or word.kind in _NO_BEGINNING or word.text in TELLING:
                continue
            if end := self._name_at(layout, word.start):
                yield Found(word.start, end, SpanType.PERSON, WORDS)
                done = end
            elif word.text in _CONTINENTAL and (end := _continental(layout, word.start)):
                yield Found(word.start, end, SpanType.PERSON, WORDS)

        yield from self._letter_by_letter(layout.text)

    def _letter_by_letter(self, text: str) -> Iterator[Found]:
        """佐 藤 花 子, as forms with a box for each character have it."""
        for found in _LETTERS.finditer(text):
            letters = found["it"].replace(" ", "")
            for cut in range(1, len(letters)):
                surname, given = self._parts.surname(letters[:cut]), self._parts.given(letters[cut:])
                if surname >= Sure.WORD and given >= Sure.WORD and Sure.NAME in (surname, given):
                    yield Found(*found.span("it"), SpanType.PERSON, WORDS)
                    break

    def _name_at(self, layout: Layout, start: int) -> int:
        """Where the name ends that begins here; 0 if none does."""
        before: int | None = None
        best, best_end = 0, 0
        run = NAME.match(layout.text, start)
        last = min(start + LONGEST, run.end()) if run is not None else start
        for cut in range(start + 1, last + 1):
            surname = layout.text[start:cut]
            # Where no word ends only a frequent surname is looked for: the table answers faster than the dictionary.
            first = self._parts.surname(surname) if cut in layout.ends else self._parts.frequent_surname(surname)
            if not first or surname in STOP:
                continue
            gap = layout.text[cut : cut + 1] == " "
            for end, given in layout.runs(cut + gap):
                second = self._parts.given(given)
                if not second or given in STOP or _is_mixed(surname, given, gap=gap):
                    continue
                if before is None:
                    before = _before(layout, start)
                weight = _weight(first, second, before + _behind(layout, end), free=before > 0)
                if len(given) > 1 and second is Sure.WORD:
                    weight -= 1  # 工事, 世界
                if len(surname) == len(given) == 1:
                    weight -= 1
                if weight >= _ENOUGH and not _cuts_a_word(layout, start, cut, end):
                    weight += (first is Sure.NAME) + (second is Sure.NAME)
                    if weight > best:
                        best, best_end = weight, end
        return best_end


def _continental(layout: Layout, start: int) -> int:
    """Where a Chinese or Korean name ends that begins here, of lone characters that make no words; 0 if none does."""
    if _before(layout, start) < 0:
        return 0
    for end in (start + 3, start + 2):
        inside = [layout.begins.get(at) for at in range(start + 1, end)]
        if all(each is not None and each.is_kanji and len(each.text) == 1 for each in inside):
            word = layout.after(end)
            if layout.text[end - 1] in _NO_END or (
                word is not None and word.kind in _NOUNS and word.text not in CALLING
            ):
                return 0
            return end
    return 0


def _weight(surname: Sure, given: Sure, beside: int, *, free: bool) -> int:
    """How sure it is that both are one name; less where neither is surely one and nothing before speaks for it."""
    return surname + given + beside - (not free and surname < Sure.NAME and given < Sure.NAME)


def _is_mixed(surname: str, given: str, *, gap: bool) -> bool:
    """Kana before kanji, or kana so short that two words may be one by chance."""
    if not _is_kana(surname):
        return False
    return not _is_kana(given) or min(len(surname), len(given)) < _SHORTEST_KANA - gap


def _is_kana(text: str) -> bool:
    return "ぁ" <= text[0] <= "ヺ"


def _before(layout: Layout, start: int) -> int:
    """What stands before speaks for a name (2, 1), not at all (0), or against one (-1)."""
    word = layout.before(start, over_blank=True)
    if word is None or word.kind in {Class.MARK, Class.BLANK}:
        return 1
    if word.text in TELLING:
        return 2
    if word.kind is Class.PARTICLE:
        return 0 if word.text == "の" else 1
    return -1 if word.kind in NAMES or word.kind is Class.PLACE else int(word.kind is Class.OTHER)


def _behind(layout: Layout, end: int) -> int:
    word = layout.after(end)
    if word is not None and word.kind is Class.BLANK:
        word = layout.after(word.end)
        return int(word is None or word.text in CALLING)
    if word is None or word.kind in {Class.MARK, Class.PARTICLE}:
        return 0
    if word.text in NO_PERSON_BEFORE:
        return -9
    if word.text in CALLING:
        return 1
    return -1 if word.kind in _NOUNS else 0


def _cuts_a_word(layout: Layout, start: int, cut: int, end: int) -> bool:
    """Whether the parts cut in two what the dictionary reads as one word of another kind."""
    at = start
    while at < end:
        word = layout.begins.get(at)
        if word is None:
            return True
        if word.start < cut < word.end and word.kind in _ONE_WORD:
            return True
        at = word.end
    return False
