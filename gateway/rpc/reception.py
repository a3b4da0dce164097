"""The reception: what every call goes through before and after the hallway.

Rule: identity first; every refusal is recorded before it is answered; what nobody foresaw is logged by its kind and
place alone and answered as a refusal of the published table.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any, NoReturn, TypeAlias

import grpc

from gateway.caller import Caller
from gateway.disclosure import Hallway
from gateway.ledger.acts import Circumstances, Refusing
from gateway.measures import Measures, Step
from gateway.refusal import Reason, Refusal
from gateway.rpc.identity import Identity
from gateway.rpc.requests import NO_CIRCUMSTANCES, request_id_of
from gateway.rpc.status import refuse
from gateway.v1 import register_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"


class Reception:
    """Shared by all services of one gateway. `draining` turns new calls away."""

    def __init__(
        self,
        identity: Identity,
        hallway: Hallway,
        measures: Measures,
        unforeseen: Callable[[str, str], None],
    ) -> None:
        """`unforeseen` hears an exception's type and the place in the code that raised it."""
        self._identity = identity
        self.hallway = hallway
        self.measures = measures
        self._unforeseen = unforeseen
        self.draining = False

    def identify(self, context: Context) -> Caller:
        """Step 1. Raises Refusal."""
        start = perf_counter_ns()
        caller = self._identity.caller(context)
        self.measures.since(Step.IDENTIFY, start)
        if self.draining:
            raise Refusal(Reason.DRAINING)
        return caller

    async def malformed(
        self, context: Context, caller: Caller | None, said: pb.QueryContext | None, refusal: Refusal
    ) -> None:
        """Record a refusal that never reached the hallway. Raises Refusal if that cannot be done."""
        system = caller.system if caller is not None else self._identity.system_of(context)
        circumstances, purpose = NO_CIRCUMSTANCES, ""
        if caller is not None and said is not None:
            circumstances = Circumstances("", 0, "", request_id_of(said))
            purpose = self.hallway.named(said.purpose, caller)
        await self.hallway.record_act(Refusing(refusal.reason, caller, system, purpose, circumstances))

    async def answer_refusal(
        self,
        context: Context,
        refusal: Refusal,
        purpose: str,
        language: pb.Language.ValueType = pb.LANGUAGE_UNSPECIFIED,
    ) -> NoReturn:
        """Count the refusal and end the call with it."""
        self.measures.requests[(purpose, refusal.reason.value)] += 1
        await refuse(context, refusal, language)

    def unforeseen(self, error: Exception) -> Refusal:
        """A refusal for an error that nobody foresaw; its text may hold anything, so it goes nowhere."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"
        self._unforeseen(type(error).__name__, place)
        return Refusal(Reason.REGISTER_UNAVAILABLE)
