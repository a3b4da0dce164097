"""`make bench-service`: every way to ask, in two cities side by side; writes var/bench/service.json.

Rule: over mutual TLS with a staff token, budgets counted and records durable as shipped; both cities' gateways stand
on one core, the callers (one, where nothing else is said) on the other, and the rounds take turns, so that a slow
minute slows both. Each round begins with questions about others that are not counted; who is asked about then was not
asked about in that kind before, unless the city is too small.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

import grpc
from rich.console import Console
from rich.table import Table

from gateway.cli.client import Access, Stubs, connected, denial_of
from gateway.cli.serve import loop_factory
from gateway.demo.estate import Estate
from gateway.refusal import Reason
from gateway.v1 import register_pb2 as pb
from loadtest.bench.machine import cores, sync_us
from loadtest.bench.scene import build_scene, department_system
from loadtest.bench.servers import start_echo, start_gateway
from loadtest.service.questions import (
    BATCH,
    FINDING,
    FOUND,
    KINDS,
    NOBODY,
    PURPOSE,
    Kind,
    Request,
    people_of,
    questions,
)
from loadtest.service.result import Taken, aims, figures, machine
from loadtest.service.streams import ECHO_PAGES, ROWS, SELECTIONS, first_page, request_of, rows_a_second

SIZES: Final = (32_000, 3_200_000)
_WARM: Final = 30
_ASKED: Final = 100
"""Questions of each caller in a round."""
_STREAMS: Final = 3


@dataclass(frozen=True, slots=True)
class City:
    """One city that is being served."""

    residents: int
    estate: Estate
    stubs: Stubs
    asked: dict[str, list[Request]]


def main() -> None:
    """Build what is missing, measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench-service", description=__doc__)
    parser.add_argument("--residents", type=int, nargs=2, default=SIZES, help="the two cities (default 32000 3200000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each kind of question (default 5)")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where cities and results go")
    asked = parser.parse_args()
    folder: Path = asked.folder
    console = Console()
    estates: dict[int, Estate] = {}
    for residents in asked.residents:
        home = folder / "service" / str(residents)
        console.print(f"a city of {residents:,} residents: built unless there is one of today, about 100 s a million …")
        shutil.rmtree(home / "state", ignore_errors=True)
        home.mkdir(parents=True, exist_ok=True)
        estates[residents] = build_scene(home, residents, progress=_progress(console, residents)).estate
        (home / "purposes" / f"{FINDING}.yaml").write_text(PURPOSE, encoding="utf-8")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        result = runner.run(measure(estates, folder, asked.rounds, console))
    (folder / "service.json").write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    show(result, console)
    console.print(f"written to {folder / 'service.json'}")


def _progress(console: Console, residents: int) -> Callable[[int], None]:
    """Says each tenth of a city that is built."""
    tenths = 0

    def told(done: int) -> None:
        nonlocal tenths
        if done * 10 // residents > tenths:
            tenths = done * 10 // residents
            console.print(f"  {done:,} residents")

    return told


async def measure(estates: dict[int, Estate], folder: Path, rounds: int, console: Console) -> dict[str, Any]:
    """All kinds in both cities, then the streams."""
    server_core, load_core = cores()
    busy = os.getloadavg()[0]
    sizes = list(estates)
    taken = {(kind.name, size): Taken() for kind in KINDS for size in sizes}
    with ExitStack() as servers:
        running = {
            residents: start_gateway(estate, folder / "service" / str(residents), server_core, servers)[0]
            for residents, estate in estates.items()
        }
        os.sched_setaffinity(0, {load_core})
        async with AsyncExitStack() as doors:
            cities = [await _opened(size, estates[size], running[size].port, rounds, doors) for size in sizes]
            for kind in KINDS:
                for number in range(rounds):
                    for city in cities if number % 2 == 0 else reversed(cities):
                        size = (_WARM + _ASKED) * kind.callers
                        part = city.asked[kind.name][number * size : (number + 1) * size]
                        taken[kind.name, city.residents].add(await _round(city, kind, part))
                console.print(f"{kind.name}: measured")
            streams = {}
            for name, selection in SELECTIONS.items():
                streams[name] = await _streamed(selection, cities, folder, server_core)
                console.print(f"stream, {name}: measured")
        sync = sync_us(folder)
    kinds = figures(KINDS, sizes, taken)
    return {
        "residents": sizes,
        "kinds": kinds,
        "batch": BATCH,
        "streams": streams,
        "sync_us": round(sync, 1),
        "aims": aims(kinds, sizes),
        "machine": machine(),
        "load_average": {"before": round(busy, 2), "after": round(os.getloadavg()[0], 2)},
    }


