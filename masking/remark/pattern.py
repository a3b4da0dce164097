"""One pattern: what it finds, and what must be beside it.

Rule: the words that make a number what it is stand in the pattern itself, for a number alone says little. Every search
has a time limit, and running into it is an error, not "nothing found" (rule M7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from masking.remark.span import PATTERN, Found, SpanType

SEARCH_SECONDS: Final = 0.1
"""The most that one pattern may take for one text."""

N: Final = "(?<![0-9])"
"""Before a number: no digit (`\\b` is no boundary beside kanji)."""
Z: Final = "(?![0-9])"
"""Behind it."""


class TooSlow(Exception):
    """A search ran out of its time: nobody knows what is in the text."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression over plain spelling; what its group `it` holds is the finding, or all of it if it has none.

    `holds` says whether it is one after all, by check digit or calendar, and is given what was found.
    """

    type: SpanType
    expression: regex.Pattern[str]
    score: float = PATTERN
    holds: Callable[[str], bool] | None = None

    def find(self, plain: str) -> Iterator[Found]:
        """All of them in a text. Raises TooSlow."""
        group: str | int = "it" if "it" in self.expression.groupindex else 0
        try:
            for found in self.expression.finditer(plain, timeout=SEARCH_SECONDS):
                start, end = found.span(group)
                if start < end and (self.holds is None or self.holds(plain[start:end])):
                    yield Found(start, end, self.type, self.score)
        except TimeoutError:
            raise TooSlow from None


def pattern(
    type_: SpanType, *parts: str, score: float = PATTERN, holds: Callable[[str], bool] | None = None
) -> Pattern:
    """A pattern of parts that follow each other."""
    return Pattern(type_, regex.compile("".join(parts)), score, holds)


def find_all(patterns: Sequence[Pattern], plain: str) -> Iterator[Found]:
    """What all of them find. Raises TooSlow."""
    for each in patterns:
        yield from each.find(plain)
