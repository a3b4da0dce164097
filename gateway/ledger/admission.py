"""Admission: do the terms still cover this? Pure: the fold and the terms in, a verdict out.

Rule: all budgets of a request are judged together. A request that cannot be split gets all or nothing; one that can
(a page) gets exactly as many residents, in order, as every allowance still covers, and not one more (rules L2, L3).
What is in shadow is judged like the rest, and stops nobody (rule L8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Terms, Window
from gateway.clock import DAY
from gateway.ledger.account import CoverageEntry, Entry
from gateway.ledger.fold import Fold
from gateway.ledger.grants import MOST_WAITING, SELECTIONS_A_DAY, Grant, Use, covers
from gateway.ledger.seen import Seen
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason


@dataclass(frozen=True, slots=True)
class Admission:
    """`admitted` of the residents asked for, in order; if not all, `reason` and what it is made of. `shadowed`: a limit
    in shadow did not cover them.
    """

    admitted: int
    reason: Reason | None = None
    exhausted: tuple[Exhausted, ...] = ()
    retry_after: int | None = None
    shadowed: bool = False


_ALL: Final = Admission(1)


def admit(
    fold: Fold,
    terms: Terms,
    *,
    department: str,
    staff: str,
    meter: int,
    commitments: Sequence[bytes],
    now: int,
    divisible: bool,
    register: int = 0,
) -> Admission:
    """Judge one request against the fold at `now` µs. `register`: how many residents there are, for shares of them."""
    stopped = held_up(fold, terms, staff, now)
    if stopped is not None:
        return stopped
    numbers = [fold.numbers.get(commitment) for commitment in commitments]
    asked = len(numbers)
    tally = _Tally(asked)
    repeated = _repeated(fold, terms, staff, commitments, numbers, now)
    if repeated is not None:
        tally.stops(*repeated)
    account = fold.account(terms, department=department, staff=staff, meter=meter)
    account.expire(now)
    raised = fold.overrides.raised(now)
    for entry in account.entries:
        limit = entry.limit(raised)
        if asked > limit - entry.seen.counts[entry.index]:  # Else all are covered, even if all of them are new.
            _allow(entry, limit, commitments, numbers, tally)
    for cover in account.coverages:
        _cover(cover, cover.limit(raised, register), commitments, numbers, tally)
    return tally.verdict(divisible=divisible)


_FIRST_TOLD: Final = (Reason.BUDGET_EXHAUSTED, Reason.COVERAGE_STOP)
"""Of limits reached at one place: one that reopens by itself before one that does so in a year."""


class _Tally:
    """What allowances leave of `asked` residents: `admitted` of them, `shadow` where limits in shadow count alone."""

    def __init__(self, asked: int) -> None:
        self.asked = self.admitted = self.shadow = asked
        self.impossible = False
        self._stops: list[tuple[int, Reason, Exhausted]] = []

    def stops(self, place: int, exhausted: Exhausted, reason: Reason = Reason.BUDGET_EXHAUSTED) -> None:
        """Something covers only what stands before `place`."""
        self.admitted = min(self.admitted, place)
        self._stops.append((place, reason, exhausted))

    def verdict(self, *, divisible: bool) -> Admission:
        """All told."""
        shadowed = self.shadow < self.admitted
        if not self._stops:
            return _ALL if self.asked == 1 and not shadowed else Admission(self.admitted, shadowed=shadowed)
        # A page went as far as its narrowest limits; those that would have ended it later did not end it.
        ends = [stop for stop in self._stops if not divisible or stop[0] == self.admitted]
        reason = min((reason for _, reason, _ in ends), key=_FIRST_TOLD.index)
        exhausted = tuple(each for _, _, each in ends)
        if divisible:
            return Admission(self.admitted, reason, exhausted, shadowed=shadowed)
        return Admission(0, Reason.COST_IMPOSSIBLE if self.impossible else reason, exhausted)


def _allow(
    entry: Entry, limit: int, commitments: Sequence[bytes], numbers: Sequence[int | None], tally: _Tally
) -> None:
    """Hold one allowance against a request that it may not cover."""
    window, spent = entry.allowance.window, entry.seen.counts[entry.index]
    place = _beyond(entry.seen, window, limit - spent, commitments, numbers)
    if place is None:
        return
    if entry.allowance.shadow:
        tally.shadow = min(tally.shadow, place)
        return
    tally.impossible |= len(set(commitments)) > limit
    reopens = entry.seen.reopens(window, spent - limit)
    tally.stops(place, Exhausted(entry.allowance.owner, window, limit, reopens))


def _cover(
    cover: CoverageEntry, limit: int, commitments: Sequence[bytes], numbers: Sequence[int | None], tally: _Tally
) -> None:
    """Hold the share of the register that was seen in a year against what may be (rule L7)."""
    spent = cover.seen.count(Window.YEAR)
    if len(numbers) <= limit - spent:
        return
    place = _beyond(cover.seen, Window.YEAR, limit - spent, commitments, numbers)
    if place is None:
        return
    if cover.coverage.shadow:
        tally.shadow = min(tally.shadow, place)
        return
    reopens = cover.seen.reopens(Window.YEAR, spent - limit)
    share = Exhausted(cover.coverage.owner, Window.YEAR, limit, reopens, "residents of the whole register")
    tally.stops(place, share, Reason.COVERAGE_STOP)


def _beyond(
    seen: Seen, window: Window, free: int, commitments: Sequence[bytes], numbers: Sequence[int | None]
) -> int | None:
    """The place of the first subject for whom `free` more in the window are not enough; None: they are."""
    new = _once(commitments, seen.new(window, numbers))
    free = max(0, free)
    return new[free] if len(new) > free else None


_NOT_ACTIVE: Final = Admission(0, Reason.GRANT_NOT_ACTIVE)


def under_grant(fold: Fold, grant: str, use: Use, commitments: Sequence[bytes]) -> tuple[Grant | None, Admission]:
    """Judge one request by the grant it is made under: how many of its residents, in order, the grant opens."""
    found = fold.grants.get(grant)
    if found is None or not found.opens(use):
        return None, _NOT_ACTIVE
    asked = len(commitments)
    opened = covers(found, [fold.numbers.get(each) for each in commitments], commitments)
    if opened == asked:
        return found, Admission(asked)
    if not found.by_number:
        return None, _NOT_ACTIVE
    spent_up = Exhausted("staff", Window.TENURE, found.terms.ceiling, None, "residents of the grant")
    return found, Admission(opened, Reason.BUDGET_EXHAUSTED, (spent_up,))


def admit_renewal(
    fold: Fold, terms: Terms, grant: str, use: Use, commitments: Sequence[bytes]
) -> tuple[Grant | None, Admission]:
    """Judge a renewal of pseudonyms by its grant, all of them or none. Nobody is shown, so no allowance counts; who is
    stopped altogether, by a review that is overdue, by refused attempts or by their pace, is stopped here, too.
    """
    staff = use.caller.staff
    if fold.grants.overdue(staff, use.now):
        return None, Admission(0, Reason.STEP_UP_REQUIRED)
    found, opened = under_grant(fold, grant, use, commitments)
    if found is None:
        return None, opened
    if opened.reason is not None:
        impossible = len(set(commitments)) > found.terms.ceiling
        return found, Admission(0, Reason.COST_IMPOSSIBLE if impossible else opened.reason, opened.exhausted)
    return found, held_up(fold, terms, staff, use.now) or opened


def request_left(fold: Fold, staff: str, kind: int, now: int) -> Admission | None:
    """None if this person may ask for one more grant of this kind (a number of the record's GrantKind)."""
    if fold.grants.waiting(staff, now) >= MOST_WAITING:
        waiting = Exhausted("staff", Window.TENURE, MOST_WAITING, None, "requests that wait for a superior")
        return Admission(0, Reason.BUDGET_EXHAUSTED, (waiting,))
    if kind != pb.GRANT_KIND_BULK:
        return None
    asked = fold.grants.selections(staff, now - DAY)
    if len(asked) < SELECTIONS_A_DAY:
        return None
    reopens = asked[-SELECTIONS_A_DAY] + DAY
    spent_up = Exhausted("staff", Window.DAY, SELECTIONS_A_DAY, reopens, "requests for a selection")
    return Admission(0, Reason.BUDGET_EXHAUSTED, (spent_up,))


def glass_left(fold: Fold, terms: Terms, staff: str, now: int) -> Admission | None:
    """None if this person may break the glass once more under the purpose."""
    if terms.emergencies is None:
        return Admission(0, Reason.STEP_UP_REQUIRED)
    each_day = terms.emergencies.looks
    if fold.grants.broken(staff, terms.purpose, now - DAY) < each_day:
        return None
    return Admission(
        0, Reason.BUDGET_EXHAUSTED, (Exhausted("staff", Window.DAY, each_day, None, "looks that break the glass"),)
    )


def attempts_left(fold: Fold, terms: Terms, staff: str, now: int, waiting: int = 0) -> tuple[int, int | None]:
    """Refused attempts that a staff member has left, and when one comes back if none is (µs; None where those recorded
    are not what stops them). `waiting` are those that are not recorded yet.
    """
    refused = fold.refusals.get(staff)
    if refused is None:
        return max(0, terms.refusals - waiting), None
    refused.expire(now)
    allowed = terms.refusals - waiting
    left = max(0, allowed - refused.sum(0))
    return left, None if left else refused.reopens(0, allowed)


def held_up(fold: Fold, terms: Terms, staff: str, now: int, waiting: int = 0) -> Admission | None:
    """Too many refused attempts, or too fast, whoever is asked for: the verdict, or None."""
    if staff in fold.refusals:
        left, reopens = attempts_left(fold, terms, staff, now, waiting)
        if not left:
            spent_up = Exhausted("staff", "1d", terms.refusals, reopens, "refused attempts")
            return Admission(0, Reason.BUDGET_EXHAUSTED, (spent_up,))
    if terms.rate is not None:
        ahead = fold.arrivals.get((terms.purpose, staff), 0) - now
        wait = ahead - terms.rate.interval * (terms.rate.burst - 1)
        if wait > 0:
            return Admission(0, Reason.RATE_EXCEEDED, retry_after=wait)
    return None


def attempts_spent_up(fold: Fold, terms: Terms, staff: str, now: int, waiting: int) -> Admission | None:
    """The verdict, if there have been too many refused attempts; `waiting` are those that are not recorded yet."""
    stopped = held_up(fold, terms, staff, now, waiting)
    return stopped if stopped is not None and stopped.reason is Reason.BUDGET_EXHAUSTED else None


def _repeated(
    fold: Fold, terms: Terms, staff: str, commitments: Sequence[bytes], numbers: Sequence[int | None], now: int
) -> tuple[int, Exhausted] | None:
    """The first place whose resident this person has looked at too often today, looks earlier in the request among
    them.
    """
    repeats = fold.repeats.get(staff)
    if repeats is not None:
        repeats.expire(now)
    earlier: dict[bytes, int] = {}
    for place, (commitment, number) in enumerate(zip(commitments, numbers, strict=True)):
        looks = repeats.sum(number) if repeats is not None and number is not None else 0
        before = earlier.get(commitment, 0)
        if looks + before >= terms.repeats:
            again = terms.repeats - before
            reopens = repeats.reopens(number, again) if repeats is not None and number is not None else None
            return place, Exhausted("staff", "1d", terms.repeats, reopens, "looks at one resident")
        earlier[commitment] = before + 1
    return None


def _once(commitments: Sequence[bytes], places: list[int]) -> list[int]:
    """The places without those whose subject stands earlier among them: one subject costs once."""
    if len(places) < 2:
        return places
    first: dict[bytes, int] = {}
    for place in places:
        first.setdefault(commitments[place], place)
    return places if len(first) == len(places) else list(first.values())
