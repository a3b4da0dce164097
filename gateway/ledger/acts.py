"""What the hallway brings to be settled, and what it gets back.

Rule: an act names everything its record will hold, so that settlement needs nobody else's knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gateway.allowance import Terms
from gateway.caller import Caller
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal

DELIVERED: int = pb.OUTCOME_DELIVERED
ABSENT: int = pb.OUTCOME_ABSENT
HIDDEN: int = pb.OUTCOME_HIDDEN


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a caller says about a request: case, reason (gateway.v1.ReasonCode as a number), justification, request
    id, and on whose behalf ("" nobody): a resident id, or an outsider's name and birth date on two lines.
    """

    case: str
    reason_code: int
    justification: str
    request_id: str
    applicant: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What a plan fixes of its records once and for all: the serialized share of the header. `digest` is the
    purpose's.

    Serialized protobuf messages merge by concatenation (protobuf.dev, Encoding: last one wins), so the parts that
    differ from record to record are appended to it.
    """

    purpose: str
    digest: bytes
    terms: Terms
    terms_digest: bytes
    header: bytes


def share(
    terms: Terms, terms_digest: bytes, *, department: str, digest: bytes, read: Sequence[str], delivered: Sequence[str]
) -> Share:
    """The share of a plan under one mask: fields read and delivered, by name."""
    header = pb.Header(
        kind=pb.KIND_DISCLOSURE,
        department=department,
        purpose=terms.purpose,
        purpose_digest=digest,
        fields_read=read,
        fields_delivered=delivered,
    )
    return Share(terms.purpose, digest, terms, terms_digest, header.SerializeToString())


@dataclass(frozen=True, slots=True)
class Disclosing:
    """A disclosure about to be made. `residents` and `outcomes` go together, in order.

    `divisible`: a page, of which the residents that the allowance still covers may be delivered; otherwise all or none.
    `page` counts from 1 (0: no stream); `cursor_digest` is SHA-256 of the cursor it was asked with.
    """

    caller: Caller
    share: Share
    circumstances: Circumstances
    search_keys: tuple[str, ...]
    residents: Sequence[str]
    outcomes: Sequence[int]
    divisible: bool = False
    page: int = 0
    cursor_digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refusal about to be given. `caller` is None where nobody was identified; `system` is then the best guess.

    `terms_digest` is set where budgets decided, so that the decision can be made again. `terms` are those of the
    purpose that was asked for, if it got that far: they bound how many attempts may be refused.
    """

    reason: Reason
    caller: Caller | None
    system: str
    purpose: str
    circumstances: Circumstances | None = None
    residents: tuple[str, ...] = ()
    terms_digest: bytes = b""
    terms: Terms | None = None


Act: TypeAlias = Disclosing | Refusing


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of one act. `admitted` residents, in order, may leave; `refusal` says why not all.

    `receipt` is the record's place and the beginning of its leaf hash, "" where no record of its own was made.
    """

    admitted: int
    receipt: str
    refusal: Refusal | None
