"""Asks and answers: what a request for residents says, once it is known to be well formed, and what comes back.

Rule: an ask names its caller; nothing travels the hallway on behalf of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.caller import Caller
from gateway.ledger.acts import Circumstances
from gateway.purpose.plan import SearchKey
from gateway.subject import Applicant
from gateway.view import Answer


@dataclass(frozen=True, slots=True)
class Ask:
    """What every request for residents says. `mask` None asks for all granted fields."""

    caller: Caller
    purpose: str
    circumstances: Circumstances
    applicant: Applicant | None
    mask: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class LookupAsk:
    """One resident, by a resident id or by a pseudonym of the purpose's own."""

    ask: Ask
    key: SearchKey
    value: str


@dataclass(frozen=True, slots=True)
class StreamAsk:
    """The residents of a selection: `area` is a prefix of town codes ("" anywhere), ages are whole years, both
    inclusive.
    """

    ask: Ask
    area: str
    age_from: int | None
    age_to: int | None
    cursor: str


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One resident as disclosed, and the receipt of the record."""

    answer: Answer
    receipt: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as disclosed; `next_cursor` "" where the selection ends."""

    answers: list[Answer]
    next_cursor: str
    receipt: str
