"""The answers: what the clients of a run received, read from the rows that the workers wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.refusal import REASONS, Reason
from gateway.register.city import StaffRole
from loadtest.scenario import Call, Load
from loadtest.schedule import Send
from loadtest.worker import MISSED, OK, PAGE


@dataclass(frozen=True, slots=True)
class Row:
    """One row: times in µs of the steady clock; `page` 0 is the end of a question, others are pages of a stream."""

    day: int
    number: int
    page: int
    due: int
    sent: int
    done: int
    outcome: str
    receipt: str
    delivered: int
    keys: tuple[str, ...]

    @property
    def disclosed(self) -> bool:
        """Whether residents were shown, or somebody was told that there is none: a disclosure of the ledger."""
        return bool(self.receipt) or self.outcome == Reason.RESIDENT_NOT_FOUND


@dataclass(frozen=True, slots=True)
class Answered:
    """A load with its people, the questions of each day, and all rows of it."""

    load: Load
    crew: Sequence[StaffRole]
    sends: Sequence[Sequence[Send]]
    rows: Sequence[Row]

    def asked(self, row: Row) -> Send:
        """The question that a row is about."""
        return self.sends[row.day][row.number]

    def person(self, row: Row) -> StaffRole:
        """Who asked it."""
        return self.crew[self.asked(row).caller]

    def honest(self, row: Row) -> bool:
        """Whether the question came with both identities."""
        return self.asked(row).call not in {Call.STRANGER, Call.NOBODY}

    @property
    def ends(self) -> Iterator[Row]:
        """The rows that end a question."""
        return (row for row in self.rows if row.page == 0)


def read_rows(path: Path) -> list[Row]:
    """All rows of a file; one that is being written is left out."""
    with path.open(encoding="utf-8") as lines:
        return [_row(json.loads(line)) for line in lines if line.endswith("\n")]


def _row(fields: Sequence[Any]) -> Row:
    day, number, page, due, sent, done, outcome, receipt, delivered, keys = fields
    return Row(day, number, page, due, sent, done, outcome, receipt, delivered, tuple(keys))


def is_refusal(outcome: str) -> bool:
    """Whether it is a reason of the published table, or the door that stayed shut."""
    return outcome in REASONS or outcome == "NO_CERTIFICATE"


def is_lost(outcome: str) -> bool:
    """Whether the question got neither an answer nor a reason."""
    return outcome not in {OK, PAGE, MISSED} and not is_refusal(outcome)
