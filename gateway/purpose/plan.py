"""A plan: one purpose compiled for one recipient department, ready to run.

Rule: everything that can be decided before a request is decided here, once: which fields are read, how each is masked,
by which keys residents may be asked for, and what bounds it all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.allowance import Terms
from gateway.field import Localized
from masking.masker import Masker
from masking.pseudonym import SealedTokens
from masking.value import AreaLevel


class SearchKey(StrEnum):
    """What residents may be asked for by."""

    RESIDENT_ID = "resident_id"
    PSEUDONYM = "pseudonym"
    AREA = "area"
    AGE_BAND = "age_band"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One granted field: `mask` is the masker's name, `masker` is bound to the department's pseudonym domain."""

    field: str
    mask: str
    masker: Masker


@dataclass(frozen=True, slots=True)
class StreamRule:
    """How the purpose may be streamed: `page` residents a record (1..1000).

    A selection may be no finer than the masks show: `area_level` is the finest area that may be asked for (None: no
    selection by area), `age_width` the band that asked ages must align to (None: no selection by age; 1: any age),
    and from `age_top` up all ages are one band (None: no such band). `age_on_eve`: a year of age is reached on the
    birthday's eve.
    """

    page: int
    area_level: AreaLevel | None
    age_width: int | None
    age_top: int | None
    age_on_eve: bool


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A purpose for one recipient department. `reads` are all fields to read, in the order of the row: granted ones and
    those that a masker needs beside (rule F6).

    `digest` is SHA-256 of the purpose's text, 32 bytes. `valid_from` and `valid_until` are both inclusive.
    `case_registry` None: no case is asked for. `subjects` opens and seals the purpose's own pseudonyms, None unless it
    is keyed by them.

    A plan is equal to itself alone: it is compiled once, and hashing all that it holds would cost each request 3 µs.
    """

    purpose: str
    digest: bytes
    department: str
    roles: frozenset[str]
    title: Localized
    legal_basis: Localized
    search_by: frozenset[SearchKey]
    case_registry: str | None
    applicant_required: bool
    restricted_allowed: bool
    valid_from: date
    valid_until: date
    fields: tuple[FieldRule, ...]
    reads: tuple[str, ...]
    terms: Terms
    terms_digest: bytes
    stream: StreamRule | None
    subjects: SealedTokens | None

    def in_force(self, today: date) -> bool:
        """Whether the purpose is valid today."""
        return self.valid_from <= today <= self.valid_until
