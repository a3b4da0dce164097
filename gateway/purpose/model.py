"""A purpose as a steward writes it: the shape of its text, and nothing of its sense.

Rule: closed and strict. Unknown keys, empty lists, doubles and values of another type are faults, each at its own
place; a default is only ever the narrower choice. What the parts mean to each other is `gateway.purpose.rules`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sized
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from gateway.allowance import Owner, Window
from gateway.caller import is_word
from gateway.field import Localized
from gateway.finding import Between
from gateway.purpose.plan import SearchKey

LATER_SEARCH_KEYS: Final = frozenset({"household_id", "name", "name_kana", "birth_date", "address"})
"""Search keys that the gateway has a word for but no search yet."""

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


def _distinct(key: Callable[[T], Hashable], *below: str) -> Callable[[tuple[T, ...]], tuple[T, ...]]:
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


def _search_key(value: object) -> object:
    word = value if isinstance(value, str) else ""
    if word in list(SearchKey):
        return SearchKey(word)
    if word in LATER_SEARCH_KEYS:
        raise PydanticCustomError("not-yet", "there is no search by {key} yet; remove it", {"key": word})
    raise PydanticCustomError("search-key", "no such search key: {advice}", {"advice": nearest(word, list(SearchKey))})


def _case(value: object) -> object:
    if value == "none":
        return None
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "case", "write `none`, or `{registry: …, subjects: parties}` where a case must be open"
        )
    return value


def _no_my_number(value: object) -> object:
    if value != "none":
        raise PydanticCustomError(
            "not-yet",
            "個人番号 and 住民票コード need their own legal ground, and there is no place for it yet; write `none`",
        )
    return value


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


class Text(Closed):
    """A line in both languages."""

    ja: Annotated[str, AfterValidator(_line)]
    en: Annotated[str, AfterValidator(_line)]

    def localized(self) -> Localized:
        """The ground floor's own form."""
        return Localized(self.ja, self.en)


class Recipient(Closed):
    """A department that receives, and the roles in it that may ask."""

    department: Word
    roles: Annotated[
        tuple[Word, ...], Field(strict=False), AfterValidator(some), AfterValidator(_distinct(lambda role: role))
    ]


class Case(Closed):
    """The registry whose cases count; the resident must be a party to the open case (rule W5)."""

    registry: Word
    subjects: Literal["parties"]


class RateText(Closed):
    """Answers a second on average, and at once at most."""

    per_second: Annotated[float, AfterValidator(Between(0.001, 10_000))]
    burst: Annotated[int, AfterValidator(Between(1, 10_000))]


class Budget(Closed):
    """What bounds the purpose, beside and never above the city's limits; `rate` unset: no short rate."""

    rate: RateText | None = None
    residents: Annotated[dict[Annotated[Owner, Field(strict=False)], Windows], AfterValidator(some)]


class Stream(Closed):
    """The purpose may be streamed, `page` residents a record, under the interactive budget."""

    page: Annotated[int, AfterValidator(Between(1, 1000))]


class Validity(Closed):
    """First and last day in force, both inclusive."""

    since: date = Field(alias="from")
    until: date

    @field_validator("until")
    @classmethod
    def _not_before(cls, until: date, info: ValidationInfo) -> date:
        since = info.data.get("since")
        if since is not None and until < since:
            raise PydanticCustomError(
                "validity", "ends before it begins on {since}; exchange the two or correct one", {"since": str(since)}
            )
        return until


class PurposeText(Closed):
    """The whole text. `fields` are read one by one by `gateway.purpose.masks`, so that one fault hides no other."""

    purpose: Word
    title: Text
    legal_basis: Text
    steward: Word
    recipients: Annotated[
        tuple[Recipient, ...],
        Field(strict=False),
        AfterValidator(some),
        AfterValidator(_distinct(lambda recipient: recipient.department, "department")),
    ]
    case: Annotated[Case | None, BeforeValidator(_case)]
    search_by: Annotated[
        tuple[Annotated[SearchKey, BeforeValidator(_search_key)], ...],
        Field(strict=False),
        AfterValidator(some),
        AfterValidator(_distinct(lambda key: key)),
    ]
    fields: Annotated[dict[str, Any], AfterValidator(some)]
    budget: Budget
    stream: Stream | None = None
    applicant: Literal["none", "required"] = "none"
    restricted: Literal["withheld", "allowed"] = "withheld"
    my_number: Annotated[Literal["none"], BeforeValidator(_no_my_number)] = "none"
    valid: Validity
