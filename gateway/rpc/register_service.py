"""RegisterService: proto in, hallway, proto out; nothing is decided here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from time import perf_counter_ns
from typing import Final

from gateway.ask import Page
from gateway.disclosure.turns import Turns
from gateway.measures import Step
from gateway.rpc.criteria import search_ask
from gateway.rpc.encode import encode, write_out
from gateway.rpc.reception import Context, Reception, readable
from gateway.rpc.requests import batch_ask, lookup_ask, renewal_ask, request_id_of, resolve_ask, stream_ask
from gateway.v1 import register_pb2 as pb
from gateway.view import Answer

NOTICES: Final = {
    pb.LANGUAGE_UNSPECIFIED: "この照会は記録され、ご本人の開示請求の対象となります。",
    pb.LANGUAGE_JA: "この照会は記録され、ご本人の開示請求の対象となります。",
    pb.LANGUAGE_EN: "This look is recorded, and the resident can ask to see it.",
}


class RegisterService:
    """The methods of gateway.v1.RegisterService; a request is None where its octets were no such message."""

    def __init__(self, reception: Reception, city: str) -> None:
        """`city`: the name that addresses in searches may begin with; "" for none."""
        self._reception = reception
        self._city = city

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
            _put(disclosed.answer, response.resident, said)
            self._reception.measures.since(Step.ENCODE, start)
        return response

    async def resolve_pseudonym(
        self, request: pb.ResolvePseudonymRequest | None, context: Context
    ) -> pb.ResolvePseudonymResponse:
        """ResolvePseudonym."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = resolve_ask(readable(request), caller, request_id)
            resolved = await call.enter(said.purpose).resolve(ask)
            receipt = _receipt(resolved.receipt, request_id, said)
            return pb.ResolvePseudonymResponse(resident_id=resolved.resident_id, receipt=receipt)

    async def renew_pseudonyms(
        self, request: pb.RenewPseudonymsRequest | None, context: Context
    ) -> pb.RenewPseudonymsResponse:
        """RenewPseudonyms."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = renewal_ask(readable(request), caller, request_id)
            renewed = await call.enter(said.purpose).renew(ask)
            response = pb.RenewPseudonymsResponse(receipt=_receipt(renewed.receipt, request_id, said))
            for old, new in zip(ask.pseudonyms, renewed.pseudonyms, strict=True):
                response.entries.add(pseudonym=old, renewed=new or "")
            return response

    async def batch_get_residents(
        self, request: pb.BatchGetResidentsRequest | None, context: Context
    ) -> pb.BatchGetResidentsResponse:
        """BatchGetResidents."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = batch_ask(readable(request), caller, request_id)
            batch = await call.enter(said.purpose).batch(ask)
            response = pb.BatchGetResidentsResponse(receipt=_receipt(batch.receipt, request_id, said))
            for answer in batch.answers:
                entry = response.entries.add()
                if answer is not None:
                    _put(answer, entry.resident, said)
        return response

    async def search_residents(
        self, request: pb.SearchResidentsRequest | None, context: Context
    ) -> pb.SearchResidentsResponse:
        """SearchResidents."""
        said = request.context if request is not None else pb.QueryContext()
        async with self._reception.call(context, said) as call:
            caller = call.identify()
            request_id = request_id_of(said)
            ask = search_ask(readable(request), caller, request_id, self._city)
            found = await call.enter(said.purpose).search(ask)
            response = pb.SearchResidentsResponse(receipt=_receipt(found.receipt, request_id, said))
            for answer in found.answers:
                _put(answer, response.residents.add(), said)
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
                    yield await _message(page, request_id, said, self._reception.hallway.turns)


async def _message(page: Page, request_id: str, said: pb.QueryContext, turns: Turns) -> pb.StreamResidentsResponse:
    message = pb.StreamResidentsResponse(next_cursor=page.next_cursor, receipt=_receipt(page.receipt, request_id, said))
    add = message.residents.add
    turn = turns.begin()
    for answer in page.answers:
        _put(answer, add(), said)
        await turn.give_way()
    return message


def _put(answer: Answer, into: pb.Resident, said: pb.QueryContext) -> None:
    encode(answer, into)
    if said.calendar == pb.CALENDAR_ERA:
        write_out(answer, into)


def _receipt(disclosure_id: str, request_id: str, said: pb.QueryContext) -> pb.Receipt:
    return pb.Receipt(disclosure_id=disclosure_id, request_id=request_id, notice=NOTICES[said.language])
