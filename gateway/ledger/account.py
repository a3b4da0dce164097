"""An account: where in the fold stands what counts against one caller's terms, found once and then at hand.

Rule: an account holds no numbers of its own; it lives and dies with its fold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.allowance import WHOLE, Allowance, Coverage, Owner, Terms, Window
from gateway.ledger.overrides import BOTH, Target
from gateway.ledger.seen import INDEX, Seen
from gateway.ledger.v1 import record_pb2 as pb


class Holder(Protocol):
    """Holds what owners have seen."""

    def of(self, meter: int, purpose: str, owner: Owner, name: str) -> Seen:
        """On one meter, under one purpose or ("") under all."""

    def on_both(self, owner: Owner, name: str) -> Seen:
        """On both meters, under all purposes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One allowance with what counts against it; `index` is the place of its window."""

    seen: Seen
    index: int
    allowance: Allowance
    target: Target

    def limit(self, raised: Mapping[Target, int]) -> int:
        """How many it admits, with what was raised."""
        return max(self.allowance.residents, raised.get(self.target, 0)) if raised else self.allowance.residents


@dataclass(frozen=True, slots=True)
class CoverageEntry:
    """One coverage with what counts against it."""

    seen: Seen
    coverage: Coverage
    target: Target

    def limit(self, raised: Mapping[Target, int], register: int) -> int:
        """How many residents it admits of a register so large, with what was raised."""
        limit = self.coverage.residents(register)
        return max(limit, raised.get(self.target, 0) * register // WHOLE) if raised else limit


@dataclass(frozen=True, slots=True)
class Used:
    """How far an allowance is used up: `spent` of `limit` residents, as raised; `stated` as the terms state it:
    residents, or of a coverage millionths of the register. `reopens` in µs, None: something is left, or it never does.
    """

    target: Target
    limit: int
    stated: int
    spent: int
    reopens: int | None
    shadow: bool

    @property
    def meter(self) -> int:
        """What counts: a meter of the record, or BOTH."""
        return self.target[2]

    @property
    def left(self) -> int:
        """Residents still free."""
        return max(0, self.limit - self.spent)


class Account:
    """Terms as they hold for a staff member of a department on one meter: `entries` and `coverages`, in their order."""

    __slots__ = ("_seens", "coverages", "entries")

    def __init__(self, holder: Holder, terms: Terms, *, department: str, staff: str, meter: int) -> None:
        names = {Owner.STAFF: staff, Owner.DEPARTMENT: department, Owner.CITY: ""}
        self.entries: tuple[Entry, ...] = tuple(
            Entry(
                holder.of(meter, each.purpose, each.owner, names[each.owner]),
                INDEX[each.window],
                each,
                (each.owner, names[each.owner], meter, each.purpose, each.window),
            )
            for each in terms.counted(granted=meter == pb.METER_GRANTED)
        )
        self.coverages: tuple[CoverageEntry, ...] = tuple(
            CoverageEntry(
                holder.on_both(each.owner, names[each.owner]),
                each,
                (each.owner, names[each.owner], BOTH, "", Window.YEAR),
            )
            for each in terms.coverage
        )
        seens = [*(each.seen for each in self.entries), *(each.seen for each in self.coverages)]
        self._seens = tuple({id(seen): seen for seen in seens}.values())

    def expire(self, now: int) -> None:
        """Let go of what has left the windows at `now` µs."""
        for seen in self._seens:
            if seen.due <= now:
                seen.expire(now)

    def spent(self) -> list[int]:
        """Distinct residents spent, one number an allowance, as of the last expiry."""
        return [each.seen.counts[each.index] for each in self.entries]

    def covered(self) -> list[int]:
        """Distinct residents seen in a year on both meters, one number a coverage, as of the last expiry."""
        return [each.seen.count(Window.YEAR) for each in self.coverages]

    def used(self, now: int, raised: Mapping[Target, int]) -> list[Used]:
        """Every allowance, and how far it is used up at `now` µs."""
        self.expire(now)
        return [
            _used(each.seen, each.target, each.limit(raised), each.allowance.residents, shadow=each.allowance.shadow)
            for each in self.entries
        ]

    def covered_of(self, now: int, raised: Mapping[Target, int], register: int) -> list[Used]:
        """Every coverage of a register so large, and how far it is used up at `now` µs."""
        self.expire(now)
        return [
            _used(each.seen, each.target, each.limit(raised, register), each.coverage.stop, shadow=each.coverage.shadow)
            for each in self.coverages
        ]


def _used(seen: Seen, target: Target, limit: int, stated: int, *, shadow: bool) -> Used:
    window = Window(target[4])
    spent = seen.count(window)
    reopens = seen.reopens(window, spent - limit) if spent >= limit else None
    return Used(target, limit, stated, spent, reopens, shadow)
