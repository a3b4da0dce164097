"""`make bench-state`: a year of 300 staff at their full budgets: how large the state is, how long a start takes.

Rule: a real ledger, written by settlement under the shipped limits, and read by a process of its own; only its clock
is another one, so that a year passes in minutes. Writes var/bench/state.json.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.progress import track
from rich.table import Table

from gateway.allowance import Owner, Terms, Window
from gateway.caller import Caller
from gateway.clock import DAY, SECOND, Clock, SystemClock
from gateway.finding import parse_yaml
from gateway.ledger.acts import DELIVERED, Circumstances, Disclosing, Share, share
from gateway.ledger.keeper import OWNERS_SLICE
from gateway.ledger.ledger import SNAPSHOT_FILE, Ledger, Tolerances
from gateway.ledger.snapshot import Capture
from gateway.purpose.limits import Limits, read_limits
from gateway.refusal import Reason
from loadtest.bench.machine import sync_us

STAFF: Final = 300
RECORDS: Final = 1_000_000
READY_AIM: Final = 1.0
"""Seconds from opening the ledger until it takes the first disclosure, at `RECORDS`."""
STATE_AIM: Final = 64.0
"""MB (10⁶ octets) of memory that all of this takes."""

_LIMITS: Final = Path(__file__).parents[1] / "config" / "limits.yaml"
_ORIGIN: Final = "shiomi.example/disclosures"
_REGISTER: Final = 32_000
_DEPARTMENTS: Final = 12
_PURPOSES: Final = ("fee-arrears", "resident-card-counter")
_DAYS: Final = 365
_A_DAY: Final = 2_800
_MOVING: Final = 70
"""Whom the city looks at on one day, and how many of them are others a day later: no limit of the city's is reached."""
_TOGETHER: Final = 200
"""Disclosures that are settled in one append."""


class YearClock:
    """A clock that begins a year ago and stands until it is told to go."""

    def __init__(self) -> None:
        self.begun = self.time = SystemClock().wall() - (_DAYS + 1) * DAY

    def wall(self) -> int:
        """µs since the epoch."""
        return self.time

    def elapsed(self) -> int:
        """µs since it began."""
        return self.time - self.begun


class _InPost:
    def lost(self, now: int) -> Reason | None:  # noqa: ARG002  the protocol's
        """Never."""
        return None


@dataclass(frozen=True, slots=True)
class Desk:
    """One of the staff: what their purposes fix, whom their department looks at, and whom they have seen."""

    caller: Caller
    shares: tuple[Share, ...]
    quarter: frozenset[int]
    seen: set[int]

    def resident(self, today: range, full: int, chance: random.Random) -> int:
        """Somebody new, as long as the year is not full."""
        for _ in range(100):
            resident = chance.choice(today)
            if resident in self.quarter and (resident in self.seen) == (len(self.seen) >= full):
                self.seen.add(resident)
                return resident
        return next(iter(self.seen), today[0])


