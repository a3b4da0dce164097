"""What the hallway brings to be settled, and what it gets back.

Rule: an act names everything its record will hold, so that settlement needs nobody else's knowledge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

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
    terms: Terms,
    terms_digest: bytes,
    *,
    department: str,
    digest: bytes,
    read: Sequence[str],
    delivered: Sequence[str],
    kind: pb.Kind.ValueType = pb.KIND_DISCLOSURE,
) -> Share:
    """The share of a plan under one mask: fields read and delivered, by name."""
    header = pb.Header(
        kind=kind,
        department=department,
        purpose=terms.purpose,
        purpose_digest=digest,
        fields_read=read,
        fields_delivered=delivered,
    )
    return Share(terms.purpose, digest, terms, terms_digest, header.SerializeToString())


class Foothold(Protocol):
    """What let a caller in. It may have gone by the time of settlement: midnight passes, a directory is read anew."""

    def lost(self, now: int) -> Reason | None:
        """Why the caller would not be let in at `now` µs, None if they would."""


@dataclass(frozen=True, slots=True)
class Glass:
    """A look that breaks the glass: `grant` is the id under which it will be reviewed, by the superior `notified`; how
    many there may be, and until when each is reviewed, is said by the terms.
    """

    grant: str
    notified: str


@dataclass(frozen=True, slots=True)
class Disclosing:
    """A disclosure about to be made. `residents` and `outcomes` go together, in order. `foothold` is asked again when
    it is settled.

    `divisible`: a page, of which the residents that the allowance still covers may be delivered; otherwise all or none.
    `page` counts from 1 (0: no stream); `cursor_digest` is SHA-256 of the cursor it was asked with. `grant` is the one
    it is made under, `relation` what was found between caller and subject all the same (a number of the record's
    Relation), `glass` how it will be reviewed if it breaks it. `reversal`: who stands behind a pseudonym is told.
    """

    caller: Caller
    share: Share
    circumstances: Circumstances
    search_keys: tuple[str, ...]
    residents: Sequence[str]
    outcomes: Sequence[int]
    foothold: Foothold
    divisible: bool = False
    page: int = 0
    cursor_digest: bytes = b""
    grant: str = ""
    relation: int = pb.RELATION_UNSPECIFIED
    glass: Glass | None = None
    reversal: bool = False


@dataclass(frozen=True, slots=True)
class Renewing:
    """Pseudonyms about to be answered with those of the epoch in force, under `grant`. `residents` are those whom they
    stand for, each once; `strangers` of the pseudonyms stand for nobody. `foothold` is asked again when it is settled.
    """

    caller: Caller
    share: Share
    circumstances: Circumstances
    residents: tuple[str, ...]
    strangers: int
    foothold: Foothold
    grant: str


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refusal about to be given. `caller` is None where nobody was identified; `system` is then the best guess.

    `terms_digest` is set where budgets decided, so that the decision can be made again. `terms` are those of the
    purpose that was asked for, if it got that far: they bound how many attempts may be refused. `relation` is what was
    found between caller and subject (a number of the record's Relation). `former_post`: they asked in a post that has
    ended, or for a purpose of a department that they have left.
    """

    reason: Reason
    caller: Caller | None
    system: str
    purpose: str
    circumstances: Circumstances | None = None
    residents: tuple[str, ...] = ()
    terms_digest: bytes = b""
    terms: Terms | None = None
    relation: int = pb.RELATION_UNSPECIFIED
    former_post: bool = False


@dataclass(frozen=True, slots=True)
class Requesting:
    """A grant is asked for. `residents` are those who were named, none for a selection; `terms` as the record keeps
    them. `foothold` is asked again when it is settled.
    """

    caller: Caller
    grant: str
    purpose: str
    purpose_digest: bytes
    circumstances: Circumstances
    residents: tuple[str, ...]
    terms: pb.GrantTerms
    foothold: Foothold


@dataclass(frozen=True, slots=True)
class Deciding:
    """A grant is approved, rejected or taken back (`step`, a number of the record's GrantStep). `residents` are those
    whom the approver was told; another number of them, or others, is no approval. `foothold` is asked again when it is
    settled. `terms` bound how many attempts may have been refused before it; None: it does not matter.
    """

    caller: Caller
    grant: str
    step: int
    note: str
    request_id: str
    residents: tuple[str, ...]
    foothold: Foothold
    terms: Terms | None = None


@dataclass(frozen=True, slots=True)
class Overriding:
    """An allowance is to be raised for a time: proposed (`terms` say what), or approved or taken back (`step`, a number
    of the record's OverrideStep). `foothold` is asked again when it is settled.
    """

    caller: Caller
    override: str
    step: int
    note: str
    request_id: str
    foothold: Foothold
    terms: pb.OverrideTerms | None = None


Act: TypeAlias = Disclosing | Renewing | Refusing | Requesting | Deciding | Overriding

BookTexts: TypeAlias = tuple[Sequence[tuple[str, bytes, bytes]], Sequence[Terms]]
"""A book as it is kept by content: (kind, digest, text) of purposes and limits, and the terms that follow."""


@dataclass(frozen=True, slots=True)
class Reloading:
    """An operator has everything read anew. `book` None: the old one stays, for `findings` findings; `directory` is the
    digest of the staff directory, 32 bytes.
    """

    caller: Caller
    request_id: str
    book: BookTexts | None
    directory: bytes
    findings: int = 0


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of one act. `admitted` residents, in order, may leave; `refusal` says why not all.

    `receipt` is the record's place and the beginning of its leaf hash, "" where no record of its own was made.
    """

    admitted: int
    receipt: str
    refusal: Refusal | None
