"""The server's life: it listens on a port that nobody else has, serves while the ledger does, and drains before it
goes.

Rule: a port that is taken is a loud failure; a stopped ledger shows in the health service; a draining server finishes
what it began.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from gateway.rpc.grant_service import GrantService
from gateway.rpc.operations_service import OperationsService
from gateway.rpc.purpose_service import PurposeService
from gateway.rpc.reception import Reception
from gateway.rpc.register_service import RegisterService
from gateway.v1 import grant_pb2, operations_pb2, purpose_pb2, register_pb2

_LARGEST: Final = 64 * 1024
"""Octets of a request at most; the largest honest one is under 16 KiB. More is refused like anything malformed."""
_LARGEST_READ: Final = 4 * 1024 * 1024
"""Octets that are read at all; gRPC itself ends a call that sends more, with RESOURCE_EXHAUSTED and no reason."""
_REGISTER: Final = "gateway.v1.RegisterService"
_PURPOSE: Final = "gateway.v1.PurposeService"
_OPERATIONS: Final = "gateway.v1.OperationsService"
_GRANT: Final = "gateway.v1.GrantService"
_HANDSHAKE: Final = 10
"""Seconds that a new connection has to show its certificate."""
_GRACE: Final = 10.0
"""Seconds that calls under way have to finish when draining."""

M = TypeVar("M", bound=Message)


class PortTaken(Exception):
    """The address cannot be listened on; the text says which."""


class Server:
    """One listening gateway."""

    def __init__(
        self,
        reception: Reception,
        registers: RegisterService,
        purposes: PurposeService,
        operations: OperationsService,
        grants: GrantService,
        *,
        address: str,
        credentials: grpc.ServerCredentials,
        reflect: bool,
    ) -> None:
        """Raises PortTaken."""
        self._reception = reception
        self._health = health_aio.HealthServicer()
        self._server = grpc.aio.server(
            options=[
                # Without this a second gateway would share the port in silence.
                ("grpc.so_reuseport", 0),
                ("grpc.max_receive_message_length", _LARGEST_READ),
                ("grpc.max_concurrent_streams", 256),
                ("grpc.keepalive_permit_without_calls", 1),
                # Who connects and says nothing holds a descriptor, no longer.
                ("grpc.server_handshake_timeout_ms", _HANDSHAKE * 1000),
            ]
        )
        handlers: list[grpc.GenericRpcHandler] = [
            _register_handlers(registers),
            _purpose_handlers(purposes),
            _operations_handlers(operations),
            _grant_handlers(grants),
        ]
        self._server.add_generic_rpc_handlers(tuple(handlers))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        if reflect:
            names = (
                _REGISTER,
                _PURPOSE,
                _OPERATIONS,
                _GRANT,
                health_pb2.DESCRIPTOR.services_by_name["Health"].full_name,
            )
            reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), self._server)
        try:
            self.port = self._server.add_secure_port(address, credentials)
        except RuntimeError:
            self.port = 0
        self.address = f"{address.rpartition(':')[0]}:{self.port}"
        if not self.port:
            raise PortTaken(
                f"{address}: cannot be listened on; another program has this port, or it is not ours to open"
            )

    async def start(self) -> None:
        """Begin to serve."""
        await self._server.start()

    async def serving(self, *, now: bool) -> None:
        """Say in the health service whether requests can be answered."""
        status = health_pb2.HealthCheckResponse
        state = status.SERVING if now else status.NOT_SERVING
        for service in ("", _REGISTER, _PURPOSE, _OPERATIONS, _GRANT):
            await self._health.set(service, state)

    async def drain(self) -> None:
        """Turn new calls away, let those under way finish, and stop."""
        self._reception.draining = True
        await self._health.enter_graceful_shutdown()
        await self._reception.hallway.drained()
        await self._server.stop(_GRACE)

    async def ended(self) -> None:
        """Wait for the end."""
        await self._server.wait_for_termination()


def _tolerant(message: type[M]) -> Callable[[bytes], M | None]:
    """Octets that are no such message, or too many, become None, so that they get an answer of the published table."""

    def read(octets: bytes) -> M | None:
        if len(octets) > _LARGEST:
            return None
        try:
            return message.FromString(octets)
        except DecodeError:
            return None

    return read


def _unary(method: Any, request: type[Message]) -> grpc.RpcMethodHandler[Any, Any]:
    return grpc.unary_unary_rpc_method_handler(
        method, request_deserializer=_tolerant(request), response_serializer=_serialized
    )


def _serialized(message: Message) -> bytes:
    return message.SerializeToString()


def _register_handlers(service: RegisterService) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        _REGISTER,
        {
            "GetResident": _unary(service.get_resident, register_pb2.GetResidentRequest),
            "BatchGetResidents": _unary(service.batch_get_residents, register_pb2.BatchGetResidentsRequest),
            "SearchResidents": _unary(service.search_residents, register_pb2.SearchResidentsRequest),
            "ResolvePseudonym": _unary(service.resolve_pseudonym, register_pb2.ResolvePseudonymRequest),
            "RenewPseudonyms": _unary(service.renew_pseudonyms, register_pb2.RenewPseudonymsRequest),
            "StreamResidents": grpc.unary_stream_rpc_method_handler(
                service.stream_residents,
                request_deserializer=_tolerant(register_pb2.StreamResidentsRequest),
                response_serializer=_serialized,
            ),
        },
    )


def _purpose_handlers(service: PurposeService) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        _PURPOSE,
        {
            "ListPurposes": _unary(service.list_purposes, purpose_pb2.ListPurposesRequest),
            "GetPurpose": _unary(service.get_purpose, purpose_pb2.GetPurposeRequest),
        },
    )


def _operations_handlers(service: OperationsService) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        _OPERATIONS,
        {
            "GetStatus": _unary(service.get_status, operations_pb2.GetStatusRequest),
            "ReloadBook": _unary(service.reload_book, operations_pb2.ReloadBookRequest),
            "ShowBudget": _unary(service.show_budget, operations_pb2.ShowBudgetRequest),
            "OverrideBudget": _unary(service.override_budget, operations_pb2.OverrideBudgetRequest),
        },
    )


def _grant_handlers(service: GrantService) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(
        _GRANT,
        {
            "RequestGrant": _unary(service.request_grant, grant_pb2.RequestGrantRequest),
            "ApproveGrant": _unary(service.approve_grant, grant_pb2.ApproveGrantRequest),
            "RejectGrant": _unary(service.reject_grant, grant_pb2.RejectGrantRequest),
            "RevokeGrant": _unary(service.revoke_grant, grant_pb2.RevokeGrantRequest),
            "ListGrants": _unary(service.list_grants, grant_pb2.ListGrantsRequest),
        },
    )
