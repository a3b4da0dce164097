"""An account: where in the fold stands what counts against one caller's terms, found once and then at hand.

Rule: an account holds no numbers of its own; it lives and dies with its fold.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.allowance import Allowance, Owner, Terms
from gateway.ledger.seen import INDEX, Seen


class Account:
    """The allowances of `terms` for a staff member of a department on one meter.

    `entries` are (seen, index of the window, allowance) in the order of the terms; `seens` is all that has to be
    expired before they are read.
    """

    __slots__ = ("entries", "seens")

    def __init__(
        self, of: Callable[[int, str, Owner, str], Seen], terms: Terms, *, department: str, staff: str, meter: int
    ) -> None:
        """`of` finds what an owner has seen: meter, purpose, owner, name."""
        names = {Owner.STAFF: staff, Owner.DEPARTMENT: department, Owner.CITY: ""}
        self.entries: tuple[tuple[Seen, int, Allowance], ...] = tuple(
            (of(meter, each.purpose, each.owner, names[each.owner]), INDEX[each.window], each)
            for each in terms.allowances
        )
        self.seens = tuple({id(seen): seen for seen, _, _ in self.entries}.values())

    def expire(self, now: int) -> None:
        """Let go of what has left the windows at `now` µs."""
        for seen in self.seens:
            if seen.due <= now:
                seen.expire(now)

    def spent(self) -> list[int]:
        """Distinct residents spent, one number an allowance, as of the last expiry."""
        return [seen.counts[index] for seen, index, _ in self.entries]

    def left(self, now: int) -> list[tuple[Allowance, int, int | None]]:
        """Each allowance with what is left of it, and when it reopens (µs) if nothing is."""
        self.expire(now)
        result = []
        for seen, index, allowance in self.entries:
            remaining = max(0, allowance.residents - seen.counts[index])
            result.append((allowance, remaining, None if remaining else seen.reopens(allowance.window)))
        return result
