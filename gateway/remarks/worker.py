"""One reader of remarks: a process, spoken to over its pipes.

Rule: it answers in time and in form, or it is killed. Texts go to it and spans come back; keys stay here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NoReturn, Self

from masking.remark.span import Span
from masking.remark.wire import LENGTH, frame, length_of, spans_heard

BEGIN: Final = 60.0
"""Seconds in which it has to be ready: 2 to 4 on an idle machine."""
NAMES: Final = 30.0
"""Seconds in which it has to know a register's names: 1 for those of 32,000 residents."""
READ: Final = 1.0
"""Seconds in which it has to read a remark: 0.002 is usual, and a search that runs away gives up after 0.1."""
_MODULE: Final = "masking.remark.worker"


class Cause(StrEnum):
    """Why a worker is no more."""

    BEGIN = "did not begin"
    TIME = "took too long"
    GONE = "ended"
    NONSENSE = "answered nonsense"


class Lost(Exception):
    """The worker is no more, and nobody knows what is in the text that it was given last."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class Worker:
    """A running process. For one caller at a time; whoever is cancelled while it answers has to `kill` it."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a worker is spoken to over its pipes")
        self._process, self._to, self._from = process, process.stdin, process.stdout

    @classmethod
    async def begin(cls) -> Self:
        """Start one and wait until it can read. Raises Lost."""
        try:
            process = await asyncio.create_subprocess_exec(
                # -P: what lies in the working directory is no part of the program.
                *(sys.executable, "-P", "-m", _MODULE),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,  # whatever it may have to say was not written for logs
                start_new_session=True,  # an interrupt at the terminal is the gateway's to answer
            )
        except OSError:
            raise Lost(Cause.BEGIN) from None
        worker = cls(process)
        try:
            if json.loads(await worker._heard(BEGIN)) != {"ready": True}:
                await worker._lose(Cause.BEGIN)
        except (Lost, ValueError):
            await worker._lose(Cause.BEGIN)
        except asyncio.CancelledError:
            worker.kill()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._process.returncode is None

    async def enter_names(self, names: Sequence[str]) -> int:
        """Have it know a register's names and readings; how many it keeps. Raises Lost."""
        try:
            return int(json.loads(await self._asked({"names": list(names)}, NAMES))["known"])
        except (KeyError, TypeError, ValueError):
            await self._lose(Cause.NONSENSE)

    async def read(self, text: str) -> tuple[Span, ...] | None:
        """What a text gives away; None if it cannot be read in full. Raises Lost."""
        try:
            return spans_heard(await self._asked({"text": text}, READ), text)
        except ValueError:
            await self._lose(Cause.NONSENSE)

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def close(self) -> None:
        """Kill it, and wait until it is gone."""
        self.kill()
        await self._process.wait()

    async def _asked(self, said: object, seconds: float) -> bytes:
        try:
            self._to.write(frame(said))
            await self._to.drain()
        except OSError:
            await self._lose(Cause.GONE)
        return await self._heard(seconds)

    async def _heard(self, seconds: float) -> bytes:
        try:
            async with asyncio.timeout(seconds):
                return await self._from.readexactly(length_of(await self._from.readexactly(LENGTH)))
        except TimeoutError:
            await self._lose(Cause.TIME)
        except (asyncio.IncompleteReadError, OSError):
            await self._lose(Cause.GONE)
        except ValueError:
            await self._lose(Cause.NONSENSE)

    async def _lose(self, cause: Cause) -> NoReturn:
        await self.close()
        raise Lost(cause) from None
