"""What a line of the staff directory must hold, cell by cell.

Rule: whatever passes here is read by the gateway as the post that was meant. A fault repeats nothing of the cell.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final, NamedTuple

from gateway.caller import Post, is_word
from gateway.sheet.cell import Check, Convert, Fault, Raw, needed, resident_id_if_any, text
from gateway.sheet.reading import Line
from gateway.standing.intake.staff_map import StaffMap, column_names

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ORDER: Final = ("post", "staff", "department", "unit", "role", "superior", "since", "until", "resident_id")
_MAY_BE_EMPTY: Final = frozenset({"superior", "until", "resident_id"})
_UNKNOWN: Final = {
    "department": "the map's `departments` has no such department; correct it, or add it there",
    "unit": "the map's `units` has no such unit; correct it, or add it there",
    "role": "the map's `roles` has no such role; correct it, or add it there",
}


class Column(NamedTuple):
    """A column of the sheet, as gateway.sheet wants it."""

    name: str
    convert: Convert
    needed: bool


@dataclass(frozen=True, slots=True)
class StaffTable:
    """The sheet's columns in the directory's order; `parts` says which column of the directory each is."""

    parts: tuple[str, ...]
    columns: tuple[Column, ...]
    checks: tuple[tuple[tuple[int, ...], Check], ...]
    name: str = "post"


class Entry(NamedTuple):
    """A line without a fault of its own: its number, the post, and which resident its holder is (None: not said)."""

    line: int
    post: Post
    resident_id: str | None


def table_of(staff_map: StaffMap) -> StaffTable:
    """The columns that a sheet must have by this map, and what must hold of them."""
    named = column_names(staff_map)
    parts = tuple(part for part in _ORDER if part in named)
    checks: list[tuple[tuple[int, ...], Check]] = [
        ((place,), needed) for place, part in enumerate(parts) if part not in _MAY_BE_EMPTY
    ]
    checks.append(((parts.index("since"), parts.index("until")), _in_order))
    if "resident_id" in parts:
        checks.append(((parts.index("resident_id"),), resident_id_if_any))
    columns = (Column(named[part], _convert(part, staff_map), needed=True) for part in parts)
    return StaffTable(parts, tuple(columns), tuple(checks))


def entry_of(table: StaffTable, line: Line) -> Entry | None:
    """The entry that a line holds, None if one of its cells is bad."""
    number, *values = line
    told: dict[str, Raw] = dict(zip(table.parts, values, strict=True))
    if any(told[part] is None for part in table.parts if part not in _MAY_BE_EMPTY):
        return None
    until, superior, resident = (told.get(part) for part in ("until", "superior", "resident_id"))
    post = Post(
        post=str(told["post"]),
        staff=str(told["staff"]),
        department=str(told["department"]),
        unit=str(told["unit"]),
        role=str(told["role"]),
        superior=str(superior) if superior is not None else None,
        since=date.fromisoformat(str(told["since"])),
        until=date.fromisoformat(str(until)) if until is not None else None,
    )
    return Entry(int(number or 0), post, str(resident) if resident is not None else None)


def _convert(part: str, staff_map: StaffMap) -> Convert:
    meanings = staff_map.meanings.get(part)
    if meanings is not None:
        return partial(_meant, meanings, part)
    if part in {"since", "until"}:
        return _day
    return text if part == "resident_id" else _word


def _word(cell: str) -> Raw:
    raw = text(cell)
    if raw is not None and not is_word(str(raw)):
        raise Fault("word", "not a word; write 1 to 63 of a-z 0-9 - beginning with a letter or digit")
    return raw


def _meant(meanings: Mapping[str, str], part: str, cell: str) -> Raw:
    raw = text(cell)
    if raw is None:
        return None
    if str(raw) not in meanings:
        raise Fault(f"unknown-{part}", _UNKNOWN[part])
    return meanings[str(raw)]


def _day(cell: str) -> Raw:
    raw = text(cell)
    if raw is None:
        return None
    try:
        if _DAY.fullmatch(str(raw)) is not None:
            return date.fromisoformat(str(raw)).isoformat()
    except ValueError:
        pass
    raise Fault("date", "not a day of the calendar; write YYYY-MM-DD")


def _in_order(since: Raw, until: Raw) -> None:
    """A post ends after it begins: its end is the first day on which it no longer counts. ISO days sort as text."""
    if isinstance(since, str) and isinstance(until, str) and until <= since:
        raise Fault("order", "the end does not come after the first day; write the first day that no longer counts")
