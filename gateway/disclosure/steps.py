"""The steps that all ways through the hallway share.

Rule: each step either passes or raises the Refusal that will be recorded; none of them answers anybody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from gateway.allotting import Rest
from gateway.ask import Ask
from gateway.caller import Caller, Post
from gateway.case import CaseRule
from gateway.clock import day_of
from gateway.disclosure.hold import Hold
from gateway.disclosure.relations import RECORDED, Relations
from gateway.disclosure.turns import Turns
from gateway.field import FIELDS, STATUS
from gateway.grant.id import grant_id
from gateway.ledger.acts import Act, Glass, Refusing, Settled, Share
from gateway.ledger.grants import Use
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.v1 import record_pb2
from gateway.measures import Measures
from gateway.purpose.book import InForce
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import Reader, Register, RegisterUnavailable
from gateway.remarks.reader import RemarkReader
from gateway.standing.conflict import superiors
from gateway.standing.judge import case_end, case_state, left_by, post_of, was_post_of
from gateway.standing.port import CaseQuestion, CaseRegistries, CaseState, Directory, StandingUnavailable
from gateway.standing.relation import Relation, nearest
from gateway.subject import Onlookers, Row
from gateway.view import View, chosen
from masking.allotment import AllotmentsUnavailable
from masking.pseudonym import ForeignToken
from masking.remark.span import Span
from masking.value import NOTHING_READ

_EACH: Final = 4
"""Pieces of bulk work that one person may have under way at once: streams that their reader leaves lying must not take
others' room.
"""


class Steps:
    """Who is asked at each step. `inside` counts the questions under way, whether or not anybody still waits for
    them.
    """

    def __init__(
        self,
        *,
        in_force: InForce,
        directory: Directory,
        cases: CaseRegistries,
        register: Register,
        ledger: Ledger,
        relations: Relations,
        remarks: RemarkReader,
        measures: Measures,
        capacity: int,
    ) -> None:
        """`capacity`: questions under way at once; beyond it they are turned away."""
        self._in_force, self._directory, self._cases = in_force, directory, cases
        self.register, self.ledger, self.measures = register, ledger, measures
        self.relations, self._remarks = relations, remarks
        self.statuses: Reader = register.reader((STATUS,))
        self.turns = Turns(lambda: self.inside)
        self.hold = Hold()
        self.inside = 0
        self._capacity = capacity
        self._bulk: Counter[str] = Counter()
        self._walking: set[str] = set()
        self._views = lru_cache(maxsize=512)(self._make_view)

    # ------------------------------------------------------------------------------------------------ 2 purpose

    def mask(self, ask: Ask, plan: Plan) -> tuple[str, ...] | None:
        """The mask of a request: no wider than what its grant opens, or, where it breaks the glass, than what the
        purpose shows in an emergency. Raises Refusal: STEP_UP_REQUIRED if the purpose has no glass to break.
        """
        if ask.break_glass:
            if plan.glass is None:
                raise Refusal(Reason.STEP_UP_REQUIRED)
            return _within(plan, ask.mask, plan.glass.fields, "not in an emergency")
        grant = self.ledger.grant(ask.grant) if ask.grant else None
        if grant is not None and grant.terms.fields:
            return _within(plan, ask.mask, frozenset(grant.terms.fields), "not under this grant")
        return ask.mask

    def plan(self, ask: Ask) -> Plan:
        """The plan in force for this caller. Raises Refusal."""
        plan, today = self._in_force.book.plan(ask.purpose, ask.caller.department), self.today()
        if plan is None or ask.caller.role not in plan.roles or not plan.in_force(today):
            raise Refusal(Reason.PURPOSE_NOT_GRANTED, former_post=self._of_one_left(ask, today))
        if plan.applicant_required and ask.applicant is None:
            raise Refusal(
                Reason.REQUEST_MALFORMED,
                violations=(Violation("context.applicant", "this purpose serves the public: say who applies"),),
            )
        return plan

    def _of_one_left(self, ask: Ask, today: date) -> bool:
        """Whether the purpose is one of a department that the caller has left."""
        try:
            left = left_by(self._directory, ask.caller.staff, today)
        except StandingUnavailable:
            return False
        return any(self._in_force.book.plan(ask.purpose, department) is not None for department in left)

    def planned(self, purpose: str, department: str) -> Plan | None:
        """The plan of a purpose for a department, whoever asks."""
        return self._in_force.book.plan(purpose, department)

    def some_plan(self) -> Plan:
        """Any plan in force: what the city bounds, it bounds in all of them."""
        return next(iter(self._in_force.book.plans.values()))

    def view(self, plan: Plan, mask: tuple[str, ...] | None) -> View:
        """The view for a mask, whatever the order its paths are written in. Raises Refusal."""
        return self._views(plan, None if mask is None else tuple(rule.field for rule in chosen(plan, mask)))

    def _make_view(self, plan: Plan, fields: tuple[str, ...] | None) -> View:
        return View(plan, chosen(plan, fields), self.register, self.relations.fields)

    def named(self, purpose: str, caller: Caller) -> str:
        """`purpose` if it is one of the caller's department, else "": of words that anybody may make up, neither
        records nor metrics keep one each.
        """
        return purpose if self._in_force.book.plan(purpose, caller.department) is not None else ""

    # --------------------------------------------------------------------------------------------------- 3 shed

    def shed(self, plan: Plan, caller: Caller) -> None:
        """Turn away what would be too much, without asking a database. Raises Refusal."""
        if self.inside >= self._capacity:
            raise Refusal(Reason.OVERLOADED)
        held_up = self.ledger.held_up(plan.terms, caller.staff)
        if held_up is not None:
            raise held_up

    @contextmanager
    def counted(self) -> Iterator[None]:
        """One question under way."""
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

    def shed_bulk(self, plan: Plan, caller: Caller) -> None:
        """The same for bulk work, of which one person has only so much under way. Raises Refusal."""
        self.shed(plan, caller)
        if self._bulk[caller.staff] >= _EACH:
            raise Refusal(Reason.OVERLOADED)

    @contextmanager
    def in_bulk(self, caller: Caller) -> Iterator[None]:
        """One stream or the like under way: no single question, for which others would have to give way."""
        self._bulk[caller.staff] += 1
        try:
            yield
        finally:
            self._bulk[caller.staff] -= 1

    @contextmanager
    def walking(self, plan: Plan, caller: Caller) -> Iterator[None]:
        """One walk through much of the register for an answer about nobody: bulk work, and of one person one at a time.
        Raises Refusal.
        """
        self.shed_bulk(plan, caller)
        if caller.staff in self._walking:
            raise Refusal(Reason.OVERLOADED)
        self._walking.add(caller.staff)
        try:
            with self.in_bulk(caller):
                yield
        finally:
            self._walking.discard(caller.staff)

    # ----------------------------------------------------------------------------------------------- 4 standing

    def today(self) -> date:
        """The day of Japan's calendar. Raises Refusal."""
        try:
            return day_of(self.ledger.now())
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    def stand_in_post(self, caller: Caller, plan: Plan, today: date) -> InPost:
        """The post is in force, gives this role in this department, and the purpose still holds; what settlement asks
        again. Raises Refusal, StandingUnavailable.
        """
        post = post_of(self._directory, caller, today)
        if post is None:
            raise Refusal(Reason.POST_NOT_IN_FORCE, former_post=was_post_of(self._directory, caller, today))
        if not plan.in_force(today):
            raise Refusal(Reason.PURPOSE_NOT_GRANTED)
        return InPost(self._directory, caller, plan, post)

    def granted(
        self, ask: Ask, plan: Plan, residents: Sequence[str], kind: int = record_pb2.GRANT_KIND_STEP_UP
    ) -> bool:
        """Whether they ask under a grant, and it opens these residents for that kind of look. Raises Refusal if it does
        not; settlement judges it once more.
        """
        if not ask.grant:
            return False
        if kind == record_pb2.GRANT_KIND_STEP_UP and not plan.takes_ids:
            # Under a pseudonym it would tell whether that is one of the ids: a reversal that nobody agreed on (M6).
            raise Refusal(Reason.GRANT_NOT_ACTIVE)
        ledger = self.ledger
        grant = ledger.grant(ask.grant)
        if (
            grant is None
            or not grant.opens(Use(ask.caller, plan.digest, ask.circumstances.case, ledger.now(), kind))
            or not all(ledger.names(grant, each) for each in residents)
        ):
            raise Refusal(Reason.GRANT_NOT_ACTIVE)
        return True

    def broken(self, ask: Ask, plan: Plan, post: Post) -> Glass | None:
        """What is to be reviewed, if they break the glass. Raises Refusal if there is no superior who could."""
        if not ask.break_glass or plan.glass is None:
            return None
        if post.superior is None or post.superior not in superiors(self._directory, post, self.today()):
            raise Refusal(Reason.STEP_UP_REQUIRED)
        return Glass(grant_id(), post.superior)

    async def case_states(self, asked: Sequence[tuple[InPost, str, str]], today: date) -> list[CaseState]:
        """What a reference is worth for a resident, of each who has stood in their post and asks under a case rule; in
        order. What settlement asks again knows from here on when the case ends. Raises StandingUnavailable.
        """
        if not asked:
            return []
        rules = [_case_rule(foothold.plan) for foothold, _, _ in asked]
        questions = [
            CaseQuestion(rule.registry, reference, resident)
            for rule, (_, reference, resident) in zip(rules, asked, strict=True)
        ]
        files = await self._cases.files(questions)
        states: list[CaseState] = []
        for rule, question, (foothold, _, _) in zip(rules, questions, asked, strict=True):
            file = files.get(question)
            states.append(case_state(rule, file, foothold.post, self._directory, today))
            foothold.case_end = case_end(rule, file) if file is not None else None
        return states

    # ----------------------------------------------------------------------------------------------- 5 restrict

    def onlookers(self, ask: Ask) -> Onlookers:
        """Who would come to know of whoever is asked about. Raises StandingUnavailable."""
        return Onlookers(ask.applicant, self._directory.resident(ask.caller.staff))

    # ----------------------------------------------------------------------------------------------- 6 relation

    async def unrelated(self, view: View, caller: Caller, residents: Sequence[str], today: date) -> None:
        """None of them is related to the caller. Raises Related, StandingUnavailable, RegisterUnavailable.

        Behind a pseudonym nobody is looked for: a refusal would tell the caller which of them is a colleague.
        """
        if view.pseudonymous:
            return
        found = await self.relations.found([(caller, resident) for resident in residents], today)
        near = [resident for each, resident in zip(found, residents, strict=True) if each is not Relation.NONE]
        if near:
            raise Related(nearest(found), tuple(near))

    async def nearest(self, view: View, caller: Caller, residents: Sequence[str], today: date) -> Relation:
        """What the nearest of them is to the caller, where a superior approved that; behind pseudonyms nobody is looked
        for. Raises StandingUnavailable, RegisterUnavailable.
        """
        if view.pseudonymous:
            return Relation.NONE
        return nearest(await self.relations.found([(caller, resident) for resident in residents], today))

    def share(self, view: View, caller: Caller) -> Share:
        """What the record says was read: what relations are found by, too, where they were looked for."""
        return view.related_share if not view.pseudonymous and self.relations.reads(caller) else view.share

    async def allot(self, view: View, rows: Sequence[Row], today: date, rest: Rest | None = None) -> None:
        """Whoever is about to be shown under an invented name has one from here on; between two pieces of work others
        may go first. Raises RegisterUnavailable: without one nobody is shown.
        """
        if not view.allots or not rows:
            return
        try:
            await view.allot(rows, today, self.register.borne, rest)
        except AllotmentsUnavailable as error:
            raise RegisterUnavailable(str(error)) from None

    # ------------------------------------------------------------------------------------------------- 7 settle

    async def settle(self, act: Act) -> Settled:
        """Settle one act. Raises Refusal if that cannot be done."""
        try:
            return (await self.ledger.settle([act]))[0]
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    # --------------------------------------------------------------------------------------------------- 8 mask

    async def read(self, view: View, rows: Iterable[tuple[Row, bool]]) -> Mapping[str, Sequence[Span]]:
        """What a reader finds in the texts of rows that will be shown, each with whether its resident is protected."""
        if not view.reads:
            return NOTHING_READ
        texts = [text for row, protected in rows for text in view.texts(row, protected=protected)]
        return await self._remarks.read(texts) if texts else NOTHING_READ

    # ------------------------------------------------------------------------------------------------- refusals

    async def record(self, refusal: Refusal, ask: Ask, residents: tuple[str, ...] = ()) -> None:
        """Record a refusal before it is answered. Raises Refusal(LEDGER_UNAVAILABLE) if that cannot be done."""
        caller = ask.caller
        # Of a department that was left the purpose is one of the book, too: no made-up word.
        left = refusal.former_post and refusal.reason is Reason.PURPOSE_NOT_GRANTED
        purpose = ask.purpose if left else self.named(ask.purpose, caller)
        await self.settle(
            Refusing(
                refusal.reason,
                caller,
                caller.system,
                purpose,
                ask.circumstances,
                residents,
                former_post=refusal.former_post,
            )
        )

    async def record_attempt(self, refusal: Refusal, ask: Ask, plan: Plan, residents: tuple[str, ...] = ()) -> Refusal:
        """Record a refusal that counts as an attempt under the plan's terms; what to tell may be that there were too
        many. Raises Refusal(LEDGER_UNAVAILABLE).
        """
        if isinstance(refusal, Related):
            act = refusing(ask, plan, refusal.reason, refusal.residents, RECORDED[refusal.relation])
        else:
            act = refusing(ask, plan, refusal.reason, residents, former_post=refusal.former_post)
        return await self.attempted(refusal, act)

    async def attempted(self, refusal: Refusal, act: Refusing) -> Refusal:
        """Record an attempt as `act`; what to tell, as `record_attempt` does. Raises Refusal(LEDGER_UNAVAILABLE)."""
        told = (await self.settle(act)).refusal
        return refusal if told is None or told.reason is refusal.reason else told


