"""A view: a plan as one request sees it, narrowed by its read mask.

Rule: a mask may narrow, never widen (rules F1 to F3), and what it leaves out is not even read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import SystemRandom
from typing import Final, cast

from gateway.allotting import Borne, Rest, allot
from gateway.derive import DERIVATIONS, Day, Derivation, base_of
from gateway.field import FIELDS, HOUSEHOLD_ID, SEX, STATUS
from gateway.ledger.acts import Share, share
from gateway.purpose.plan import FieldRule, Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import Reader, Register
from gateway.subject import Row
from masking.catalogue import CATALOGUE
from masking.masker import Allotting, Masker
from masking.remark.span import Span
from masking.value import NOTHING_READ, WITHHELD, Masked, Occasion, Pseudonym, Sex, Value

Answer = list[tuple[str, Masked]]
"""A resident as disclosed: masked forms by field name."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One field of the view: where it, or what it is derived from, stands in a row (None: nowhere), its masker, whether
    that allots names, whether it `reads`, and whether the field tells where the resident lives.
    """

    field: str
    index: int | None
    derive: Derivation | None
    masker: Masker
    allots: bool
    reads: bool
    locates: bool

    def __call__(self, values: Sequence[Value | None], day: Day, occasion: Occasion) -> Masked:
        """The field's masked form."""
        value = None if self.index is None else values[self.index]
        return self.masker(value if self.derive is None else self.derive(value, day), occasion)


class View:
    """The fields of one request, the reader that fetches just them, and the share that is recorded of them. `status_at`
    is where the register status stands in a row. `related_share` is the share where relations were looked for, too.
    `pseudonymous`: the purpose shows pseudonyms, so that nobody it shows may be told apart by being known.
    `allots`: residents are shown under invented names, which they must have before. `reads`: there are fields whose
    text has to be read before it is masked.
    """

    __slots__ = (
        "_alike",
        "_bound",
        "_delivered",
        "_household",
        "_reads",
        "_sex",
        "allots",
        "plan",
        "pseudonymous",
        "reader",
        "reads",
        "related_share",
        "share",
        "status_at",
    )

    def __init__(self, plan: Plan, rules: Sequence[FieldRule], register: Register, kin: Sequence[str] = ()) -> None:
        """`kin`: the fields that relations are found by; they are read beside the view, by a reader of their own."""
        needs = {need for rule in rules for need in rule.needs}
        bases = {base_of(rule.field) for rule in rules}
        # The status is judged whatever is shown: it tells the living entry from others under the same id.
        reads = tuple(field for field in plan.reads if field in bases or field in needs or field == STATUS)
        self.plan = plan
        self.reader: Reader = register.reader(reads)
        self._reads, self._delivered = reads, [rule.field for rule in rules]
        self.share, self.related_share = self._share(()), self._share(kin)
        self._bound = tuple(_bound(rule, reads) for rule in rules)
        self.status_at = reads.index(STATUS)
        # Whatever the mask leaves out: the purpose is one that shows pseudonyms.
        self.pseudonymous = any(CATALOGUE[rule.mask].pseudonymous for rule in plan.fields)
        self._alike = tuple(_bound(rule, reads) for rule in rules if not CATALOGUE[rule.mask].pseudonymous)
        self.allots = any(bound.allots for bound in self._bound)
        self.reads = any(bound.reads for bound in self._bound)
        self._sex = reads.index(SEX) if SEX in needs else None
        self._household = reads.index(HOUSEHOLD_ID) if HOUSEHOLD_ID in needs else None

    def share_beside(self, other: View) -> Share:
        """The share where the fields of another view were read, too."""
        return self._share(other._reads)

    def _share(self, beside: Sequence[str]) -> Share:
        plan, reads = self.plan, self._reads
        return share(
            plan.terms,
            plan.terms_digest,
            department=plan.department,
            digest=plan.digest,
            read=[*reads, *(field for field in beside if field not in reads)],
            delivered=self._delivered,
        )

    def texts(self, row: Row, *, protected: bool) -> Iterator[str]:
        """What has to be read before the row can be masked."""
        withheld = protected and not self.plan.restricted_allowed
        for bound in self._bound:
            value = row.values[bound.index] if bound.reads and bound.index is not None else None
            if isinstance(value, str) and not (withheld and bound.locates):
                yield value

    def mask(
        self, row: Row, today: date, *, protected: bool, read: Mapping[str, Sequence[Span]] = NOTHING_READ
    ) -> Answer:
        """The row in the forms that the purpose grants; a protected resident's whereabouts are withheld. `read` is what
        was found in its `texts`.
        """
        return self._masked(self._bound, row, self._occasion(row, today, read), protected=protected)

    def alike(self, row: Row, today: date, *, protected: bool) -> Answer:
        """The same without what stands in for the resident alone: what is left is what residents may have in common."""
        return self._masked(self._alike, row, self._occasion(row, today), protected=protected)

    def _masked(self, chosen: Sequence[Bound], row: Row, occasion: Occasion, *, protected: bool) -> Answer:
        values, day = row.values, Day(occasion.today, protected)
        if protected and not self.plan.restricted_allowed:
            return [(bound.field, WITHHELD if bound.locates else bound(values, day, occasion)) for bound in chosen]
        return [(bound.field, bound(values, day, occasion)) for bound in chosen]

    async def allot(self, rows: Sequence[Row], today: date, borne: Borne, rest: Rest | None) -> None:
        """See to it that whoever will be shown under an invented name has one. Raises AllotmentsUnavailable, and what
        `borne` raises.
        """
        for bound in self._bound:
            if bound.allots and bound.index is not None:
                masker = cast("Allotting", bound.masker)
                wanted = [(row.values[bound.index], self._occasion(row, today)) for row in rows]
                await allot(masker, wanted, borne, rest)

    def _occasion(self, row: Row, today: date, read: Mapping[str, Sequence[Span]] = NOTHING_READ) -> Occasion:
        sex = row.values[self._sex] if self._sex is not None else None
        household = row.values[self._household] if self._household is not None else None
        return Occasion(
            row.resident_id,
            _SEXES.get(sex) if isinstance(sex, str) else None,
            today,
            read,
            household if isinstance(household, str) else "",
        )

    def mix(self, answers: list[Answer]) -> None:
        """Take from a page the order of resident ids, if it shows pseudonyms: another purpose's page of the same
        residents could be laid beside it, line by line. The order of the pseudonyms themselves says nothing outside
        the purpose.
        """
        if not self.pseudonymous:
            return
        if all(isinstance(answer[0][1], Pseudonym) for answer in answers):
            answers.sort(key=_token)
        else:
            _chance.shuffle(answers)


