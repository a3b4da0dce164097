"""The machine under the bench: processes on cores of their own, their processor time, and what a sync costs here."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")
_RECORD: Final = 300


def cores() -> tuple[int, int]:
    """A core for the server and one for the load; the same one twice if there is no second."""
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


@contextmanager
def pinned(command: Sequence[str], core: int, **streams: int) -> Iterator[subprocess.Popen[str]]:
    """Run a Python module on one core; ended, at the latest, when the context ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        text=True,
        **streams,  # type: ignore[call-overload]  # Popen's overloads do not take a mapping
    )
    # Set while the interpreter is still starting: every thread it makes inherits it.
    os.sched_setaffinity(process.pid, {core})
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def sync_us(folder: Path, times: int = 200) -> float:
    """Median time of appending 300 octets to a file in `folder` and fdatasync, µs."""
    path = folder / "sync-probe"
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(times):
            start = time.perf_counter()
            file.write(b"\0" * _RECORD)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - start) * 1e6)
    path.unlink()
    return median(taken)
