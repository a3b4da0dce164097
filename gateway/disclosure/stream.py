"""Streams: the residents of a selection, a page at a time.

Rule: the same walk as a lookup with memory of one page; one page is one record, and where the allowance ends inside a
page, exactly the allowed residents are delivered and not one more (rule L2).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing

from gateway.ask import Page, StreamAsk
from gateway.cursor import START, Cursors, Position
from gateway.disclosure.bulk import bulk_grant, require_company
from gateway.disclosure.search import NAMED_ONLY
from gateway.disclosure.steps import UNREADABLE, Steps
from gateway.ledger.acts import DELIVERED, Disclosing
from gateway.purpose.plan import Plan
from gateway.refusal import Reason, Refusal
from gateway.selection import Selected, bound_to, stream_rule
from gateway.view import Answer


class Streams:
    """StreamResidents."""

    def __init__(self, steps: Steps, cursors: Cursors) -> None:
        self._steps, self._cursors = steps, cursors

    async def stream(self, asked: StreamAsk) -> AsyncGenerator[Page, None]:
        """Disclose a selection page by page: the same walk, with memory of one page.

        Ends, or raises Refusal, recorded already; where the allowance ends inside a page, that page holds exactly the
        residents that it still covered.
        """
        steps, ask = self._steps, asked.ask
        try:
            # 2 purpose
            plan = steps.plan(ask)
            rule = stream_rule(plan, asked)
            if ask.break_glass:
                raise Refusal(Reason.REQUEST_MALFORMED, violations=(NAMED_ONLY,))
            bulk_grant(steps, plan, asked)
            view = steps.view(plan, steps.mask(ask, plan))
            position = self._cursors.open(asked.cursor, plan.digest, bound_to(asked))
            # 3 shed
            steps.shed_bulk(plan, ask.caller)
        except Refusal as refusal:
            await steps.record(refusal, ask)
            raise
        with steps.in_bulk(ask.caller):
            selected = Selected(steps.register, steps.statuses, view, asked, rule)
            async with aclosing(self._pages(asked, plan, selected, position)) as pages:
                async for page in pages:
                    yield page

    async def _pages(
        self, asked: StreamAsk, plan: Plan, selected: Selected, position: Position
    ) -> AsyncGenerator[Page, None]:
        """Steps 4 to 8, a page at a time."""
        steps, ask, view, bound = self._steps, asked.ask, selected.view, bound_to(asked)
        keys = tuple(sorted(key.value for key in asked.keys))
        cursor = asked.cursor
        turn = steps.turns.begin()
        while True:
            today = steps.today()
            try:
                # 4 standing
                foothold = steps.stand_in_post(ask.caller, plan, today)
                grant = bulk_grant(steps, plan, asked)
                share = view.share
                if grant is not None and position == START:
                    share = view.share_beside(await require_company(steps, plan, grant, selected, today))
                # 5 restrict, 6 read
                found = await selected.page(position.after, today, steps.onlookers(ask))
                turn.resume()
                await steps.allot(view, found.rows, today, turn)
            except Refusal as refusal:
                await steps.record(refusal, ask)
                raise
            except UNREADABLE:
                unavailable = Refusal(Reason.REGISTER_UNAVAILABLE)
                await steps.record(unavailable, ask)
                raise unavailable from None
            await turn.give_way()
            # 7 settle
            settled = await steps.settle(
                Disclosing(
                    ask.caller,
                    share,
                    ask.circumstances,
                    keys,
                    [row.resident_id for row in found.rows],
                    [DELIVERED] * len(found.rows),
                    foothold,
                    divisible=True,
                    page=position.page,
                    cursor_digest=hashlib.sha256(cursor.encode()).digest() if cursor else b"",
                    grant=ask.grant,
                )
            )
            await turn.give_way()
            # 8 mask
            rows = found.rows[: settled.admitted]
            read = await steps.read(view, ((row, row.resident_id in found.restrictions) for row in rows))
            turn.resume()
            answers: list[Answer] = []
            for row in rows:
                answers.append(view.mask(row, today, protected=row.resident_id in found.restrictions, read=read))
                await turn.give_way()
            view.mix(answers)
            steps.measures.residents[plan.purpose] += len(answers)
            if settled.refusal is None and found.ended:
                yield Page(answers, "", settled.receipt)
                return
            if answers:
                after = found.after if settled.refusal is None else rows[-1].resident_id
                position = Position(after, position.page + 1)
                cursor = self._cursors.seal(position, plan.digest, bound)
                yield Page(answers, cursor, settled.receipt)
                turn.resume()
            if settled.refusal is not None:
                raise settled.refusal
