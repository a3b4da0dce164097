"""Lookups: one resident by key, many lookups a walk.

Rule: whoever walks together shares reads and the sync, and nothing else: each visit has its own act and its own
outcome.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from time import perf_counter_ns
from typing import Final

from gateway.ask import Disclosed, LookupAsk
from gateway.clock import day_of
from gateway.disclosure.judged import NOBODY, judged
from gateway.disclosure.relations import RECORDED
from gateway.disclosure.steps import UNREADABLE, InPost, Steps, opened, refusing
from gateway.field import SearchKey
from gateway.fill import FillWindow
from gateway.ledger.acts import DELIVERED, Act, Disclosing, Foothold, Glass, Refusing, Share
from gateway.ledger.ledger import LedgerUnavailable
from gateway.measures import Step
from gateway.refusal import Reason, Refusal
from gateway.register.port import RegisterUnavailable
from gateway.standing.port import CaseState
from gateway.standing.relation import Relation
from gateway.subject import Onlookers, Restriction, Row
from gateway.view import Answer, View

_NOBODY: Final = Onlookers(None, None)


@dataclass(slots=True)
class Visit:
    """One lookup on its way through steps 4 to 7, on the day `today`; `done` is its receipt. `act` is set where it is
    decided what will be recorded. `granted`: a superior approved it; `glass`: it breaks the glass.
    """

    lookup: LookupAsk
    view: View
    resident_id: str
    done: asyncio.Future[str]
    foothold: Foothold | None = None
    restrictions: Sequence[Restriction] = ()
    onlookers: Onlookers = _NOBODY
    row: Row | None = None
    protected: bool = False
    act: Act | None = None
    granted: bool = False
    glass: Glass | None = None
    relation: Relation = Relation.NONE
    today: date = date.min


class Lookups:
    """GetResident."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        self._window: FillWindow[Visit] = FillWindow(self._walk)
        self._company = 0

    async def lookup(self, lookup: LookupAsk) -> Disclosed:
        """Disclose one resident. Raises Refusal, recorded already."""
        came, steps, ask = perf_counter_ns(), self._steps, lookup.ask
        resident_id = lookup.value if lookup.key is SearchKey.RESIDENT_ID else ""
        try:
            # 2 purpose
            plan = steps.plan(ask)
            if lookup.key not in plan.search_by:
                raise Refusal(Reason.SEARCH_NOT_GRANTED)
            view = steps.view(plan, steps.mask(ask, plan))
            if lookup.key is SearchKey.PSEUDONYM:
                resident_id = opened(plan, lookup.value, steps.today())
            clock = steps.measures.since(Step.PURPOSE, came)
            # 3 shed
            steps.turns.asked()
            steps.shed(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask, (resident_id,) if resident_id else ())
            raise
        visit = Visit(lookup, view, resident_id, asyncio.get_running_loop().create_future())
        # Counted until it has walked, not until its client hangs up.
        steps.inside += 1
        self._company += 1
        try:
            self._window.put(visit, company=self._company > 1)
            steps.measures.since(Step.SHED, clock)
            try:
                receipt = await visit.done
                # 8 mask: each its own, so that neither a remark nor what cannot be masked costs others their answers.
                return Disclosed(await self._masked(visit), receipt)
            finally:
                self._company -= 1
        except Refusal:
            await steps.hold.back(came)
            raise

    async def _masked(self, visit: Visit) -> Answer:
        steps, plan = self._steps, visit.view.plan
        if visit.row is None:
            raise Refusal(Reason.RESIDENT_NOT_FOUND)
        read = await steps.read(visit.view, [(visit.row, visit.protected)])
        clock = perf_counter_ns()
        answer = visit.view.mask(visit.row, visit.today, protected=visit.protected, read=read)
        steps.measures.residents[plan.purpose] += 1
        steps.measures.since(Step.MASK, clock)
        return answer

    async def drained(self) -> None:
        """Wait until every lookup under way has its record."""
        await self._window.drained()

    async def _walk(self, visits: list[Visit]) -> None:
        """Steps 4 to 7 for all that came together. Never raises: each visit is told its own outcome."""
        try:
            outcomes = await self._walked(visits)
        except LedgerUnavailable:
            outcomes = [Refusal(Reason.LEDGER_UNAVAILABLE)] * len(visits)
        except UNREADABLE:
            outcomes = await self._refused_all(visits, Reason.REGISTER_UNAVAILABLE)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody may be left waiting
            outcomes = [error] * len(visits)
        finally:
            self._steps.inside -= len(visits)
        for visit, outcome in zip(visits, outcomes, strict=True):
            if visit.done.done():
                continue  # The client has gone; the record stands.
            if isinstance(outcome, str):
                visit.done.set_result(outcome)
            else:
                visit.done.set_exception(outcome)

    async def _walked(self, visits: list[Visit]) -> list[str | Exception]:
        steps, measures, count = self._steps, self._steps.measures, len(visits)
        clock = perf_counter_ns()
        measures.batches += 1
        measures.batched += count
        today = day_of(steps.ledger.now())
        for visit in visits:
            visit.today = today
        # 4 standing
        await self._stand(visits, today)
        clock = measures.since(Step.STANDING, clock, count)
        # 5 restrict
        standing = [visit for visit in visits if visit.act is None]
        restrictions = await steps.register.restrictions([visit.resident_id for visit in standing], today)
        for visit in standing:
            visit.restrictions = restrictions.get(visit.resident_id, ())
            visit.onlookers = steps.onlookers(visit.lookup.ask)
        clock = measures.since(Step.RESTRICT, clock, count)
        # 6 read, relate
        for visit, rows in zip(standing, await _read(standing), strict=True):
            _judge(visit, rows)
        clock = measures.since(Step.READ, clock, count)
        await self._relate([visit for visit in standing if visit.act is None], today)
        for visit in standing:
            await self._allot(visit, today)
        clock = measures.since(Step.RELATE, clock, count)
        # 7 settle
        settled = await steps.ledger.settle([visit.act for visit in visits if visit.act is not None])
        measures.since(Step.SETTLE, clock, count)
        return [each.refusal or each.receipt for each in settled]

    async def _stand(self, visits: list[Visit], today: date) -> None:
        """Posts and cases of all visits; who does not stand gets a refusal as act."""
        asked: dict[int, tuple[InPost, str, str]] = {}
        for place, visit in enumerate(visits):
            ask, plan = visit.lookup.ask, visit.view.plan
            try:
                visit.foothold = foothold = self._steps.stand_in_post(ask.caller, plan, today)
                visit.granted = self._steps.granted(ask, plan, (visit.resident_id,))
                visit.glass = self._steps.broken(ask, plan, foothold.post)
            except Refusal as refusal:
                visit.act = _refusing(visit, refusal.reason, former_post=refusal.former_post)
                continue
            if plan.case is not None and visit.glass is None:
                asked[place] = (foothold, ask.circumstances.case, visit.resident_id)
        states = await self._steps.case_states(list(asked.values()), today)
        for place, state in zip(asked, states, strict=True):
            if state is CaseState.NOT_A_PARTY and visits[place].granted:
                continue  # That is what a superior approved.
            if state is not CaseState.PARTY:
                reason = Reason.STEP_UP_REQUIRED if state is CaseState.NOT_A_PARTY else Reason.CASE_NOT_VALID
                visits[place].act = _refusing(visits[place], reason)

    async def _relate(self, visits: list[Visit], today: date) -> None:
        """Relations, after restrictions: who is hidden is absent, even from their own kin (rules W6, W9)."""
        named = [visit for visit in visits if not visit.view.pseudonymous]
        asked = [(visit.lookup.ask.caller, visit.resident_id) for visit in named]
        for visit, found in zip(named, await self._steps.relations.found(asked, today), strict=True):
            visit.relation = found
            emergency = visit.glass is not None and found is not Relation.SELF
            if found is not Relation.NONE and not visit.granted and not emergency:
                visit.row = None
                visit.act = _refusing(visit, Reason.STEP_UP_REQUIRED, found)
        for visit in visits:
            if visit.act is None:
                visit.act = _disclosing(visit, self._steps.share(visit.view, visit.lookup.ask.caller), DELIVERED)

    async def _allot(self, visit: Visit, today: date) -> None:
        """An invented name for whoever is shown under one; without it they are not shown, and others are."""
        if visit.row is None:
            return
        try:
            await self._steps.allot(visit.view, [visit.row], today)
        except RegisterUnavailable:
            visit.row = None
            visit.act = _refusing(visit, Reason.REGISTER_UNAVAILABLE)

    async def _refused_all(self, visits: list[Visit], reason: Reason) -> list[str | Exception]:
        try:
            await self._steps.ledger.settle([_refusing(visit, reason) for visit in visits])
        except LedgerUnavailable:
            reason = Reason.LEDGER_UNAVAILABLE
        return [Refusal(reason) for _ in visits]


