"""The gateway under load: started, measured, killed, its clock moved, stopped.

Rule: it ends only what it started, by its process id; another one stands by where some are to be killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway.clock import DAY
from gateway.demo.estate import Estate
from loadtest.bench.machine import cores, processor_seconds
from loadtest.bench.servers import SERVE, Launched, Running, launch, start_gateway
from loadtest.verdict import Sample

_SAMPLE: Final = 0.25
"""Seconds between looks at processor time and memory."""
_CLOCKED: Final = ("loadtest.clocked",)
_SPARE: Final = ("loadtest.spare",)
_SLOWED: Final = ("loadtest.slowed",)


@dataclass(slots=True)
class Host:
    """One estate's gateway, whatever process it is at the moment. `home`: where its logs go; `moving`: its clock can be
    moved; `mortal`: it will be killed; `slow`: its disk is.
    """

    estate: Estate
    home: Path
    moving: bool = False
    mortal: bool = False
    slow: bool = False
    samples: list[Sample] = field(default_factory=list)
    _running: Running | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _spare: tuple[Launched, ExitStack] | None = None
    _launches: int = 0

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self._now.port}"

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._now.pid

    @property
    def _now(self) -> Running:
        if self._running is None:
            raise RuntimeError("no gateway has been started")
        return self._running

    def start(self) -> None:
        """Start it, or the one that stands by, and wait until it serves."""
        core = cores()[0]
        if self.mortal:
            (launched, self._stack), self._spare = self._spare or self._stand_by(), None
            os.sched_setaffinity(launched.process.pid, {core})
            _say(launched.process, "serve")
            self._running, _ = launched.serving()
            self._spare = self._stand_by()
            return
        self._stack = ExitStack()
        program = _CLOCKED if self.moving else _SLOWED if self.slow else SERVE
        self._running, _ = start_gateway(
            self.estate, self.home, core, self._stack, program=program, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def _stand_by(self) -> tuple[Launched, ExitStack]:
        self._launches += 1
        stack, log = ExitStack(), self.home / f"gateway-{self._launches}.log"
        return launch(self.estate, log, cores()[1], stack, program=_SPARE, stdin=subprocess.PIPE), stack

    def stop(self) -> None:
        """Stop it as an operator does, and whichever stands by."""
        if self._spare is not None:
            self._spare[1].close()
            self._spare = None
        self._stack.close()

    def kill(self) -> None:
        """SIGKILL."""
        os.kill(self._now.pid, signal.SIGKILL)
        self._stack.close()

    def move_a_day(self) -> None:
        """A day passes for it."""
        process = self._now.process
        _say(process, str(DAY))
        if process.stdout is None or process.stdout.readline() != "moved\n":
            raise RuntimeError("the gateway went away")

    async def sample(self, seconds: Callable[[], float]) -> None:
        """Look at processor time and memory until cancelled; `seconds` is the time of the run."""
        before, last, pid = 0.0, 0.0, 0
        while True:
            running = self._running
            # Between a kill and a new start there is nothing to look at.
            with suppress(OSError, IndexError):
                if running is not None:
                    if running.pid != pid:
                        before, last, pid = before + last, 0.0, running.pid
                    last = processor_seconds(running.pid)
                    self.samples.append(Sample(at=seconds(), cpu_seconds=before + last, rss=resident(running.pid)))
            await asyncio.sleep(_SAMPLE)


def _say(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is None:
        raise RuntimeError("the gateway has no standard input")
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def resident(pid: int) -> int:
    """Octets of memory that a process holds (proc(5), statm)."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def free_port() -> int:
    """A port of the loopback that nobody has at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
