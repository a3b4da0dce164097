"""Grants as the log has left them: who asked for what, who decided, and what has been seen under it.

Rule: a grant opens what it names to the very person, post, purpose text and case that it was asked for, and to nobody
else; it is judged inside settlement, so that one taken back a moment ago opens nothing (rule W7). Only facts are kept:
whether a grant may be used now is said anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from gateway.caller import Caller
from gateway.clock import DAY
from gateway.ledger.v1 import record_pb2 as pb

MOST_WAITING: Final = 20
"""Grants of one person that may wait to be decided; a superior who is asked for more cannot look at each."""
SELECTIONS_A_DAY: Final = 10
"""Requests of one person for streams in a day, whatever becomes of them: each tells how many residents a selection has,
and how alike they are, before anybody has agreed to it.
"""
KEPT: Final = 365 * DAY
"""µs after its end for which a grant is still listed."""


class Use(NamedTuple):
    """How a grant is used: by whom, in the post they act in, under which text of the purpose (its SHA-256), in which
    case, when (µs), and for what (a number of the record's GrantKind).
    """

    caller: Caller
    purpose_digest: bytes
    case: str
    now: int
    kind: int = pb.GRANT_KIND_STEP_UP


@dataclass(slots=True)
class Grant:
    """One grant. `requested` and `terms.until` in µs since the epoch; `step` is what became of it last, `decider` who
    did that ("" nobody yet). `seen` are the numbers of subjects seen under it, or renewed.
    """

    grant: str
    department: str
    staff: str
    post: str
    purpose: str
    purpose_digest: bytes
    case: str
    reason_code: int
    justification: str
    terms: pb.GrantTerms
    subjects: frozenset[bytes]
    requested: int
    step: int = pb.GRANT_STEP_REQUESTED
    decider: str = ""
    decider_post: str = ""
    seen: set[int] = field(default_factory=set)

    @property
    def kind(self) -> int:
        """A number of the record's GrantKind."""
        return self.terms.kind

    def waits(self, now: int) -> bool:
        """Whether somebody has to decide; a look that broke the glass waits past its time."""
        return self.step == pb.GRANT_STEP_REQUESTED and (
            self.kind == pb.GRANT_KIND_BREAK_GLASS or now < self.terms.until
        )

    def overdue(self, now: int) -> bool:
        """Whether it is a look that broke the glass and was not reviewed in time."""
        return self.kind == pb.GRANT_KIND_BREAK_GLASS and self.waits(now) and now >= self.terms.until

    @property
    def by_number(self) -> bool:
        """Whether it opens so many residents, whoever they are; any other opens those it names."""
        return self.kind in (pb.GRANT_KIND_BULK, pb.GRANT_KIND_RENEWAL)

    def decidable(self, step: int, staff: str, named: Set[bytes], now: int) -> bool:
        """Whether there is anything left for this person to decide; `named` are commitments to whom they were told."""
        if step == pb.GRANT_STEP_REVOKED:
            active = self.step in (pb.GRANT_STEP_REQUESTED, pb.GRANT_STEP_APPROVED)
            return active and self.kind != pb.GRANT_KIND_BREAK_GLASS and now < self.terms.until
        if not self.waits(now) or staff == self.staff:
            return False
        # Whoever says yes knows whom it is about: before a look under a grant, and in the review of one without.
        return named == self.subjects or (step != pb.GRANT_STEP_APPROVED and not named)

    def opens(self, use: Use) -> bool:
        """Whether it may be used so."""
        caller = use.caller
        return (
            self.step == pb.GRANT_STEP_APPROVED
            and self.kind == use.kind
            and self.requested <= use.now < self.terms.until
            and (self.department, self.staff, self.post) == (caller.department, caller.staff, caller.post)
            and (self.purpose_digest, self.case) == (use.purpose_digest, use.case)
        )


class Grants:
    """All grants of a log, by id."""

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        self._grants = {each.grant: each for each in grants}
        # Few looks break the glass, and they are asked about often; those not reviewed at each look.
        self._emergencies = {each.grant: each for each in self if each.kind == pb.GRANT_KIND_BREAK_GLASS}
        self._unreviewed = {name: each for name, each in self._emergencies.items() if _to_be_reviewed(each)}

    def __iter__(self) -> Iterator[Grant]:
        return iter(self._grants.values())

    def __len__(self) -> int:
        return len(self._grants)

    def get(self, grant: str) -> Grant | None:
        """The grant of this id."""
        return self._grants.get(grant)

    def enter(self, grant: Grant) -> None:
        """Somebody asked for it. Raises ValueError if the id is taken."""
        if grant.grant in self._grants:
            raise ValueError("a grant was asked for twice")
        for old in [each for each in self._grants.values() if each.terms.until + KEPT < grant.requested]:
            if not old.waits(grant.requested):
                del self._grants[old.grant]
                self._emergencies.pop(old.grant, None)
        self._grants[grant.grant] = grant
        if grant.kind == pb.GRANT_KIND_BREAK_GLASS:
            self._emergencies[grant.grant] = grant
        if _to_be_reviewed(grant):
            self._unreviewed[grant.grant] = grant

    def decide(self, grant: str, step: int, staff: str, post: str) -> None:
        """Somebody decided. Raises ValueError if there is no such grant."""
        found = self._grants.get(grant)
        if found is None:
            raise ValueError("a grant was decided that nobody asked for")
        found.step, found.decider, found.decider_post = step, staff, post
        self._unreviewed.pop(grant, None)

    def emergencies(self) -> list[Grant]:
        """Looks that broke the glass, reviewed or not."""
        return list(self._emergencies.values())

    def waiting(self, staff: str, now: int) -> int:
        """Grants that this person waits for; looks that broke the glass do not count."""
        return sum(
            each.staff == staff and each.kind != pb.GRANT_KIND_BREAK_GLASS and each.waits(now)
            for each in self._grants.values()
        )

    def selections(self, staff: str, since: int) -> list[int]:
        """When this person asked for a stream since then, whatever became of it; in order, µs."""
        return sorted(
            each.requested
            for each in self._grants.values()
            if each.staff == staff and each.kind == pb.GRANT_KIND_BULK and each.requested > since
        )

    def overdue(self, staff: str, now: int) -> bool:
        """Whether a review of a look that broke the glass is overdue, of this person's or for this person to make: then
        they see nobody.
        """
        return bool(self._unreviewed) and any(
            staff in (each.staff, each.terms.notified) and each.overdue(now) for each in self._unreviewed.values()
        )

    def broken(self, staff: str, purpose: str, since: int) -> int:
        """Looks by which this person broke the glass under a purpose since then."""
        return sum(
            each.staff == staff and each.purpose == purpose and each.requested > since
            for each in self._emergencies.values()
        )


def _to_be_reviewed(grant: Grant) -> bool:
    return grant.kind == pb.GRANT_KIND_BREAK_GLASS and grant.step == pb.GRANT_STEP_REQUESTED


def covers(grant: Grant, numbers: Sequence[int | None], commitments: Sequence[bytes]) -> int:
    """How many of these subjects, in order, the grant still covers: those it names, or, where it names none, as many as
    its ceiling leaves.
    """
    if not grant.by_number:
        return next((at for at, each in enumerate(commitments) if each not in grant.subjects), len(commitments))
    free = grant.terms.ceiling - len(grant.seen)
    fresh: set[bytes] = set()
    for at, (commitment, number) in enumerate(zip(commitments, numbers, strict=True)):
        if number is not None and number in grant.seen:
            continue
        fresh.add(commitment)
        if len(fresh) > free:
            return at
    return len(commitments)
