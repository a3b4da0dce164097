"""The reception: what every call goes through before and after the hallway.

Rule: identity first; every refusal is recorded before it is answered; what nobody foresaw is logged by its kind and
place alone and answered as a refusal of the published table. Nobody has more than a share of the places: not a system
that keeps coming with identities that are worth nothing, and not a person with too many questions at once.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter_ns
from types import TracebackType
from typing import Any, Final, TypeAlias, TypeVar

import grpc

from gateway.caller import Caller
from gateway.disclosure import Hallway
from gateway.ledger.acts import Circumstances, Refusing
from gateway.measures import Measures, Step
from gateway.refusal import Reason, Refusal, Violation
from gateway.rpc.door import Door
from gateway.rpc.identity import Identity
from gateway.rpc.requests import NO_CIRCUMSTANCES, request_id_of
from gateway.rpc.status import refuse
from gateway.v1 import register_pb2 as pb

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Request = TypeVar("Request")

OK: Final = "OK"
_NO_MESSAGE: Final = "not a message of this contract, or larger than any that is in order"
EACH: Final = 64
"""Calls that one person may have under way at once; a department system asks a few at a time for each of its users."""


@dataclass(slots=True)
class Reception:
    """Shared by all services of one gateway. `draining` turns new calls away; `unforeseen` hears an exception's type
    and the place in the code that raised it.
    """

    identity: Identity
    hallway: Hallway
    measures: Measures
    unforeseen: Callable[[str, str], None]
    draining: bool = False
    door: Door = field(default_factory=Door)
    under_way: Counter[str] = field(default_factory=Counter)

    def call(self, context: Context, said: pb.QueryContext | None = None) -> Call:
        """One call, to be answered inside `async with`; `said` is its query context, if it has one."""
        return Call(self, context, said)


class Call:
    """One call. Leaving it by an exception ends the call with a refusal, recorded and counted; leaving it without,
    counts an answer. `purpose` is what it is counted under: a purpose of the caller's own, or "".
    """

    __slots__ = ("_caller", "_context", "_counted", "_crowded", "_reception", "_recorded", "_said", "purpose")

    def __init__(self, reception: Reception, context: Context, said: pb.QueryContext | None) -> None:
        self._reception, self._context, self._said = reception, context, said
        self._caller: Caller | None = None
        self._recorded = False
        self._crowded = False
        self._counted = ""
        self.purpose = ""

    def identify(self) -> Caller:
        """Step 1. Raises Refusal."""
        reception, start = self._reception, perf_counter_ns()
        if self._crowded:
            raise Refusal(Reason.OVERLOADED)
        try:
            self._caller = caller = reception.identity.caller(self._context)
        except Refusal:
            reception.door.failed(reception.identity.certificate_of(self._context))
            raise
        reception.measures.since(Step.IDENTIFY, start)
        if reception.draining:
            raise Refusal(Reason.DRAINING)
        if reception.under_way[caller.staff] >= EACH:
            raise Refusal(Reason.OVERLOADED)
        reception.under_way[caller.staff] += 1
        self._counted = caller.staff
        return caller

    def enter(self, purpose: str) -> Hallway:
        """The hallway, for this purpose; from here on refusals are recorded where they are made."""
        hallway = self._reception.hallway
        if self._caller is not None:
            self.purpose = hallway.named(purpose, self._caller)
        self._recorded = True
        return hallway

    async def __aenter__(self) -> Call:
        reception = self._reception
        if reception.door.watched and not reception.identity.knows(self._context):
            self._crowded = not await reception.door.admits(reception.identity.certificate_of(self._context))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        measures = self._reception.measures
        if self._counted:
            self._leave()
        if error is None:
            measures.requests[(self.purpose, OK)] += 1
            return
        if not isinstance(error, Exception):
            return  # The client has gone, or the server is going: there is nobody to answer.
        refusal = error if isinstance(error, Refusal) else self._unforeseen(error)
        if not self._recorded:
            try:
                await self._record(refusal)
            except Refusal as unrecorded:
                refusal = unrecorded
        measures.requests[(self.purpose, refusal.reason.value)] += 1
        if refusal.former_post:
            measures.former[refusal.reason.value] += 1
        language = self._said.language if self._said is not None else pb.LANGUAGE_UNSPECIFIED
        await refuse(self._context, refusal, language)

    def _leave(self) -> None:
        under_way = self._reception.under_way
        under_way[self._counted] -= 1
        if not under_way[self._counted]:
            del under_way[self._counted]

    async def _record(self, refusal: Refusal) -> None:
        """Record a refusal that never reached the hallway. Raises Refusal if that cannot be done."""
        reception, caller, said = self._reception, self._caller, self._said
        system = caller.system if caller is not None else reception.identity.system_of(self._context)
        circumstances, purpose = NO_CIRCUMSTANCES, ""
        if caller is not None and said is not None:
            circumstances = Circumstances("", 0, "", request_id_of(said))
            purpose = reception.hallway.named(said.purpose, caller)
        await reception.hallway.record_act(
            Refusing(refusal.reason, caller, system, purpose, circumstances, former_post=refusal.former_post)
        )

    def _unforeseen(self, error: Exception) -> Refusal:
        """A refusal for an error that nobody foresaw; its text may hold anything, so it goes nowhere."""
        self._reception.unforeseen(type(error).__name__, place_of(error))
        self._recorded = False
        return Refusal(Reason.REGISTER_UNAVAILABLE)


def place_of(error: Exception) -> str:
    """Where an error was raised, `file.py:line`: all that may be told of one that nobody foresaw."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"


def readable(request: Request | None) -> Request:
    """The request, if its octets were one. Raises Refusal."""
    if request is None:
        raise Refusal(Reason.REQUEST_MALFORMED, violations=(Violation("", _NO_MESSAGE),))
    return request
