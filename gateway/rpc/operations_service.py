"""OperationsService: how the gateway stands, and what is in force."""

from __future__ import annotations

import secrets
from importlib.metadata import version

from gateway.budgets import Budgets
from gateway.clock import SECOND
from gateway.operations import Operations, Status
from gateway.rpc.budgets_told import check_whose, decided, line, proposed, told
from gateway.rpc.moments import moment
from gateway.rpc.reception import Context, Reception, readable
from gateway.v1 import operations_pb2 as pb


class OperationsService:
    """The methods of gateway.v1.OperationsService."""

    def __init__(self, reception: Reception, operations: Operations, budgets: Budgets) -> None:
        self._reception = reception
        self._operations = operations
        self._budgets = budgets

    async def get_status(self, request: pb.GetStatusRequest | None, context: Context) -> pb.GetStatusResponse:
        """GetStatus."""
        async with self._reception.call(context) as call:
            caller = call.identify()
            readable(request)
            status = self._operations.status(caller)
        return _status(status)

    async def reload_book(self, request: pb.ReloadBookRequest | None, context: Context) -> pb.ReloadBookResponse:
        """ReloadBook."""
        async with self._reception.call(context) as call:
            caller = call.identify()
            readable(request)
            reloaded = await self._operations.reload(caller, secrets.token_hex(8))
        return pb.ReloadBookResponse(
            findings=[
                pb.BookFinding(file=each.file, line=each.line, column=each.column, code=each.code, message=each.message)
                for each in reloaded.findings
            ],
            added=reloaded.added,
            changed=reloaded.changed,
            removed=reloaded.removed,
            limits_changed=reloaded.limits,
            keys_changed=reloaded.keys,
            directory_changed=reloaded.directory,
            record_id=reloaded.receipt,
        )

    async def show_budget(self, request: pb.ShowBudgetRequest | None, context: Context) -> pb.ShowBudgetResponse:
        """ShowBudget."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            check_whose(asked)
            lines, overrides = self._budgets.show(caller, asked.staff, asked.department)
            now = self._budgets.ledger.now()
        raised = {each.target for each in overrides if each.in_force(now)}
        return pb.ShowBudgetResponse(
            lines=[line(each, each.target in raised) for each in lines],
            overrides=[told(each, now) for each in overrides],
        )

    async def override_budget(
        self, request: pb.OverrideBudgetRequest | None, context: Context
    ) -> pb.OverrideBudgetResponse:
        """OverrideBudget."""
        async with self._reception.call(context) as call:
            caller, asked = call.identify(), readable(request)
            if asked.HasField("propose"):
                terms = proposed(asked)
                override = await self._budgets.propose(caller, terms, asked.note, secrets.token_hex(8))
            else:
                found, step = decided(asked)
                override = await self._budgets.decide(caller, found, step, asked.note, secrets.token_hex(8))
            now = self._budgets.ledger.now()
        return pb.OverrideBudgetResponse(override=told(override, now))


def _status(status: Status) -> pb.GetStatusResponse:
    plans = {plan.purpose: plan for plan in status.book.plans.values()}
    directory = status.directory
    age = directory.age
    return pb.GetStatusResponse(
        version=version("register-gateway"),
        started=moment(status.started),
        ledger=pb.LedgerStatus(
            state=status.condition.state.value,
            why=status.condition.why,
            origin=status.head.origin,
            records=status.head.size,
        ),
        book=pb.BookStatus(
            since=moment(status.book_since),
            purposes=[
                pb.PurposeInForce(
                    name=name,
                    digest=plan.digest,
                    valid_from=plan.valid_from.isoformat(),
                    valid_until=plan.valid_until.isoformat(),
                )
                for name, plan in sorted(plans.items())
            ],
            limits_digest=status.book.limits_digest,
        ),
        directory=pb.DirectoryStatus(
            digest=directory.digest,
            since=moment(directory.since),
            posts=len(directory.all()),
            posts_in_force=status.in_force,
            age_seconds=None if age is None else age // SECOND,
        ),
        questions=status.questions,
        capacity=status.capacity,
    )
