"""The stage: the real gateway, in a process of its own, as `serve` starts it.

Rule: whoever leaves the stage, however they leave it, leaves no process behind.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from gateway.cli.client import connected, is_serving
from gateway.demo.estate import Estate
from gateway.demo.people import access

LOG_FILE: Final = "server.log"
"""The gateway's process log, in the estate's folder."""
_START: Final = 30.0
"""Seconds until the gateway must be in service, on a slow machine."""
_DRAIN: Final = 15.0
"""Seconds to drain; the gateway itself gives calls under way ten."""


class CannotServe(Exception):
    """The gateway did not come up, or went away; the text is what it said."""


@dataclass(slots=True)
class Server:
    """A gateway in service at `address`."""

    address: str
    log: Path
    _process: asyncio.subprocess.Process
    _remarks: asyncio.Event

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def drain(self) -> tuple[int, float]:
        """Stop it as an operator does, with SIGTERM; its exit code, and how many seconds that took."""
        start = perf_counter()
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _DRAIN)
        except (TimeoutError, asyncio.CancelledError):
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            raise
        return await self._process.wait(), perf_counter() - start

    async def reads_remarks(self) -> None:
        """Wait until remarks are read, which begins a little later than all else."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._remarks.wait(), _START)

    async def ended(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return await self._process.wait()


@asynccontextmanager
async def served(estate: Estate) -> AsyncIterator[Server]:
    """The estate's gateway, in service until the block ends. Raises CannotServe."""
    log = estate.path / LOG_FILE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", "serve", "--config", str(estate.settings)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for whoever set the stage: it drains the gateway in its own time.
    )
    said = _Said(process, log)
    reading = asyncio.create_task(said.read())
    server = Server("", log, process, said.remarks)
    try:
        server.address = await said.address()
        await _in_service(estate, server.address)
        estate.address.write_text(f"{server.address}\n", encoding="ascii")
        yield server
    finally:
        estate.address.unlink(missing_ok=True)
        await server.drain()
        await reading


class _Said:
    """What the gateway says on standard error: kept in the log, and heard for its address and its reader of remarks."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process, self._log = process, log
        self._address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._lines: list[str] = []
        self.remarks = asyncio.Event()

    async def address(self) -> str:
        """Where it listens. Raises CannotServe."""
        try:
            return await asyncio.wait_for(self._address, _START)
        except TimeoutError:
            raise CannotServe(f"the gateway did not come up within {_START:g} seconds") from None

    async def read(self) -> None:
        """Read to the end."""
        stream = self._process.stderr
        if stream is None:
            raise ValueError("the process was started without a pipe")
        with self._log.open("wb") as log:
            while line := await stream.readline():
                log.write(line)
                log.flush()
                self._hear(line.decode(errors="replace"))
        if not self._address.done():
            self._address.set_exception(CannotServe("the gateway did not start:\n" + "".join(self._lines).rstrip()))

    def _hear(self, line: str) -> None:
        if not self._address.done():
            self._lines.append(line)
        with suppress(ValueError):
            event = json.loads(line)
            if event["event"] == "serving":
                self._address.set_result(event["address"])
            elif event["event"] == "remarks" and event["state"] == "reading":
                self.remarks.set()


async def _in_service(estate: Estate, address: str) -> None:
    """Its own health service says so, over mutual TLS."""
    async with connected(access(estate, address, estate.cast().clerk)) as stubs:
        if not await is_serving(stubs, patience=_START):
            raise CannotServe(f"{address}: the gateway listens, but its health service does not say that it serves")
