"""The fold: everything the log implies about what has been spent, and nothing else.

Rule: only facts are folded, never verdicts; the same records give the same fold on every machine, whatever limits are
in force. It is provisional until the commit is certain, and thrown away when a commit is not.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Owner, Rate, Terms
from gateway.ledger.account import Account
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.record import COMMITMENT_SIZE, Record
from gateway.ledger.seen import DayTally, Seen
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import REASONS, Reason

SeenKey = tuple[int, str, str, str]
"""Meter, purpose ("" for all together), owner kind, owner name ("" for the city)."""

PROBING: Final = frozenset(reason.value for reason in Reason if REASONS[reason].code == "PERMISSION_DENIED")
"""Refusals that count as attempts: asking for what one may not have. Being out of budget or malformed is not among
them.
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What the fold takes from one record."""

    kind: int
    wall: int
    department: str
    staff: str
    purpose: str
    meter: int
    commitments: Sequence[bytes]
    rate: Rate | None
    refusal: str = ""
    refusals: int = 0
    book: Sequence[bytes] = ()


def fact_of(record: Record, rate: Rate | None) -> Fact:
    """The fact in a record; `rate` is the short rate of the terms that it was decided under."""
    header, private = record.header, record.private
    return Fact(
        header.kind,
        header.wall,
        header.department,
        private.staff,
        header.purpose,
        private.meter,
        [line.commitment for line in record.lines],
        rate,
        private.refusal,
        private.refusals,
        tuple(private.book),
    )


class Fold:
    """Budgets, rates, repeats and counts as the log stands."""

    def __init__(self) -> None:
        self.frontier = Frontier()
        self.wall = 0
        self.counted = 0
        self.book: frozenset[bytes] = frozenset()
        self.numbers: dict[bytes, int] = {}
        self.commitments = bytearray()
        self.lines = array("I")
        self.seen: dict[SeenKey, Seen] = {}
        self.arrivals: dict[tuple[str, str], int] = {}
        self.repeats: dict[str, DayTally] = {}
        self.refusals: dict[str, DayTally] = {}
        self._owners: dict[tuple[int, str, str, str], tuple[Seen, ...]] = {}
        self._accounts: dict[tuple[bytes, str, str, int], Account] = {}

    @property
    def size(self) -> int:
        """Records folded."""
        return self.frontier.size

    def number(self, commitment: bytes) -> int:
        """The subject's number; given at first sight."""
        number = self.numbers.setdefault(commitment, len(self.numbers))
        if number == len(self.lines):
            self.lines.append(0)
            self.commitments += commitment
        return number

    def of(self, meter: int, purpose: str, owner: Owner, name: str) -> Seen:
        """What an owner has seen on a meter, under one purpose or ("") under all."""
        key = (meter, purpose, owner.value, name)
        seen = self.seen.get(key)
        if seen is None:
            seen = self.seen[key] = Seen()
        return seen

    def owners(self, meter: int, purpose: str, department: str, staff: str) -> tuple[Seen, ...]:
        """All that one disclosure counts for: three owners, under the purpose and under all."""
        key = (meter, purpose, department, staff)
        owners = self._owners.get(key)
        if owners is None:
            names = ((Owner.STAFF, staff), (Owner.DEPARTMENT, department), (Owner.CITY, ""))
            owners = self._owners[key] = tuple(
                self.of(meter, scope, owner, name) for scope in ("", purpose) for owner, name in names
            )
        return owners

    def account(self, terms: Terms, *, department: str, staff: str, meter: int) -> Account:
        """What counts against `terms` for this caller."""
        key = (terms.digest(), department, staff, meter)
        account = self._accounts.get(key)
        if account is None:
            account = Account(self.of, terms, department=department, staff=staff, meter=meter)
            self._accounts[key] = account
        return account

    def take(self, fact: Fact) -> None:
        """Take in one fact; its leaf goes to the frontier. Raises ValueError if its time lies before the last one's."""
        if fact.wall < self.wall:
            raise ValueError("time goes backward in the log")
        self.wall = fact.wall
        numbers = [self.number(commitment) for commitment in fact.commitments]
        for number in numbers:
            self.lines[number] += 1
        if fact.kind == pb.KIND_DISCLOSURE:
            self._disclosed(fact, numbers)
        elif fact.kind == pb.KIND_REFUSAL and fact.refusal in PROBING and fact.staff:
            refused = self.refusals.setdefault(fact.staff, DayTally())
            refused.expire(fact.wall)
            refused.add(fact.wall, 0, fact.refusals)
        elif fact.kind == pb.KIND_BOOK:
            self.book = frozenset(fact.book)
        elif fact.kind == pb.KIND_COUNTS:
            self.counted = fact.wall

    def _disclosed(self, fact: Fact, numbers: list[int]) -> None:
        wall = fact.wall
        for seen in self.owners(fact.meter, fact.purpose, fact.department, fact.staff):
            seen.add(wall, numbers)
        repeats = self.repeats.get(fact.staff)
        if repeats is None:
            repeats = self.repeats[fact.staff] = DayTally()
        repeats.expire(wall)
        for number in numbers:
            repeats.add(wall, number)
        if fact.rate is not None:
            key = (fact.purpose, fact.staff)
            self.arrivals[key] = max(self.arrivals.get(key, 0), wall) + fact.rate.interval


class CountsRoot:
    """The root over how many lines each subject has, reckoned in slices so that nobody waits for it.

    Leaf i is 0x13 ‖ commitment (16) ‖ lines (4, big-endian) of the subject met i-th. Committed daily, so that a
    left-out last line of a subject shows.
    """

    def __init__(self, fold: Fold, *, without: Sequence[Sequence[int]] = ()) -> None:
        """Fix the counts as they are now: commitments are only ever added, lines are copied.

        `without`: subjects' numbers in the last records, which are not to count.
        """
        self.size = fold.size - len(without)
        self._commitments = fold.commitments
        self._lines = fold.lines[:]
        for numbers in without:
            for number in numbers:
                self._lines[number] -= 1
        while self._lines and without and not self._lines[-1]:
            self._lines.pop()  # Subjects that were first met in the records left out.
        self._frontier = Frontier()

    def advance(self, subjects: int) -> bool:
        """Take in up to `subjects` more; whether there are any left."""
        start = self._frontier.size
        stop = min(start + subjects, len(self._lines))
        for i in range(start, stop):
            commitment = bytes(self._commitments[COMMITMENT_SIZE * i : COMMITMENT_SIZE * (i + 1)])
            self._frontier.append(leaf_hash(b"\x13" + commitment + self._lines[i].to_bytes(4, "big")))
        return stop < len(self._lines)

    def root(self) -> bytes:
        """The root, once `advance` has said that none are left."""
        return self._frontier.root()
