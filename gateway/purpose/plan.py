"""A plan: one purpose compiled for one recipient department, ready to run.

Rule: everything that can be decided before a request is decided here, once: which fields are read, how each is masked,
by which keys residents may be asked for, and what bounds it all.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from gateway.allowance import Emergencies, Terms
from gateway.case import CaseRule
from gateway.field import Localized, SearchKey
from gateway.subject import Status
from masking.masker import Masker
from masking.pseudonym import AcceptedTokens
from masking.value import AreaLevel


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One granted field: `mask` is the masker's name, `settings` its settings as people read them (`width=5 top=90`),
    `masker` is bound to the department's pseudonym domain, and `needs` these register fields beside.
    """

    field: str
    mask: str
    settings: str
    masker: Masker
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asking:
    """What one kind of question may combine: each must use all keys of one of `combinations`, and may ask for entries
    of `statuses` (those who live here, unless it says otherwise).
    """

    combinations: tuple[frozenset[SearchKey], ...]
    statuses: frozenset[Status]

    def covers(self, keys: frozenset[SearchKey]) -> bool:
        """Whether a question by these keys is one that the purpose allows."""
        return any(combination <= keys for combination in self.combinations)


@dataclass(frozen=True, slots=True)
class SearchRule:
    """How the purpose may be searched: `limit` residents found at most, `address_limit` where address or household is
    among the keys; more are answered with none (rule S3).

    `names` are the fields whose spellings a name may be: the name, and former surname and common name where they are
    granted as they stand.
    """

    asking: Asking
    limit: int
    address_limit: int
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class StreamRule:
    """How the purpose may be streamed: `page` residents a record (1..1000).

    A selection may be no finer than the masks show: `area_level` is the finest area that may be asked for (None: no
    selection by area), `age_width` the band that asked ages must align to (None: no selection by age; 1: any age),
    and from `age_top` up all ages are one band (None: no such band). `age_on_eve`: a year of age is reached on the
    birthday's eve.
    """

    asking: Asking
    page: int
    area_level: AreaLevel | None
    age_width: int | None
    age_top: int | None
    age_on_eve: bool


@dataclass(frozen=True, slots=True)
class GlassRule:
    """Who breaks the glass sees at once, without case or superior, `fields` only; how often, and until when a superior
    reviews it, is `allowed`.
    """

    fields: frozenset[str]
    allowed: Emergencies


@dataclass(frozen=True, slots=True)
class BulkRule:
    """Streams need a grant, of at most `residents`; a selection in which fewer than `k` look alike is not opened (k 1:
    each may stand alone), nor one in which those who do show fewer than `l` values of a `sensitive` field (l 0: no
    field is). Who looks alike is told by the other fields.
    """

    residents: int
    k: int
    l: int = 0
    sensitive: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Deprecation:
    """The purpose is on its way out: announced on `since`, it ends with its validity. `successor` is the purpose to
    move to, "" for none.
    """

    since: date
    successor: str
    note: Localized


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A purpose for one recipient department. `reads` are all fields to read, in the order of the row: granted ones, or
    what they are derived from, and those that a masker needs beside (rule F6).

    `digest` is SHA-256 of the purpose's text, 32 bytes. `valid_from` and `valid_until` are both inclusive.
    `case` None: no case is asked for. `search` and `stream` None: cannot be searched, streamed. `subjects`
    opens the purpose's own pseudonyms, None unless it is keyed by them. `glass` None: it cannot be broken.
    `bulk` None: streams need no grant. `reversal`: who stands behind one of its pseudonyms may be told, under a grant.
    `renewal`: what they are in a new epoch may be told, under a grant.

    Status is always among `reads`: it tells the living entry from others under the same id (rule S5).

    A plan is equal to itself alone: it is compiled once, and hashing all that it holds would cost each request 3 µs.
    """

    purpose: str
    digest: bytes
    department: str
    roles: frozenset[str]
    title: Localized
    legal_basis: Localized
    search_by: frozenset[SearchKey]
    case: CaseRule | None
    applicant_required: bool
    restricted_allowed: bool
    valid_from: date
    valid_until: date
    fields: tuple[FieldRule, ...]
    reads: tuple[str, ...]
    terms: Terms
    terms_digest: bytes
    search: SearchRule | None
    stream: StreamRule | None
    subjects: AcceptedTokens | None
    deprecation: Deprecation | None
    glass: GlassRule | None = None
    bulk: BulkRule | None = None
    reversal: bool = False
    renewal: bool = False

    def in_force(self, today: date) -> bool:
        """Whether the purpose is valid today."""
        return self.valid_from <= today <= self.valid_until

    def opened(self, named: Collection[str]) -> tuple[FieldRule, ...]:
        """The rules of the fields that a grant opens: those that it names, or all where it names none."""
        return tuple(rule for rule in self.fields if not named or rule.field in named)

    @property
    def takes_ids(self) -> bool:
        """Whether residents are named to it by their ids; one that issues pseudonyms is asked by these alone."""
        return SearchKey.RESIDENT_ID in self.search_by and self.subjects is None

    @property
    def case_registry(self) -> str | None:
        """The registry whose cases count, None if no case is asked for."""
        return self.case.registry if self.case is not None else None
