"""Overrides as the log has left them: allowances that two people raised for a time.

Rule: an override raises, never lowers, what one owner may see in one window, from its approval until its end; what is
in force is said anew each time, from facts alone (rule L8).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.allowance import Owner
from gateway.clock import DAY
from gateway.ledger.v1 import record_pb2 as pb

MOST_WAITING: Final = 20
"""Overrides of one proposer that may wait to be decided."""
LONGEST: Final = 31 * DAY
"""µs for which an override may be proposed at most."""
KEPT: Final = 365 * DAY
"""µs after its end for which an override is still listed."""
BOTH: Final[int] = pb.METER_UNSPECIFIED
"""The meter of a coverage: interactive and granted reads together."""

Target: TypeAlias = tuple[str, str, int, str, str]
"""Owner kind, owner name ("" for the city), meter, purpose ("" for all together), window."""


@dataclass(slots=True)
class Override:
    """One override. `proposed` and `terms.until` in µs since the epoch; `step` is what became of it last, `decider` who
    did that ("" nobody yet).
    """

    id: str
    department: str
    proposer: str
    justification: str
    terms: pb.OverrideTerms
    proposed: int
    step: int = pb.OVERRIDE_STEP_PROPOSED
    decider: str = ""

    @property
    def target(self) -> Target:
        """The allowance that is raised."""
        terms = self.terms
        return terms.owner, terms.name, terms.meter, terms.purpose, terms.window

    def decidable(self, step: int, staff: str, now: int) -> bool:
        """Whether this person may take the step at `now` µs: nobody approves what they proposed, or gain by."""
        if step == pb.OVERRIDE_STEP_APPROVED:
            return self.waits(now) and staff != self.proposer and not gains(self.terms, staff)
        return self.waits(now) or self.in_force(now)

    def waits(self, now: int) -> bool:
        """Whether somebody may still approve it."""
        return self.step == pb.OVERRIDE_STEP_PROPOSED and now < self.terms.until

    def in_force(self, now: int) -> bool:
        """Whether it raises anything at `now` µs."""
        return self.step == pb.OVERRIDE_STEP_APPROVED and now < self.terms.until


def gains(terms: pb.OverrideTerms, staff: str) -> bool:
    """Whether an override is this person's own."""
    return terms.owner == Owner.STAFF and terms.name == staff


class Overrides:
    """All overrides of a log, by id."""

    def __init__(self, overrides: Iterable[Override] = ()) -> None:
        self._overrides = {each.id: each for each in overrides}
        self._settle()

    def __iter__(self) -> Iterator[Override]:
        return iter(self._overrides.values())

    def __len__(self) -> int:
        return len(self._overrides)

    def get(self, override: str) -> Override | None:
        """The override of this id."""
        return self._overrides.get(override)

    def enter(self, override: Override) -> None:
        """Somebody proposed it. Raises ValueError if the id is taken."""
        if override.id in self._overrides:
            raise ValueError("an override was proposed twice")
        for old in [each for each in self if each.terms.until + KEPT < override.proposed]:
            del self._overrides[old.id]
        self._overrides[override.id] = override
        self._settle()

    def decide(self, override: str, step: int, staff: str) -> None:
        """Somebody decided. Raises ValueError if there is no such override."""
        found = self._overrides.get(override)
        if found is None:
            raise ValueError("an override was decided that nobody proposed")
        found.step, found.decider = step, staff
        self._settle()

    def waiting(self, staff: str, now: int) -> int:
        """Overrides that this person proposed and nobody has decided."""
        return sum(each.proposer == staff and each.waits(now) for each in self)

    def raised(self, now: int) -> Mapping[Target, int]:
        """What each raised allowance admits at `now` µs; where two raise the same, the higher."""
        if not self._approved:
            return {}
        limits: dict[Target, int] = {}
        for each in self._approved:
            if each.in_force(now):
                limits[each.target] = max(each.terms.limit, limits.get(each.target, 0))
        return limits

    def _settle(self) -> None:
        # Few are ever approved, and these are asked about at each look.
        self._approved = [each for each in self if each.step == pb.OVERRIDE_STEP_APPROVED]
