"""The fold: everything the log implies about what has been spent, and nothing else.

Rule: only facts are folded, never verdicts; the same records give the same fold on every machine, whatever limits are
in force. It is provisional until the commit is certain, and thrown away when a commit is not.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Owner, Rate, Terms, Window
from gateway.ledger.account import Account
from gateway.ledger.grants import Grant, Grants
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.overrides import BOTH, Override, Overrides
from gateway.ledger.record import COMMITMENT_SIZE, Record
from gateway.ledger.seen import DayTally, Seen
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import REASONS, Reason

SeenKey = tuple[int, str, str, str]
"""Meter, purpose ("" for all together), owner kind, owner name ("" for the city)."""

_SEVERAL: Final = ""
"""In place of the one purpose that an owner has used: there were more."""

PROBING: Final = frozenset(
    {
        *(reason.value for reason in Reason if REASONS[reason].code == "PERMISSION_DENIED"),
        Reason.TOO_MANY_RESULTS.value,
        Reason.NOT_UNIQUE.value,
    }
)
"""Refusals that count as attempts: asking for what one may not have, and what tells something of the register without a
charge. Being out of budget or malformed is not among them.
"""


@dataclass(frozen=True, slots=True)
class GrantFact:
    """What a record says of a grant. `step` is none where somebody was seen under it; `terms` are those of one that was
    asked for, or of a look that broke the glass.
    """

    grant: str
    post: str
    step: int = pb.GRANT_STEP_UNSPECIFIED
    purpose_digest: bytes = b""
    case: str = ""
    reason_code: int = 0
    justification: str = ""
    terms: pb.GrantTerms | None = None


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
    grant: GrantFact | None = None
    override: pb.Override | None = None
    justification: str = ""


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
        _grant_fact(header, private) if private.grant else None,
        private.override if private.HasField("override") else None,
        private.justification if private.HasField("override") else "",
    )


def _grant_fact(header: pb.Header, private: pb.Private) -> GrantFact:
    return GrantFact(
        private.grant,
        private.post,
        private.grant_step,
        header.purpose_digest,
        header.case_reference,
        private.reason_code,
        private.justification,
        private.grant_terms if private.HasField("grant_terms") else None,
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
        # Who has used one purpose only has seen under it what they have seen under all: one `Seen` serves both.
        self.sole: dict[tuple[int, str, str], str] = {}
        self.before_add: Callable[[Seen], None] | None = None
        self.arrivals: dict[tuple[str, str], int] = {}
        self.repeats: dict[str, DayTally] = {}
        self.refusals: dict[str, DayTally] = {}
        self.grants = Grants()
        self.overrides = Overrides()
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
        if purpose and self.sole.get((meter, owner.value, name)) == purpose:
            purpose = ""
        key = (meter, purpose, owner.value, name)
        seen = self.seen.get(key)
        if seen is None:
            seen = self.seen[key] = Seen()
        return seen

    def on_both(self, owner: Owner, name: str) -> Seen:
        """What an owner has seen on both meters. Only who has used both has such a sum; for others it is the one meter
        that they have used.
        """
        for meter in (BOTH, pb.METER_GRANTED):
            seen = self.seen.get((meter, "", owner.value, name))
            if seen is not None and seen.count(Window.TENURE):
                return seen
        return self.of(pb.METER_INTERACTIVE, "", owner, name)

    def owners(self, meter: int, purpose: str, department: str, staff: str) -> tuple[Seen, ...]:
        """All that one disclosure counts for: three owners, under the purpose and under all."""
        key = (meter, purpose, department, staff)
        owners = self._owners.get(key)
        if owners is None:
            names = ((Owner.STAFF, staff), (Owner.DEPARTMENT, department), (Owner.CITY, ""))
            for owner, name in names:
                self._use(meter, purpose, owner, name)
            found = [self.of(meter, scope, owner, name) for scope in ("", purpose) for owner, name in names]
            found += [sum_ for owner, name in names[:2] if (sum_ := self._sum(meter, owner, name)) is not None]
            owners = self._owners[key] = tuple({id(seen): seen for seen in found}.values())
            self._accounts.clear()  # Whose sums stand elsewhere now.
        return owners

    def _use(self, meter: int, purpose: str, owner: Owner, name: str) -> None:
        """An owner looks under a purpose: with the second one, what they have seen under the first stands apart."""
        key = (meter, owner.value, name)
        sole = self.sole.setdefault(key, purpose)
        if sole not in (purpose, _SEVERAL):
            self.seen[(meter, sole, owner.value, name)] = self.of(meter, "", owner, name).copy()
            self.sole[key] = _SEVERAL
            self._owners.clear()

    def _sum(self, meter: int, owner: Owner, name: str) -> Seen | None:
        """Where looks on `meter` count with an owner's looks on the other meter; None: they never used the other."""
        key = (BOTH, "", owner.value, name)
        found = self.seen.get(key)
        if found is None:
            other = pb.METER_GRANTED if meter == pb.METER_INTERACTIVE else pb.METER_INTERACTIVE
            before = self.seen.get((other, "", owner.value, name))
            if before is None or not before.count(Window.TENURE):
                return None
            found = self.seen[key] = before.copy()
            self._owners.clear()  # From now on all of this owner's looks count here, too.
        return found

    def account(self, terms: Terms, *, department: str, staff: str, meter: int) -> Account:
        """What counts against `terms` for this caller."""
        key = (terms.digest(), department, staff, meter)
        account = self._accounts.get(key)
        if account is None:
            account = Account(self, terms, department=department, staff=staff, meter=meter)
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
        elif fact.kind == pb.KIND_RENEWAL:
            self._used(fact, numbers)
            self._arrived(fact)
        elif fact.kind == pb.KIND_REFUSAL and fact.refusal in PROBING and fact.staff:
            refused = self.refusals.setdefault(fact.staff, DayTally())
            refused.expire(fact.wall)
            refused.add(fact.wall, 0, fact.refusals)
        elif fact.kind == pb.KIND_BOOK:
            self.book = frozenset(fact.book)
        elif fact.kind == pb.KIND_COUNTS:
            self.counted = fact.wall
        elif fact.kind == pb.KIND_OVERRIDE and fact.override is not None:
            self._overridden(fact, fact.override)
        elif fact.kind == pb.KIND_GRANT and fact.grant is not None:
            self._granted(fact, fact.grant)

    def pack(self) -> Iterator[None]:
        """Pack what stands loose, in slices: everything may go on between them."""
        for seen in list(self.seen.values()):
            if seen.wants_packing:
                yield from seen.pack()
                yield

    def _overridden(self, fact: Fact, said: pb.Override) -> None:
        """An override was proposed, or decided. Raises ValueError if that cannot be."""
        if said.step != pb.OVERRIDE_STEP_PROPOSED:
            self.overrides.decide(said.id, said.step, fact.staff)
            return
        self.overrides.enter(Override(said.id, fact.department, fact.staff, fact.justification, said.terms, fact.wall))

    def _granted(self, fact: Fact, said: GrantFact) -> None:
        """A grant was asked for, or decided. Raises ValueError if that cannot be."""
        if said.terms is None:
            self.grants.decide(said.grant, said.step, fact.staff, said.post)
            return
        self.grants.enter(
            Grant(
                said.grant,
                fact.department,
                fact.staff,
                said.post,
                fact.purpose,
                said.purpose_digest,
                said.case,
                said.reason_code,
                said.justification,
                said.terms,
                frozenset(fact.commitments),
                fact.wall,
            )
        )

    def _used(self, fact: Fact, numbers: list[int]) -> None:
        """Subjects were seen, or renewed, under a grant. Raises ValueError if there is no such grant."""
        if fact.grant is None:
            return
        grant = self.grants.get(fact.grant.grant)
        if grant is None:
            raise ValueError("something was done under a grant that nobody asked for")
        grant.seen.update(numbers)

    def _arrived(self, fact: Fact) -> None:
        """An answer under a short rate."""
        if fact.rate is not None:
            key = (fact.purpose, fact.staff)
            self.arrivals[key] = max(self.arrivals.get(key, 0), fact.wall) + fact.rate.interval

    def _disclosed(self, fact: Fact, numbers: list[int]) -> None:
        wall = fact.wall
        if fact.grant is not None and fact.grant.terms is not None:
            self._granted(fact, fact.grant)  # The glass was broken: the look is its own request.
        self._used(fact, numbers)
        if numbers:
            for seen in self.owners(fact.meter, fact.purpose, fact.department, fact.staff):
                if self.before_add is not None:
                    self.before_add(seen)
                seen.add(wall, numbers)
        repeats = self.repeats.get(fact.staff)
        if repeats is None:
            repeats = self.repeats[fact.staff] = DayTally()
        repeats.expire(wall)
        for number in numbers:
            repeats.add(wall, number)
        self._arrived(fact)


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
