"""A view: a plan as one request sees it, narrowed by its read mask.

Rule: a mask may narrow, never widen (rules F1 to F3), and what it leaves out is not even read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import SystemRandom
from typing import Final

from gateway.field import FIELDS, SEX
from gateway.ledger.acts import Share, share
from gateway.purpose.plan import FieldRule, Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import Reader, Register
from gateway.subject import Row
from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import WITHHELD, Masked, Occasion, Pseudonym, Sex

Answer = list[tuple[str, Masked]]
"""A resident as disclosed: masked forms by field name."""


@dataclass(frozen=True, slots=True)
class Bound:
    """One field of the view: where it stands in a row, its masker, and whether it tells where the resident lives."""

    field: str
    index: int
    masker: Masker
    locates: bool


class View:
    """The fields of one request, the reader that fetches just them, and the share that is recorded of them."""

    __slots__ = ("_bound", "_pseudonymous", "_sex", "plan", "reader", "share")

    def __init__(self, plan: Plan, rules: Sequence[FieldRule], register: Register) -> None:
        needs = {need for rule in rules for need in CATALOGUE[rule.mask].needs}
        named = {rule.field for rule in rules}
        reads = tuple(field for field in plan.reads if field in named or field in needs)
        self.plan = plan
        self.reader: Reader = register.reader(reads)
        self.share: Share = share(
            plan.terms,
            plan.terms_digest,
            department=plan.department,
            digest=plan.digest,
            read=reads,
            delivered=[rule.field for rule in rules],
        )
        self._bound = tuple(
            Bound(rule.field, reads.index(rule.field), rule.masker, FIELDS[rule.field].locates) for rule in rules
        )
        # Whatever the mask leaves out: the purpose is one that shows pseudonyms.
        self._pseudonymous = any(CATALOGUE[rule.mask].keyed for rule in plan.fields)
        self._sex = reads.index(SEX) if SEX in needs else None

    def mask(self, row: Row, today: date, *, protected: bool) -> Answer:
        """The row in the forms that the purpose grants; a protected resident's whereabouts are withheld."""
        values = row.values
        sex = values[self._sex] if self._sex is not None else None
        occasion = Occasion(row.resident_id, _SEXES.get(sex) if isinstance(sex, str) else None, today)
        if protected and not self.plan.restricted_allowed:
            return [
                (bound.field, WITHHELD if bound.locates else bound.masker(values[bound.index], occasion))
                for bound in self._bound
            ]
        return [(bound.field, bound.masker(values[bound.index], occasion)) for bound in self._bound]

    def mix(self, answers: list[Answer]) -> None:
        """Take from a page the order of resident ids, if it shows pseudonyms: another purpose's page of the same
        residents could be laid beside it, line by line. The order of the pseudonyms themselves says nothing outside
        the purpose.
        """
        if not self._pseudonymous:
            return
        if all(isinstance(answer[0][1], Pseudonym) for answer in answers):
            answers.sort(key=_token)
        else:
            _chance.shuffle(answers)


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