async def _read(visits: list[Visit]) -> list[Sequence[Row]]:
    """The rows of each visit; visits with one view share one read. Nothing is read of who is hidden."""
    keys = [NOBODY if visit.onlookers.kept_from(visit.restrictions) else visit.resident_id for visit in visits]
    by_view: dict[View, dict[str, None]] = {}
    for visit, key in zip(visits, keys, strict=True):
        by_view.setdefault(visit.view, {})[key] = None
    found: dict[View, Mapping[str, Sequence[Row]]] = {}
    for view, ids in by_view.items():
        found[view] = await view.reader.rows(list(ids))
    return [found[visit.view].get(key, ()) for visit, key in zip(visits, keys, strict=True)]


def _refusing(
    visit: Visit, reason: Reason, relation: Relation = Relation.NONE, *, former_post: bool = False
) -> Refusing:
    ask, plan, residents = visit.lookup.ask, visit.view.plan, (visit.resident_id,)
    return refusing(ask, plan, reason, residents, RECORDED[relation], former_post=former_post)


def _judge(visit: Visit, rows: Sequence[Row]) -> None:
    """Who is behind the id: a refusal, an absence to be recorded, or a row whose relation is still to be judged."""
    found = judged(visit.onlookers, rows, visit.restrictions, visit.view.status_at)
    if found.ambiguous:
        visit.act = _refusing(visit, Reason.NOT_UNIQUE)
        return
    alone = not visit.granted and visit.glass is None
    if found.outcome != DELIVERED and alone and visit.view.plan.case_registry is not None:
        # An id that nobody has is no party to any case; who is hidden must read the same (rule W6).
        visit.act = _refusing(visit, Reason.STEP_UP_REQUIRED)
        return
    visit.row, visit.protected = found.row, found.protected
    if visit.row is None:
        visit.act = _disclosing(visit, visit.view.share, found.outcome)


def _disclosing(visit: Visit, share: Share, outcome: int) -> Disclosing:
    ask = visit.lookup.ask
    if visit.foothold is None:
        raise ValueError("nobody is disclosed to who was not let in")
    return Disclosing(
        ask.caller,
        share,
        ask.circumstances,
        (visit.lookup.key.value,),
        (visit.resident_id,),
        (outcome,),
        visit.foothold,
        grant=ask.grant,
        relation=RECORDED[visit.relation],
        glass=visit.glass,
    )
