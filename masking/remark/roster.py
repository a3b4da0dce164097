"""Names that a register has, found all at once: a roster, by Aho and Corasick (CACM 18(6), 1975).

Rule: a whole name of three characters or more is a name wherever it stands; a surname or a given name alone is left to
the words around it, for 光 and 林 are words, too.

Names are kept in plain spelling without blanks, kana as katakana, and found so: 髙橋　花子, 高橋花子, タカハシハナコ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from masking.japanese.folding import plain as plain_of
from masking.remark.span import LISTED, Found, SpanType

_SHORTEST: Final = 3
_TO_KATAKANA: Final = {point: point + 0x60 for point in range(0x3041, 0x3097)}
MOST_NAMES: Final = 200_000
"""More distinct names are not held: the memory of a roster is bounded, and what is beyond it is left to words."""


class Roster:
    """The names, ready to be found. 32,000 residents' names and readings take about 20 MB."""

    def __init__(self, names: Iterable[str]) -> None:
        kept: dict[str, None] = {}
        for name in names:
            key = plain_of(name)
            if len(key) >= _SHORTEST:
                kept[key] = None
            if len(kept) >= MOST_NAMES:
                break
        self.count = len(kept)
        self._matcher = (
            AhoCorasick(list(kept), matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA)
            if kept
            else None
        )

    def find(self, plain: str) -> Iterator[Found]:
        """The whole names in a text's plain spelling, blanks between their characters or not."""
        if self._matcher is None:
            return
        places = [at for at, char in enumerate(plain) if char not in " ・"]
        tight = "".join(plain[at] for at in places).translate(_TO_KATAKANA).lower()
        if len(tight) != len(places):
            return  # a capital that lower case writes in two characters: offsets would be off
        for _, start, end in self._matcher.find_matches_as_indexes(tight):
            if _kana_beside(tight, start, end):
                continue
            yield Found(places[start], places[end - 1] + 1, SpanType.PERSON, LISTED)


def _kana_beside(tight: str, start: int, end: int) -> bool:
    """Whether a name of kana is cut out of a longer run of kana before it: アリタカシ in バアリタカシ."""
    if not ("ァ" <= tight[start] <= "ー"):
        return False
    return start > 0 and "ァ" <= tight[start - 1] <= "ー" and end - start < 5
