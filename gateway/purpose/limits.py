"""`limits.yaml`: the controller's own bounds, across all purposes (rule L1).

Rule: a longer window and a wider owner never admit fewer residents than a shorter or narrower one, and nobody is
without a bound for the day, the year and the tenure. A department may have numbers of its own;
they replace the general ones. What is said to be in shadow is reckoned and recorded, and stops nobody (rule L8).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from gateway.allowance import WHOLE, Allowance, Coverage, Owner, Window
from gateway.finding import Between, Finding, Findings, Loc, Source
from gateway.purpose.shape import shape
from gateway.purpose.words import Closed, Enforce, Residents, Windows, Word, some

REQUIRED_OF_STAFF: Final = (Window.DAY, Window.YEAR, Window.TENURE)
"""A day stops the walk through the register, a year the yearly copy, the tenure the drip over years."""

REQUIRED_OF_GRANTED: Final = (Window.YEAR, Window.TENURE)
"""One grant may be used up in a day; what no grant can be is a way around the year and the tenure."""

Share = Annotated[float, AfterValidator(Between(0.001, 1))]
"""A share of the register, a thousandth at least."""


class Exceptions(Closed):
    """Numbers of one department; an owner that is not named keeps the general ones."""

    staff: Windows = Field(default_factory=dict)
    department: Windows = Field(default_factory=dict)


class MeterText(Closed):
    """Distinct residents seen on one meter: one by one and by interactive streams, or by streams under a grant."""

    enforce: Enforce = "always"
    staff: Windows
    department: Windows
    city: Windows
    departments: Annotated[dict[Word, Exceptions], AfterValidator(some)] = Field(default_factory=dict)


class ShareText(Closed):
    """Shares of the register: from `warn` on it is said, beyond `stop` nobody new is shown."""

    warn: Share
    stop: Share


class CoverageText(Closed):
    """How much of the register may be seen in a year, on both meters; an owner that is not named has no such bound."""

    enforce: Enforce = "always"
    staff: ShareText | None = None
    department: ShareText | None = None


class PerDay(Closed):
    """A number a day."""

    day: Residents = Field(alias="1d")


class OfStaff(Closed):
    """What bounds each staff member."""

    staff: PerDay


class LimitsText(Closed):
    """The whole text. `repeats`: how often one person may see the same resident; `refusals`: refused attempts.
    `granted` unset: the interactive numbers, counted apart. `enforce` is for all that counts residents; the caps on
    repeats and refused attempts always hold.
    """

    enforce: Enforce = "always"
    interactive: MeterText
    granted: MeterText | None = None
    coverage: CoverageText | None = None
    repeats: OfStaff
    refusals: OfStaff


_BLANK: Final = {
    "interactive": {owner: {"1d": 1} for owner in Owner},
    "repeats": {"staff": {"1d": 1}},
    "refusals": {"staff": {"1d": 1}},
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The city's limits in force: `text` is what was written, `digest` its SHA-256."""

    text: bytes
    interactive: MeterText
    repeats: int
    refusals: int
    granted: MeterText | None = None
    shares: CoverageText | None = None
    shadow: bool = False

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text).digest()

    def bounds(self, department: str) -> Mapping[Owner, Mapping[Window, int]]:
        """Residents an owner and window, as they hold for `department`."""
        return bounds_of(self.interactive, department)

    def allowances(self, department: str, *, granted: bool = False) -> tuple[Allowance, ...]:
        """The same as allowances that count all purposes together, sorted; those of reads under a bulk grant, or the
        interactive ones.
        """
        meter = self.granted if granted and self.granted is not None else self.interactive
        shadow = self.shadow or meter.enforce == "shadow"
        return tuple(
            sorted(
                Allowance("", owner, window, residents, shadow)
                for owner, windows in bounds_of(meter, department).items()
                for window, residents in windows.items()
            )
        )

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """How much of the register an owner may see in a year."""
        if self.shares is None:
            return ()
        shadow = self.shadow or self.shares.enforce == "shadow"
        return tuple(
            Coverage(owner, round(share.warn * WHOLE), round(share.stop * WHOLE), shadow)
            for owner, share in ((Owner.DEPARTMENT, self.shares.department), (Owner.STAFF, self.shares.staff))
            if share is not None
        )

    def ceiling(self, department: str, owner: Owner, window: Window) -> int | None:
        """The most that `owner` could ever see in `window`: no more than any wider owner in any longer window. None: no
        bound."""
        owners, windows = list(Owner), list(Window)
        reach = [
            residents
            for wider, of_owner in self.bounds(department).items()
            for longer, residents in of_owner.items()
            if owners.index(wider) >= owners.index(owner) and windows.index(longer) >= windows.index(window)
        ]
        return min(reach, default=None)


