"""Admission: do the terms still cover this? Pure: the fold and the terms in, a verdict out.

Rule: all budgets of a request are judged together. A request that cannot be split gets all or nothing; one that can
(a page) gets exactly as many residents, in order, as every allowance still covers, and not one more (rules L2, L3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Terms
from gateway.ledger.fold import Fold
from gateway.refusal import Exhausted, Reason


@dataclass(frozen=True, slots=True)
class Admission:
    """`admitted` of the residents asked for, in order; if not all, `reason` and what it is made of."""

    admitted: int
    reason: Reason | None = None
    exhausted: tuple[Exhausted, ...] = ()
    retry_after: int | None = None


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
) -> Admission:
    """Judge one request against the fold at `now` µs."""
    stopped = held_up(fold, terms, staff, now)
    if stopped is not None:
        return stopped
    numbers = [fold.numbers.get(commitment) for commitment in commitments]
    admitted = asked = len(numbers)
    exhausted: list[Exhausted] = []
    impossible = False
    repeated = _repeated(fold, terms, staff, commitments, numbers, now)
    if repeated is not None:
        admitted, spent_up = repeated
        exhausted.append(spent_up)
    account = fold.account(terms, department=department, staff=staff, meter=meter)
    account.expire(now)
    for seen, index, allowance in account.entries:
        free = allowance.residents - seen.counts[index]
        if asked <= free:
            continue  # Even if all of them are new.
        new = _once(commitments, seen.new(allowance.window, numbers))
        free = max(0, free)
        if len(new) > free:
            admitted = min(admitted, new[free])
            impossible |= len(set(commitments)) > allowance.residents
            window = allowance.window
            exhausted.append(Exhausted(allowance.owner, window, allowance.residents, seen.reopens(window)))
    if admitted == asked:
        return _ALL if asked == 1 else Admission(admitted)
    if divisible:
        return Admission(admitted, Reason.BUDGET_EXHAUSTED, tuple(exhausted))
    return Admission(0, Reason.COST_IMPOSSIBLE if impossible else Reason.BUDGET_EXHAUSTED, tuple(exhausted))


def held_up(fold: Fold, terms: Terms, staff: str, now: int, waiting: int = 0) -> Admission | None:
    """Too many refused attempts, or too fast, whoever is asked for: the verdict, or None."""
    refused = fold.refusals.get(staff)
    if refused is not None:
        refused.expire(now)
        if refused.sum(0) + waiting >= terms.refusals:
            spent_up = Exhausted("staff", "1d", terms.refusals, refused.reopens(0), "refused attempts")
            return Admission(0, Reason.BUDGET_EXHAUSTED, (spent_up,))
    if terms.rate is not None:
        ahead = fold.arrivals.get((terms.purpose, staff), 0) - now
        wait = ahead - terms.rate.interval * (terms.rate.burst - 1)
        if wait > 0:
            return Admission(0, Reason.RATE_EXCEEDED, retry_after=wait)
    return None


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
            reopens = repeats.reopens(number) if repeats is not None and number is not None else None
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
