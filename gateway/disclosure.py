"""The hallway: every disclosure walks through here, in numbered steps.

Rule: nothing leaves before step 7 has reached the disk, and every denial on the way is recorded like a disclosure.

 1 identify     the caller comes authenticated: system and person (gateway.rpc.identity)
 2 purpose      the plan in force covers recipient, role, key and mask
 3 shed         a flood is turned away before any database work
 4 standing     the post is in force today; the case is open and the resident a party to it
 5 read         only the planned columns
 6 restrict     who is hidden from this caller or applicant is absent
 7 settle       one durable append records the disclosure and spends the budgets
 8 mask         and answer

Steps 1 to 3 are each caller's own; steps 4 to 8 are walked by as many as have come together (gateway.fill), because
they can share each read and the one sync of the disk.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from time import perf_counter_ns
from typing import Final

from gateway.ask import Ask, Disclosed, LookupAsk, Page, StreamAsk
from gateway.caller import Caller
from gateway.clock import day_of
from gateway.cursor import Cursors, Position
from gateway.fill import FillWindow
from gateway.ledger.acts import ABSENT, DELIVERED, HIDDEN, Act, Disclosing, Refusing, Settled
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.measures import Measures, Step
from gateway.purpose.book import Book
from gateway.purpose.plan import Plan, SearchKey
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import Register, RegisterUnavailable
from gateway.selection import Selected, bound_to, stream_rule
from gateway.standing.judge import post_of
from gateway.standing.port import CaseQuestion, CaseRegistries, CaseState, Directory, StandingUnavailable
from gateway.subject import Restriction, Row
from gateway.view import Answer, View, chosen
from masking.pseudonym import ForeignToken

_STREAMS_EACH: Final = 4
"""Streams that one person may have open at once."""
_MASK_SLICE: Final = 40
"""Residents of a page masked between turns of the event loop: well under a millisecond."""


@dataclass(slots=True)
class Visit:
    """One lookup on its way through steps 4 to 8. `act` is set where it is decided what will be recorded."""

    lookup: LookupAsk
    view: View
    resident_id: str
    done: asyncio.Future[Disclosed]
    row: Row | None = None
    protected: bool = False
    act: Act | None = None


class Hallway:
    """The one way from a request to an answer."""

    def __init__(
        self,
        *,
        book: Book,
        directory: Directory,
        cases: CaseRegistries,
        register: Register,
        ledger: Ledger,
        cursors: Cursors,
        measures: Measures,
        capacity: int,
    ) -> None:
        """`capacity`: lookups under way at once, those that nobody waits for any more among them; beyond it they are
        turned away. Streams are bounded by person: one that its reader leaves lying must not take others' room.
        """
        self._book, self._directory, self._cases = book, directory, cases
        self._register, self._ledger, self._cursors = register, ledger, cursors
        self._measures, self._capacity = measures, capacity
        self._ids = register.reader(())
        self._window: FillWindow[Visit] = FillWindow(self._walk)
        self._inside = 0
        self._open: Counter[str] = Counter()
        self._views = lru_cache(maxsize=512)(self._make_view)

    async def lookup(self, lookup: LookupAsk) -> Disclosed:
        """Disclose one resident. Raises Refusal, recorded already."""
        clock, measures, ask = perf_counter_ns(), self._measures, lookup.ask
        resident_id = lookup.value if lookup.key is SearchKey.RESIDENT_ID else ""
        try:
            # 2 purpose
            plan = self._plan(ask)
            if lookup.key not in plan.search_by:
                raise Refusal(Reason.SEARCH_NOT_GRANTED)
            view = self._view(plan, ask.mask)
            if lookup.key is SearchKey.PSEUDONYM:
                resident_id = _opened(plan, lookup.value)
            clock = measures.since(Step.PURPOSE, clock)
            # 3 shed
            self._shed(plan, ask.caller)
        except Refusal as refusal:
            await self.record(refusal, ask, (resident_id,) if resident_id else ())
            raise
        visit = Visit(lookup, view, resident_id, asyncio.get_running_loop().create_future())
        self._inside += 1
        try:
            self._window.put(visit, company=self._inside > 1)
            measures.since(Step.SHED, clock)
            return await visit.done
        finally:
            self._inside -= 1

    async def _walk(self, visits: list[Visit]) -> None:
        """Steps 4 to 8 for all that came together. Never raises: each visit is told its own outcome."""
        try:
            outcomes = await self._walked(visits)
        except LedgerUnavailable:
            outcomes = [Refusal(Reason.LEDGER_UNAVAILABLE)] * len(visits)
        except (RegisterUnavailable, StandingUnavailable):
            outcomes = await self._refused_all(visits, Reason.REGISTER_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting
            for visit in visits:
                if not visit.done.done():
                    visit.done.set_exception(error)
            return
        for visit, outcome in zip(visits, outcomes, strict=True):
            if visit.done.done():
                continue  # The client has gone; the record stands.
            if isinstance(outcome, Disclosed):
                visit.done.set_result(outcome)
            else:
                visit.done.set_exception(outcome)

    async def _walked(self, visits: list[Visit]) -> list[Disclosed | Exception]:
        clock, measures, count = perf_counter_ns(), self._measures, len(visits)
        measures.batches += 1
        measures.batched += count
        today = day_of(self._ledger.now())
        # 4 standing
        await self._stand(visits, today)
        clock = measures.since(Step.STANDING, clock, count)
        # 5 read
        standing = [visit for visit in visits if visit.act is None]
        read = await self._read(standing)
        clock = measures.since(Step.READ, clock, count)
        # 6 restrict
        restrictions = await self._register.restrictions([visit.resident_id for visit in standing], today)
        for visit, rows in zip(standing, read, strict=True):
            _restrict(visit, rows, restrictions.get(visit.resident_id, ()))
        clock = measures.since(Step.RESTRICT, clock, count)
        # 7 settle
        settled = await self._ledger.settle([visit.act for visit in visits if visit.act is not None])
        clock = measures.since(Step.SETTLE, clock, count)
        # 8 mask
        outcomes = [_outcome(visit, each, today) for visit, each in zip(visits, settled, strict=True)]
        for visit, outcome in zip(visits, outcomes, strict=True):
            measures.residents[visit.view.plan.purpose] += isinstance(outcome, Disclosed)
        measures.since(Step.MASK, clock, count)
        return outcomes

    async def stream(self, asked: StreamAsk) -> AsyncGenerator[Page, None]:
        """Disclose a selection page by page: the same walk, with memory of one page.

        Ends, or raises Refusal, recorded already; where the allowance ends inside a page, that page holds exactly the
        residents that it still covered.
        """
        ask = asked.ask
        try:
            # 2 purpose
            plan = self._plan(ask)
            rule = stream_rule(plan, asked)
            view = self._view(plan, ask.mask)
            position = self._cursors.open(asked.cursor, plan.digest, bound_to(asked))
            # 3 shed
            self._shed(plan, ask.caller)
            if self._open[ask.caller.staff] >= _STREAMS_EACH:
                raise Refusal(Reason.OVERLOADED)
        except Refusal as refusal:
            await self.record(refusal, ask)
            raise
        self._open[ask.caller.staff] += 1
        try:
            selected = Selected(self._register, self._ids, view, asked, rule)
            async with aclosing(self._pages(asked, plan, selected, position)) as pages:
                async for page in pages:
                    yield page
        finally:
            self._open[ask.caller.staff] -= 1

    async def _pages(
        self, asked: StreamAsk, plan: Plan, selected: Selected, position: Position
    ) -> AsyncGenerator[Page, None]:
        """Steps 4 to 8, a page at a time."""
        ask, view, bound = asked.ask, selected.view, bound_to(asked)
        keys = tuple(
            key.value
            for key, used in ((SearchKey.AREA, asked.area), (SearchKey.AGE_BAND, asked.age_from is not None))
            if used
        )
        cursor = asked.cursor
        while True:
            today = self._today()
            try:
                # 4 standing
                self._stand_in_post(ask.caller, plan, today)
                # 5 read, 6 restrict
                found = await selected.page(position.after, today)
            except Refusal as refusal:
                await self.record(refusal, ask)
                raise
            except (RegisterUnavailable, StandingUnavailable):
                unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
                await self.record(unavailable, ask)
                raise unavailable from None
            # 7 settle
            settled = await self._settle_one(
                Disclosing(
                    ask.caller,
                    view.share,
                    ask.circumstances,
                    keys,
                    [row.resident_id for row in found.rows],
                    [DELIVERED] * len(found.rows),
                    divisible=True,
                    page=position.page,
                    cursor_digest=hashlib.sha256(cursor.encode()).digest() if cursor else b"",
                )
            )
            # 8 mask
            rows = found.rows[: settled.admitted]
            answers: list[Answer] = []
            for place, row in enumerate(rows):
                answers.append(view.mask(row, today, protected=row.resident_id in found.restrictions))
                if place % _MASK_SLICE == _MASK_SLICE - 1:
                    await asyncio.sleep(0)
            view.mix(answers)
            self._measures.residents[plan.purpose] += len(answers)
            if settled.refusal is None and found.ended:
                yield Page(answers, "", settled.receipt)
                return
            if answers:
                after = found.after if settled.refusal is None else rows[-1].resident_id
                position = Position(after, position.page + 1)
                cursor = self._cursors.seal(position, plan.digest, bound)
                yield Page(answers, cursor, settled.receipt)
            if settled.refusal is not None:
                raise settled.refusal

    async def record(self, refusal: Refusal, ask: Ask, residents: tuple[str, ...] = ()) -> None:
        """Record a refusal before it is answered. Raises Refusal(LEDGER_UNAVAILABLE) if that cannot be done."""
        caller = ask.caller
        purpose = self.named(ask.purpose, caller)
        await self.record_act(Refusing(refusal.reason, caller, caller.system, purpose, ask.circumstances, residents))

    async def record_act(self, act: Refusing) -> None:
        """Record the refusal of somebody who may not even be identified."""
        await self._settle_one(act)

    def named(self, purpose: str, caller: Caller) -> str:
        """`purpose` if it is one of the caller's department, else "": of words that anybody may make up, neither
        records nor metrics keep one each.
        """
        return purpose if self._book.plan(purpose, caller.department) is not None else ""

    async def drained(self) -> None:
        """Wait until every lookup under way has its answer."""
        await self._window.drained()

    def _plan(self, ask: Ask) -> Plan:
        """The plan in force for this caller. Raises Refusal."""
        plan = self._book.plan(ask.purpose, ask.caller.department)
        if plan is None or ask.caller.role not in plan.roles or not plan.in_force(self._today()):
            raise Refusal(Reason.PURPOSE_NOT_GRANTED)
        if plan.applicant_required and ask.applicant is None:
            raise Refusal(
                Reason.REQUEST_MALFORMED,
                violations=(Violation("context.applicant", "this purpose serves the public: say who applies"),),
            )
        return plan

    def _shed(self, plan: Plan, caller: Caller) -> None:
        """Turn away what would be too much, without asking a database. Raises Refusal."""
        if self._window.under_way >= self._capacity:
            raise Refusal(Reason.OVERLOADED)
        held_up = self._ledger.held_up(plan.terms, caller.staff)
        if held_up is not None:
            raise held_up

    def _view(self, plan: Plan, mask: tuple[str, ...] | None) -> View:
        """The view for a mask, whatever the order its paths are written in. Raises Refusal."""
        return self._views(plan, None if mask is None else tuple(rule.field for rule in chosen(plan, mask)))

    def _make_view(self, plan: Plan, fields: tuple[str, ...] | None) -> View:
        return View(plan, chosen(plan, fields), self._register)

    def _today(self) -> date:
        try:
            return day_of(self._ledger.now())
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None

    def _stand_in_post(self, caller: Caller, plan: Plan, today: date) -> None:
        """The post is in force, gives this role in this department, and the purpose still holds. Raises Refusal."""
        if post_of(self._directory, caller, today) is None:
            raise Refusal(Reason.POST_NOT_IN_FORCE)
        if not plan.in_force(today):
            raise Refusal(Reason.PURPOSE_NOT_GRANTED)

    async def _stand(self, visits: list[Visit], today: date) -> None:
        """Posts and cases of all visits; who does not stand gets a refusal as act."""
        questions: dict[int, CaseQuestion] = {}
        for place, visit in enumerate(visits):
            ask, plan = visit.lookup.ask, visit.view.plan
            try:
                self._stand_in_post(ask.caller, plan, today)
            except Refusal as refusal:
                visit.act = _refusing(visit, refusal.reason)
                continue
            if plan.case_registry is not None:
                questions[place] = CaseQuestion(plan.case_registry, ask.circumstances.case, visit.resident_id)
        if not questions:
            return
        states = await self._cases.states(list(questions.values()), today)
        for place, question in questions.items():
            state = states.get(question, CaseState.INVALID)
            if state is not CaseState.PARTY:
                reason = Reason.STEP_UP_REQUIRED if state is CaseState.NOT_A_PARTY else Reason.CASE_NOT_VALID
                visits[place].act = _refusing(visits[place], reason)

    async def _read(self, visits: list[Visit]) -> list[Sequence[Row]]:
        """The rows of each visit; visits with one view share one read."""
        by_view: dict[View, dict[str, None]] = {}
        for visit in visits:
            by_view.setdefault(visit.view, {})[visit.resident_id] = None
        found: dict[View, Mapping[str, Sequence[Row]]] = {}
        for view, ids in by_view.items():
            found[view] = await view.reader.rows(list(ids))
        return [found[visit.view].get(visit.resident_id, ()) for visit in visits]

    async def _refused_all(self, visits: list[Visit], reason: Reason) -> list[Disclosed | Exception]:
        try:
            await self._ledger.settle([_refusing(visit, reason) for visit in visits])
        except LedgerUnavailable:
            reason = Reason.LEDGER_UNAVAILABLE
        return [Refusal(reason) for _ in visits]

    async def _settle_one(self, act: Act) -> Settled:
        try:
            return (await self._ledger.settle([act]))[0]
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None


def _opened(plan: Plan, pseudonym: str) -> str:
    """The resident behind a pseudonym of the plan's own domain. Raises Refusal for any other (rule M3)."""
    if plan.subjects is None:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    try:
        return plan.subjects.open(pseudonym)
    except ForeignToken:
        raise Refusal(
            Reason.REQUEST_MALFORMED, violations=(Violation("pseudonym", "not a pseudonym of this purpose"),)
        ) from None


