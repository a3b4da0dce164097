"""Messages of the contract as callers may make them up: any values, unknown fields, places in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

from gateway.caller import Caller
from gateway.v1 import register_pb2 as pb

HANA: Final = Caller("welfare", "welfare-desk", "hana", "welfare-1", "caseworker")
CITY: Final = "潮見市"
MARK: Final = "☂"
"""Stands in every text that is made up, and in no advice."""
ODD: Final = 77_777
"""The size of every number that is made up; no advice has it."""
UNKNOWN: Final = {
    "a number": b"\xa0\x06\x01",  # field 100, varint 1
    "a text": b"\xa2\x06\x03abc",  # field 100, 3 octets
    "a message": b"\xa2\x06\x02\x08\x01",  # field 100, a message with its field 1
    "eight octets": b"\xa1\x06" + bytes(8),  # field 100, fixed64
}
"""Fields that the contract does not have, on the wire."""

_PLAUSIBLE: Final[dict[str, tuple[Any, ...]]] = {
    "purpose": ("fee-arrears",),
    "case_reference": ("", "CASE-2026/1"),
    "reason_code": (1, 15),
    "justification": ("", "家計の相談のため"),
    "request_id": ("", "0b9d"),
    "language": (0, 1, 2),
    "calendar": (0, 1),
    "resident_id": ("0123456789",),
    "resident_ids": ("0123456789", "1123456789"),
    "pseudonym": ("tk1abc",),
    "pseudonyms": ("tk1abc", "tk1def"),
    "paths": ("name", "birth_date"),
    "name": ("高橋　一郎", "高橋*", "*"),
    "name_kana": ("タカハシ*",),
    "year": (1970,),
    "month": (0, 8),
    "day": (0, 12),
    "text": ("昭和45年8月12日", "S64.1.8"),
    "address": ("潮見市水神2-3-18",),
    "household_id": ("", "H-0001"),
    "statuses": (1, 2),
    "area_code": ("", "48201", "4820100301"),
    "from": (0, 65),
    "to": (74, 150),
    "cursor": ("",),
    "grant": ("", "g-aaaaaaaaaaaaaaaa"),
    "break_glass": (False, True),
}

M = TypeVar("M", bound=Message)


def made_up(kind: type[M]) -> st.SearchStrategy[M]:
    """Requests in which every field is left out, plausible or anything, and every part may hold unknown fields; half of
    them are plausible throughout, in circumstances without a fault.
    """

    @st.composite
    def one(draw: st.DrawFn) -> M:
        message = kind()
        if draw(st.booleans()):
            _fill(draw, message, _anything)
        else:
            _fill(draw, message, _plausible)
            part: Any = message
            part.context.CopyFrom(context())
            part.ClearField("read_mask")
        return message

    return one()


def places(message: Message) -> Iterator[tuple[str, Message]]:
    """Every message inside `message`, with its place."""
    for field, value in message.ListFields():
        if isinstance(value, Message):
            yield field.name, value
            yield from ((f"{field.name}.{place}", each) for place, each in places(value))


def is_place(place: str, kind: Any) -> bool:
    """Whether a field, or a oneof, of a message with this descriptor is at `place`; lists with an index or without."""
    head, _, rest = place.partition(".")
    name, _, index = head.removesuffix("]").partition("[")
    if name in kind.oneofs_by_name:
        return not index and not rest
    field = kind.fields_by_name.get(name)
    if field is None or (index and not (field.is_repeated and index.isdecimal())):
        return False
    return not rest or (field.message_type is not None and is_place(rest, field.message_type))


def context() -> pb.QueryContext:
    """Circumstances without a fault."""
    return pb.QueryContext(purpose="fee-arrears", reason_code=pb.REASON_CODE_APPLICATION)


def _fill(draw: st.DrawFn, message: Message, scalar: Callable[[Any], st.SearchStrategy[Any]]) -> None:
    for field in message.DESCRIPTOR.fields:
        if draw(st.integers(0, 3)) == 0:
            continue
        if field.is_repeated:
            getattr(message, field.name).extend(draw(st.lists(scalar(field), max_size=4)))
        elif field.message_type is not None:
            part = getattr(message, field.name)
            part.SetInParent()
            _fill(draw, part, scalar)
        else:
            setattr(message, field.name, draw(scalar(field)))
    if scalar is _anything and draw(st.integers(0, 7)) == 0:
        message.MergeFromString(draw(st.sampled_from(sorted(UNKNOWN.values()))))


def _plausible(field: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(_PLAUSIBLE[field.name])


def _anything(field: Any) -> st.SearchStrategy[Any]:
    plausible = _plausible(field)
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        anything = st.text(max_size=12).map(lambda text: f"{text}{MARK}{text}")
        return plausible | anything | st.integers(0, 500).map(lambda length: MARK * length)
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return plausible
    return plausible | st.sampled_from([ODD, -ODD, -1, 2**31 - 1, -(2**31)])
