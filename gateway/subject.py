"""The data subject: who a resident is to the gateway, and what may hide them.

Rule: a resident id is well formed or it is refused; whoever is hidden from a caller is absent to that caller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from masking.value import PartialDate, Value

_RESIDENT_ID: Final = re.compile(r"[0-9]{10}", re.ASCII)


def is_resident_id(text: str) -> bool:
    """Whether `text` is a well-formed resident id (宛名番号: 10 ASCII digits)."""
    return _RESIDENT_ID.fullmatch(text) is not None


class Status(StrEnum):
    """Register status of an entry."""

    RESIDENT = "resident"
    MOVED_OUT = "moved_out"
    DECEASED = "deceased"
    VOID = "void"


_STATUSES: Final = frozenset(Status)


class Row(NamedTuple):
    """One resident as read: values in the order of the fields that were asked for, None where there is none."""

    resident_id: str
    values: tuple[Value | None, ...]


def counting(rows: Sequence[Row], status_at: int) -> Sequence[Row]:
    """Of the entries of one id the one that counts: the living one, or the only one. Empty if there is none; several if
    nobody can tell which (rule S5): more than one lives here, none does, or one may whose status is missing or cannot
    be read. `status_at` is where the status stands in a row.
    """
    if len(rows) < 2 or any(row.values[status_at] not in _STATUSES for row in rows):
        return rows
    return [row for row in rows if row.values[status_at] == Status.RESIDENT] or rows


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody who is not in this register, as their identification shows them."""

    name: str
    birth_date: PartialDate


Applicant = str | Outsider
"""On whose behalf a department asks: a resident, by id, or an outsider."""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A protective marker on a resident (支援措置), in force from `since` to `until` (inclusive; None: open-ended).

    `against` names the other party as it was given when the measure was ordered: a resident id, or an outsider
    whose name and birth date may each be unknown.
    """

    resident_id: str
    since: date
    until: date | None
    against_resident_id: str | None
    against_name: str | None
    against_birth_date: PartialDate | None

    def in_force(self, today: date) -> bool:
        """Whether the marker counts today."""
        return self.since <= today and (self.until is None or today <= self.until)

    def names(self, resident_id: str | None) -> bool:
        """Whether this very resident is the other party; None is nobody."""
        return resident_id is not None and resident_id == self.against_resident_id

    def hides_from(self, applicant: Applicant | None) -> bool:
        """Whether the resident must be absent to this applicant.

        In doubt it hides: an outsider is taken for the other party where the birth dates agree in all that the marker
        knows of it, whatever the spelling of the name; and where it knows none, be the other party a resident or not:
        who comes with a card and no resident id may still be that resident.
        """
        if applicant is None:
            return False
        if isinstance(applicant, str):
            return applicant == self.against_resident_id or self.against_resident_id is None
        if self.against_birth_date is None:
            return True
        return self.against_birth_date.may_be(applicant.birth_date)


@dataclass(frozen=True, slots=True)
class Onlookers:
    """Who would come to know of a resident: the applicant, if there is one, and the caller, by the id under which they
    live here themselves (None: they do not).
    """

    applicant: Applicant | None
    caller: str | None

    def kept_from(self, restrictions: Sequence[Restriction]) -> bool:
        """Whether these measures keep one of them from knowing. Who works here and is the other party is none the less
        the other party; but a measure that knows of none is not against everybody on the staff.
        """
        return any(each.hides_from(self.applicant) or each.names(self.caller) for each in restrictions)
