"""A gateway whose clock can be moved: the tests' own app factory, in a process of its own.

Rule: nothing else is replaced. `python -m loadtest.clocked --config FILE` serves; each line on its standard input moves
its clock on by so many µs, and is answered with a line once everything has been looked at in the new time. The clock is
a parameter of the factory, never a setting: no gateway that is installed can be moved like this.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from gateway.app import assemble
from gateway.cli.serve import loop_factory
from gateway.clock import SystemClock
from gateway.settings import Settings


class MovedClock:
    """The machine's clocks, and how far they were moved on, µs."""

    def __init__(self) -> None:
        self._true = SystemClock()
        self.moved = 0

    def wall(self) -> int:
        """µs since the epoch."""
        return self._true.wall() + self.moved

    def elapsed(self) -> int:
        """The steady clock, moved as far: to the gateway this time has passed."""
        return self._true.elapsed() + self.moved


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM."""
    clock = MovedClock()
    gateway = await assemble(settings, clock=clock)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await gateway.start()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)

    async def moving() -> None:
        while line := await reader.readline():
            clock.moved += int(line)
            await gateway.catch_up()
            print("moved", flush=True)

    moves = asyncio.create_task(moving())
    await stop.wait()
    moves.cancel()
    await gateway.stop()


def main() -> None:
    """Read the settings and serve."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.clocked", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    settings = Settings.read(parser.parse_args().config)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(settings))


if __name__ == "__main__":
    main()
