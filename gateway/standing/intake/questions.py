"""What no line is wrong in by itself: posts held twice, superiors who are nobody, and circles of them.

Rule: pure; every line that takes part in a fault is told. A circle counts if all its posts are held on one day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from gateway.caller import Post
from gateway.standing.intake.layout import Entry

_TWICE: Final = "this post stands on an earlier line, too; a post is held by one person, once"
_OVERLAP: Final = (
    "the same person holds the same office on another line in part of this time; make them one, or end one"
)
_NOBODY: Final = "no line has this superior as staff; correct it, add their post, or leave it empty"
_CIRCLE: Final = "the superior's superiors lead back to this person, who would approve their own requests; correct one"
_RESIDENT: Final = "an earlier line says that this person is another resident; correct one of them"
_AWAY: Final = "the superior holds no post while this one is held, so they can approve nothing"


class Answer(NamedTuple):
    """What is wrong with a line: its number, the finding's code and advice."""

    line: int
    code: str
    advice: str


def questions(entries: Sequence[Entry], staff: frozenset[str]) -> Iterator[Answer]:
    """Everything that is wrong between lines. `staff` is everybody who stands in the sheet, on bad lines, too."""
    yield from _twice(entries)
    yield from _overlapping(entries)
    yield from _residents(entries)
    by_staff: dict[str, list[Post]] = defaultdict(list)
    for entry in entries:
        by_staff[entry.post.staff].append(entry.post)
    for entry in entries:
        superior = entry.post.superior
        if superior is None:
            continue
        if superior not in staff:
            yield Answer(entry.line, "unknown-superior", _NOBODY)
        elif superior in by_staff and not any(_meet(entry.post, held) for held in by_staff[superior]):
            yield Answer(entry.line, "advice-superior", _AWAY)
    yield from _circles(entries)


def _twice(entries: Sequence[Entry]) -> Iterator[Answer]:
    seen: set[str] = set()
    for entry in entries:
        if entry.post.post in seen:
            yield Answer(entry.line, "post-twice", _TWICE)
        seen.add(entry.post.post)


def _overlapping(entries: Sequence[Entry]) -> Iterator[Answer]:
    """Several posts at once (兼務) are no fault; the same office twice is."""
    offices: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        post = entry.post
        offices[post.staff, post.department, post.unit, post.role].append(entry)
    for held in offices.values():
        end = date.min
        for entry in sorted(held, key=lambda entry: entry.post.since):
            if entry.post.since < end:
                yield Answer(entry.line, "overlap", _OVERLAP)
            end = max(end, entry.post.until or date.max)


def _residents(entries: Sequence[Entry]) -> Iterator[Answer]:
    known: dict[str, str] = {}
    for entry in entries:
        if entry.resident_id is not None:
            first = known.setdefault(entry.post.staff, entry.resident_id)
            if first != entry.resident_id:
                yield Answer(entry.line, "resident-differs", _RESIDENT)


def _circles(entries: Sequence[Entry]) -> Iterator[Answer]:
    """Whoever stands in no circle of any time stands in none of one day: only the others are looked at day by day. A
    circle that is closed on some day is so on the first day of one of its posts.
    """
    suspects = _in_circles(entries)
    told: set[int] = set()
    for day in sorted({entry.post.since for entry in suspects}):
        for entry in _in_circles([entry for entry in suspects if entry.post.in_force(day)]):
            if entry.line not in told:
                told.add(entry.line)
                yield Answer(entry.line, "circle", _CIRCLE)


def _in_circles(entries: Sequence[Entry]) -> list[Entry]:
    """The lines whose superior leads back to their own staff."""
    above: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.post.superior is not None:
            above[entry.post.staff].add(entry.post.superior)
    # Whoever has nobody left above is in no circle: taken away until nobody goes.
    below: dict[str, set[str]] = defaultdict(set)
    for staff, superiors in above.items():
        for superior in superiors:
            below[superior].add(staff)
    left = {staff: len(superiors) for staff, superiors in above.items()}
    going = [superior for superior in below if superior not in left]
    while going:
        for staff in below[going.pop()]:
            left[staff] -= 1
            if left[staff] == 0:
                going.append(staff)
    # What is left leads into a circle; whether it is in one, only following it tells.
    stuck = {staff for staff, count in left.items() if count}
    return [
        entry
        for entry in entries
        if entry.post.superior is not None
        and entry.post.staff in stuck
        and _reaches(above, entry.post.superior, entry.post.staff)
    ]


def _reaches(above: dict[str, set[str]], start: str, goal: str) -> bool:
    going, seen = [start], {start}
    while going:
        staff = going.pop()
        if staff == goal:
            return True
        for superior in above.get(staff, ()):
            if superior not in seen:
                seen.add(superior)
                going.append(superior)
    return False


def _meet(one: Post, other: Post) -> bool:
    """Whether both are held on some day."""
    return one.since < (other.until or date.max) and other.since < (one.until or date.max)
