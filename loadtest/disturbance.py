"""What is done to a gateway in the midst of a run: its disk fills, fails or slows down, its register goes away.

Rule: the fault is real (a full file system, a refused write, a locked database), lasts a part of the run, and is taken
back by whoever made it; only slowness is made inside the gateway, at the store's port, by the tests' own factory.
"""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.demo.estate import Estate
from gateway.refusal import Reason
from gateway.register.city.build import REGISTER_FILE
from loadtest.answers import Answered
from loadtest.host import Host
from loadtest.scenario import Fault
from loadtest.slowed import SLOWER
from loadtest.town import CannotRun
from loadtest.verdict import Check
from loadtest.worker import OK

_BEGINS: Final = 0.3
"""Share of the run after which the fault begins."""
_ENDS: Final = 0.6
"""Share of the run after which it is taken back."""
_DISK: Final = "16m"
"""The size of the small disk."""
_HEALED: Final = 1.5
"""Seconds after which a gateway whose disk or register is back answers again; its own tick takes half a second."""
_TAKING: Final = 0.5
"""Seconds around the two moments in which either answer is right."""


@dataclass(slots=True)
class Disturbance:
    """One fault of one run. `began` and `ended` are seconds of the run, 0 as long as it has not."""

    fault: Fault
    host: Host
    began: float = 0.0
    ended: float = 0.0

    async def go(self, seconds: float, gone: Callable[[], float]) -> None:
        """Wait, make it, wait, take it back."""
        if self.fault is Fault.SLOW_DISK:
            return  # as long as the run
        await asyncio.sleep(max(0.0, seconds * _BEGINS - gone()))
        with _MADE[self.fault](self.host):
            self.began = gone()
            await asyncio.sleep(max(0.0, seconds * _ENDS - gone()))
        if self.fault is Fault.FAILING_DISK:
            # What a disk failed to keep is for an operator to look at: the ledger stays stopped until a new start.
            await asyncio.to_thread(self.host.stop)
            await asyncio.to_thread(self.host.start)
        self.ended = gone()

    def check(self, answers: list[Answered], start: int) -> Check:
        """Before the fault there were answers, during it none, and afterwards again; `start` µs of the steady clock."""
        name = f"answers before {self.fault.value}, none while it lasts, and again afterwards"
        rows = [row for answered in answers for row in answered.ends]
        if self.fault is Fault.SLOW_DISK:
            quick = sum(row.outcome == OK and row.done - row.sent < SLOWER * 1e6 for row in rows)
            found = f"{sum(row.outcome == OK for row in rows)} answers, {quick} sooner than the disk takes"
            return Check(name="no answer is sooner than its record", rules=("R4",), holds=not quick, found=found)
        before, during, after, refused = 0, 0, 0, 0
        for row in rows:
            due, done = (row.due - start) / 1e6, (row.done - start) / 1e6
            before += row.outcome == OK and done < self.began
            during += row.outcome == OK and self.began + _TAKING < done < self.ended - _TAKING
            refused += row.outcome == REFUSED[self.fault] and self.began < done
            after += row.outcome == OK and due > self.ended + _HEALED
        found = f"{before} answers before, {during} during, {refused} refused then, {after} afterwards"
        holds = bool(before and after and refused and not during)
        return Check(name=name, rules=("L4", "R4"), holds=holds, found=found)


REFUSED: Final = {
    Fault.FULL_DISK: Reason.LEDGER_UNAVAILABLE.value,
    Fault.FAILING_DISK: Reason.LEDGER_UNAVAILABLE.value,
    Fault.REGISTER_AWAY: Reason.REGISTER_UNAVAILABLE.value,
}
"""How questions are refused meanwhile."""


@contextmanager
def _filled(host: Host) -> Iterator[None]:
    """The ledger's disk is full to the last block."""
    filler = host.estate.state / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _failing(host: Host) -> Iterator[None]:
    """The system refuses every write behind the size that the ledger's files have: to SQLite, the disk fails."""
    pid, before = host.pid, resource.prlimit(host.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def _away(host: Host) -> Iterator[None]:
    """Nobody can read the register: another program holds it to itself."""
    with closing(sqlite3.connect(host.estate.path / "city" / REGISTER_FILE, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 5000")
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


_MADE: Final = {Fault.FULL_DISK: _filled, Fault.FAILING_DISK: _failing, Fault.REGISTER_AWAY: _away}


@contextmanager
def small_disk(estate: Estate) -> Iterator[None]:
    """The ledger's directory on a disk of its own that can be filled. Raises CannotRun where none may be mounted."""
    made = estate.state.with_name("state.made")
    estate.state.rename(made)
    estate.state.mkdir(mode=0o700)
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        raise CannotRun("a disk to fill has to be mounted, which only root may: run it as root, or in `unshare -rm`")
    command = [mount, "-t", "tmpfs", "-o", f"size={_DISK},mode=0700", "loadtest", str(estate.state)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotRun(f"no disk to fill could be mounted: {done.stderr.strip()}")
    try:
        shutil.copytree(made, estate.state, dirs_exist_ok=True)
        yield
    finally:
        keep = Path(f"{estate.state}.kept")
        shutil.rmtree(keep, ignore_errors=True)
        shutil.copytree(estate.state, keep)
        subprocess.run(["umount", str(estate.state)], check=False)  # noqa: S607 - where mount is, umount is