def bounds_of(meter: MeterText, department: str | None) -> dict[Owner, dict[Window, int]]:
    """Residents an owner and window; None: for departments without numbers of their own."""
    own = meter.departments.get(department, Exceptions()) if department is not None else Exceptions()
    return {
        Owner.STAFF: own.staff or meter.staff,
        Owner.DEPARTMENT: own.department or meter.department,
        Owner.CITY: meter.city,
    }


def read_limits(source: Source) -> Limits:
    """The limits that `source` states. Raises Findings."""
    shaped = shape(source, LimitsText, _BLANK, {})
    text, findings = shaped.text, list(shaped.findings)
    if "interactive" in shaped.sound:
        findings += _judge(source, "interactive", text.interactive, REQUIRED_OF_STAFF)
    if "granted" in shaped.sound and text.granted is not None:
        findings += _judge(source, "granted", text.granted, REQUIRED_OF_GRANTED)
    if "coverage" in shaped.sound and text.coverage is not None:
        findings += _judge_shares(source, text.coverage)
    if findings:
        raise Findings(set(findings))
    return Limits(
        source.text,
        text.interactive,
        text.repeats.staff.day,
        text.refusals.staff.day,
        text.granted,
        text.coverage,
        text.enforce == "shadow",
    )


def _judge(source: Source, section: str, meter: MeterText, required: tuple[Window, ...]) -> Iterator[Finding]:
    """The general numbers, and those of each department as they hold there."""
    for department in (None, *meter.departments):
        bounds = bounds_of(meter, department)
        places: dict[Owner, Loc] = {owner: (section, owner.value) for owner in Owner}
        if department is not None:
            own = meter.departments[department].model_fields_set
            places |= {owner: (section, "departments", department, owner.value) for owner in Owner if owner in own}
        missing = [window for window in required if window not in bounds[Owner.STAFF]]
        if missing:
            yield source.finding(
                places[Owner.STAFF], "missing-window", f"staff need a number for {', '.join(missing)}; add it"
            )
        for owner in Owner:
            yield from order_of_windows(source, places[owner], bounds[owner])
        yield from order_of_owners(source, places, bounds)


def _judge_shares(source: Source, coverage: CoverageText) -> Iterator[Finding]:
    if coverage.staff is None and coverage.department is None:
        yield source.finding(("coverage",), "empty", "is empty; name staff, department or both")
    for owner, share in (("staff", coverage.staff), ("department", coverage.department)):
        if share is not None and share.warn > share.stop:
            message = f"warns at {share.warn}, but stops at {share.stop} already; lower warn, or raise stop"
            yield source.finding(("coverage", owner, "warn"), "order", message)
    if (
        coverage.staff is not None
        and coverage.department is not None
        and coverage.staff.stop > coverage.department.stop
    ):
        message = f"staff may see {coverage.staff.stop}, their department only {coverage.department.stop}; correct one"
        yield source.finding(("coverage", "staff", "stop"), "order", message)


def order_of_windows(source: Source, loc: Loc, windows: Mapping[Window, int]) -> Iterator[Finding]:
    """A longer window that admits fewer residents than a shorter one: the shorter number could never be reached."""
    stated = [window for window in Window if window in windows]
    for shorter, longer in pairwise(stated):
        if windows[longer] < windows[shorter]:
            message = f"{longer} admits {windows[longer]} residents, {shorter} even {windows[shorter]}; correct one"
            yield source.finding((*loc, longer.value), "order", message)


def order_of_owners(
    source: Source, places: Mapping[Owner, Loc], bounds: Mapping[Owner, Mapping[Window, int]]
) -> Iterator[Finding]:
    """A narrower owner that may see more residents than a wider one: the narrower number could never be reached."""
    for narrower, wider in combinations([owner for owner in Owner if owner in bounds], 2):
        # Where a department's own number meets a general one, it is the own one that asks for correction.
        at = max(narrower, wider, key=lambda owner: len(places[owner]))
        for window in (window for window in Window if window in bounds[narrower] and window in bounds[wider]):
            most, bound = bounds[narrower][window], bounds[wider][window]
            if most > bound:
                message = f"{narrower} may see {most} residents in {window}, {wider} only {bound}; lower or raise one"
                yield source.finding((*places[at], window.value), "order", message)