def _refusing(visit: Visit, reason: Reason) -> Refusing:
    ask = visit.lookup.ask
    return Refusing(
        reason,
        ask.caller,
        ask.caller.system,
        ask.purpose,
        ask.circumstances,
        (visit.resident_id,),
        terms=visit.view.plan.terms,
    )


def _restrict(visit: Visit, rows: Sequence[Row], restrictions: Sequence[Restriction]) -> None:
    """Who is hidden is absent, before anything else is judged; then the row that will be disclosed, if there is just
    one.
    """
    applicant = visit.lookup.ask.applicant
    if any(restriction.hides_from(applicant) for restriction in restrictions):
        outcome = HIDDEN if rows else ABSENT
    elif len(rows) > 1:
        visit.act = _refusing(visit, Reason.NOT_UNIQUE)
        return
    elif rows:
        outcome, visit.row, visit.protected = DELIVERED, rows[0], bool(restrictions)
    else:
        outcome = ABSENT
    if outcome != DELIVERED and visit.view.plan.case_registry is not None:
        # An id that nobody has is no party to any case; who is hidden must read the same (rule W6).
        visit.act = _refusing(visit, Reason.STEP_UP_REQUIRED)
        return
    ask = visit.lookup.ask
    visit.act = Disclosing(
        ask.caller,
        visit.view.share,
        ask.circumstances,
        (visit.lookup.key.value,),
        (visit.resident_id,),
        (outcome,),
    )


def _outcome(visit: Visit, settled: Settled, today: date) -> Disclosed | Exception:
    if settled.refusal is not None:
        return settled.refusal
    if visit.row is None:
        return Refusal(Reason.RESIDENT_NOT_FOUND)
    try:
        return Disclosed(visit.view.mask(visit.row, today, protected=visit.protected), settled.receipt)
    except Exception as error:  # noqa: BLE001 - one that cannot be masked must not cost the others their answers
        return error
