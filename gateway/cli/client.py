"""The command line's client: a channel with both identities, questions in plain words, refusals as plain values.

Rule: the client holds a staff token in memory only, and shows of an error what the gateway chose to tell. The contract
stays in here: answers come out as their JSON form (protobuf.dev/programming-guides/json), fields named as in the
contract.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.cli.question import Calendar, Known, Language, Question, Reason, Selected, Status
from gateway.v1 import (
    grant_pb2,
    grant_pb2_grpc,
    operations_pb2,
    operations_pb2_grpc,
    purpose_pb2,
    purpose_pb2_grpc,
    register_pb2,
    register_pb2_grpc,
)

REASONS: Final[Mapping[Reason, register_pb2.ReasonCode.ValueType]] = MappingProxyType(
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
LANGUAGES: Final[Mapping[Language, register_pb2.Language.ValueType]] = MappingProxyType(
    {"ja": register_pb2.LANGUAGE_JA, "en": register_pb2.LANGUAGE_EN}
)
"""What people type for a language."""
STATUSES: Final[Mapping[Status, register_pb2.RegisterStatus.ValueType]] = MappingProxyType(
    {
        "resident": register_pb2.REGISTER_STATUS_RESIDENT,
        "moved_out": register_pb2.REGISTER_STATUS_MOVED_OUT,
        "deceased": register_pb2.REGISTER_STATUS_DECEASED,
        "void": register_pb2.REGISTER_STATUS_VOID,
    }
)
"""What people type for a register status."""
CALENDARS: Final[Mapping[Calendar | None, register_pb2.Calendar.ValueType]] = MappingProxyType(
    {None: register_pb2.CALENDAR_UNSPECIFIED, "era": register_pb2.CALENDAR_ERA}
)
"""What people type for a calendar."""

RENEWALS: Final = 500
"""Pseudonyms that one request renews at most, as the contract says."""
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
class Stubs:
    """The services of one gateway."""

    register: register_pb2_grpc.RegisterServiceAsyncStub
    purpose: purpose_pb2_grpc.PurposeServiceAsyncStub
    operations: operations_pb2_grpc.OperationsServiceAsyncStub
    grant: grant_pb2_grpc.GrantServiceAsyncStub
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
            operations_pb2_grpc.OperationsServiceStub(channel),
            grant_pb2_grpc.GrantServiceStub(channel),
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
    request = register_pb2.GetResidentRequest(context=_context(question), read_mask=_mask(question))
    if pseudonym:
        request.pseudonym = pseudonym
    else:
        request.resident_id = resident_id
    return await _answer(stubs, stubs.register.GetResident, request)


async def resolve_pseudonym(stubs: Stubs, question: Question, pseudonym: str) -> dict[str, Any]:
    """Who stands behind a pseudonym: a ResolvePseudonymResponse as JSON. Raises Denied."""
    request = register_pb2.ResolvePseudonymRequest(context=_context(question), pseudonym=pseudonym)
    return await _answer(stubs, stubs.register.ResolvePseudonym, request)


async def renew_pseudonyms(stubs: Stubs, question: Question, pseudonyms: Sequence[str]) -> dict[str, Any]:
    """New pseudonyms for old ones: a RenewPseudonymsResponse as JSON. Raises Denied."""
    request = register_pb2.RenewPseudonymsRequest(context=_context(question), pseudonyms=pseudonyms)
    return await _answer(stubs, stubs.register.RenewPseudonyms, request)


async def get_residents(
    stubs: Stubs, question: Question, *, resident_ids: Sequence[str] = (), pseudonyms: Sequence[str] = ()
) -> dict[str, Any]:
    """Several residents by ids or by pseudonyms: a BatchGetResidentsResponse as JSON. Raises Denied."""
    request = register_pb2.BatchGetResidentsRequest(
        context=_context(question), resident_ids=resident_ids, pseudonyms=pseudonyms, read_mask=_mask(question)
    )
    return await _answer(stubs, stubs.register.BatchGetResidents, request)


async def search_residents(stubs: Stubs, question: Question, known: Known) -> dict[str, Any]:
    """Residents by what is known of them: a SearchResidentsResponse as JSON. Raises Denied."""
    criteria = register_pb2.SearchCriteria(
        name=known.name,
        name_kana=known.kana,
        birth_date=register_pb2.DateCriterion(text=known.born) if known.born else None,
        address=known.lives,
        household_id=known.household,
        resident_id=known.resident,
        pseudonym=known.pseudonym,
        statuses=[STATUSES[status] for status in known.statuses],
    )
    request = register_pb2.SearchResidentsRequest(
        context=_context(question), criteria=criteria, read_mask=_mask(question)
    )
    return await _answer(stubs, stubs.register.SearchResidents, request)


async def stream_residents(
    stubs: Stubs, question: Question, selected: Selected, *, cursor: str = ""
) -> AsyncGenerator[dict[str, Any], None]:
    """The residents of a selection: StreamResidentsResponses as JSON, from behind `cursor`. Raises Denied."""
    request = register_pb2.StreamResidentsRequest(
        context=_context(question), selection=_selection(selected), read_mask=_mask(question), cursor=cursor
    )
    try:
        async for page in stubs.register.StreamResidents(request, metadata=stubs.metadata):
            yield _json(page)
    except grpc.RpcError as error:
        raise Denied(denial_of(error)) from None


async def list_purposes(stubs: Stubs) -> list[dict[str, Any]]:
    """The purposes that are open to this person: Purposes as JSON. Raises Denied."""
    answer = await _answer(stubs, stubs.purpose.ListPurposes, purpose_pb2.ListPurposesRequest())
    return list(answer.get("purposes", ()))


async def get_purpose(stubs: Stubs, purpose: str) -> dict[str, Any]:
    """A purpose and what is left of its budgets: a Purpose as JSON. Raises Denied."""
    answer = await _answer(stubs, stubs.purpose.GetPurpose, purpose_pb2.GetPurposeRequest(purpose=purpose))
    return dict(answer["purpose"])


async def get_status(stubs: Stubs) -> dict[str, Any]:
    """How the gateway stands: a GetStatusResponse as JSON. Raises Denied."""
    return await _answer(stubs, stubs.operations.GetStatus, operations_pb2.GetStatusRequest())


async def reload_book(stubs: Stubs) -> dict[str, Any]:
    """Have everything read anew: a ReloadBookResponse as JSON. Raises Denied."""
    return await _answer(stubs, stubs.operations.ReloadBook, operations_pb2.ReloadBookRequest())


async def show_budget(stubs: Stubs, *, staff: str = "", department: str = "") -> dict[str, Any]:
    """How far budgets are used up: a ShowBudgetResponse as JSON. Raises Denied."""
    request = operations_pb2.ShowBudgetRequest(staff=staff, department=department)
    return await _answer(stubs, stubs.operations.ShowBudget, request)


async def propose_override(
    stubs: Stubs,
    *,
    staff: str,
    department: str,
    meter: str,
    purpose: str,
    window: str,
    limit: int,
    until: int,
    note: str,
) -> dict[str, Any]:
    """The override as proposed: an Override as JSON. `meter` is a word of BudgetMeter, `until` in µs since the epoch.
    Raises Denied.
    """
    target = operations_pb2.BudgetTarget(
        staff=staff,
        department=department,
        meter=operations_pb2.BudgetMeter.Value(f"BUDGET_METER_{meter.upper()}"),
        purpose=purpose,
        window=window,
    )
    proposal = operations_pb2.OverrideProposal(target=target, limit=limit)
    proposal.until.FromMicroseconds(until)
    return await _overridden(stubs, operations_pb2.OverrideBudgetRequest(propose=proposal, note=note))


async def approve_override(stubs: Stubs, override: str, note: str) -> dict[str, Any]:
    """The override as approved: an Override as JSON. Raises Denied."""
    return await _overridden(stubs, operations_pb2.OverrideBudgetRequest(approve=override, note=note))


async def revoke_override(stubs: Stubs, override: str, note: str) -> dict[str, Any]:
    """The override as taken back: an Override as JSON. Raises Denied."""
    return await _overridden(stubs, operations_pb2.OverrideBudgetRequest(revoke=override, note=note))


async def _overridden(stubs: Stubs, request: operations_pb2.OverrideBudgetRequest) -> dict[str, Any]:
    return dict((await _answer(stubs, stubs.operations.OverrideBudget, request))["override"])


async def request_grant(
    stubs: Stubs,
    question: Question,
    opens: Sequence[str] | Selected | str | int,
    *,
    expected: int = 0,
    hours: int | None = None,
) -> dict[str, Any]:
    """A grant for looks at residents who are named, a stream of a selection, who stands behind a pseudonym, or new
    pseudonyms of so many residents: a Grant as JSON. Raises Denied.
    """
    request = grant_pb2.RequestGrantRequest(context=_context(question), read_mask=_mask(question), expected=expected)
    if isinstance(opens, Selected):
        request.selection.CopyFrom(_selection(opens))
    elif isinstance(opens, int):
        request.renewals = opens
    elif isinstance(opens, str):
        request.pseudonym = opens
    else:
        request.residents.resident_ids.extend(opens)
    if hours is not None:
        request.until.FromDatetime(datetime.now(UTC) + timedelta(hours=hours))
    return _granted(await _answer(stubs, stubs.grant.RequestGrant, request))


async def approve_grant(
    stubs: Stubs, grant: str, resident_ids: Sequence[str], note: str, *, pseudonym: str = ""
) -> dict[str, Any]:
    """The grant as approved: a Grant as JSON. Raises Denied."""
    request = grant_pb2.ApproveGrantRequest(grant_id=grant, resident_ids=resident_ids, note=note, pseudonym=pseudonym)
    return _granted(await _answer(stubs, stubs.grant.ApproveGrant, request))


async def reject_grant(stubs: Stubs, grant: str, note: str) -> dict[str, Any]:
    """The grant as rejected: a Grant as JSON. Raises Denied."""
    request = grant_pb2.RejectGrantRequest(grant_id=grant, note=note)
    return _granted(await _answer(stubs, stubs.grant.RejectGrant, request))


async def revoke_grant(stubs: Stubs, grant: str, note: str) -> dict[str, Any]:
    """The grant as taken back: a Grant as JSON. Raises Denied."""
    request = grant_pb2.RevokeGrantRequest(grant_id=grant, note=note)
    return _granted(await _answer(stubs, stubs.grant.RevokeGrant, request))


async def list_grants(stubs: Stubs, *, waiting: bool = False) -> list[dict[str, Any]]:
    """The caller's own grants and those they may decide: Grants as JSON. Raises Denied."""
    request = grant_pb2.ListGrantsRequest(waiting_for_me=waiting)
    return list((await _answer(stubs, stubs.grant.ListGrants, request)).get("grants", ()))


