"""Renewal: pseudonyms of the epoch in force for those of the last one, so that a recipient can bring its tables over.

Rule M3: what joins two epochs is told only where the purpose says so, only under a grant of two people for so many, to
those who hold the old ones, and on record. Nobody is shown and the register is not asked, so the answer is the same for
whoever is hidden, gone or one's own. What is no pseudonym of the purpose that is accepted today has no new one,
whatever else it is.
"""

from __future__ import annotations

from datetime import date

from gateway.ask import RenewalAsk, Renewed
from gateway.disclosure.steps import UNREADABLE, Steps
from gateway.ledger.acts import Renewing, Share, share
from gateway.ledger.v1 import record_pb2 as pb
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal
from gateway.standing.port import CaseState
from masking.pseudonym import AcceptedTokens, ForeignToken


class Renewals:
    """RenewPseudonyms."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    async def renew(self, asked: RenewalAsk) -> Renewed:
        """Give each pseudonym its new one. Raises Refusal, recorded already."""
        steps, ask = self._steps, asked.ask
        try:
            # 2 purpose
            plan = steps.plan(ask)
            if not plan.renewal or plan.subjects is None or ask.break_glass:
                raise Refusal(Reason.SEARCH_NOT_GRANTED)
            if not ask.grant:
                raise Refusal(Reason.GRANT_REQUIRED)
            # 3 shed
            steps.shed_bulk(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask)
            raise
        with steps.in_bulk(ask.caller):
            return await self._renewed(asked, plan, plan.subjects)

    async def _renewed(self, asked: RenewalAsk, plan: Plan, subjects: AcceptedTokens) -> Renewed:
        """Steps 4, 7 and 8. Raises Refusal, recorded already."""
        steps, ask, today = self._steps, asked.ask, self._steps.today()
        turn = steps.turns.begin()
        residents: list[str | None] = []
        try:
            # 4 standing
            foothold = steps.stand_in_post(ask.caller, plan, today)
            steps.granted(ask, plan, (), pb.GRANT_KIND_RENEWAL)
            for each in asked.pseudonyms:
                residents.append(_opened(subjects, each, today))
                await turn.give_way()
            known = [each for each in residents if each is not None]
            if plan.case is not None and known:
                question = (foothold, ask.circumstances.case, known[0])
                if await steps.case_states([question], today) == [CaseState.INVALID]:
                    raise Refusal(Reason.CASE_NOT_VALID)
        except Refusal as refusal:
            raise await steps.record_attempt(refusal, ask, plan) from None
        except UNREADABLE:
            unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
            await steps.record(unavailable, ask)
            raise unavailable from None
        # 7 settle
        settled = await steps.settle(
            Renewing(
                ask.caller,
                _share(plan),
                ask.circumstances,
                tuple(dict.fromkeys(known)),
                len(residents) - len(known),
                foothold,
                ask.grant,
            )
        )
        if settled.refusal is not None:
            raise settled.refusal
        # 8 mask
        turn.resume()
        renewed: list[str | None] = []
        for resident in residents:
            renewed.append(None if resident is None else subjects.seal(resident))
            await turn.give_way()
        return Renewed(renewed, settled.receipt)


def _opened(subjects: AcceptedTokens, pseudonym: str, today: date) -> str | None:
    try:
        return subjects.open(pseudonym, today)
    except ForeignToken:
        return None


def _share(plan: Plan) -> Share:
    """What is fixed of the records of a plan's renewals: no field is read, and none delivered."""
    return share(
        plan.terms,
        plan.terms_digest,
        department=plan.department,
        digest=plan.digest,
        read=(),
        delivered=(),
        kind=pb.KIND_RENEWAL,
    )
