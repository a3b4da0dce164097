"""Parts of the city made by several processes at once, and handed over in the city's order.

Rule: who makes a part changes nothing in it. A part is on no disk before it is handed over, a process makes the next
one only when its last one was taken, and it ends by itself when nobody is there to take it: nothing is left behind,
however the building ends, and memory does not grow with the city.
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final, NamedTuple

from gateway.register.city.part import REGISTER_SCHEMA, Part, Tally, write_part
from gateway.register.city.tables import REGISTER_TABLES, STANDING_TABLES
from gateway.register.city.writer import Writer

# A fork would copy the threads' locks of whoever builds a city, but not the threads.
_PROCESSES: Final = get_context("spawn")


class Made(NamedTuple):
    """A part as `Writer.append` takes it, of both databases."""

    register: bytes
    standing: bytes
    tally: Tally


@contextmanager
def made(parts: Sequence[Part], standing_schema: str, processes: int) -> Iterator[Iterator[Made]]:
    """All parts, in their order. The processes end with the context. Raises OSError when one ends early."""
    with ExitStack() as held:
        deliveries = [
            held.enter_context(_process(parts[first::processes], standing_schema)) for first in range(processes)
        ]
        yield (_taken(deliveries[number % processes]) for number in range(len(parts)))


@contextmanager
def _process(parts: Sequence[Part], standing_schema: str) -> Iterator[Connection]:
    """Where the parts come from that one process makes."""
    taking, giving = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_make, args=(parts, standing_schema, giving))
    process.start()
    giving.close()  # so that the pipe ends when the process does
    try:
        yield taking
    finally:
        taking.close()
        process.terminate()
        process.join()
        process.close()


def _taken(delivery: Connection) -> Made:
    try:
        part = delivery.recv()
    except EOFError:
        raise OSError(errno.EIO, "a process that made a part of the city ended early") from None
    if not isinstance(part, Made):
        raise TypeError(type(part))
    return part


def _make(parts: Sequence[Part], standing_schema: str, giving: Connection) -> None:
    """Make one part after the other, in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who takes the parts, and ends this process too
    try:
        for part in parts:
            giving.send(_one(part, standing_schema))
    except BrokenPipeError:
        return  # nobody takes them any more


def _one(part: Part, standing_schema: str) -> Made:
    with (
        Writer(None, REGISTER_SCHEMA, REGISTER_TABLES) as register,
        Writer(None, standing_schema, STANDING_TABLES) as standing,
    ):
        tally = write_part(part, register, standing, progress=lambda _done: None)
        return Made(register.part(), standing.part(), tally)
