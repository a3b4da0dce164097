"""Searches: residents by what is known of them.

Rule: a search answers with everybody whom the caller may know of, or, where these are more than the purpose's limit,
with nobody (rule S3). Who is left out is left out before anything is counted, so that hidden and absent are one to all
that the caller sees and pays (rule S7): whoever is found is charged, and who finds nobody is charged one, for the
question itself; the same question again costs nothing new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from time import perf_counter_ns
from typing import Final

from gateway.ask import Search, SearchAsk
from gateway.disclosure.judged import NOBODY, Judged, judged
from gateway.disclosure.steps import UNREADABLE, InPost, Steps, opened
from gateway.field import SearchKey
from gateway.ledger.acts import ABSENT, DELIVERED, Disclosing, Share
from gateway.purpose.plan import Plan, SearchRule
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import RESIDENTS, Criteria, TooBroad
from gateway.standing.port import CaseState
from gateway.subject import Restriction, is_resident_id
from gateway.view import View

_BESIDE: Final = 32
"""Ids read beyond the limit at first, for those who will be left out."""
_MORE: Final = 8
"""How many times as many are read next, if more than that were left out."""
_MOST: Final = 20_000
"""Ids read at most; a search that is still not done is too broad, whoever is left out of it."""
_WHEREABOUTS: Final = frozenset({SearchKey.ADDRESS, SearchKey.HOUSEHOLD_ID})
_UNPAID: Final = frozenset({Reason.BUDGET_EXHAUSTED, Reason.COST_IMPOSSIBLE})
_PLACES: Final = {SearchKey.STATUS: "statuses"}
"""Where the request spells a key in another way."""


def search_rule(plan: Plan, asked: SearchAsk) -> SearchRule:
    """What the purpose says of searches, if it covers this one. Raises Refusal (rule S1)."""
    rule = plan.search
    if rule is None:
        raise Refusal(Reason.SEARCH_NOT_GRANTED)
    foreign = asked.keys - plan.search_by
    if foreign:
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED,
            violations=tuple(
                Violation(f"criteria.{_PLACES.get(key, key.value)}", "not a search key of this purpose")
                for key in sorted(foreign)
            ),
        )
    if not rule.asking.covers(asked.keys):
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED,
            violations=(Violation("criteria", "more is needed: these keys together are not one of its combinations"),),
        )
    if not asked.statuses <= rule.asking.statuses:
        raise Refusal(
            Reason.SEARCH_NOT_GRANTED, violations=(Violation("criteria.statuses", "not open to this purpose"),)
        )
    return rule


NAMED_ONLY: Final = Violation("context", "what a superior approves, and emergencies, are about a resident who is named")


@dataclass(frozen=True, slots=True)
class _Question:
    """One search on its way through steps 4 to 6."""

    asked: SearchAsk
    view: View
    criteria: Criteria
    limit: int
    foothold: InPost
    today: date


class Searches:
    """SearchResidents."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def search(self, asked: SearchAsk) -> Search:
        """Disclose whoever is found. Raises Refusal, recorded already."""
        came, steps, ask = perf_counter_ns(), self._steps, asked.ask
        try:
            # 2 purpose
            plan = steps.plan(ask)
            if ask.grant or ask.break_glass:
                raise Refusal(Reason.REQUEST_MALFORMED, violations=(NAMED_ONLY,))
            rule = search_rule(plan, asked)
            view = steps.view(plan, ask.mask)
            criteria = _criteria(plan, rule, asked, steps.today())
            # 3 shed
            steps.turns.asked()
            steps.shed(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask)
            raise
        limit = rule.address_limit if asked.keys & _WHEREABOUTS else rule.limit
        try:
            with steps.counted():
                search = await self._disclosed(asked, view, criteria, limit)
        except Refusal:
            await steps.hold.back(came)
            raise
        if not search.answers:
            await steps.hold.back(came)
        return search

    async def _disclosed(self, asked: SearchAsk, view: View, criteria: Criteria, limit: int) -> Search:
        """Steps 4 to 8. Raises Refusal, recorded already."""
        steps, ask, plan, today = self._steps, asked.ask, view.plan, self._steps.today()
        try:
            foothold = steps.stand_in_post(ask.caller, plan, today)
            question = _Question(asked, view, criteria, limit, foothold, today)
            found = await self._found(question)
        except Refusal as refusal:
            raise await steps.record_attempt(refusal, ask, plan) from None
        except UNREADABLE:
            unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
            await steps.record(unavailable, ask)
            raise unavailable from None
        # 7 settle
        settled = await steps.settle(_disclosing(question, steps.share(view, ask.caller), list(found)))
        if settled.refusal is not None:
            raise await self._unpaid(question, settled.refusal)
        # 8 mask
        shown = [(each.row, each.protected) for each in found.values() if each.row is not None]
        read = await steps.read(view, shown)
        answers = [view.mask(row, question.today, protected=protected, read=read) for row, protected in shown]
        view.mix(answers)
        steps.measures.residents[plan.purpose] += len(answers)
        return Search(answers, settled.receipt)

    async def _unpaid(self, question: _Question, refusal: Refusal) -> Refusal:
        """What to tell of a search that its caller cannot pay for. It tells that there are more than what is left, or
        others than those who were seen already, and costs nothing: so it is an attempt, like one that is too broad.
        """
        if refusal.reason not in _UNPAID:
            return refusal
        broad = Refusal(Reason.TOO_MANY_RESULTS)
        told = await self._steps.record_attempt(broad, question.asked.ask, question.view.plan)
        return refusal if told is broad else told

    async def _found(self, question: _Question) -> Mapping[str, Judged]:
        """Steps 4 (the case) to 6: everybody to be disclosed, by id. Raises Refusal, and what reading raises."""
        steps, ask, today = self._steps, question.asked.ask, question.today
        # 4 standing
        await self._case_is_open(question)
        # 5 restrict, 6 read: who may be known of is settled by ids and statuses alone; the planned columns are read of
        # those who will be disclosed.
        most = question.limit + 1 + _BESIDE
        while True:
            try:
                ids = await steps.register.find(question.criteria, most)
            except TooBroad:
                raise Refusal(Reason.TOO_MANY_RESULTS) from None
            # Where nobody is found, nobody is asked about: who is found and hidden must not take longer.
            known = await self._known(question, ids or [NOBODY])
            if len(known) > question.limit or len(ids) < most:
                break
            most *= _MORE
            if most > _MOST:
                raise Refusal(Reason.TOO_MANY_RESULTS)
        if len(known) > question.limit:
            raise Refusal(Reason.TOO_MANY_RESULTS)
        if any(each.ambiguous for each in known.values()):
            raise Refusal(Reason.NOT_UNIQUE)
        await steps.unrelated(question.view, ask.caller, list(known), today)
        return await self._read(question, known)

    async def _case_is_open(self, question: _Question) -> None:
        """Whatever will be found: without an open case nothing is looked for. Raises Refusal."""
        if question.view.plan.case is not None and await self._states(question, [""]) == [CaseState.INVALID]:
            raise Refusal(Reason.CASE_NOT_VALID)

    async def _known(self, question: _Question, ids: Sequence[str]) -> Mapping[str, Judged]:
        """Those of the ids whom this caller may know of, as this search may find them."""
        steps, ask = self._steps, question.asked.ask
        rows = await steps.statuses.rows(ids)
        restrictions, onlookers = await steps.register.restrictions(ids, question.today), steps.onlookers(ask)
        parties = await self._parties(question, ids)
        known: dict[str, Judged] = {}
        for each in ids:
            measures = restrictions.get(each, ())
            if not is_resident_id(each) or each not in parties or _by_whereabouts(question, measures):
                continue  # What is no resident id is nobody's: a lookup would not take it either.
            found = judged(onlookers, rows.get(each, ()), measures, status_at=0)
            if found.ambiguous or (found.row is not None and found.row.values[0] in question.criteria.statuses):
                known[each] = found
        return known

    async def _parties(self, question: _Question, ids: Sequence[str]) -> frozenset[str]:
        """Those of the ids who are parties to the case, where there must be one: the others are as good as absent."""
        if question.view.plan.case is None:
            return frozenset(ids)
        states = await self._states(question, ids)
        return frozenset(each for each, state in zip(ids, states, strict=True) if state is CaseState.PARTY)

    async def _states(self, question: _Question, ids: Sequence[str]) -> list[CaseState]:
        """What the case is worth for each of the ids."""
        case = question.asked.ask.circumstances.case
        return await self._steps.case_states([(question.foothold, case, each) for each in ids], question.today)

    async def _read(self, question: _Question, known: Mapping[str, Judged]) -> Mapping[str, Judged]:
        """The planned columns of those who will be disclosed; who is not there any more was never found."""
        view, onlookers = question.view, self._steps.onlookers(question.asked.ask)
        rows = await view.reader.rows(list(known))
        read: dict[str, Judged] = {}
        for each, before in known.items():
            now = judged(onlookers, rows.get(each, ()), (), view.status_at)
            if now.row is not None and now.row.values[view.status_at] in question.criteria.statuses:
                read[each] = replace(now, protected=before.protected)
        await self._steps.allot(view, [each.row for each in read.values() if each.row is not None], question.today)
        return read


