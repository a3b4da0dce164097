"""What standing may ask of a staff directory and of the case registries.

Rule: a directory or registry that cannot answer raises; nobody stands on an answer that was not given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import NamedTuple, Protocol

from gateway.caller import Post


class StandingUnavailable(Exception):
    """The directory or a case registry cannot be read now."""


class CaseState(Enum):
    """What a case reference is worth for one resident, and for one caller: unknown, closed, foreign and borrowed
    references are all INVALID.
    """

    INVALID = "invalid"
    NOT_A_PARTY = "not_a_party"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class CaseQuestion:
    """What is that case of this registry, and is this resident a party to it?"""

    registry: str
    reference: str
    resident_id: str


class CaseFile(NamedTuple):
    """A case as its registry has it: when it was opened, the first day on which it was closed (None: it is open), the
    directory id of its handler ("" nobody), and whether the resident asked about is a party to it.
    """

    opened: date
    closed: date | None
    handler: str
    party: bool


class Directory(Protocol):
    """The staff directory."""

    def posts(self, staff: str) -> Sequence[Post]:
        """All posts of a staff member, past and future ones too; empty for a stranger. Raises StandingUnavailable."""

    def resident(self, staff: str) -> str | None:
        """Under which id a staff member is a resident of this city, None if they are not. Raises
        StandingUnavailable.
        """

    def staff_of(self, resident_id: str) -> Sequence[str]:
        """Who on the staff this resident is: one, or nobody; several where the directory says so. Raises
        StandingUnavailable.
        """


class CaseRegistries(Protocol):
    """The case registries of the departments."""

    async def files(self, questions: Sequence[CaseQuestion]) -> Mapping[CaseQuestion, CaseFile]:
        """The file of each question whose registry has such a case; the others are left out. Raises
        StandingUnavailable.
        """
