"""Like refusals: the first of a minute is a record before its answer; the rest become a count within a second (rule
R1).

Rule: nobody can fill the disk by being refused, and no refusal goes uncounted; a crash loses at most the last second
of repeats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from gateway.clock import SECOND
from gateway.ledger.fold import PROBING

MINUTE: Final = 60 * SECOND


@dataclass(frozen=True, slots=True)
class RefusalKind:
    """What makes refusals alike; `relation` as a number of the record's Relation."""

    department: str
    system: str
    staff: str
    post: str
    purpose: str
    reason: str
    relation: int = 0
    former_post: bool = False


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
        self._due: list[tuple[RefusalKind, Repeats]] = []

    def first(self, kind: RefusalKind, now: int) -> bool:
        """Whether this kind has to be recorded now: it is the first of its minute."""
        if now // MINUTE != self._minute:
            self._minute = now // MINUTE
            self._recorded.clear()
        if kind in self._recorded:
            return False
        self._recorded.add(kind)
        return True

    def attempts(self, staff: str) -> int:
        """A staff member's probing attempts that wait to be recorded."""
        return sum(each.count for kind, each in self._waiting.items() if kind.staff == staff and kind.reason in PROBING)

    def repeat(self, kind: RefusalKind, residents: tuple[str, ...]) -> None:
        """Count one more of a kind that has its record."""
        self._wait(kind, Repeats(1, dict.fromkeys(residents)))

    def due(self, staff: str | None = None) -> list[tuple[RefusalKind, Repeats]]:
        """All that waits, or one staff member's; to be recorded now and held until that is `certain` or `doubtful`."""
        due = [(kind, self._waiting.pop(kind)) for kind in list(self._waiting) if staff in {None, kind.staff}]
        self._due += due
        return due

    def certain(self) -> None:
        """What was due is on the disk."""
        self._due.clear()

    def doubtful(self) -> None:
        """A commit was doubtful: no kind can be said to have its record, and what was due waits on."""
        self._recorded.clear()
        for kind, repeats in self._due:
            self._wait(kind, repeats)
        self._due.clear()

    def _wait(self, kind: RefusalKind, repeats: Repeats) -> None:
        waiting = self._waiting.setdefault(kind, Repeats())
        waiting.count += repeats.count
        waiting.residents.update(repeats.residents)
