"""Allowances: how many residents may be seen, by whom, in which time.

Rule: cost is residents, not requests (rule L1). An allowance bounds *distinct* residents, by the id asked for, found or
not, in a rolling window; purposes only add allowances, so they can only tighten the city's. What is in shadow is
reckoned and recorded like the rest, and stops nobody (rule L8).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gateway.clock import SECOND


class Owner(StrEnum):
    """Whom an allowance bounds."""

    STAFF = "staff"
    DEPARTMENT = "department"
    CITY = "city"


class Window(StrEnum):
    """Rolling windows; `tenure` is as long as records are kept (the five-year drip)."""

    DAY = "1d"
    MONTH = "30d"
    YEAR = "365d"
    TENURE = "tenure"


@dataclass(frozen=True, slots=True, order=True)
class Allowance:
    """At most `residents` distinct residents in `window` for one `owner`; `purpose` empty counts all purposes
    together. `shadow`: reckoned, not enforced.
    """

    purpose: str
    owner: Owner
    window: Window
    residents: int
    shadow: bool = False


WHOLE: Final = 1_000_000
"""The whole register, in the parts that shares are counted in."""


@dataclass(frozen=True, slots=True, order=True)
class Coverage:
    """How much of the register one `owner` may have seen in a year on both meters (rule L7), in millionths: from `warn`
    on it is said, beyond `stop` nobody new is shown. `shadow`: said, not enforced.
    """

    owner: Owner
    warn: int
    stop: int
    shadow: bool = False

    def residents(self, register: int) -> int:
        """The most residents of so large a register; none where nobody knows how large it is."""
        return self.stop * register // WHOLE

    def warns(self, residents: int, register: int) -> bool:
        """Whether so many residents are enough to be said."""
        return residents * WHOLE >= self.warn * register


@dataclass(frozen=True, slots=True)
class Rate:
    """GCRA in integer µs: one answer (a lookup or a page) each `interval` µs on average, `burst` at once at most.

    The virtual scheduling form of ITU-T I.371: a theoretical arrival time and a tolerance, no token arithmetic.
    """

    interval: int
    burst: int

    @classmethod
    def per_second(cls, per_second: float, burst: int) -> Rate:
        """`per_second` answers a second, rounded to the safe side in µs. Raises ValueError if not positive."""
        if not per_second > 0 or burst < 1:
            raise ValueError("rate and burst must be positive")
        return cls(-(-SECOND * 1000 // round(per_second * 1000)), burst)


@dataclass(frozen=True, slots=True)
class Emergencies:
    """Looks that break the glass: at most `looks` a day each person, and each is to be reviewed within `review` µs."""

    looks: int
    review: int


@dataclass(frozen=True, slots=True)
class Terms:
    """All that bounds one caller's use of one purpose: what settlement needs to know of purpose and limits.

    `repeats` caps how often one staff member may see one and the same resident a day; `refusals` how many refused
    attempts a staff member has a day before nothing more is answered. `allowances` bound interactive reads, `granted`
    those under a bulk grant (None: the same numbers, counted apart), and `coverage` both together. `emergencies` None:
    nobody breaks the glass.
    """

    purpose: str
    allowances: tuple[Allowance, ...]
    rate: Rate | None
    repeats: int
    refusals: int
    granted: tuple[Allowance, ...] | None = None
    coverage: tuple[Coverage, ...] = ()
    emergencies: Emergencies | None = None
    _digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # One order only: records list what is spent by it.
        object.__setattr__(self, "allowances", tuple(sorted(self.allowances)))
        object.__setattr__(self, "coverage", tuple(sorted(self.coverage)))
        if self.granted is not None:
            object.__setattr__(self, "granted", tuple(sorted(self.granted)))
        object.__setattr__(self, "_digest", hashlib.sha256(self.text()).digest())

    def counted(self, *, granted: bool) -> tuple[Allowance, ...]:
        """What bounds reads on one meter: those under a bulk grant, or the interactive ones."""
        return self.granted if granted and self.granted is not None else self.allowances

    def text(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, allowances in order; this is what the ledger keeps by content. What
        came to the format later stands there only where it is set, so that older texts keep their digests.
        """
        value: dict[str, Any] = {
            "allowances": [_written(each) for each in self.allowances],
            "purpose": self.purpose,
            "rate": [self.rate.interval, self.rate.burst] if self.rate else None,
            "refusals": self.refusals,
            "repeats": self.repeats,
        }
        if self.granted is not None:
            value["granted"] = [_written(each) for each in self.granted]
        if self.coverage:
            value["coverage"] = [[c.owner, c.warn, c.stop, *(["shadow"] * c.shadow)] for c in self.coverage]
        if self.emergencies is not None:
            value["emergencies"] = [self.emergencies.looks, self.emergencies.review]
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def read(cls, text: bytes) -> Terms:
        """The inverse of `text`. Raises ValueError, KeyError or TypeError for anything else."""
        value = json.loads(text)
        rate, granted, emergencies = value["rate"], value.get("granted"), value.get("emergencies")
        return cls(
            value["purpose"],
            tuple(_read(each) for each in value["allowances"]),
            Rate(int(rate[0]), int(rate[1])) if rate else None,
            int(value["repeats"]),
            int(value["refusals"]),
            tuple(_read(each) for each in granted) if granted is not None else None,
            tuple(
                Coverage(Owner(owner), int(warn), int(stop), _is_shadow(rest))
                for owner, warn, stop, *rest in value.get("coverage", ())
            ),
            Emergencies(int(emergencies[0]), int(emergencies[1])) if emergencies else None,
        )

    def digest(self) -> bytes:
        """SHA-256 of `text`."""
        return self._digest


def _written(allowance: Allowance) -> list[Any]:
    a = allowance
    return [a.purpose, a.owner, a.window, a.residents, *(["shadow"] * a.shadow)]


def _read(written: list[Any]) -> Allowance:
    purpose, owner, window, residents, *rest = written
    return Allowance(purpose, Owner(owner), Window(window), int(residents), _is_shadow(rest))


def _is_shadow(rest: list[Any]) -> bool:
    if rest not in ([], ["shadow"]):
        raise ValueError("neither enforced nor in shadow")
    return bool(rest)
