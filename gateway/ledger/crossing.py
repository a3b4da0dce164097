"""Crossings: who has come close to a limit, or up to it, for those who run the gateway.

Rule: said once, by the look that crossed the line; nothing is decided here, and nobody is stopped by it (rules L7, L8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.allowance import Window
from gateway.ledger.account import Account
from gateway.ledger.overrides import BOTH, Target
from gateway.ledger.v1 import record_pb2 as pb

NEAR: Final = (4, 5)
"""Four fifths: from there on a limit is near."""
METERS: Final = {pb.METER_INTERACTIVE: "interactive", pb.METER_GRANTED: "granted", BOTH: "both"}


class Line(StrEnum):
    """Which line: four fifths of a limit, the limit itself, a coverage's warning, or a limit that is in shadow."""

    NEAR = "near"
    SPENT = "spent"
    WARNED = "warned"
    SHADOWED = "shadowed"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line that was crossed: by whom ("" the city), on which meter, and how many residents of how many."""

    line: Line
    owner: str
    name: str
    meter: str
    purpose: str
    window: str
    spent: int
    limit: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an account is used up: as records say it, one number an allowance and one a coverage of the terms."""

    spent: list[int]
    covered: list[int]


def standing_of(account: Account) -> Standing:
    """As of the account's last expiry."""
    return Standing(account.spent(), account.covered())


def warned(account: Account, after: Standing, register: int) -> bool:
    """Whether a coverage is at its warning, or beyond."""
    return any(
        cover.coverage.warns(count, register) for cover, count in zip(account.coverages, after.covered, strict=True)
    )


def crossings(
    account: Account, before: Standing, after: Standing, raised: Mapping[Target, int], register: int
) -> Iterator[Crossing]:
    """The lines that were crossed between two standings of one account."""
    if after == before:
        return
    for entry, was, now in zip(account.entries, before.spent, after.spent, strict=True):
        if now > was:
            limit = entry.limit(raised)
            for line in _lines(was, now, limit, shadow=entry.allowance.shadow):
                yield _crossing(line, entry.target, now, limit)
    for cover, was, now in zip(account.coverages, before.covered, after.covered, strict=True):
        if now > was:
            limit = cover.limit(raised, register)
            if cover.coverage.warns(now, register) and not cover.coverage.warns(was, register):
                yield _crossing(Line.WARNED, cover.target, now, limit)
            if was < limit <= now:
                yield _crossing(Line.SPENT, cover.target, now, limit)
            if cover.coverage.shadow and was <= limit < now:
                yield _crossing(Line.SHADOWED, cover.target, now, limit)


def _lines(was: int, now: int, limit: int, *, shadow: bool) -> Iterator[Line]:
    part, whole = NEAR
    if was * whole < limit * part <= now * whole:
        yield Line.NEAR
    if was < limit <= now:
        yield Line.SPENT
    if shadow and was <= limit < now:
        yield Line.SHADOWED


def _crossing(line: Line, target: Target, spent: int, limit: int) -> Crossing:
    owner, name, meter, purpose, window = target
    return Crossing(line, owner, name, METERS[meter], purpose, Window(window).value, spent, limit)
