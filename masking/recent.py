"""`recent`: of a list of changes or benefits, those of the last years, without their texts.

Claim: codes and dates of the last `years` years, counted back from today, and of what still goes on; nothing older, and
none of the register's free text, where other people and former addresses stand. Known attack: how many entries there
are, and their days, tell a marriage or a divorce from a move; use it only where the course of events matters.

An entry without any date is kept out: it cannot be shown to be recent.

Null is EMPTY, and so is a list of which nothing is recent; what is no list of entries, or torn Unicode, is MALFORMED.
"""

from __future__ import annotations

from typing import Final

from pydantic import Field

from masking.masker import Masker, Settings, unkeyed
from masking.text import writable
from masking.value import EMPTY, MALFORMED, Entry, Masked, Occasion, PartialDate, RecentEntries, Value, ValueKind


class RecentSettings(Settings):
    """How far back the list goes."""

    years: int = Field(
        ge=1, le=100, description="write how many years back entries are shown, 1 to 100, e.g. `years: 5`"
    )


def _bind(settings: RecentSettings) -> Masker:
    years = settings.years

    def recent(value: Value | None, occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, tuple) or not all(map(_sound, value)):
            return MALFORMED
        begin = (occasion.today.year - years, occasion.today.month, occasion.today.day)
        kept = tuple(Entry(entry.code, entry.since, entry.until, "") for entry in value if _ends(entry) >= begin)
        return RecentEntries(kept) if kept else EMPTY

    return recent


def _sound(entry: object) -> bool:
    return isinstance(entry, Entry) and writable(entry.code)


def _ends(entry: Entry) -> tuple[int, int, int]:
    """The last day that the entry can mean; what goes on has not ended, what has no date has ended long ago."""
    if entry.until is None:
        return _NEVER if entry.since is None else _FOREVER
    return _latest(entry.until)


def _latest(day: PartialDate) -> tuple[int, int, int]:
    return (day.year, day.month or 12, day.day or 31)


_NEVER: Final = (-9999, 0, 0)
_FOREVER: Final = (9999, 12, 31)

RECENT: Final = unkeyed("recent", fits=frozenset({ValueKind.ENTRIES}), settings=RecentSettings, bind=_bind)
