"""How somebody is named: which part of what was found is the surname, which the given name, and how both are read.

Rule: the parts decide which mentions are of one person; where the dictionary knows a reading, 佐藤 and サトウ are one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from masking.japanese.folding import plain as plain_of
from masking.remark.span import Mention, NamePart, Role, Script
from masking.remark.words import Class, Words

_GAPS: Final = re.compile("[ ・=,、]+")
_KANA: Final = re.compile("[ぁ-ゖァ-ヺー ・]+")


class Mentions:
    """Takes names apart. The same name is always taken apart in the same way, whatever stands around it."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self.of = lru_cache(maxsize=10_000)(self._of)

    def _of(self, name: str) -> Mention:
        """A name in the shadow's spelling, taken apart."""
        script = Script.KANA if _KANA.fullmatch(name) else Script.KANJI
        apart = [part for part in _GAPS.split(name) if part]
        if len(apart) >= 2:
            surname, given = apart[0], "".join(apart[1:])
            if "・" in name:
                surname, given = given, surname  # ジョン・スミス: the given name first
            return Mention((self._part(Role.SURNAME, surname), self._part(Role.GIVEN, given)), script)
        whole = apart[0] if apart else name
        cut = self._cut(whole)
        if cut:
            return Mention((self._part(Role.SURNAME, whole[:cut]), self._part(Role.GIVEN, whole[cut:])), script)
        kinds = self._words.may_be(whole)
        role = Role.GIVEN if Class.GIVEN in kinds and Class.SURNAME not in kinds else Role.SURNAME
        return Mention((self._part(role, whole),), script)

    def _cut(self, whole: str) -> int:
        """Where the given name begins in a name without a gap; 0 if it is one part."""
        if {Class.SURNAME, Class.GIVEN} & self._words.may_be(whole):
            return 0
        cuts = range(len(whole) - 1, 0, -1)
        surnames = [cut for cut in cuts if Class.SURNAME in self._words.may_be(whole[:cut])]
        for cut in surnames:
            if Class.GIVEN in self._words.may_be(whole[cut:]):
                return cut
        return surnames[0] if surnames and len(whole) - surnames[0] <= 3 else 0

    def _part(self, role: Role, written: str) -> NamePart:
        return NamePart(role, plain_of(written), plain_of(self._words.reading(written)))
