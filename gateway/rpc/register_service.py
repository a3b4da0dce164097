"""RegisterService: proto in, hallway, proto out; nothing is decided here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from time import perf_counter_ns
from typing import Final

from gateway.ask import Page
from gateway.measures import Step
from gateway.rpc.encode import encode
from gateway.rpc.reception import Context, Reception, readable
from gateway.rpc.requests import lookup_ask, request_id_of, stream_ask
from gateway.v1 import register_pb2 as pb

NOTICES: Final = {
    pb.LANGUAGE_UNSPECIFIED: "この照会は記録され、ご本人の開示請求の対象となります。",
    pb.LANGUAGE_JA: "この照会は記録され、ご本人の開示請求の対象となります。",
    pb.LANGUAGE_EN: "This look is recorded, and the resident can ask to see it.",
}
_SLICE: Final = 100
"""Residents of a page encoded between turns of the event loop: about half a millisecond."""


class RegisterService:
    """The methods of gateway.v1.RegisterService; a request is None where its octets were no such message."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def get_resident(self, request: pb.GetResidentRequest | None, context: Context) -> pb.GetResidentResponse:
        """GetResident."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = lookup_ask(readable(request), caller, request_id)
            disclosed = await call.enter(said.purpose).lookup(ask)
            start = perf_counter_ns()
            response = pb.GetResidentResponse(receipt=_receipt(disclosed.receipt, request_id, said))
            encode(disclosed.answer, response.resident)
            self._reception.measures.since(Step.ENCODE, start)
        return response

    async def stream_residents(
        self, request: pb.StreamResidentsRequest | None, context: Context
    ) -> AsyncIterator[pb.StreamResidentsResponse]:
        """StreamResidents."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = stream_ask(readable(request), caller, request_id)
            async with aclosing(call.enter(said.purpose).stream(ask)) as pages:
                async for page in pages:
                    yield await _message(page, request_id, said)


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
