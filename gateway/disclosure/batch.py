"""Batches: up to twenty residents by key, in one answer.

Rule: all of a batch are charged or none is; who is not found is an empty entry that is charged, like a lookup's, and
whatever would refuse a lookup of one of them refuses the batch (rules S5, L2).
"""

from __future__ import annotations

from datetime import date
from time import perf_counter_ns

from gateway.ask import Batch, BatchAsk
from gateway.disclosure.judged import NOBODY, Judged, judged
from gateway.disclosure.relations import RECORDED
from gateway.disclosure.steps import UNREADABLE, InPost, Steps, opened
from gateway.field import SearchKey
from gateway.ledger.acts import DELIVERED, Disclosing
from gateway.refusal import Reason, Refusal, Violation
from gateway.standing.port import CaseState
from gateway.standing.relation import Relation
from gateway.view import View


class Batches:
    """BatchGetResidents."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def batch(self, asked: BatchAsk) -> Batch:
        """Disclose several residents. Raises Refusal, recorded already."""
        came, steps, ask = perf_counter_ns(), self._steps, asked.ask
        ids = asked.values if asked.key is SearchKey.RESIDENT_ID else ()
        try:
            # 2 purpose
            plan = steps.plan(ask)
            if ask.break_glass:
                raise Refusal(Reason.STEP_UP_REQUIRED)  # The glass is broken for one resident at a time.
            if asked.key not in plan.search_by:
                raise Refusal(Reason.SEARCH_NOT_GRANTED)
            view = steps.view(plan, steps.mask(ask, plan))
            if asked.key is SearchKey.PSEUDONYM:
                today = steps.today()
                ids = tuple(opened(plan, each, today, f"pseudonyms[{at}]") for at, each in enumerate(asked.values))
            # 3 shed
            steps.turns.asked()
            steps.shed(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask, ids)
            raise
        try:
            with steps.counted():
                batch = await self._disclosed(asked, view, ids)
        except Refusal:
            await steps.hold.back(came)
            raise
        if None in batch.answers:
            await steps.hold.back(came)
        return batch

    async def _disclosed(self, asked: BatchAsk, view: View, ids: tuple[str, ...]) -> Batch:
        """Steps 4 to 8. Raises Refusal, recorded already."""
        steps, ask, plan = self._steps, asked.ask, view.plan
        today = steps.today()
        try:
            foothold = steps.stand_in_post(ask.caller, plan, today)
            found, relation = await self._found(asked, view, ids, foothold, today)
        except Refusal as refusal:
            raise await steps.record_attempt(refusal, ask, plan, ids) from None
        except UNREADABLE:
            unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
            await steps.record(unavailable, ask, ids)
            raise unavailable from None
        # 7 settle
        settled = await steps.settle(
            Disclosing(
                ask.caller,
                steps.share(view, ask.caller),
                ask.circumstances,
                (asked.key.value,),
                ids,
                [each.outcome for each in found],
                foothold,
                grant=ask.grant,
                relation=RECORDED[relation],
            )
        )
        if settled.refusal is not None:
            raise settled.refusal
        # 8 mask
        read = await steps.read(view, ((each.row, each.protected) for each in found if each.row is not None))
        answers = [
            None if each.row is None else view.mask(each.row, today, protected=each.protected, read=read)
            for each in found
        ]
        steps.measures.residents[plan.purpose] += sum(answer is not None for answer in answers)
        return Batch(answers, settled.receipt)

    async def _found(
        self, asked: BatchAsk, view: View, ids: tuple[str, ...], foothold: InPost, today: date
    ) -> tuple[list[Judged], Relation]:
        """Steps 4 (the case) to 6: who is behind the ids, and what the nearest of them is to the caller where that was
        approved. Raises Refusal, and what reading raises.
        """
        steps, ask, plan = self._steps, asked.ask, view.plan
        # 4 standing
        granted = steps.granted(ask, plan, ids)
        if plan.case_registry is not None:
            states = await steps.case_states([(foothold, ask.circumstances.case, each) for each in ids], today)
            if CaseState.INVALID in states:
                raise Refusal(Reason.CASE_NOT_VALID)
            if CaseState.NOT_A_PARTY in states and not granted:
                raise Refusal(Reason.STEP_UP_REQUIRED)
        # 5 restrict
        restrictions, onlookers = await steps.register.restrictions(ids, today), steps.onlookers(ask)
        # 6 read, relate
        rows = await view.reader.rows(
            [NOBODY if onlookers.kept_from(restrictions.get(each, ())) else each for each in ids]
        )
        found = [judged(onlookers, rows.get(each, ()), restrictions.get(each, ()), view.status_at) for each in ids]
        ambiguous = tuple(
            Violation(f"{asked.key.value}s[{at}]", "stands in the register more than once")
            for at, each in enumerate(found)
            if each.ambiguous
        )
        if ambiguous:
            raise Refusal(Reason.NOT_UNIQUE, violations=ambiguous)
        if plan.case_registry is not None and not granted and any(each.outcome != DELIVERED for each in found):
            # As in a lookup: an id that nobody has is no party to any case, and who is hidden must read the same.
            raise Refusal(Reason.STEP_UP_REQUIRED)
        delivered = [each for each, judgement in zip(ids, found, strict=True) if judgement.outcome == DELIVERED]
        near = await steps.nearest(view, ask.caller, delivered, today) if granted else Relation.NONE
        if not granted:
            await steps.unrelated(view, ask.caller, delivered, today)
        await steps.allot(view, [each.row for each in found if each.row is not None], today)
        return found, near
