"""A gateway asked over the wire without stubs: whatever octets one likes, and what becomes of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

import grpc
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.message import Message

from gateway.refusal import REASONS, Reason
from gateway.register.city import StaffRole
from tests.estates import House, told
from tests.fuzz.messages import torn, turned_wrong

_Unary: TypeAlias = "grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]"
_Stream: TypeAlias = "grpc.aio.UnaryStreamMultiCallable[bytes, bytes]"
_TORN: Final = 48
"""Spoilt octets of each request."""
_AT_ONCE: Final = 16
_UNFORESEEN: Final = {Reason.REGISTER_UNAVAILABLE, Reason.LEDGER_UNAVAILABLE}
"""What an error that nobody foresaw would be answered with."""


@dataclass(frozen=True)
class Wire:
    """One person's channel, without stubs: whatever octets one likes go to a method."""

    channel: grpc.aio.Channel
    metadata: tuple[tuple[str, str], ...]

    async def ask(self, method: str, octets: bytes, answer: type[Message]) -> str:
        """`OK` and an answer of its type (of a stream its first page), or the reason why not."""
        try:
            if method.endswith("StreamResidents"):
                pages: _Stream = self.channel.unary_stream(method)
                call = pages(octets, metadata=self.metadata)
                received = await call.read()
                call.cancel()
                if received is grpc.aio.EOF:
                    return "OK"
            else:
                once: _Unary = self.channel.unary_unary(method)
                received = await once(octets, metadata=self.metadata)
        except grpc.aio.AioRpcError as error:
            return told(error).reason
        assert isinstance(received, bytes)
        answer.FromString(received)
        return "OK"


def methods(*files: FileDescriptor) -> set[str]:
    """Every method of the services of these files of the contract, as it is called."""
    services = (service for file in files for service in file.services_by_name.values())
    return {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}


@asynccontextmanager
async def wired(house: House, person: StaffRole) -> AsyncIterator[Wire]:
    """A channel of this person's system."""
    access = house.access(person)
    credentials = grpc.ssl_channel_credentials(
        access.authority.read_bytes(), access.key.read_bytes(), access.certificate.read_bytes()
    )
    async with grpc.aio.secure_channel(access.address, credentials) as channel:
        yield Wire(channel, (("authorization", f"Bearer {access.token}"),))


@dataclass(frozen=True)
class Question:
    """A request that is in order, and who asks it where."""

    method: str
    person: StaffRole
    request: Message
    answer: type[Message]

    def spoilt(self) -> Iterator[tuple[str, bytes]]:
        """The request itself, and all that becomes of it."""
        yield f"{self.method}: in order", self.request.SerializeToString()
        yield from turned_wrong(self.request)
        if self.request.ByteSize():
            yield from torn(self.request, _TORN)


async def asked(wire: Wire, question: Question) -> dict[str, str]:
    """Every spoilt form of the question, by name, and what became of it."""
    outcomes: dict[str, str] = {}
    room = asyncio.Semaphore(_AT_ONCE)

    async def ask(name: str, octets: bytes) -> None:
        async with room:
            outcomes[name] = await wire.ask(question.method, octets, question.answer)

    (first, *others) = question.spoilt()
    await ask(*first)  # what is in order may settle a matter that the others only find settled
    async with asyncio.TaskGroup() as asking:
        for name, octets in others:
            asking.create_task(ask(name, octets))
    return outcomes


async def all_spoilt(house: House, questions: Iterable[Question]) -> Counter[str]:
    """Ask each question in order, and then in every spoilt form: how often each outcome was met. All are rows of the
    published table, and none is what an error that nobody foresaw would be answered with.
    """
    met: Counter[str] = Counter()
    for question in questions:
        async with wired(house, question.person) as wire:
            outcomes = await asked(wire, question)
        assert (question.method, outcomes[f"{question.method}: in order"]) == (question.method, "OK")
        assert {name: reason for name, reason in outcomes.items() if reason in _UNFORESEEN} == {}
        met.update(outcomes.values())
    assert set(met) <= {"OK", *REASONS}
    return met