def _criteria(plan: Plan, rule: SearchRule, asked: SearchAsk, today: date) -> Criteria:
    """The criteria as the purpose fixes them. Raises Refusal for a pseudonym of others."""
    criteria = replace(asked.criteria, names=rule.names, statuses=asked.statuses or RESIDENTS)
    if not asked.pseudonym:
        return criteria
    behind = opened(plan, asked.pseudonym, today, "criteria.pseudonym")
    if criteria.resident_id and criteria.resident_id != behind:
        raise Refusal(Reason.REQUEST_MALFORMED, violations=(Violation("criteria.pseudonym", "not of this resident"),))
    return replace(criteria, resident_id=behind)


def _by_whereabouts(question: _Question, restrictions: Sequence[Restriction]) -> bool:
    """Whether a protected resident would be found by where they live."""
    whereabouts = question.asked.keys & _WHEREABOUTS
    return bool(restrictions and whereabouts and not question.view.plan.restricted_allowed)


def _disclosing(question: _Question, share: Share, found: Sequence[str]) -> Disclosing:
    """The record of a search: a line for each who was found, or one for the question that found nobody."""
    asked = question.asked
    return Disclosing(
        asked.ask.caller,
        share,
        asked.ask.circumstances,
        tuple(sorted(key.value for key in asked.keys)),
        found or [_asked_for(question.criteria)],
        [DELIVERED] * len(found) or [ABSENT],
        question.foothold,
    )


def _asked_for(criteria: Criteria) -> str:
    """A question as a subject of the record, where it takes the place of a resident id: whatever was asked for is
    counted once, found or not. Only its commitment is kept.
    """
    parts = (
        criteria.name,
        criteria.name_kana,
        criteria.born,
        criteria.within,
        criteria.address,
        criteria.household_id,
        criteria.resident_id,
        sorted(criteria.statuses),
    )
    return f"search {parts!r}"
