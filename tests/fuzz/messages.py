"""Requests turned wrong one field at a time, by walking their descriptors; and octets that hardly are messages.

Rule: whatever field a contract gains is walked with the others; nothing here names one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

PLANTED: Final = "龍宮寺8861"
"""Stands in strange texts, and nowhere else."""
UNKNOWN: Final = b"\xfa\x3f\x06hidden"
"""Field 1023, length-delimited, which no message has."""

_TEXTS: Final = (
    "",
    PLANTED,
    f"{PLANTED}*",
    f"{PLANTED}\x00\n\u202e",
    "*",
    "%' OR 1=1 --",
    "９９９９９９９９９９",
    "9999999999",
    "0000000000",
    "2026-02-30",
    PLANTED * 1000,
)
_NUMBERS: Final = (0, 1, -1, 13, 2**31 - 1, -(2**31))

_Path = tuple[FieldDescriptor, ...]
Change = Callable[[Message], object]


def _strange(field: FieldDescriptor) -> Sequence[Any]:
    return _TEXTS if field.type == FieldDescriptor.TYPE_STRING else _NUMBERS


def _at(message: Message, path: Sequence[FieldDescriptor]) -> Message:
    """The message that a path leads to; it is there afterwards, if it was not."""
    for field in path:
        message = getattr(message, field.name)
        message.SetInParent()
    return message


def _changes(descriptor: Any, path: _Path = ()) -> Iterator[tuple[str, Change]]:
    """Each change with its name: the field's path and what becomes of it."""
    where = ".".join(field.name for field in path)
    yield f"{where}: a field that nobody knows", lambda message: _at(message, path).MergeFromString(UNKNOWN)
    for field in descriptor.fields:
        name = f"{where}.{field.name}".lstrip(".")
        yield f"{name}: left out", _cleared(path, field)
        if field.message_type is not None:
            yield f"{name}: there and empty", _emptied(path, field)
            yield from _changes(field.message_type, (*path, field))
        elif field.is_repeated:
            for value in _strange(field):
                yield f"{name}: {value!r:.20}", _listed(path, field, [value])
            yield f"{name}: many", _listed(path, field, [*_strange(field)] * 40)
        else:
            for value in _strange(field):
                yield f"{name}: {value!r:.20}", _set(path, field, value)


def _cleared(path: _Path, field: FieldDescriptor) -> Change:
    return lambda message: _at(message, path).ClearField(field.name)


def _emptied(path: _Path, field: FieldDescriptor) -> Change:
    def change(message: Message) -> None:
        holder = _at(message, path)
        holder.ClearField(field.name)
        getattr(holder, field.name).SetInParent()

    return change


def _listed(path: _Path, field: FieldDescriptor, values: Sequence[Any]) -> Change:
    return lambda message: getattr(_at(message, path), field.name).extend(values)


def _set(path: _Path, field: FieldDescriptor, value: Any) -> Change:
    return lambda message: setattr(_at(message, path), field.name, value)


def turned_wrong(sound: Message) -> Iterator[tuple[str, bytes]]:
    """The request with one thing changed, for each thing and each change; some are still in order."""
    for name, change in _changes(sound.DESCRIPTOR):
        message = type(sound)()
        message.CopyFrom(sound)
        change(message)
        yield f"{sound.DESCRIPTOR.name}.{name}", message.SerializeToString()


def torn(sound: Message, times: int) -> Iterator[tuple[str, bytes]]:
    """The request's octets, flipped, cut, doubled or with others among them; the same ones in each run."""
    chance = random.Random(sound.DESCRIPTOR.name)  # noqa: S311 - a test must be the same every time
    octets = sound.SerializeToString()
    for turn in range(times):
        place = chance.randrange(len(octets) + 1)
        kind = turn % 4
        if kind == 0:
            changed = bytearray(octets + b"\0")
            changed[place] ^= 1 << chance.randrange(8)
            yield f"{sound.DESCRIPTOR.name}: flipped at {place}", bytes(changed)
        elif kind == 1:
            yield f"{sound.DESCRIPTOR.name}: cut at {place}", octets[:place]
        elif kind == 2:
            yield f"{sound.DESCRIPTOR.name}: {place} octets twice", octets + octets[:place]
        else:
            more = chance.randbytes(chance.randrange(1, 9))
            yield f"{sound.DESCRIPTOR.name}: {more!r} at {place}", octets[:place] + more + octets[place:]
