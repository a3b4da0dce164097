"""Name patterns: how a name may be asked for.

Rule S2: one `*`, at the end only, after at least two characters if there is a kanji among them, else three (kana,
Latin). Rule S6: a plain character finds its variants, a variant written out finds only itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from masking.japanese.folding import is_kanji, plain, written

LONGEST: Final = 100
"""Characters of a name at most, as typed."""
_KANJI: Final = 2
_LETTERS: Final = 3
_WILDCARD: Final = "*"


class PatternFault(ValueError):
    """What is wrong with a pattern; the text advises and repeats nothing of it."""


def legible(text: str) -> bool:
    """Whether no control character is in a text: nobody types one, and some databases take none.

    Not `str.isprintable`, which knows neither 外字 (private use) nor ideographs younger than this Python's Unicode.
    """
    return all(unicodedata.category(char) != "Cc" for char in text)


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A name as it is looked for.

    `plain` is its folded form, whole or (`prefix`) its beginning; at each of `exactly` the spelling itself must stand:
    pairs of a place, from 0, and a variant character.
    """

    plain: str
    prefix: bool
    exactly: tuple[tuple[int, str], ...]

    @classmethod
    def parse(cls, text: str) -> NamePattern:
        """Read what somebody typed. Raises PatternFault."""
        if len(text) > LONGEST:
            raise PatternFault(f"over {LONGEST} characters")
        typed = written(text)  # folds every width of the * as well
        spelling = typed.removesuffix(_WILDCARD)
        prefix = spelling != typed
        if _WILDCARD in spelling:
            raise PatternFault("one * only, and at the end")
        if not spelling or not legible(spelling):
            raise PatternFault("write a name")
        fewest = _KANJI if any(map(is_kanji, spelling)) else _LETTERS
        if prefix and len(spelling) < fewest:
            raise PatternFault(f"before a *, write at least {_KANJI} kanji, or {_LETTERS} kana or letters")
        folded = plain(spelling)
        exactly = tuple(
            (place, char) for place, (char, common) in enumerate(zip(spelling, folded, strict=True)) if char != common
        )
        return cls(folded, prefix, exactly)

    def matches(self, name: str) -> bool:
        """Whether a name, as registered, is one that is looked for."""
        spelling = written(name)
        folded = plain(spelling)
        same = folded.startswith(self.plain) if self.prefix else folded == self.plain
        return same and all(spelling[place] == char for place, char in self.exactly)
