"""What stewards' texts are made of: words, lines in both languages, lists without doubles.

Rule: closed and strict. Whoever writes something else is told what to write, at its place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sized
from difflib import get_close_matches
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from gateway.allowance import Window
from gateway.caller import is_word
from gateway.field import Localized
from gateway.finding import Between

_LONGEST_TEXT: Final = 200

T = TypeVar("T")
Group = TypeVar("Group", bound=Sized)


def nearest(word: str, known: Iterable[str]) -> str:
    """Advice for a word that is not known: the one that was probably meant, or all there are."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"


def _word(text: str) -> str:
    if not is_word(text):
        raise PydanticCustomError(
            "word", "write 1 to 63 of a-z, 0-9 and -, beginning with a letter or digit, e.g. child-welfare"
        )
    return text


def _line(text: str) -> str:
    # Other-category characters: line breaks, terminal controls and bidirectional overrides have no place in a title.
    if not text.strip() or len(text) > _LONGEST_TEXT or any(unicodedata.category(c)[0] == "C" for c in text):
        raise PydanticCustomError("text", f"write one line of text, 1 to {_LONGEST_TEXT} characters")
    return text


def distinct(key: Callable[[T], Hashable], *below: str) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
    """Refuse each item whose key an earlier item has; `below` leads from the item to the part that is double."""

    def check(items: tuple[T, ...]) -> tuple[T, ...]:
        keys = [key(item) for item in items]
        doubles = [
            InitErrorDetails(
                type=PydanticCustomError("duplicate", "{double} stands here twice; keep one", {"double": str(each)}),
                loc=(index, *below),
                input=each,
            )
            for index, each in enumerate(keys)
            if each in keys[:index]
        ]
        if doubles:
            raise ValidationError.from_exception_data("distinct", doubles)
        return items

    return check


def some(items: Group) -> Group:
    """Refuse an empty list or group: nothing is never meant."""
    if not items:
        raise PydanticCustomError("empty", "is empty; name at least one")
    return items


class Closed(BaseModel):
    """Frozen, closed and strict, as every text is that people write for the gateway."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Word = Annotated[str, AfterValidator(_word)]
"""The name of a department, role, purpose, registry."""
Residents = Annotated[int, AfterValidator(Between(1, 1_000_000_000))]
"""A number of distinct residents, at least one."""
# `strict=False`: YAML has only lists and texts for what are tuples and enumerations here.
Windows = Annotated[dict[Annotated[Window, Field(strict=False)], Residents], AfterValidator(some)]
"""Residents a window."""

Enforce = Literal["always", "shadow"]
"""`shadow`: reckoned and recorded, not enforced."""


class Text(Closed):
    """A line in both languages."""

    ja: Annotated[str, AfterValidator(_line)]
    en: Annotated[str, AfterValidator(_line)]

    def localized(self) -> Localized:
        """The ground floor's own form."""
        return Localized(self.ja, self.en)
