"""Grants as the log has left them: who asked for what, who decided, and what has been seen under it.

Rule: a grant opens what it names to the very person, post, purpose text and case that it was asked for, and to nobody
else; it is judged inside settlement, so that one taken back a moment ago opens nothing (rule W7). Only facts are kept:
whether a grant may be used now is said anew each time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush, merge
from operator import attrgetter
from typing import Final, NamedTuple, TypeVar

from gateway.caller import Caller
from gateway.clock import DAY
from gateway.ledger.v1 import record_pb2 as pb

MOST_WAITING: Final = 20
"""Grants of one person that may wait to be decided; a superior who is asked for more cannot look at each."""
SELECTIONS_A_DAY: Final = 10
"""Requests of one person for streams in a day, whatever becomes of them: each tells how many residents a selection has,
and how alike they are, before anybody has agreed to it.
"""
LONGEST: Final = 30 * DAY
"""µs for which a grant may be asked for at most."""
KEPT: Final = 365 * DAY
"""µs after its end for which a grant is still listed."""


_DECISIONS: Final = (pb.GRANT_STEP_APPROVED, pb.GRANT_STEP_REJECTED)
"""Steps of somebody else than the requester."""

_Key = TypeVar("_Key")


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

    def decidable(self, step: int, staff: str, named: Set[bytes], now: int) -> bool:
        """Whether this person may take the step at `now` µs, having named these subjects, as far as the log can say:
        whose superior they are, only the directory knows.
        """
        if step == pb.GRANT_STEP_REVOKED:
            active = self.step in (pb.GRANT_STEP_REQUESTED, pb.GRANT_STEP_APPROVED)
            return active and self.kind != pb.GRANT_KIND_BREAK_GLASS and now < self.terms.until
        if step not in _DECISIONS or not self.waits(now) or staff == self.staff:
            return False
        # Whoever says yes knows whom it is about: before a look under a grant, and in the review of one without.
        return named == self.subjects or (step != pb.GRANT_STEP_APPROVED and not named)

    def still_says(self, book: Set[bytes]) -> bool:
        """Whether the purpose has the text that it was asked for under; a review is of what was seen already."""
        return self.kind == pb.GRANT_KIND_BREAK_GLASS or self.purpose_digest in book

    @property
    def by_number(self) -> bool:
        """Whether it opens so many residents, whoever they are; any other opens those it names."""
        return self.kind in (pb.GRANT_KIND_BULK, pb.GRANT_KIND_RENEWAL)

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
    """All grants of a log, by id, in the order in which they were asked for.

    What is asked at each look or request costs no more where others have asked for many.
    """

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        """Take them up again, in their order."""
        self._grants: dict[str, Grant] = {}
        self._asked: dict[tuple[str, str], dict[str, Grant]] = {}  # by requester and post
        self._undecided: dict[str, dict[str, Grant]] = {}  # by requester
        self._unreviewed: dict[str, dict[str, Grant]] = {}  # by each who may see nobody once the review is overdue
        self._emergencies: dict[str, Grant] = {}
        self._broken: dict[tuple[str, str], list[int]] = {}  # when, by person and purpose
        self._selections: dict[str, list[int]] = {}  # when, by requester
        self._ends: list[tuple[int, str]] = []  # A heap: what has to go soonest comes first.
        for each in grants:
            self._add(each)
        latest = max((each.requested for each in self), default=0)
        for staff in list(self._undecided):
            self._forget_ended(staff, latest)

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
        now = grant.requested
        while self._ends and self._ends[0][0] + KEPT < now:
            old = self._grants.get(heappop(self._ends)[1])
            if old is not None and not old.waits(now):  # An emergency that waits comes back when it is decided.
                self._remove(old)
        self._forget_ended(grant.staff, now)
        self._add(grant)

    def decide(self, grant: str, step: int, staff: str, post: str) -> None:
        """Somebody decided. Raises ValueError if there is no such grant, or no such decision."""
        found = self._grants.get(grant)
        if found is None:
            raise ValueError("a grant was decided that nobody asked for")
        if step not in (*_DECISIONS, pb.GRANT_STEP_REVOKED):
            raise ValueError("a grant was decided, and nothing is said of how")
        _drop(self._undecided, found.staff, grant)
        if found.kind == pb.GRANT_KIND_BREAK_GLASS:
            for person in _concerned(found):
                _drop(self._unreviewed, person, grant)
            heappush(self._ends, (found.terms.until, grant))
        found.step, found.decider, found.decider_post = step, staff, post

    def asked_by(self, whose: Callable[[Grant], bool]) -> Iterator[Grant]:
        """Grants of those whom `whose` means, latest first; it is asked once for each person and post, with a grant of
        theirs.
        """
        theirs = (reversed(each.values()) for each in self._asked.values() if whose(next(iter(each.values()))))
        return merge(*theirs, key=attrgetter("requested"), reverse=True)

    def undecided(self, now: int) -> list[Grant]:
        """Grants that somebody has to decide, latest first."""
        waiting = (each for theirs in self._undecided.values() for each in theirs.values() if each.waits(now))
        return sorted(waiting, key=attrgetter("requested"), reverse=True)

    def emergencies(self) -> list[Grant]:
        """Looks that broke the glass, reviewed or not."""
        return list(self._emergencies.values())

    def waiting(self, staff: str, now: int) -> int:
        """Grants that this person waits for; looks that broke the glass do not count. `now` is no earlier than the last
        request.
        """
        theirs = self._undecided.get(staff, {})
        return sum(each.kind != pb.GRANT_KIND_BREAK_GLASS and each.waits(now) for each in theirs.values())

    def selections(self, staff: str, since: int) -> list[int]:
        """When this person asked for a stream since then, whatever became of it; in order, µs."""
        times = self._selections.get(staff, [])
        return times[bisect_right(times, since) :]

    def overdue(self, staff: str, now: int) -> bool:
        """Whether a review of a look that broke the glass is overdue, of this person's or for this person to make: then
        they see nobody.
        """
        return bool(self._unreviewed) and any(each.overdue(now) for each in self._unreviewed.get(staff, {}).values())

    def broken(self, staff: str, purpose: str, since: int) -> int:
        """Looks by which this person broke the glass under a purpose since then."""
        times = self._broken.get((staff, purpose), [])
        return len(times) - bisect_right(times, since)

    def _add(self, grant: Grant) -> None:
        name = grant.grant
        self._grants[name] = grant
        self._asked.setdefault((grant.staff, grant.post), {})[name] = grant
        heappush(self._ends, (grant.terms.until, name))
        undecided = grant.step == pb.GRANT_STEP_REQUESTED
        if undecided:
            self._undecided.setdefault(grant.staff, {})[name] = grant
        if grant.kind == pb.GRANT_KIND_BULK:
            self._selections.setdefault(grant.staff, []).append(grant.requested)
        if grant.kind != pb.GRANT_KIND_BREAK_GLASS:
            return
        self._emergencies[name] = grant
        self._broken.setdefault((grant.staff, grant.purpose), []).append(grant.requested)
        for person in _concerned(grant) if undecided else ():
            self._unreviewed.setdefault(person, {})[name] = grant

    def _remove(self, grant: Grant) -> None:
        """It ended long ago."""
        name = grant.grant
        del self._grants[name]
        _drop(self._asked, (grant.staff, grant.post), name)
        _drop(self._undecided, grant.staff, name)
        if grant.kind == pb.GRANT_KIND_BULK:
            _forget(self._selections, grant.staff, grant.requested)
        if self._emergencies.pop(name, None) is not None:
            _forget(self._broken, (grant.staff, grant.purpose), grant.requested)

    def _forget_ended(self, staff: str, now: int) -> None:
        """What ended undecided is not waited for: no more of one person's are ever looked through than may wait."""
        theirs = self._undecided.get(staff, {})
        for name in [name for name, each in theirs.items() if not each.waits(now)]:
            _drop(self._undecided, staff, name)


def _concerned(grant: Grant) -> set[str]:
    """Whose look it was, and who has to review it."""
    return {grant.staff, grant.terms.notified}


def _drop(index: dict[_Key, dict[str, Grant]], key: _Key, grant: str) -> None:
    """Take a grant out of an index, and its key with the last one."""
    grants = index.get(key, {})
    grants.pop(grant, None)
    if not grants:
        index.pop(key, None)


def _forget(index: dict[_Key, list[int]], key: _Key, time: int) -> None:
    """Take a time out of an index, and its key with the last one."""
    times = index[key]
    del times[bisect_left(times, time)]
    if not times:
        del index[key]


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
