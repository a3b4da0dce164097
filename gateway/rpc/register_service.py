"""RegisterService: proto in, hallway, proto out; nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter_ns
from typing import Final

from gateway.ask import Page
from gateway.caller import Caller
from gateway.measures import Step
from gateway.refusal import Reason, Refusal, Violation
from gateway.rpc.encode import encode
from gateway.rpc.reception import Context, Reception
from gateway.rpc.requests import lookup_ask, request_id_of, stream_ask
from gateway.v1 import register_pb2 as pb

NOTICES: Final = {
    pb.LANGUAGE_UNSPECIFIED: "この照会は記録され、ご本人が確認できます。",
    pb.LANGUAGE_JA: "この照会は記録され、ご本人が確認できます。",
    pb.LANGUAGE_EN: "This look is recorded, and the resident can see it.",
}
OK: Final = "OK"
_SLICE: Final = 100
"""Residents of a page encoded between turns of the event loop: about half a millisecond."""
UNREADABLE: Final = Refusal(Reason.REQUEST_MALFORMED, violations=(Violation("", "not a message of this contract"),))


class RegisterService:
    """The methods of gateway.v1.RegisterService; a request is None where its octets were no such message."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._encoding = 0

    async def get_resident(self, request: pb.GetResidentRequest | None, context: Context) -> pb.GetResidentResponse:
        """GetResident."""
        reception = self._reception
        said = request.context if request is not None else pb.QueryContext()
        purpose = ""
        try:
            caller: Caller | None = None
            try:
                caller = reception.identify(context)
                if request is None:
                    raise UNREADABLE
                request_id = request_id_of(said)
                ask = lookup_ask(request, caller, request_id)
            except Refusal as refusal:
                await reception.malformed(context, caller, said, refusal)
                raise
            purpose = reception.hallway.named(ask.ask.purpose, caller)
            disclosed = await reception.hallway.lookup(ask)
            start = perf_counter_ns()
            response = pb.GetResidentResponse(receipt=_receipt(disclosed.receipt, request_id, said))
            encode(disclosed.answer, response.resident)
            reception.measures.since(Step.ENCODE, start)
            reception.measures.requests[(purpose, OK)] += 1
        except Refusal as refusal:
            await reception.answer_refusal(context, refusal, purpose, said.language)
        except Exception as error:  # noqa: BLE001 - every reply is one of the published table
            await reception.answer_refusal(context, reception.unforeseen(error), purpose, said.language)
        return response

    async def stream_residents(
        self, request: pb.StreamResidentsRequest | None, context: Context
    ) -> AsyncIterator[pb.StreamResidentsResponse]:
        """StreamResidents."""
        reception = self._reception
        said = request.context if request is not None else pb.QueryContext()
        purpose = ""
        try:
            caller: Caller | None = None
            try:
                caller = reception.identify(context)
                if request is None:
                    raise UNREADABLE
                request_id = request_id_of(said)
                ask = stream_ask(request, caller, request_id)
            except Refusal as refusal:
                await reception.malformed(context, caller, said, refusal)
                raise
            purpose = reception.hallway.named(ask.ask.purpose, caller)
            async for page in reception.hallway.stream(ask):
                yield await _message(page, request_id, said)
            reception.measures.requests[(purpose, OK)] += 1
        except Refusal as refusal:
            await reception.answer_refusal(context, refusal, purpose, said.language)
        except Exception as error:  # noqa: BLE001 - every reply is one of the published table
            await reception.answer_refusal(context, reception.unforeseen(error), purpose, said.language)


async def _message(page: Page, request_id: str, said: pb.QueryContext) -> pb.StreamResidentsResponse:
    message = pb.StreamResidentsResponse(next_cursor=page.next_cursor, receipt=_receipt(page.receipt, request_id, said))
    add = message.residents.add
    for place, answer in enumerate(page.answers):
        encode(answer, add())
        if place % _SLICE == _SLICE - 1:
            await asyncio.sleep(0)
    return message


def _receipt(disclosure_id: str, request_id: str, said: pb.QueryContext) -> pb.Receipt:
    return pb.Receipt(disclosure_id=disclosure_id, request_id=request_id, notice=NOTICES[said.language])
