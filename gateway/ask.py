"""Asks and answers: what a request for residents says, once it is known to be well formed, and what comes back.

Rule: an ask names its caller; nothing travels the hallway on behalf of nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.caller import Caller
from gateway.field import SearchKey
from gateway.ledger.acts import Circumstances
from gateway.register.port import Criteria
from gateway.subject import Applicant, Status
from gateway.view import Answer


@dataclass(frozen=True, slots=True)
class Ask:
    """What every request for residents says. `mask` None asks for all granted fields. `grant` is the one they ask under
    ("" none); `break_glass`: they look at once, and answer for it in a review.
    """

    caller: Caller
    purpose: str
    circumstances: Circumstances
    applicant: Applicant | None
    mask: tuple[str, ...] | None
    grant: str = ""
    break_glass: bool = False


@dataclass(frozen=True, slots=True)
class LookupAsk:
    """One resident, by a resident id or by a pseudonym of the purpose's own."""

    ask: Ask
    key: SearchKey
    value: str


@dataclass(frozen=True, slots=True)
class BatchAsk:
    """Up to twenty residents, each by the same kind of key; no value stands twice."""

    ask: Ask
    key: SearchKey
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RenewalAsk:
    """New pseudonyms for those that the purpose gave out before; what stands among them that it did not is no fault."""

    ask: Ask
    pseudonyms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SearchAsk:
    """The residents that criteria describe. `pseudonym` "" is none; `statuses` empty asks for those who live here.

    `keys` are all that the search uses, so that the purpose can be asked whether they are its own.
    """

    ask: Ask
    keys: frozenset[SearchKey]
    criteria: Criteria
    pseudonym: str
    statuses: frozenset[Status]


@dataclass(frozen=True, slots=True)
class StreamAsk:
    """The residents of a selection: `area` is a prefix of town codes ("" anywhere), ages are whole years, both
    inclusive; `household_id` "" is any, `statuses` empty asks for those who live here.
    """

    ask: Ask
    area: str
    age_from: int | None
    age_to: int | None
    cursor: str
    household_id: str = ""
    statuses: frozenset[Status] = frozenset()

    @property
    def keys(self) -> frozenset[SearchKey]:
        """All that the selection uses."""
        used = {
            SearchKey.AREA: bool(self.area),
            SearchKey.AGE_BAND: self.age_from is not None,
            SearchKey.HOUSEHOLD_ID: bool(self.household_id),
            SearchKey.STATUS: bool(self.statuses),
        }
        return frozenset(key for key, is_used in used.items() if is_used)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """One resident as disclosed, and the receipt of the record."""

    answer: Answer
    receipt: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """Who stands behind a pseudonym, and the receipt of the record."""

    resident_id: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """One entry a pseudonym, in their order: that of the epoch in force, or None for what is none of the purpose's."""

    pseudonyms: list[str | None]
    receipt: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One entry a resident asked for, in their order: None for those who were not found."""

    answers: list[Answer | None]
    receipt: str


@dataclass(frozen=True, slots=True)
class Search:
    """All who were found, in no order that tells anything; nobody is an answer, too."""

    answers: list[Answer]
    receipt: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as disclosed; `next_cursor` "" where the selection ends."""

    answers: list[Answer]
    next_cursor: str
    receipt: str