def _bound(rule: FieldRule, reads: Sequence[str]) -> Bound:
    base = base_of(rule.field)
    index = None if base is None else reads.index(base)
    return Bound(
        rule.field,
        index,
        DERIVATIONS.get(rule.field),
        rule.masker,
        CATALOGUE[rule.mask].allots,
        CATALOGUE[rule.mask].reads,
        FIELDS[rule.field].locates,
    )


def _token(answer: Answer) -> str:
    masked = answer[0][1]
    return masked.token if isinstance(masked, Pseudonym) else ""


_chance: Final = SystemRandom()
_SEXES = {sex.value: sex for sex in Sex}


def chosen(plan: Plan, paths: tuple[str, ...] | None) -> Sequence[FieldRule]:
    """The plan's rules that a read mask asks for, in the plan's order; None asks for all. Raises Refusal."""
    if paths is None:
        return plan.fields
    unknown = tuple(
        Violation(f"read_mask.paths[{place}]", "there is no such field" if path else "an empty path")
        for place, path in enumerate(paths)
        if path not in FIELDS
    )
    if unknown:
        raise Refusal(Reason.FIELD_UNKNOWN, violations=unknown)
    granted = {rule.field for rule in plan.fields}
    denied = sorted(set(paths) - granted)
    if denied:
        raise Refusal(
            Reason.FIELD_NOT_GRANTED,
            violations=tuple(Violation(path, "not granted by this purpose") for path in denied),
        )
    return [rule for rule in plan.fields if rule.field in paths]
