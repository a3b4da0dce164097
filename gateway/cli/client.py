"""The command line's client: a channel with both identities, and refusals as plain values.

Rule: the client holds a staff token in memory only, and shows of an error what the gateway chose to tell.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2

from gateway.v1 import purpose_pb2_grpc, register_pb2_grpc

_DETAILS = "grpc-status-details-bin"


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
    details.
    """

    code: str
    reason: str
    text: str
    violations: tuple[tuple[str, str], ...]
    quota: tuple[tuple[str, str], ...]
    retry_seconds: float | None


@dataclass(frozen=True, slots=True)
class Stubs:
    """The services of one gateway."""

    register: register_pb2_grpc.RegisterServiceAsyncStub
    purpose: purpose_pb2_grpc.PurposeServiceAsyncStub
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
            (("authorization", f"Bearer {access.token}"),),
        )


def denial_of(error: grpc.RpcError) -> Denial:
    """What the gateway said when it refused."""
    code = error.code().name if isinstance(error, grpc.aio.AioRpcError) else "UNKNOWN"
    text = (error.details() or "") if isinstance(error, grpc.aio.AioRpcError) else ""
    reason = ""
    violations: list[tuple[str, str]] = []
    quota: list[tuple[str, str]] = []
    retry: float | None = None
    for detail in _details(error):
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
    return Denial(code, reason, text, tuple(violations), tuple(quota), retry)


def _details(error: grpc.RpcError) -> list[AnyMessage]:
    if not isinstance(error, grpc.aio.AioRpcError):
        return []
    for key, value in error.trailing_metadata():
        if key == _DETAILS:
            try:
                return list(status_pb2.Status.FromString(value).details)
            except DecodeError:
                return []
    return []
