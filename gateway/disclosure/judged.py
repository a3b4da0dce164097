"""Judging one id that was asked for: who is behind it, as this caller may know.

Rule: who is hidden is absent before anything else is judged, an ambiguous id among it (rules S5, S7, W9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.ledger.acts import ABSENT, DELIVERED, HIDDEN
from gateway.subject import Onlookers, Restriction, Row, counting


@dataclass(frozen=True, slots=True)
class Judged:
    """`outcome` for the record; the row if it is delivered; whether the resident is protected. `ambiguous`: several
    entries count, and none is delivered.
    """

    outcome: int
    row: Row | None = None
    protected: bool = False
    ambiguous: bool = False


NOBODY: Final = ""
"""An id that no register has: asked for in place of whoever is hidden, so that who is hidden is not read, and asking
for them is the same work as asking for nobody.
"""
_ABSENT = Judged(ABSENT)
_HIDDEN = Judged(HIDDEN)
_AMBIGUOUS = Judged(ABSENT, ambiguous=True)


def judged(onlookers: Onlookers, rows: Sequence[Row], restrictions: Sequence[Restriction], status_at: int) -> Judged:
    """The entries of one id and the measures in force on it, judged for its onlookers; `status_at` is where the status
    stands in a row.
    """
    if onlookers.kept_from(restrictions):
        return _HIDDEN
    entries = counting(rows, status_at)
    if len(entries) > 1:
        return _AMBIGUOUS
    return Judged(DELIVERED, entries[0], bool(restrictions)) if entries else _ABSENT
