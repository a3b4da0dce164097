"""A purpose as a steward writes it: the shape of its text, and nothing of its sense.

Rule: closed and strict. Unknown keys, empty lists, doubles and values of another type are faults, each at its own
place; a default is only ever the narrower choice. What the parts mean to each other is `gateway.purpose.rules`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.allowance import Owner
from gateway.case import CaseRule, Handling
from gateway.field import SearchKey
from gateway.finding import Between
from gateway.purpose.words import Closed, Enforce, Text, Windows, Word, distinct, nearest, some
from gateway.subject import Status

MOST_FOUND: Final = 10
"""Residents that a search may find at most (rule S3); a purpose may only say fewer."""
MOST_FOUND_BY_ADDRESS: Final = 30
"""The same where address or household is among the keys: a house has more residents than a name."""

NONE: Final = "none"


def _search_key(value: object) -> object:
    word = value if isinstance(value, str) else ""
    if word in list(SearchKey):
        return SearchKey(word)
    raise PydanticCustomError("search-key", "no such search key: {advice}", {"advice": nearest(word, list(SearchKey))})


def _case(value: object) -> object:
    if value == NONE:
        return None
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "case", "write `none`, or `{registry: …, subjects: parties}` where a case must be open"
        )
    return value


def _numbers(value: object) -> object:
    if value == NONE:
        return None
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "my-number",
            "write `none`, or the article that opens the number: `{my_number_act: {ja: …, en: …}}`, "
            "`{resident_register_act: {ja: …, en: …}}`",
        )
    return value


def _successor(value: object) -> object:
    return None if value == NONE else value


Keys = Annotated[
    tuple[Annotated[SearchKey, BeforeValidator(_search_key)], ...],
    Field(strict=False),
    AfterValidator(some),
    AfterValidator(distinct(lambda key: key)),
]
"""Search keys, each once."""
Fields = Annotated[
    tuple[str, ...], Field(strict=False), AfterValidator(some), AfterValidator(distinct(lambda field: field))
]
"""Names of fields, each once."""
Combinations = Annotated[tuple[Keys, ...], Field(strict=False), AfterValidator(some)]
"""Keys that make one question together; a question uses all keys of one of them."""
Statuses = Annotated[
    tuple[Annotated[Status, Field(strict=False)], ...],
    Field(strict=False),
    AfterValidator(some),
    AfterValidator(distinct(lambda status: status)),
]
"""The entries that may be asked for."""


class Recipient(Closed):
    """A department that receives, and the roles in it that may ask."""

    department: Word
    roles: Annotated[
        tuple[Word, ...], Field(strict=False), AfterValidator(some), AfterValidator(distinct(lambda role: role))
    ]


class Case(Closed):
    """The registry whose cases count; the resident must be a party to the open case (rule W5). `handler`: who may ask
    in it; `days_after_closing`: for how long after it closed.
    """

    registry: Word
    subjects: Literal["parties"]
    handler: Annotated[Handling, Field(strict=False)] = Handling.ANY
    days_after_closing: Annotated[int, AfterValidator(Between(0, 400))] = 0

    def rule(self) -> CaseRule:
        """The same as the gateway judges by it."""
        return CaseRule(self.registry, self.handler, self.days_after_closing)


class RateText(Closed):
    """Answers a second on average, and at once at most."""

    per_second: Annotated[float, AfterValidator(Between(0.001, 10_000))]
    burst: Annotated[int, AfterValidator(Between(1, 10_000))]


class Budget(Closed):
    """What bounds the purpose, beside and never above the city's limits; `rate` unset: no short rate. `enforce`:
    whether the numbers of residents stop anybody, or are tried out in shadow.
    """

    enforce: Enforce = "always"
    rate: RateText | None = None
    residents: Annotated[dict[Annotated[Owner, Field(strict=False)], Windows], AfterValidator(some)]


class AskingText(Closed):
    """What one kind of question may say; `combinations` unset: each key that can stand alone does."""

    statuses: Statuses = (Status.RESIDENT,)
    combinations: Combinations | None = None


class Search(AskingText):
    """The purpose may be searched; more than so many residents are answered with none (rule S3)."""

    limit: Annotated[int, AfterValidator(Between(1, MOST_FOUND))] = MOST_FOUND
    address_limit: Annotated[int, AfterValidator(Between(1, MOST_FOUND_BY_ADDRESS))] = MOST_FOUND_BY_ADDRESS


class Stream(AskingText):
    """The purpose may be streamed, `page` residents a record, under the interactive budget."""

    page: Annotated[int, AfterValidator(Between(1, 1000))]


class Bulk(Stream):
    """The purpose may be streamed under a grant by two people: `residents` at most in each, and none in which fewer
    than `k` look alike, or those who do show fewer than `l` values of a `sensitive` field.
    """

    grant: Literal["two-person"]
    residents: Annotated[int, AfterValidator(Between(1, 10_000_000))]
    k: Annotated[int, AfterValidator(Between(1, 1000))]
    l: Annotated[int, AfterValidator(Between(2, 1000))] | None = None
    sensitive: Fields | None = None


class BreakGlass(Closed):
    """Looks in an emergency: which of the purpose's fields, how many a day each person, and within how many days a
    superior reviews each.
    """

    fields: Fields
    looks_a_day: Annotated[int, AfterValidator(Between(1, 20))]
    review_days: Annotated[int, AfterValidator(Between(1, 14))]


class Numbers(Closed):
    """The articles that open the numbers which join registers: 番号法 for 個人番号, 住民基本台帳法 for 住民票コード."""

    my_number_act: Text | None = None
    resident_register_act: Text | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Numbers:
        if self.my_number_act is None and self.resident_register_act is None:
            raise PydanticCustomError("empty", "names no ground; write my_number_act, resident_register_act, or `none`")
        return self


class Deprecated(Closed):
    """The purpose is on its way out: announced on `since`, it ends with its validity; `successor` None: nothing."""

    since: date
    successor: Annotated[Word | None, BeforeValidator(_successor)]
    note: Text


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
        AfterValidator(distinct(lambda recipient: recipient.department, "department")),
    ]
    case: Annotated[Case | None, BeforeValidator(_case)]
    search_by: Keys
    fields: Annotated[dict[str, Any], AfterValidator(some)]
    budget: Budget
    search: Search | None = None
    stream: Stream | None = None
    bulk: Bulk | None = None
    break_glass: BreakGlass | None = None
    reversal: Literal["two-person"] | None = None
    renewal: Literal["two-person"] | None = None
    applicant: Literal["none", "required"] = "none"
    restricted: Literal["withheld", "allowed"] = "withheld"
    my_number: Annotated[Numbers | None, BeforeValidator(_numbers)] = None
    family_history: Text | None = None
    deprecated: Deprecated | None = None
    valid: Validity

    @property
    def streamed(self) -> Stream | None:
        """How the purpose may be streamed, with a grant or without."""
        return self.bulk if self.bulk is not None else self.stream
