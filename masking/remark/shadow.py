"""The shadow of a text: the same text in plain spelling, each character of which knows where in the text it came from.

Rule: a span found in the shadow covers, in the text, every code point that its characters were made of: base, variation
selector, voicing mark. Nothing is torn apart, nothing moves by one, whatever Unicode the text holds.

What is folded, so that recognizers read one spelling: variants of kanji (髙 is 高; `masking.japanese.variants`),
width (NFKC, but not on ideographs), half-width kana with their marks (ｶﾞ is ガ), ㈱ and the like, hyphens of all kinds
between digits, white space of all kinds to a blank. Invisible characters and selectors are left out. Hiragana and
katakana stay apart: they tell words from words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from masking.japanese.folding import is_kanji
from masking.japanese.variants import VARIANTS

_LEFT_OUT: Final = frozenset(
    map(
        chr,
        (
            0x00AD,
            *range(0x180B, 0x180F),
            *range(0x200B, 0x2010),
            *range(0x202A, 0x202F),
            *range(0x2060, 0x2070),
            *range(0xFE00, 0xFE10),
            0xFEFF,
            0xFFFC,
            *range(0xE0100, 0xE01F0),
        ),
    )
)
_HYPHENS: Final = frozenset("‐‑‒–—―−─﹣－")
_MARKS: Final = {"ﾞ": "\u3099", "ﾟ": "\u309a", "゛": "\u3099", "゜": "\u309a", "\u3099": "\u3099", "\u309a": "\u309a"}
_UNWRITABLE: Final = "\ufffd"
OBJECT: Final = "\ufffc"
"""Stands in a shadow for what is masked: OBJECT REPLACEMENT CHARACTER, of which no text of people has any use."""


class _Folds(dict[str, str]):
    """What stands in the shadow for one character; worked out at the first meeting, kept for the others."""

    _MOST: Final = 20_000

    def __missing__(self, char: str) -> str:
        folded = _fold(char)
        if len(self) < self._MOST:
            self[char] = folded
        return folded


def _fold(char: str) -> str:
    if char in _LEFT_OUT:
        return ""
    if char in VARIANTS:
        return VARIANTS[char]
    if is_kanji(char):
        return char
    if char in _HYPHENS:
        return "-"
    if char.isspace():
        return " "
    if "\ud800" <= char <= "\udfff":
        return _UNWRITABLE  # half of a torn character: no recognizer may be handed it
    folded = unicodedata.normalize("NFKC", char)
    return " " if folded.isspace() else folded.replace("\u2044", "/")


_FOLDS: Final = _Folds()


@dataclass(frozen=True, slots=True)
class Shadow:
    """A text and its plain spelling. `starts[i]` and `ends[i]` are where, in the text, the shadow's character `i`
    begins and ends; both in code points.
    """

    text: str
    plain: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the text the shadow's `start:end` stands. Raises IndexError for an empty or impossible one."""
        if not 0 <= start < end <= len(self.plain):
            raise IndexError("no such part of the shadow")
        return self.starts[start], self.ends[end - 1]

    def without(self, parts: Sequence[tuple[int, int]]) -> Shadow:
        """The shadow with OBJECT in place of each part; parts in order, apart from each other."""
        plain: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end in parts:
            plain += (self.plain[at:start], OBJECT)
            starts += (*self.starts[at:start], self.starts[start])
            ends += (*self.ends[at:start], self.ends[end - 1])
            at = end
        plain.append(self.plain[at:])
        return Shadow(self.text, "".join(plain), (*starts, *self.starts[at:]), (*ends, *self.ends[at:]))


def shadow(text: str, masked: Sequence[tuple[int, int]] = ()) -> Shadow:
    """Make the shadow of a text; what is `masked` already (in order, apart) is one OBJECT each."""
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    skip = dict(masked)
    until = 0
    for at, char in enumerate(text):
        if at < until:
            continue
        if at in skip:
            until = skip[at]
            plain.append(OBJECT)
            starts.append(at)
            ends.append(until)
            continue
        mark = _MARKS.get(char)
        if mark is not None and plain:
            joined = unicodedata.normalize("NFC", plain[-1] + mark)
            if len(joined) == 1:
                plain[-1] = joined
                ends[-1] = at + 1
                continue
        folded = _FOLDS[char]
        if not folded and ends and plain[-1] != OBJECT:
            ends[-1] = at + 1  # a selector belongs to the character before it
        for each in folded:
            plain.append(each)
            starts.append(at)
            ends.append(at + 1)
    _widen(starts, ends)
    return Shadow(text, "".join(plain), tuple(starts), tuple(ends))


def _widen(starts: list[int], ends: list[int]) -> None:
    """Let all characters that one was unfolded into end where the last of them does."""
    for place in range(len(starts) - 2, -1, -1):
        if starts[place] == starts[place + 1]:
            ends[place] = ends[place + 1]
