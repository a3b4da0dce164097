"""Reversal: who stands behind one pseudonym.

Rule M6: only where the purpose says so, only under a grant that two people agreed on for this very pseudonym, one by
one, and recorded like any look. A pseudonym of another domain is refused like one that was made up, and whoever may not
be known of is as good as nobody.
"""

from __future__ import annotations

from time import perf_counter_ns

from gateway.ask import LookupAsk, Resolved
from gateway.disclosure.judged import NOBODY, judged
from gateway.disclosure.relations import RECORDED
from gateway.disclosure.steps import UNREADABLE, Steps, opened
from gateway.field import RESIDENT_ID
from gateway.ledger.acts import DELIVERED, Disclosing
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal
from gateway.standing.port import CaseState
from gateway.view import View


class Reversals:
    """ResolvePseudonym."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def resolve(self, asked: LookupAsk) -> Resolved:
        """Tell who stands behind a pseudonym. Raises Refusal, recorded already."""
        came, steps, ask = perf_counter_ns(), self._steps, asked.ask
        try:
            # 2 purpose
            plan = steps.plan(ask)
            if not plan.reversal or ask.break_glass:
                raise Refusal(Reason.SEARCH_NOT_GRANTED)
            resident_id = opened(plan, asked.value, steps.today())
            if not ask.grant:
                raise Refusal(Reason.GRANT_REQUIRED)
            view = steps.view(plan, (RESIDENT_ID,))
            # 3 shed
            steps.turns.asked()
            steps.shed(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask)
            raise
        try:
            with steps.counted():
                return await self._resolved(asked, view, resident_id)
        except Refusal:
            await steps.hold.back(came)
            raise

    async def _resolved(self, asked: LookupAsk, view: View, resident_id: str) -> Resolved:
        """Steps 4 to 8. Raises Refusal, recorded already."""
        steps, ask, plan, today = self._steps, asked.ask, view.plan, self._steps.today()
        try:
            # 4 standing
            foothold = steps.stand_in_post(ask.caller, plan, today)
            steps.granted(ask, plan, (resident_id,), pb.GRANT_KIND_REVERSAL)
            if plan.case is not None:
                question = (foothold, ask.circumstances.case, resident_id)
                if await steps.case_states([question], today) == [CaseState.INVALID]:
                    raise Refusal(Reason.CASE_NOT_VALID)
            # 5 restrict
            restrictions = (await steps.register.restrictions([resident_id], today)).get(resident_id, ())
            # 6 read, relate
            onlookers = steps.onlookers(ask)
            key = NOBODY if onlookers.kept_from(restrictions) else resident_id
            found = judged(onlookers, (await view.reader.rows([key])).get(key, ()), restrictions, view.status_at)
            if found.ambiguous:
                raise Refusal(Reason.NOT_UNIQUE)
            (relation,) = await steps.relations.found([(ask.caller, key)], today)
        except Refusal as refusal:
            raise await steps.record_attempt(refusal, ask, plan, (resident_id,)) from None
        except UNREADABLE:
            unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
            await steps.record(unavailable, ask, (resident_id,))
            raise unavailable from None
        # 7 settle
        settled = await steps.settle(
            Disclosing(
                ask.caller,
                view.related_share if steps.relations.reads(ask.caller) else view.share,
                ask.circumstances,
                (asked.key.value,),
                (resident_id,),
                (found.outcome,),
                foothold,
                grant=ask.grant,
                relation=RECORDED[relation],
                reversal=True,
            )
        )
        if settled.refusal is not None:
            raise settled.refusal
        if found.outcome != DELIVERED:
            raise Refusal(Reason.RESIDENT_NOT_FOUND)
        # 8 mask: there is no mask, the id is what was approved.
        steps.measures.residents[plan.purpose] += 1
        return Resolved(resident_id, settled.receipt)
