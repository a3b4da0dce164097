"""`make bench-timing`: hidden against absent residents, by the clock of whoever asks; writes var/bench/timing.json.

Rule: over mutual TLS with a staff token and durable records, as shipped; hidden and absent come mixed by lot, so that a
slow minute is both of theirs. Whatever the answers tell apart ends the bench: there would be nothing left to measure.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import math
import os
import random
import shutil
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any, Final, NamedTuple

import grpc
from rich.console import Console
from rich.table import Table

from gateway.cli.client import Access, Stubs, connected
from gateway.cli.serve import loop_factory
from gateway.demo.estate import Estate
from gateway.v1 import register_pb2 as pb
from loadtest.bench.machine import cores
from loadtest.bench.scene import build_scene, department_system
from loadtest.bench.servers import start_gateway
from loadtest.service.result import machine
from loadtest.timing.result import AIM, figures, table
from loadtest.timing.twins import Kind, Request, Twins, twins_of

CALLS: Final = 40_000
"""Of each kind of question."""
CALLERS: Final = 4
"""At once: what shows nobody is held back, so that one alone would take ten minutes."""
_SAID: Final = 10_000
"""Calls after which it is said how far it is."""


class Call(NamedTuple):
    """One question, of which twins, and whether about the hidden one."""

    kind: Kind
    twins: int
    hidden: bool
    request: Request


@dataclass(slots=True)
class Seen:
    """µs of each call of one kind, by twins; and every way in which hidden and absent were answered."""

    hidden: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    absent: defaultdict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: dict[bool, set[object]] = field(default_factory=lambda: {True: set(), False: set()})


def main() -> None:
    """Build the city, measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-timing", description=__doc__)
    parser.add_argument("--residents", type=int, default=32_000, help="of the city (default 32000)")
    parser.add_argument("--calls", type=int, default=CALLS, help=f"of each kind of question (default {CALLS})")
    parser.add_argument("--callers", type=int, default=CALLERS, help=f"callers at once (default {CALLERS})")
    parser.add_argument("--seed", type=int, default=1, help="of the lots (default 1)")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where city and results go")
    asked = parser.parse_args()
    console, home = Console(), asked.folder / "timing"
    shutil.rmtree(home / "state", ignore_errors=True)
    console.print("building the city …")
    estate = build_scene(home, asked.residents).estate
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        result = runner.run(measure(estate, home, asked.calls, asked.callers, asked.seed, console))
    (asked.folder / "timing.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    show(result, console)
    console.print(f"written to {asked.folder / 'timing.json'}")


async def measure(estate: Estate, home: Path, calls: int, callers: int, seed: int, console: Console) -> dict[str, Any]:
    """All calls, mixed."""
    server_core, load_core = cores()
    busy, start = os.getloadavg()[0], perf_counter()
    twins = twins_of(estate.path / "city", seed)
    chance = random.Random(seed)
    with ExitStack() as servers:
        gateway, _ = start_gateway(estate, home, server_core, servers)
        os.sched_setaffinity(0, {load_core})
        async with connected(_access(estate, gateway.port)) as stubs:
            # Each once before it counts: what a cache holds later, it holds of all.
            await ask(stubs, mixed(twins, 0, chance), callers, console)
            seen = await ask(stubs, mixed(twins, calls, chance), callers, console)
    for kind, each in seen.items():
        if each.answers[True] != each.answers[False] or len(each.answers[True]) > 1:
            raise SystemExit(f"{kind.value}: the answers tell hidden from absent: {each.answers}")
    kinds = {kind.value: figures(each.hidden, each.absent) for kind, each in seen.items()}
    return {
        "aim": AIM,
        "callers": callers,
        "kinds": kinds,
        "met": all(each["met"] for each in kinds.values()),
        "seconds": round(perf_counter() - start, 1),
        "machine": machine(),
        "load_average": {"before": round(busy, 2), "after": round(os.getloadavg()[0], 2)},
    }


def mixed(twins: Sequence[Twins], calls: int, chance: random.Random) -> list[Call]:
    """So many calls of each kind, half of them about the hidden, in an order drawn by lot; all twins are asked about
    equally often, once at least.
    """
    order: list[Call] = []
    for kind in Kind:
        those = [(place, each) for place, each in enumerate(twins) if each.kind is kind]
        for _ in range(max(1, math.ceil(calls / 2 / len(those)))):
            for place, each in those:
                order.append(Call(kind, place, True, each.hidden))
                order.append(Call(kind, place, False, each.absent))
    chance.shuffle(order)
    return order


async def ask(stubs: Stubs, order: Sequence[Call], callers: int, console: Console) -> dict[Kind, Seen]:
    """Every call; each of the callers asks one after the other."""
    seen = {kind: Seen() for kind in Kind}
    register, metadata = stubs.register, stubs.metadata
    methods: dict[type[Request], Any] = {
        pb.GetResidentRequest: register.GetResident,
        pb.SearchResidentsRequest: register.SearchResidents,
    }
    waiting = iter(enumerate(order, 1))

    async def caller() -> None:
        for done, call in waiting:
            method = methods[type(call.request)]
            start = perf_counter()
            try:
                answer: object = await method(call.request, metadata=metadata)
            except grpc.aio.AioRpcError as error:
                answer = error
            us = (perf_counter() - start) * 1e6
            each = seen[call.kind]
            (each.hidden if call.hidden else each.absent)[call.twins].append(us)
            each.answers[call.hidden].add(_told(answer))
            if not done % _SAID:
                console.print(f"{done:,} of {len(order):,} calls")

    # A pause to collect garbage would be one caller's, at a moment of its own choosing.
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        await asyncio.gather(*(caller() for _ in range(callers)))
    finally:
        gc.enable()
        gc.unfreeze()
    return seen


def _told(answer: object) -> object:
    """All that an answer tells, but for its own receipt."""
    if isinstance(answer, grpc.aio.AioRpcError):
        return answer.code(), answer.details(), tuple(answer.trailing_metadata() or ())
    if not isinstance(answer, pb.SearchResidentsResponse) or answer.residents:
        raise SystemExit("somebody was found who must not be known of")
    return answer.receipt.notice


def _access(estate: Estate, port: int) -> Access:
    clerk = estate.cast().clerk
    pair = estate.pki.client(*department_system(clerk))
    authority = estate.pki.authority.certificate
    return Access(f"127.0.0.1:{port}", authority, pair.certificate, pair.key, estate.token(clerk))


def show(result: dict[str, Any], console: Console) -> None:
    """The table, and what each attacker made of it."""
    heading, *rows = table(result)
    shown = Table(*heading)
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    names = list(next(iter(result["kinds"].values()))["attackers"])
    each = Table("AUC of each attacker", *names)
    for name, kind in result["kinds"].items():
        each.add_row(name, *(f"{kind['attackers'][attacker]['auc']:.3f}" for attacker in names))
    console.print(each)


if __name__ == "__main__":
    main()
