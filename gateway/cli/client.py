"""The command line's client: a channel with both identities, questions in plain words, refusals as plain values.

Rule: the client holds a staff token in memory only, and shows of an error what the gateway chose to tell. The contract
stays in here: answers come out as their JSON form (protobuf.dev/programming-guides/json), fields named as in the
contract.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.v1 import purpose_pb2, purpose_pb2_grpc, register_pb2, register_pb2_grpc

REASONS: Final = MappingProxyType(
    {
        "application": register_pb2.REASON_CODE_APPLICATION,
        "investigation": register_pb2.REASON_CODE_INVESTIGATION,
        "collection": register_pb2.REASON_CODE_COLLECTION,
        "notification": register_pb2.REASON_CODE_NOTIFICATION,
        "statistics": register_pb2.REASON_CODE_STATISTICS,
        "other": register_pb2.REASON_CODE_OTHER,
    }
)
"""What people type for a reason code."""
LANGUAGES: Final = MappingProxyType({"ja": register_pb2.LANGUAGE_JA, "en": register_pb2.LANGUAGE_EN})
"""What people type for a language."""

_DETAILS: Final = "grpc-status-details-bin"
_PATIENCE: Final = 30.0
"""Seconds that one lookup may take before the client gives up; a gateway answers in milliseconds."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a gateway: address, PEM files of authority, client certificate and key, and the staff token."""

    address: str
    authority: Path
    certificate: Path
    key: Path
    token: str


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal as received: gRPC code, reason of the published table ("" if none came), the text for people,
    details, and the octets of the whole status (b"" where no gateway spoke).
    """

    code: str
    reason: str
    text: str
    violations: tuple[tuple[str, str], ...]
    quota: tuple[tuple[str, str], ...]
    retry_seconds: float | None
    status: bytes


class Denied(Exception):
    """The gateway refused, or there was none to ask."""

    def __init__(self, denial: Denial) -> None:
        super().__init__(denial.reason or denial.code)
        self.denial = denial


@dataclass(frozen=True, slots=True)
class Question:
    """What goes with a request for residents. `reason` and `language` are keys of REASONS and LANGUAGES, `applicant` is
    a resident id ("" for nobody), `fields` None asks for all that the purpose grants.
    """

    purpose: str
    reason: str
    case: str = ""
    justification: str = ""
    applicant: str = ""
    fields: tuple[str, ...] | None = None
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class Stubs:
    """The services of one gateway."""

    register: register_pb2_grpc.RegisterServiceAsyncStub
    purpose: purpose_pb2_grpc.PurposeServiceAsyncStub
    health: health_pb2_grpc.HealthStub
    metadata: tuple[tuple[str, str], ...]


@asynccontextmanager
async def connected(access: Access) -> AsyncIterator[Stubs]:
    """Stubs over a channel with mutual TLS. Raises OSError if a file cannot be read."""
    credentials = grpc.ssl_channel_credentials(
        access.authority.read_bytes(), access.key.read_bytes(), access.certificate.read_bytes()
    )
    async with grpc.aio.secure_channel(access.address, credentials) as channel:
        yield Stubs(
            register_pb2_grpc.RegisterServiceStub(channel),
            purpose_pb2_grpc.PurposeServiceStub(channel),
            health_pb2_grpc.HealthStub(channel),
            (("authorization", f"Bearer {access.token}"),),
        )


async def is_serving(stubs: Stubs, *, patience: float) -> bool:
    """Whether the gateway says that it is in service; waits up to `patience` seconds for its port to open."""
    try:
        answer = await stubs.health.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=patience)
    except grpc.RpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


async def get_resident(
    stubs: Stubs, question: Question, *, resident_id: str = "", pseudonym: str = ""
) -> dict[str, Any]:
    """One resident: a GetResidentResponse as JSON. Raises Denied."""
    request = register_pb2.GetResidentRequest(context=_context(question))
    if pseudonym:
        request.pseudonym = pseudonym
    else:
        request.resident_id = resident_id
    if question.fields is not None:
        request.read_mask.paths.extend(question.fields)
        request.read_mask.SetInParent()
    try:
        return _json(await stubs.register.GetResident(request, metadata=stubs.metadata, timeout=_PATIENCE))
    except grpc.RpcError as error:
        raise Denied(denial_of(error)) from None


async def stream_residents(
    stubs: Stubs, question: Question, *, area: str = "", ages: tuple[int, int | None] | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The residents of a selection: StreamResidentsResponses as JSON. `ages` from-to, inclusive. Raises Denied."""
    request = register_pb2.StreamResidentsRequest(context=_context(question))
    request.selection.area_code = area
    if ages is not None:
        low, high = ages
        request.selection.age.MergeFrom(register_pb2.AgeRange(**{"from": low}, to=high))
        request.selection.age.SetInParent()
    try:
        async for page in stubs.register.StreamResidents(request, metadata=stubs.metadata):
            yield _json(page)
    except grpc.RpcError as error:
        raise Denied(denial_of(error)) from None


async def get_purpose(stubs: Stubs, purpose: str) -> dict[str, Any]:
    """A purpose and what is left of its budgets: a Purpose as JSON. Raises Denied."""
    try:
        answer = await stubs.purpose.GetPurpose(
            purpose_pb2.GetPurposeRequest(purpose=purpose), metadata=stubs.metadata, timeout=_PATIENCE
        )
    except grpc.RpcError as error:
        raise Denied(denial_of(error)) from None
    return _json(answer.purpose)


def _context(question: Question) -> register_pb2.QueryContext:
    context = register_pb2.QueryContext(
        purpose=question.purpose,
        case_reference=question.case,
        reason_code=REASONS[question.reason],
        justification=question.justification,
        language=LANGUAGES[question.language],
    )
    if question.applicant:
        context.applicant.resident_id = question.applicant
    return context


def _json(message: Message) -> dict[str, Any]:
    return MessageToDict(message, preserving_proto_field_name=True)


def denial_of(error: grpc.RpcError) -> Denial:
    """What the gateway said when it refused."""
    code = error.code().name if isinstance(error, grpc.aio.AioRpcError) else "UNKNOWN"
    text = (error.details() or "") if isinstance(error, grpc.aio.AioRpcError) else ""
    reason = ""
    violations: list[tuple[str, str]] = []
    quota: list[tuple[str, str]] = []
    retry: float | None = None
    status = _status(error)
    for detail in _details(status):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            reason = error_details_pb2.ErrorInfo.FromString(detail.value).reason
        elif detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest.FromString(detail.value)
            violations += [(each.field, each.description) for each in bad.field_violations]
        elif detail.Is(error_details_pb2.QuotaFailure.DESCRIPTOR):
            failure = error_details_pb2.QuotaFailure.FromString(detail.value)
            quota += [(each.subject, each.description) for each in failure.violations]
        elif detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = error_details_pb2.RetryInfo.FromString(detail.value).retry_delay.ToMilliseconds() / 1000
    return Denial(code, reason, text, tuple(violations), tuple(quota), retry, status)


def _status(error: grpc.RpcError) -> bytes:
    if isinstance(error, grpc.aio.AioRpcError):
        for key, value in error.trailing_metadata():
            if key == _DETAILS and isinstance(value, bytes):
                return value
    return b""


def _details(status: bytes) -> list[AnyMessage]:
    try:
        return list(status_pb2.Status.FromString(status).details)
    except DecodeError:
        return []
