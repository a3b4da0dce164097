"""One text's words as they are laid out: what begins, what ends, and what stands beside a place.

Rule: places are between characters; a name begins where a word begins and ends where one ends, whatever words the
dictionary made of what is between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from masking.remark.parts import KANJI
from masking.remark.words import Class, Word

NAME: Final = re.compile(f"[{KANJI}ぁ-ゖァ-ヺー]+")
LONGEST: Final = 6
"""Characters of a surname or given name: 勅使河原, 勘右衛門, ナカンダカリ."""
_MARKS: Final = {Class.MARK, Class.BLANK}


class Layout:
    """A text and its words."""

    def __init__(self, text: str, words: Sequence[Word]) -> None:
        self.text, self.words = text, words
        self.begins = {word.start: word for word in words}
        self.ends = {word.end: word for word in words}
        self._runs: dict[int, tuple[tuple[int, str], ...]] = {}

    def after(self, place: int, *, over_blank: bool = False) -> Word | None:
        """The word that begins here, or behind the blank that does."""
        word = self.begins.get(place)
        if over_blank and word is not None and word.kind is Class.BLANK:
            return self.begins.get(word.end)
        return word

    def before(self, place: int, *, over_blank: bool = False) -> Word | None:
        """The word that ends here, or before the blank that does."""
        word = self.ends.get(place)
        if over_blank and word is not None and word.kind is Class.BLANK:
            return self.ends.get(word.start)
        return word

    def opens(self, place: int) -> bool:
        """Whether a clause may begin here: at the beginning, behind a mark or a blank."""
        word = self.before(place)
        return word is None or word.kind in _MARKS

    def closes(self, place: int) -> bool:
        """Whether a clause may end here."""
        word = self.after(place)
        return word is None or word.kind in _MARKS

    def runs(self, start: int) -> tuple[tuple[int, str], ...]:
        """What may be one part of a name from here on, the longest first: its end and its text. None begins with a
        particle.
        """
        runs = self._runs.get(start)
        if runs is None:
            self._runs[start] = runs = tuple(self._runs_from(start))
        return runs

    def _runs_from(self, start: int) -> Iterator[tuple[int, str]]:
        run = NAME.match(self.text, start)
        first = self.begins.get(start)
        if run is not None and (first is None or first.kind is not Class.PARTICLE):
            for end in range(min(run.end(), start + LONGEST), start, -1):
                if end in self.ends:
                    yield end, self.text[start:end]
