"""`limits.yaml`: the controller's own bounds, across all purposes (rule L1).

Rule: a longer window and a wider owner never admit fewer residents than a shorter or narrower one, and nobody is
without a bound for the day, the year and the tenure. A department may have numbers of its own;
they replace the general ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from gateway.allowance import Allowance, Owner, Window
from gateway.finding import Finding, Findings, Loc, Source
from gateway.purpose.model import Closed, Residents, Windows, Word, some
from gateway.purpose.shape import shape

REQUIRED_OF_STAFF: Final = (Window.DAY, Window.YEAR, Window.TENURE)
"""A day stops the walk through the register, a year the yearly copy, the tenure the drip over years."""

_LATER: Final = {
    "granted": "there are no granted reads yet; remove it",
    "coverage": "coverage is not measured yet; remove it",
    "shadow": "limits cannot be tried out without being enforced yet; remove it",
}


class Exceptions(Closed):
    """Numbers of one department; an owner that is not named keeps the general ones."""

    staff: Windows = Field(default_factory=dict)
    department: Windows = Field(default_factory=dict)


class Interactive(Closed):
    """Distinct residents seen one by one or by interactive streams."""

    staff: Windows
    department: Windows
    city: Windows
    departments: Annotated[dict[Word, Exceptions], AfterValidator(some)] = Field(default_factory=dict)


class PerDay(Closed):
    """A number a day."""

    day: Residents = Field(alias="1d")


class OfStaff(Closed):
    """What bounds each staff member."""

    staff: PerDay


class LimitsText(Closed):
    """The whole text. `repeats`: how often one person may see the same resident; `refusals`: refused attempts."""

    interactive: Interactive
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
    interactive: Interactive
    repeats: int
    refusals: int

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.text).digest()

    def bounds(self, department: str) -> Mapping[Owner, Mapping[Window, int]]:
        """Residents an owner and window, as they hold for `department`."""
        return bounds_of(self.interactive, department)

    def allowances(self, department: str) -> tuple[Allowance, ...]:
        """The same as allowances that count all purposes together, sorted."""
        return tuple(
            sorted(
                Allowance("", owner, window, residents)
                for owner, windows in self.bounds(department).items()
                for window, residents in windows.items()
            )
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


def bounds_of(interactive: Interactive, department: str | None) -> dict[Owner, dict[Window, int]]:
    """Residents an owner and window; None: for departments without numbers of their own."""
    own = interactive.departments.get(department, Exceptions()) if department is not None else Exceptions()
    return {
        Owner.STAFF: own.staff or interactive.staff,
        Owner.DEPARTMENT: own.department or interactive.department,
        Owner.CITY: interactive.city,
    }


def read_limits(source: Source) -> Limits:
    """The limits that `source` states. Raises Findings."""
    shaped = shape(source, LimitsText, _BLANK, _LATER)
    findings = list(shaped.findings)
    interactive = shaped.text.interactive
    if "interactive" in shaped.sound:
        findings += _judge(source, interactive, None)
        for department in interactive.departments:
            findings += _judge(source, interactive, department)
    if findings:
        raise Findings(set(findings))
    return Limits(source.text, interactive, shaped.text.repeats.staff.day, shaped.text.refusals.staff.day)


def _judge(source: Source, interactive: Interactive, department: str | None) -> Iterator[Finding]:
    bounds = bounds_of(interactive, department)
    places: dict[Owner, Loc] = {owner: ("interactive", owner.value) for owner in Owner}
    if department is not None:
        own = interactive.departments[department].model_fields_set
        places |= {owner: ("interactive", "departments", department, owner.value) for owner in Owner if owner in own}
    missing = [window for window in REQUIRED_OF_STAFF if window not in bounds[Owner.STAFF]]
    if missing:
        yield source.finding(
            places[Owner.STAFF], "missing-window", f"staff need a number for {', '.join(missing)}; add it"
        )
    for owner in Owner:
        yield from order_of_windows(source, places[owner], bounds[owner])
    yield from order_of_owners(source, places, bounds)


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
