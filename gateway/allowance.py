"""Allowances: how many residents may be seen, by whom, in which time.

Rule: cost is residents, not requests (rule L1). An allowance bounds *distinct* residents, by the id asked for, found or
not, in a rolling window; purposes only add allowances, so they can only tighten the city's.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum

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
    together.
    """

    purpose: str
    owner: Owner
    window: Window
    residents: int


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
class Terms:
    """All that bounds one caller's use of one purpose: what settlement needs to know of purpose and limits.

    `repeats` caps how often one staff member may see one and the same resident a day; `refusals` how many refused
    attempts a staff member has a day before nothing more is answered.
    """

    purpose: str
    allowances: tuple[Allowance, ...]
    rate: Rate | None
    repeats: int
    refusals: int
    _digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # One order only: records list what is spent by it.
        object.__setattr__(self, "allowances", tuple(sorted(self.allowances)))
        object.__setattr__(self, "_digest", hashlib.sha256(self.text()).digest())

    def text(self) -> bytes:
        """Canonical JSON: sorted keys, no spaces, allowances in order; this is what the ledger keeps by content."""
        return json.dumps(
            {
                "allowances": [[a.purpose, a.owner, a.window, a.residents] for a in self.allowances],
                "purpose": self.purpose,
                "rate": [self.rate.interval, self.rate.burst] if self.rate else None,
                "refusals": self.refusals,
                "repeats": self.repeats,
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def read(cls, text: bytes) -> Terms:
        """The inverse of `text`. Raises ValueError, KeyError or TypeError for anything else."""
        value = json.loads(text)
        rate = value["rate"]
        return cls(
            value["purpose"],
            tuple(Allowance(p, Owner(o), Window(w), int(n)) for p, o, w, n in value["allowances"]),
            Rate(int(rate[0]), int(rate[1])) if rate else None,
            int(value["repeats"]),
            int(value["refusals"]),
        )

    def digest(self) -> bytes:
        """SHA-256 of `text`."""
        return self._digest