def _access(estate: Estate, port: int) -> Access:
    clerk = estate.cast().clerk
    pair = estate.pki.client(*department_system(clerk))
    return Access(
        f"127.0.0.1:{port}", estate.pki.authority.certificate, pair.certificate, pair.key, estate.token(clerk)
    )


async def _opened(residents: int, estate: Estate, port: int, rounds: int, doors: AsyncExitStack) -> City:
    people = people_of(estate.path / "city", seed=residents)
    count = rounds * (_WARM + _ASKED)  # of each caller
    stubs = await doors.enter_async_context(connected(_access(estate, port)))
    return City(residents, estate, stubs, {kind.name: questions(kind, people, count * kind.callers) for kind in KINDS})


async def _round(city: City, kind: Kind, asked: Sequence[Request]) -> Taken:
    """One round of a kind, by as many callers as it has. What is answered in a way that the kind does not expect is not
    counted, and more than one in twenty of it ends the bench.
    """
    method = getattr(city.stubs.register, kind.method)
    outcomes: list[tuple[str, float]] = []
    waiting = iter(asked)

    async def caller() -> None:
        for request in waiting:
            start = perf_counter()
            try:
                answer: object = await method(request, metadata=city.stubs.metadata)
            except grpc.aio.AioRpcError as error:
                answer = error
            us = (perf_counter() - start) * 1e6
            outcomes.append((_outcome(answer), us))

    await asyncio.gather(*(caller() for _ in range(kind.callers)))
    others = [outcome for outcome, _ in outcomes if outcome not in kind.outcome.value]
    if len(others) > len(asked) / 20:
        raise SystemExit(f"{kind.name} at {city.residents}: {Counter(others)} of {len(asked)}")
    counted = [(outcome, us) for outcome, us in outcomes[_WARM * kind.callers :] if outcome in kind.outcome.value]
    return Taken([us for _, us in counted], sum(outcome == Reason.TOO_MANY_RESULTS for outcome, _ in counted))


def _outcome(answer: object) -> str:
    """The reason of a refusal, or whether anybody was found: only a search can be answered well without."""
    if isinstance(answer, grpc.aio.AioRpcError):
        return denial_of(answer).reason
    return NOBODY if isinstance(answer, pb.SearchResidentsResponse) and not answer.residents else FOUND


async def _streamed(
    selection: pb.Selection, cities: Sequence[City], folder: Path, core: int
) -> dict[str, dict[str, float]]:
    """Residents a second in each city and of its echo, in turns; the echoes end with it."""
    request = request_of(selection)
    ours: dict[int, list[float]] = {city.residents: [] for city in cities}
    theirs: dict[int, list[float]] = {city.residents: [] for city in cities}
    cursors: dict[int, str] = {}
    async with AsyncExitStack() as doors:
        servers = doors.enter_context(ExitStack())
        echoes: dict[int, Stubs] = {}
        for city in cities:
            page = await first_page(city.stubs, request)
            answer = pb.GetResidentResponse(resident=page.residents[0]).SerializeToString()
            home = folder / "service" / str(city.residents)
            echo = start_echo(city.estate, home, core, servers, answer, page.SerializeToString(), ECHO_PAGES)
            echoes[city.residents] = await doors.enter_async_context(connected(_access(city.estate, echo.port)))
        for _ in range(_STREAMS):
            for city in cities:
                size = city.residents
                going_on = request_of(selection, cursors.get(size, ""))
                rate, cursors[size] = await rows_a_second(city.stubs, going_on, ROWS)
                ours[size].append(rate)
                theirs[size].append((await rows_a_second(echoes[size], request, sys.maxsize))[0])
    return {
        str(size): {"rows_per_s": round(median(ours[size])), "echo_rows_per_s": round(median(theirs[size]))}
        for size in ours
    }


def show(result: dict[str, Any], console: Console) -> None:
    """The table, and the aims."""
    sizes = [str(size) for size in result["residents"]]
    table = Table("question", *(f"p50 / p99 µs at {int(size):,}" for size in sizes))
    for name, cells in result["kinds"].items():
        table.add_row(name, *(f"{cells[size]['p50_us']:,.0f} / {cells[size]['p99_us']:,.0f}" for size in sizes))
        if all("p50_us_a_resident" in cell for cell in cells.values()):
            table.add_row("… a resident", *(f"{cells[size]['p50_us_a_resident']:,.0f}" for size in sizes))
    for name, streams in result["streams"].items():
        table.add_row(
            f"stream, {name}: residents/s (echo of the same messages)",
            *(f"{streams[size]['rows_per_s']:,.0f} ({streams[size]['echo_rows_per_s']:,.0f})" for size in sizes),
        )
    console.print(table)
    for name, aim in result["aims"].items():
        console.print(f"{name}: {aim['got']} (aim ≤ {aim['aim']}): {'met' if aim['met'] else 'MISSED'}")


if __name__ == "__main__":
    main()
