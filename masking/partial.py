"""`partial`: the first characters, then a cover of fixed length.

Claim: no more than the first `keep` characters, and not how many follow. Known attack: the first character
of a rare name, beside age and area, picks out few people; use it where a person confirms, not to hide.

A character is what a reader counts as one: a base with its combining marks, its variation selector (IVS,
Unicode UTS #37: 葛󠄀 is two code points), its half-width ﾞ or ﾟ, and what a zero-width joiner ties to it
(after UAX #29, extended grapheme clusters; flags and Hangul jamo are not joined).

Null and blank are EMPTY. Malformed is what is no text, and a text with the cover's own ○ in it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from pydantic import Field

from masking.masker import Masker, Settings, unkeyed
from masking.text import text_of
from masking.value import MALFORMED, Masked, Occasion, Partial, Value, ValueKind

COVER_CHARACTER: Final = "○"
COVER: Final = COVER_CHARACTER * 3

_JOINER: Final = "\u200d"
# Grapheme_Extend or Emoji_Modifier, but of no mark category; marks (M*) are found by category.
_EXTENDERS: Final = frozenset("\u200c\u200d\uff9e\uff9f" + "".join(map(chr, range(0x1F3FB, 0x1F400))))


class PartialSettings(Settings):
    """How much of the text stays readable."""

    keep: int = Field(default=1, ge=1, le=8, description="write how many leading characters stay readable, 1 to 8")


def _bind(settings: PartialSettings) -> Masker:
    kept = settings.keep

    def partial(value: Value | None, _occasion: Occasion) -> Masked:
        text = text_of(value)
        if not isinstance(text, str):
            return text
        if COVER_CHARACTER in text:
            return MALFORMED  # covered before it came here, or a gap in the source: no telling cover from text
        text = text.strip()
        end = _after(text, kept)
        return Partial(COVER if end == len(text) else text[:end] + COVER)

    return partial


def _after(text: str, characters: int) -> int:
    """Find where the first `characters` characters end, or the end of the text if it has no more."""
    head = text[1 : characters + 1]
    if head.isalpha() and "\uff9e" not in head and "\uff9f" not in head:
        return min(characters, len(text))  # nearly every name: letters alone, none of which extends another
    counted, before = 0, ""
    for index, point in enumerate(text):
        if not _extends(before, point):
            if counted == characters:
                return index
            counted += 1
        before = point
    return len(text)


def _extends(before: str, point: str) -> bool:
    """Tell whether `point` belongs to the character that `before` is of; the first of a text belongs to none."""
    category = unicodedata.category(point)
    return before != "" and (
        category.startswith("M") or point in _EXTENDERS or (before == _JOINER and category == "So")
    )


PARTIAL: Final = unkeyed(
    "partial",
    fits=frozenset({ValueKind.TEXT, ValueKind.NAME, ValueKind.CODE, ValueKind.ID}),
    settings=PartialSettings,
    bind=_bind,
)
