"""Made-up residents whose every value can be told from every other: what is planted in one field stands in no other.

Rule: texts are of characters that only their own field has (private use, and ideographs of plane 2), so that one of
them anywhere in an answer says which field leaked; dates and amounts are looked for as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from hypothesis import strategies as st

from gateway.field import FIELDS, SEX, STATUS
from gateway.subject import Status
from masking.value import UNREADABLE, Address, Entry, Flag, PartialDate, Sex, Value, ValueKind

_BLOCK: Final = 40
"""Characters of each field, half in private use (外字) and half in plane 2."""
_PLACES: Final = {field: place for place, field in enumerate(FIELDS)}
_YEN: Final = 10**15

Planted = Mapping[str, Value | None]
"""What was read of a resident, by field."""


def alphabet(field: str) -> str:
    """The characters that the texts of a field are made of."""
    at = _PLACES[field] * _BLOCK
    return "".join(chr(start + at + step) for start in (0xE000, 0x20000) for step in range(_BLOCK // 2))


def traces(field: str, text: str) -> list[str]:
    """What of a text is the field's, in order."""
    own = frozenset(alphabet(field))
    return [char for char in text if char in own]


def _text(field: str, size: int = 6) -> st.SearchStrategy[str]:
    return st.text(alphabet(field), min_size=size, max_size=20)


DATES: Final = st.builds(
    lambda day, known: PartialDate(day.year, day.month * (known > 0), day.day * (known > 1)),
    st.dates(date(1900, 1, 1), date(2026, 12, 31)) | st.dates(),
    st.integers(0, 2),
)
"""Any date, known to the year, the month or the day."""


def _entries(field: str) -> st.SearchStrategy[tuple[Entry, ...]]:
    entry = st.builds(Entry, _text(field, 1), st.none() | DATES, st.none() | DATES, _text(field))
    return st.lists(entry, min_size=1, max_size=4).map(tuple)


def _sound(field: str) -> st.SearchStrategy[Value]:
    """Values such as the register reads for the field."""
    kind = FIELDS[field].kind
    if field in {SEX, STATUS}:
        return st.sampled_from([each.value for each in (Sex if field == SEX else Status)])
    return {
        ValueKind.DATE: DATES,
        ValueKind.YEN: st.integers(-_YEN, _YEN),
        ValueKind.NUMBER: st.integers(0, 200),
        ValueKind.FLAG: st.sampled_from(Flag),
        ValueKind.ENTRIES: _entries(field),
        ValueKind.ADDRESS: st.builds(
            Address,
            st.from_regex(r"[0-9]{5}([0-9]{3}([0-9]{2})?)?", fullmatch=True),
            _text(field),
            _text(field) | st.just(""),
            st.integers(0, 99),
            _text(field),
        ),
    }.get(kind, _text(field))


_TEXTS: Final = frozenset({ValueKind.ID, ValueKind.NAME, ValueKind.TEXT, ValueKind.CODE, ValueKind.REMARK})


def _strange(field: str) -> st.SearchStrategy[Value | None]:
    """What else a register can come to hold: nothing, what cannot be read, blanks, half characters, an empty list."""
    if FIELDS[field].kind in _TEXTS:
        return st.sampled_from([None, UNREADABLE, "", "　"]) | _text(field).map(lambda text: f"{text}\ud800")
    return st.sampled_from([None, UNREADABLE, *([()] if FIELDS[field].kind is ValueKind.ENTRIES else [])])


@st.composite
def residents(draw: st.DrawFn, fields: Sequence[str]) -> Planted:
    """As much of a resident as is read; three values of four are what their fields promise."""
    return {field: draw(_strange(field) if draw(st.integers(0, 3)) == 0 else _sound(field)) for field in fields}


def dates_of(value: Value | None) -> Iterator[PartialDate]:
    """All dates in a value."""
    if isinstance(value, PartialDate):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from (day for day in (entry.since, entry.until) if day is not None)
