"""Refusals as gRPC statuses with google.rpc details (google.aip.dev/193).

Rule: the published table is all there is (rules E); a text for the person, a reason for the program, nothing for an
attacker.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from gateway.clock import iso
from gateway.refusal import REASONS, Refusal
from gateway.v1 import register_pb2 as pb

DOMAIN: Final = "register-gateway"
_DETAILS: Final = "grpc-status-details-bin"
_PUSHBACK: Final = "grpc-retry-pushback-ms"


async def refuse(
    context: grpc.aio.ServicerContext[Any, Any], refusal: Refusal, language: pb.Language.ValueType
) -> NoReturn:
    """End the call with the refusal's status."""
    code = grpc.StatusCode[REASONS[refusal.reason].code]
    advice = REASONS[refusal.reason].advice
    english = language == pb.LANGUAGE_EN
    text = advice.en if english else advice.ja
    status = status_pb2.Status(
        code=code.value[0],
        message=text,
        details=[_packed(detail) for detail in details(refusal, text, "en" if english else "ja")],
    )
    metadata: list[tuple[str, str | bytes]] = [(_DETAILS, status.SerializeToString())]
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        # gRFC A6: a pushback tells client libraries when to retry by themselves, -1 that they must not.
        wait = -1 if refusal.retry_after is None else -(-refusal.retry_after // 1000)
        metadata.append((_PUSHBACK, str(wait)))
    try:
        await context.abort(code, text, tuple(metadata))
    except grpc.aio.AbortError as aborted:
        context.add_done_callback(partial(_let_go, aborted))  # type: ignore[arg-type]  # a partial is as good
        raise
    raise AssertionError("abort does not return")


def _let_go(aborted: Exception, _context: object) -> None:
    """Open the circle that gRPC leaves behind an aborted call: call, exception, traceback, frames, call. Some sixty
    objects each are a lot for the garbage collector in a flood, and everybody waits for it.
    """
    aborted.__traceback__ = aborted.__context__ = None


def details(refusal: Refusal, text: str, locale: str) -> list[Message]:
    """ErrorInfo and LocalizedMessage always; BadRequest, QuotaFailure and RetryInfo where they apply (rule L5)."""
    result: list[Message] = [
        error_details_pb2.ErrorInfo(reason=refusal.reason.value, domain=DOMAIN),
        error_details_pb2.LocalizedMessage(locale=locale, message=text),
    ]
    if refusal.violations:
        result.append(
            error_details_pb2.BadRequest(
                field_violations=[
                    error_details_pb2.BadRequest.FieldViolation(field=each.field, description=each.description)
                    for each in refusal.violations
                ]
            )
        )
    if refusal.exhausted:
        result.append(
            error_details_pb2.QuotaFailure(
                violations=[
                    error_details_pb2.QuotaFailure.Violation(
                        subject=f"caller:{each.owner}",
                        description=f"{each.limit} {each.counted} in {each.window}; {_reopens(each.reopens)}",
                    )
                    for each in refusal.exhausted
                ]
            )
        )
    if refusal.retry_after is not None:
        delay = Duration()
        delay.FromMicroseconds(refusal.retry_after)
        result.append(error_details_pb2.RetryInfo(retry_delay=delay))
        result.append(
            error_details_pb2.QuotaFailure(
                violations=[error_details_pb2.QuotaFailure.Violation(subject="caller:staff", description="rate")]
            )
        )
    return result


def _reopens(reopens: int | None) -> str:
    return "does not reopen" if reopens is None else f"reopens {iso(reopens)}"


def _packed(detail: Message) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(detail)
    return packed
