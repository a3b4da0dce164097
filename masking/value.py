"""What goes into a masker and what comes out of it.

Rule: a value that may be shown is a `Masked` form, and each form says by its type how much of the
truth is left in it. Nothing else ever leaves the gateway.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from masking.remark.span import Span


class ValueKind(StrEnum):
    """The shapes of value that a register holds; a masker says which of them it fits."""

    ID = "id"
    NAME = "name"
    TEXT = "text"
    CODE = "code"
    DATE = "date"
    YEN = "yen"
    ADDRESS = "address"
    NUMBER = "number"
    FLAG = "flag"
    ENTRIES = "entries"
    REMARK = "remark"


class Sex(StrEnum):
    """Sex as registered (Basic Resident Register Act, art. 7 item 3)."""

    MALE = "male"
    FEMALE = "female"


class Flag(Enum):
    """Yes or no. Not a truth value of Python's, which `UNREADABLE` is."""

    YES = True
    NO = False


_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as a register knows it: the month or the day may be unknown (0), the year never is.

    `month` 0 means that only the year is known (then `day` is 0 too); `day` 0 that the day is not.
    Written `2020-05-00` and `2020-00-00`. Raises ValueError for a date that no calendar holds.
    """

    year: int
    month: int = 0
    day: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9999:
            raise ValueError("year out of range 1..9999")
        if self.month == 0 and self.day != 0:
            raise ValueError("a day without a month")
        if self.month != 0:
            date(self.year, self.month, self.day or 1)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read `YYYY-MM-DD`, with `00` for what is unknown. Raises ValueError."""
        found = _ISO.fullmatch(text)
        if found is None:
            raise ValueError("not a date of the form YYYY-MM-DD")
        return cls(int(found[1]), int(found[2]), int(found[3]))

    @property
    def exact(self) -> date | None:
        """The calendar day, or None where month or day is unknown."""
        return date(self.year, self.month, self.day) if self.day else None

    def may_be(self, other: PartialDate) -> bool:
        """Whether both can be one day: they agree in every part that both know."""
        return (
            self.year == other.year
            and (not self.month or not other.month or self.month == other.month)
            and (not self.day or not other.day or self.day == other.day)
        )

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True, slots=True)
class Address:
    """An address in the register's own parts, coarse to fine.

    `code` is the register's town code (digits, the first five name the municipality, as in JIS X 0402);
    `town` the 町, `chome` the 丁目 number or 0 where the town has none, `lot` the rest (番地, building).
    """

    code: str
    city: str
    town: str
    chome: int
    lot: str

    def __str__(self) -> str:
        chome = f"{self.chome}丁目" if self.chome else ""
        return f"{self.city}{self.town}{chome}{self.lot}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list that a register keeps about somebody: a change (異動), a benefit.

    `code` is a word of the field's closed list; `since` and `until` are both inclusive and None where the register has
    no date. A change has its day in both; what goes on has no `until`. `detail` is the register's own text, "" for
    none.
    """

    code: str
    since: PartialDate | None
    until: PartialDate | None
    detail: str


Value: TypeAlias = str | int | PartialDate | Address | Flag | tuple[Entry, ...]
"""A value as read from the register; None stands for "not in the register"."""

UNREADABLE: Final = False
"""Stands for a value that is not what its field promises. A truth value, because no register value is one, so no masker
takes it for a value of any kind (rule M2); the original is not handed on, since `keep` would show it."""


class AreaLevel(StrEnum):
    """How much of an address is left: 市, 町, 丁目."""

    CITY = "city"
    TOWN = "town"
    CHOME = "chome"


class DatePrecision(StrEnum):
    """How much of a date is left."""

    YEAR = "year"
    ERA_YEAR = "era_year"
    MONTH = "month"


class AbsenceReason(StrEnum):
    """Why no value is there: three different answers (rule F5), and one for what could not be masked (rule M2)."""

    EMPTY = "empty"
    WITHHELD = "withheld"
    REDACTED = "redacted"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Exact:
    """The value itself; only `keep` makes one."""

    value: Value


@dataclass(frozen=True, slots=True)
class Partial:
    """A text with most of its characters covered (the covered ones read `○`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A token that stands for the subject or the value inside one pseudonym domain."""

    token: str


@dataclass(frozen=True, slots=True)
class Surrogate:
    """An invented name with its reading (katakana): decoration, never a key to join on (rule M5)."""

    name: str
    kana: str


@dataclass(frozen=True, slots=True)
class YenBand:
    """An amount between `low` (inclusive) and `high` (exclusive), yen; None is an open end."""

    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class AgeBand:
    """An age between `low` and `high`, whole years, both inclusive; `high` None is "and over"."""

    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Rounded:
    """A number as a multiple of `base`."""

    value: int
    base: int


@dataclass(frozen=True, slots=True)
class ReducedDate:
    """A date cut to a year, or to a year and month."""

    date: PartialDate
    precision: DatePrecision


@dataclass(frozen=True, slots=True)
class EraYear:
    """A date cut to the year of its era: `text` as people write it (昭和45年), `year` the Gregorian one."""

    text: str
    year: int


@dataclass(frozen=True, slots=True)
class Area:
    """An address cut to a level: `code` is cut alike, `text` is how a person reads it."""

    level: AreaLevel
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class RecentEntries:
    """The entries of the last years, in the register's order and without their texts."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class MaskedText:
    """A remark in which surrogates and markers stand for what leads to somebody; the rest is as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Absent:
    """No value, and why."""

    reason: AbsenceReason


Masked: TypeAlias = (
    Exact
    | Partial
    | Pseudonym
    | Surrogate
    | YenBand
    | Rounded
    | AgeBand
    | ReducedDate
    | EraYear
    | Area
    | RecentEntries
    | MaskedText
    | Absent
)

EMPTY: Final = Absent(AbsenceReason.EMPTY)
WITHHELD: Final = Absent(AbsenceReason.WITHHELD)
REDACTED: Final = Absent(AbsenceReason.REDACTED)
MALFORMED: Final = Absent(AbsenceReason.MALFORMED)


class OwnName(NamedTuple):
    """What a resident is called: the register's name and reading ("" for an unknown one), with a blank between surname
    and given name, and what their name field shows. Only a `Surrogate` stands for them in a remark, too.
    """

    name: str
    kana: str
    shown: Masked


NOTHING_READ: Final[Mapping[str, Sequence[Span]]] = MappingProxyType({})
"""Nobody has read any remark."""


class Occasion(NamedTuple):
    """What a masker may know besides the value itself; a tuple, because one is made for every resident of every page.

    `resident_id` keys what must be stable per subject (surrogates); `sex` is None when the plan read none;
    `today` is the day that ages are reckoned on. `read` holds what a reader of remarks has found, by the remark's text;
    a remark that is not among them could not be read. `household` is the household's number, "" when none was read.
    `own` is for remarks that stand beside a surrogate name; None: the resident is one of those whom a remark names.
    """

    resident_id: str
    sex: Sex | None
    today: date
    read: Mapping[str, Sequence[Span]] = NOTHING_READ
    household: str = ""
    own: OwnName | None = None
