"""Faults of a request: gathered, so that all are told at once, each with its place as the caller spells it.

Rule: what this gateway does not know is a fault, not a thing to pass over: a condition that is dropped finds more
people than were asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

from gateway.refusal import Reason, Refusal, Violation
from gateway.subject import Status
from gateway.v1 import register_pb2 as pb


class Faults:
    """What is wrong with one request, gathered."""

    def __init__(self) -> None:
        self._violations: list[Violation] = []

    def add(self, field: str, description: str) -> None:
        """One more offending field, as the caller spells it."""
        self._violations.append(Violation(field, description))

    def check(self) -> None:
        """Raises Refusal(REQUEST_MALFORMED) with all of them, if there are any."""
        if self._violations:
            raise Refusal(Reason.REQUEST_MALFORMED, violations=tuple(self._violations))


STATUSES: Final = {
    pb.REGISTER_STATUS_RESIDENT: Status.RESIDENT,
    pb.REGISTER_STATUS_MOVED_OUT: Status.MOVED_OUT,
    pb.REGISTER_STATUS_DECEASED: Status.DECEASED,
    pb.REGISTER_STATUS_VOID: Status.VOID,
}


def statuses_of(place: str, given: Sequence[int], faults: Faults) -> frozenset[Status]:
    """The statuses that are asked for, each once; empty where none is."""
    found: set[Status] = set()
    if len(given) > len(STATUSES):
        faults.add(place, f"over {len(STATUSES)} statuses")
        return frozenset()
    for at, number in enumerate(given):
        status = STATUSES.get(pb.RegisterStatus.ValueType(number))
        if status is None:
            faults.add(f"{place}[{at}]", "no such status")
        else:
            found.add(status)
    return frozenset(found)


def known_only(place: str, message: Message, faults: Faults) -> None:
    """Conditions written by a newer contract than this gateway's are refused (rule S1)."""
    if len(UnknownFieldSet(message)):
        faults.add(place, "holds a condition that this gateway does not know")
    for field, value in message.ListFields():
        if isinstance(value, Message):
            known_only(f"{place}.{field.name}", value, faults)
