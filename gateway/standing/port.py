"""What standing may ask of a staff directory and of the case registries.

Rule: a directory or registry that cannot answer raises; nobody stands on an answer that was not given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Protocol

from gateway.caller import Post


class StandingUnavailable(Exception):
    """The directory or a case registry cannot be read now."""


class CaseState(Enum):
    """What a case reference is worth for one resident. Unknown, closed and foreign references are all INVALID."""

    INVALID = "invalid"
    NOT_A_PARTY = "not_a_party"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """Is this resident a party to that open case of this registry?"""

    registry: str
    reference: str
    resident_id: str


class Directory(Protocol):
    """The staff directory."""

    def posts(self, staff: str) -> Sequence[Post]:
        """All posts of a staff member, past and future ones too; empty for a stranger. Raises StandingUnavailable."""


class CaseRegistries(Protocol):
    """The case registries of the departments."""

    async def states(self, questions: Sequence[CaseQuestion], today: date) -> Mapping[CaseQuestion, CaseState]:
        """One state a question; a case is open from its opening day until the day before it closed. Raises
        StandingUnavailable.
        """
