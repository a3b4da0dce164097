"""All that finds people's names, and who settles what they find.

Rule: a finder knows one way in which names are written or told of, and takes what it sees for a name; whole names are
believed, and of a surname or given name alone `LoneNames` decides by all that stands around it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from masking.remark.kana_names import KanaNames
from masking.remark.laid_out import Layout
from masking.remark.latin_names import latin_names
from masking.remark.lone_names import Candidate, LoneNames, Run
from masking.remark.office import OfficeNames
from masking.remark.parts import Parts
from masking.remark.people import People
from masking.remark.romaji import load as load_romaji
from masking.remark.span import Found
from masking.remark.told_names import ToldNames
from masking.remark.whole_names import WholeNames
from masking.remark.words import Words
from masking.remark.written_names import WrittenNames

_LATIN: Final = re.compile("[A-Za-zÀ-ỿ]{2}")
_IN_KANA: Final = re.compile("[ァ-ヺ]{2}|[ぁ-ゖ]{2}[様氏殿先君宅)]|[(「][ぁ-ゖ]{2}")

Find = Callable[[str], Iterable[Found]]


def where(needed: re.Pattern[str], find: Find) -> Find:
    """Search only texts that have what all that is looked for needs."""
    return lambda text: find(text) if needed.search(text) is not None else ()


class Names:
    """Finds names in a text's plain spelling. Not for several threads at once."""

    def __init__(self, words: Words, people: People) -> None:
        parts = Parts(words)
        whole, told = WholeNames(parts), ToldNames(parts)
        self._words = words
        self._layout = Layout("", ())
        self._lone = LoneNames(words, parts)
        self._finders: tuple[Find, ...] = (
            lambda text: people.find(text, words(text)),
            lambda _: whole.find(self._layout),
            lambda _: told.find(self._layout),
            where(_IN_KANA, KanaNames(words).find),
            where(_LATIN, latin_names),
            WrittenNames(words).find,
            OfficeNames(words).find,
        )
        load_romaji()

    def find(self, plain: str) -> Iterator[Found]:
        """All of them; some may overlap. Raises TooSlow."""
        return self._lone.settle(self._layout_of(plain), self._heard(plain))

    def candidates(self, plain: str) -> Iterator[Candidate]:
        """The words that may be names alone, with what speaks for each and against it. Raises TooSlow."""
        return self._lone.candidates(self._layout_of(plain), self._heard(plain))

    def _layout_of(self, plain: str) -> Layout:
        self._layout = Layout(plain, self._words(plain))
        return self._layout

    def _heard(self, plain: str) -> Counter[Run]:
        """What is taken for a name, and how many finders do so."""
        heard: Counter[Run] = Counter()
        for find in self._finders:
            heard.update({(each.start, each.end) for each in find(plain)})
        return heard
