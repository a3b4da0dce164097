"""Like refusals: the first of a minute is a record before its answer; the rest become a count within a second (rule
R1).

Rule: nobody can fill the disk by being refused, and no refusal goes uncounted; a crash loses at most the last second
of repeats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.clock import SECOND

MINUTE: Final = 60 * SECOND


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """What makes refusals alike."""

    department: str
    system: str
    staff: str
    post: str
    purpose: str
    reason: str


@dataclass(slots=True)
class Repeats:
    """Refusals of one kind that wait to be recorded as a count; `residents` are those that were asked for."""

    count: int = 0
    residents: dict[str, None] = field(default_factory=dict)


class LikeRefusals:
    """Tells first refusals from repeats, and holds the repeats until they are due."""

    def __init__(self) -> None:
        self._minute = 0
        self._recorded: set[RefusalKind] = set()
        self._waiting: dict[RefusalKind, Repeats] = {}

    def first(self, kind: RefusalKind, now: int) -> bool:
        """Whether this kind has to be recorded now: it is the first of its minute."""
        if now // MINUTE != self._minute:
            self._minute = now // MINUTE
            self._recorded.clear()
        if kind in self._recorded:
            return False
        self._recorded.add(kind)
        return True

    def repeat(self, kind: RefusalKind, residents: tuple[str, ...]) -> None:
        """Count one more of a kind that has its record."""
        waiting = self._waiting.setdefault(kind, Repeats())
        waiting.count += 1
        waiting.residents.update(dict.fromkeys(residents))

    def due(self) -> list[tuple[RefusalKind, Repeats]]:
        """All that waits, to be recorded now; if the record cannot be made, give it `back`."""
        due, self._waiting = list(self._waiting.items()), {}
        return due

    def back(self, due: list[tuple[RefusalKind, Repeats]]) -> None:
        """What could not be recorded waits on."""
        for kind, repeats in due:
            waiting = self._waiting.setdefault(kind, Repeats())
            waiting.count += repeats.count
            waiting.residents.update(repeats.residents)

    def forget(self) -> None:
        """A commit was doubtful: no kind can be said to have its record."""
        self._recorded.clear()