def _within(plan: Plan, mask: tuple[str, ...] | None, opened: frozenset[str], why: str) -> tuple[str, ...]:
    """A mask within the fields that are opened; unset asks for all of them. Raises Refusal."""
    if mask is None:
        return tuple(rule.field for rule in plan.fields if rule.field in opened)
    denied = sorted({path for path in mask if path in FIELDS} - opened)
    if denied:
        raise Refusal(Reason.FIELD_NOT_GRANTED, violations=tuple(Violation(path, why) for path in denied))
    return mask


@dataclass(slots=True)
class InPost:
    """The post and the purpose by which a caller was let in, as a Foothold; `case_end` is the first day on which their
    case no longer counts (None: none is known, or no case was asked for).
    """

    directory: Directory
    caller: Caller
    plan: Plan
    post: Post
    case_end: date | None = None

    def lost(self, now: int) -> Reason | None:
        """Judged anew, by the directory as it is then and on the day that it is then."""
        today = day_of(now)
        try:
            if post_of(self.directory, self.caller, today) is None:
                return Reason.POST_NOT_IN_FORCE
        except StandingUnavailable:
            return Reason.REGISTER_UNAVAILABLE
        if self.case_end is not None and self.case_end <= today:
            return Reason.CASE_NOT_VALID
        return None if self.plan.in_force(today) else Reason.PURPOSE_NOT_GRANTED


