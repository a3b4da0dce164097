"""Streams under measurement: residents a second, beside an echo that sends the very same messages.

Rule: the whole city is one way through the register and a part of it another, so both are measured; the echo gives a
full page of the stream itself, and what is left between the two is what finding, judging and recording residents costs.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import asynccontextmanager
from time import perf_counter
from types import MappingProxyType
from typing import Final

from gateway.cli.client import Stubs
from gateway.v1 import register_pb2 as pb
from loadtest.service.questions import context

ROWS: Final = 10_000
"""Residents after which a stream is left; a small city's part ends before."""
ECHO_PAGES: Final = 200
"""Pages of the echo: enough that its start does not count."""

SELECTIONS: Final[Mapping[str, pb.Selection]] = MappingProxyType(
    {
        "the whole city": pb.Selection(area_code="48201", age=pb.AgeRange()),
        "a town, ages 20 to 64": pb.Selection(area_code="48201001", age=pb.AgeRange(**{"from": 20, "to": 64})),
    }
)


def request_of(selection: pb.Selection, cursor: str = "") -> pb.StreamResidentsRequest:
    """The whole request; with a cursor it asks for others than before, whom no cache holds."""
    return pb.StreamResidentsRequest(context=context(), selection=selection, cursor=cursor)


async def first_page(stubs: Stubs, request: pb.StreamResidentsRequest) -> pb.StreamResidentsResponse:
    """A page for the echo to give."""
    async with _pages(stubs, request) as pages:
        async for page in pages:
            return page
    raise SystemExit("the gateway streamed nothing")


async def rows_a_second(stubs: Stubs, request: pb.StreamResidentsRequest, most: int) -> tuple[float, str]:
    """Residents a second, up to `most` of them, and the cursor of those behind them ("" if there are none)."""
    rows, cursor, start = 0, "", perf_counter()
    async with _pages(stubs, request) as pages:
        async for page in pages:
            rows += len(page.residents)
            cursor = page.next_cursor
            if rows >= most:
                break
        return rows / (perf_counter() - start), cursor


@asynccontextmanager
async def _pages(
    stubs: Stubs, request: pb.StreamResidentsRequest
) -> AsyncGenerator[AsyncIterable[pb.StreamResidentsResponse], None]:
    """A stream, ended with the block: one that is only left goes on behind whatever is measured next."""
    call = stubs.register.StreamResidents(request, metadata=stubs.metadata)
    try:
        yield call
    finally:
        call.cancel()
