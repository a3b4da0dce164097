"""A worker's process as its driver sees it: lines out, lines in."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from loadtest.bench.machine import cores
from loadtest.worker import Job


@dataclass(slots=True)
class Driven:
    """One worker, by the name of its load."""

    name: str
    process: asyncio.subprocess.Process
    _ready: dict[int, asyncio.Event] = field(default_factory=dict)

    async def listen(self, heard: Callable[[str, dict[str, int]], None]) -> None:
        """Hear it out until it ends."""
        if self.process.stdout is None:
            raise RuntimeError("the worker has no standard output")
        while line := await self.process.stdout.readline():
            said: dict[str, int] = json.loads(line)
            if "ready" in said:
                self._day(said["ready"]).set()
            else:
                heard(self.name, said)
        await self.process.wait()
        # Whoever waits for a worker that went away hears of it by its exit code.
        for event in self._ready.values():
            event.set()

    def ready(self, day: int) -> Awaitable[Any]:
        """When it waits for the word of this day."""
        return self._day(day).wait()

    def _day(self, day: int) -> asyncio.Event:
        return self._ready.setdefault(day, asyncio.Event())

    async def say(self, line: str) -> None:
        """Give it the word."""
        if self.process.stdin is None:
            raise RuntimeError("the worker has no standard input")
        with suppress(ConnectionError):
            self.process.stdin.write(f"{line}\n".encode())
            await self.process.stdin.drain()

    async def end(self) -> None:
        """End it if it has not ended."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()


async def start_worker(name: str, job: Job, folder: Path) -> Driven:
    """A worker on the load's core; its job and its rows are in `folder` under its name."""
    written = folder / f"{name}.job"
    written.touch(mode=0o600)  # it holds staff tokens
    written.write_text(json.dumps(asdict(job)), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "loadtest.worker", str(written), str(folder / f"{name}.rows")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, {cores()[1]})
    return Driven(name, process)