def _case_rule(plan: Plan) -> CaseRule:
    if plan.case is None:
        raise ValueError(f"{plan.purpose} has no case rule")
    return plan.case


class Related(Refusal):
    """The caller asked for somebody near to them: told as STEP_UP_REQUIRED whatever the relation, or as `reason` where
    that would tell too much, and recorded with it.
    """

    def __init__(
        self, relation: Relation, residents: tuple[str, ...], reason: Reason = Reason.STEP_UP_REQUIRED
    ) -> None:
        super().__init__(reason)
        self.relation = relation
        self.residents = residents


def refusing(
    ask: Ask,
    plan: Plan,
    reason: Reason,
    residents: tuple[str, ...] = (),
    relation: int = RECORDED[Relation.NONE],
    *,
    former_post: bool = False,
) -> Refusing:
    """The refusal of somebody who got as far as standing: its terms bound how many attempts may be refused."""
    caller = ask.caller
    return Refusing(
        reason,
        caller,
        caller.system,
        ask.purpose,
        ask.circumstances,
        residents,
        terms=plan.terms,
        relation=relation,
        former_post=former_post,
    )


UNREADABLE = (RegisterUnavailable, StandingUnavailable)
"""What reading may end with; all of it reads REGISTER_UNAVAILABLE to the caller."""


def opened(plan: Plan, pseudonym: str, today: date, place: str = "pseudonym") -> str:
    """The resident behind a pseudonym of the plan's own domain, of an epoch that counts today. Raises Refusal for any
    other (rule M3).
    """
    if plan.subjects is None:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    try:
        return plan.subjects.open(pseudonym, today)
    except ForeignToken:
        raise Refusal(
            Reason.REQUEST_MALFORMED, violations=(Violation(place, "not a pseudonym of this purpose"),)
        ) from None