def main() -> None:
    """Write a ledger, have it read; print, write."""
    parser = argparse.ArgumentParser(prog="make bench-state", description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS, help="records of the year (default 1000000)")
    parser.add_argument(
        "--purposes", type=int, choices=(1, 2), default=1, help="that each of the staff uses (default 1)"
    )
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where ledger and results go")
    parser.add_argument("--read", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    state: Path = asked.folder / "state"
    if asked.read:
        json.dump(asyncio.run(read(state)), sys.stdout)
        return
    shutil.rmtree(state, ignore_errors=True)
    console = Console()
    try:
        written = asyncio.run(write(state, asked.records, asked.purposes, console))
        command = [sys.executable, "-m", "loadtest.state", "--read", "--folder", str(asked.folder)]
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    finally:
        shutil.rmtree(state, ignore_errors=True)
    aims = {
        "ready_s": {"got": found["ready_s"], "aim": READY_AIM, "met": found["ready_s"] <= READY_AIM},
        "state_mb": {"got": found["state_mb"], "aim": STATE_AIM, "met": found["state_mb"] <= STATE_AIM},
    }
    result = {**written, **found, "sync_us": round(sync_us(asked.folder), 1), "aims": aims}
    (asked.folder / "state.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result, console)
    console.print(f"written to {asked.folder / 'state.json'}")


async def write(state: Path, records: int, purposes: int, console: Console) -> dict[str, Any]:
    """A year of disclosures of two residents each: everybody looks at somebody new until their year is full."""
    root = _new_key(state)
    limits = read_limits(parse_yaml(_LIMITS.read_bytes(), _LIMITS.name))
    full = limits.bounds("")[Owner.STAFF][Window.YEAR]
    Ledger.create(state / "ledger", origin=_ORIGIN, wrapping=root, snapshot=root)
    clock, chance = YearClock(), random.Random(1)
    ledger, desks = await _opened(state, clock), _desks(limits, purposes, chance)
    ledger.register_size = _REGISTER
    ledger.enter_book(
        [("purpose", each.digest, each.purpose.encode()) for each in desks[0].shares],
        [each.terms for each in desks[0].shares],
    )
    refused, start = 0, perf_counter()
    for day in track(range(_DAYS), f"a year of {STAFF} staff", console=console, transient=True):
        today = range(day * _MOVING, day * _MOVING + _A_DAY)
        left = records * (day + 1) // _DAYS - records * day // _DAYS
        while left > 0:
            batch = [_act(desk, today, full, chance) for desk in chance.choices(desks, k=min(left, _TOGETHER))]
            left -= len(batch)
            clock.time += SECOND
            refused += sum(each.refusal is not None for each in await ledger.settle(batch))
        clock.time = clock.begun + (day + 1) * DAY
        await ledger.tick()
    seconds = perf_counter() - start
    await ledger.close()
    return {
        "staff": STAFF,
        "purposes_each": purposes,
        "records": ledger.head.size,
        "refused": refused,
        "settled_per_s": round(records / seconds),
        "seen_a_year": {"least": min(len(desk.seen) for desk in desks), "most": max(len(desk.seen) for desk in desks)},
        "snapshot_mb": round((state / "ledger" / SNAPSHOT_FILE).stat().st_size / 1e6, 1),
    }


async def read(state: Path) -> dict[str, Any]:
    """How long it takes until the ledger is ready, what it takes in memory, and how long a snapshot keeps others
    waiting.
    """
    gc.collect()
    before, start = _resident_mb(), perf_counter()
    ledger = await _opened(state, SystemClock())
    ready = perf_counter() - start
    gc.collect()
    memory = _resident_mb() - before
    fold = ledger._fold  # noqa: SLF001  nothing else needs it whole
    slices = []
    start = perf_counter()
    capture = Capture(fold)
    slices.append(perf_counter() - start)
    going_on = True
    while going_on:
        start = perf_counter()
        going_on = capture.advance(OWNERS_SLICE)
        slices.append(perf_counter() - start)
    owners = len(fold.seen)
    await ledger.close()
    return {
        "ready_s": round(ready, 3),
        "state_mb": round(memory, 1),
        "owners": owners,
        "snapshot_slice_ms": round(max(slices) * 1000, 2),
    }


def show(result: dict[str, Any], console: Console) -> None:
    """The table, and the aims."""
    table = Table("a year", "found")
    seen = result["seen_a_year"]
    table.add_row("records", f"{result['records']:,}")
    table.add_row("different residents seen by one of the staff", f"{seen['least']:,} to {seen['most']:,}")
    table.add_row("settled, residents judged by all limits, records/s", f"{result['settled_per_s']:,}")
    table.add_row("snapshot, MB", f"{result['snapshot_mb']:,}")
    table.add_row("longest slice of taking one, ms", f"{result['snapshot_slice_ms']:,}")
    console.print(table)
    for name, aim in result["aims"].items():
        console.print(f"{name}: {aim['got']} (aim ≤ {aim['aim']}): {'met' if aim['met'] else 'MISSED'}")


def _new_key(state: Path) -> bytes:
    root, key = secrets.token_bytes(32), state / "key"
    state.mkdir(parents=True, mode=0o700)
    key.touch(mode=0o600)
    key.write_bytes(root)
    return root


async def _opened(state: Path, clock: Clock) -> Ledger:
    root = (state / "key").read_bytes()
    return await Ledger.open(
        state / "ledger", origin=_ORIGIN, wrapping=root, snapshot=root, clock=clock, tolerances=Tolerances()
    )


def _desks(limits: Limits, purposes: int, chance: random.Random) -> list[Desk]:
    """Departments of one size, each with as many residents to look at as a department may see in a year."""
    shares = tuple(_share(purpose, limits) for purpose in _PURPOSES[:purposes])
    most = limits.bounds("")[Owner.DEPARTMENT][Window.YEAR]
    seen_by_all = range(_MOVING * _DAYS + _A_DAY)
    quarters = [frozenset(chance.sample(seen_by_all, min(most, len(seen_by_all)))) for _ in range(_DEPARTMENTS)]
    return [
        Desk(
            Caller(f"department-{n % _DEPARTMENTS}", f"system-{n % _DEPARTMENTS}", f"s{n:04}", f"p{n:04}", "clerk"),
            shares,
            quarters[n % _DEPARTMENTS],
            set(),
        )
        for n in range(STAFF)
    ]


def _share(purpose: str, limits: Limits) -> Share:
    terms = Terms(purpose, limits.allowances(""), None, limits.repeats, limits.refusals, coverage=limits.coverage)
    digest = sha256(purpose.encode()).digest()
    return share(terms, terms.digest(), department="", digest=digest, read=["name"], delivered=["name"])


def _act(desk: Desk, today: range, full: int, chance: random.Random) -> Disclosing:
    said = Circumstances("", 1, "", secrets.token_hex(8))
    residents = [f"{desk.resident(today, full, chance):010}" for _ in range(2)]
    outcomes = [DELIVERED] * len(residents)
    return Disclosing(desk.caller, chance.choice(desk.shares), said, ("resident_id",), residents, outcomes, _InPost())


def _resident_mb() -> float:
    """Memory of this process, MB (proc(5))."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise LookupError("VmRSS")


if __name__ == "__main__":
    main()