def _granted(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(answer["grant"])


async def _answer(stubs: Stubs, method: Callable[..., Awaitable[Message]], request: Message) -> dict[str, Any]:
    try:
        return _json(await method(request, metadata=stubs.metadata, timeout=_PATIENCE))
    except grpc.RpcError as error:
        raise Denied(denial_of(error)) from None


def _context(question: Question) -> register_pb2.QueryContext:
    context = register_pb2.QueryContext(
        purpose=question.purpose,
        case_reference=question.case,
        reason_code=REASONS[question.reason],
        justification=question.justification,
        language=LANGUAGES[question.language],
        calendar=CALENDARS[question.calendar],
        grant=question.grant,
        break_glass=question.break_glass,
    )
    if question.applicant:
        context.applicant.resident_id = question.applicant
    return context


def _selection(selected: Selected) -> register_pb2.Selection:
    selection = register_pb2.Selection(
        area_code=selected.area,
        household_id=selected.household,
        statuses=[STATUSES[status] for status in selected.statuses],
    )
    if selected.age_from is not None or selected.age_to is not None:
        selection.age.MergeFrom(register_pb2.AgeRange(**{"from": selected.age_from or 0}, to=selected.age_to))
        selection.age.SetInParent()
    return selection


def _mask(question: Question) -> FieldMask | None:
    return None if question.fields is None else FieldMask(paths=question.fields)


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
