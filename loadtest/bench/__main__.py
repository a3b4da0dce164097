"""`make bench`: the full lookup against a bare echo, in turns on one machine; writes var/bench/lookup.json.

Rule: ratios of one run are what counts; the absolute figures belong to the machine. Each cell is the median of its
rounds, and the rounds of both servers alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import urllib.request
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from gateway.cli.client import Access, connected
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2
from gateway.v1 import register_pb2 as pb
from loadtest.bench.load import Job
from loadtest.bench.machine import cores, pinned, processor_seconds, sync_us
from loadtest.bench.scene import GRANTED, PURPOSE, STREAMED, Scene, build_scene, department_system
from loadtest.bench.servers import Running, start_echo, start_gateway

CALLERS: Final = (1, 8, 64)
_RESIDENTS: Final = 32_000
_PAGE: Final = 500


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="seconds of a round (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each cell (default 3)")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where state and results go")
    asked = parser.parse_args()
    folder: Path = asked.folder
    shutil.rmtree(folder / "estate" / "state", ignore_errors=True)
    console = Console()
    console.print("building the city …")
    scene = build_scene(folder / "estate", _RESIDENTS)
    result = measure(scene, folder, asked.seconds, asked.rounds, console)
    (folder / "lookup.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(result, console)
    console.print(f"written to {folder / 'lookup.json'}")


def measure(scene: Scene, folder: Path, seconds: float, rounds: int, console: Console) -> dict[str, Any]:
    """All cells, interleaved."""
    server_core, load_core = cores()
    with ExitStack() as stack:
        gateway, metrics = start_gateway(scene.estate, folder, server_core, stack)
        answer, page = asyncio.run(_samples(scene, gateway.port))
        echo = start_echo(scene.estate, folder, server_core, stack, answer, page, _RESIDENTS // _PAGE)
        requests = _requests(scene)
        cells: dict[tuple[str, int], list[dict[str, float]]] = {}
        before = _steps(metrics)
        for number in range(rounds):
            for callers in CALLERS:
                for server in (echo, gateway) if number % 2 == 0 else (gateway, echo):
                    seen = _round(server, scene, requests, callers, seconds, load_core)
                    cells.setdefault((server.name, callers), []).append(seen)
                    console.print(
                        f"round {number + 1}/{rounds}  {server.name:8} {callers:3} callers  "
                        f"{seen['per_second']:7.0f}/s  {seen['cpu_us']:5.0f} µs CPU a call"
                    )
        after = _steps(metrics)
        streams = [
            asyncio.run(_stream(scene, server.port, _everyone())) for _ in range(3) for server in (gateway, echo)
        ]
        granted = [asyncio.run(_granted(scene, gateway.port)) for _ in range(3)]
        fsync = sync_us(scene.estate.state)
    medians = {
        f"{name}_{callers}": {key: median(seen[key] for seen in seens) for key in seens[0]}
        for (name, callers), seens in cells.items()
    }
    return {
        **{f"lookup_ratio_{n}": _ratio(cells[("gateway", n)], cells[("echo", n)]) for n in CALLERS},
        "cpu_us_per_call": medians["gateway_64"]["cpu_us"],
        "echo_cpu_us_per_call": medians["echo_64"]["cpu_us"],
        "p50_us_1": medians["gateway_1"]["p50_us"],
        "echo_p50_us_1": medians["echo_1"]["p50_us"],
        "fsync_us": fsync,
        "stream_rows_per_s": median(streams[0::2]),
        "echo_stream_rows_per_s": median(streams[1::2]),
        "granted_stream_rows_per_s": median(granted),
        "mean_batch": (after["walked"] - before["walked"]) / (after["walks"] - before["walks"]),
        "steps_us": {
            step: (after["seconds"][step] - before["seconds"][step])
            / max(1.0, after["passes"][step] - before["passes"][step])
            * 1e6
            for step in after["seconds"]
        },
        "cells": medians,
        "raw": {f"{name}_{callers}": seens for (name, callers), seens in cells.items()},
        "raw_streams": streams,
        "raw_granted_streams": granted,
    }


def _ratio(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> float:
    """Median over the rounds of the ratio within each round: a slow minute slows both."""
    return median(a["per_second"] / b["per_second"] for a, b in zip(ours, theirs, strict=True))


def _access(scene: Scene, person: StaffRole, port: int) -> Access:
    pair = scene.estate.pki.client(*department_system(person))
    authority = scene.estate.pki.authority.certificate
    return Access(f"127.0.0.1:{port}", authority, pair.certificate, pair.key, scene.estate.token(person))


def _lookup(scene: Scene, place: int) -> pb.GetResidentRequest:
    question = scene.questions[place % len(scene.questions)]
    said = pb.QueryContext(
        purpose=PURPOSE,
        case_reference=question.case,
        reason_code=pb.REASON_CODE_APPLICATION,
        request_id=f"bench-{place}",
    )
    return pb.GetResidentRequest(context=said, resident_id=question.resident)


def _requests(scene: Scene) -> list[tuple[str, str]]:
    tokens = [scene.estate.token(person) for person in scene.caseworkers]
    return [
        (tokens[place % len(tokens)], _lookup(scene, place).SerializeToString().hex())
        for place in range(len(scene.questions))
    ]


async def _samples(scene: Scene, port: int) -> tuple[bytes, bytes]:
    """One answer and one full page of the gateway, for the echo to give."""
    async with connected(_access(scene, scene.caseworkers[0], port)) as stubs:
        answer = await stubs.register.GetResident(_lookup(scene, 0), metadata=stubs.metadata)
    async with connected(_access(scene, scene.analyst, port)) as stubs:
        async for page in stubs.register.StreamResidents(_everyone(), metadata=stubs.metadata):
            return answer.SerializeToString(), page.SerializeToString()
    raise SystemExit("the gateway streamed nothing")


def _everyone(purpose: str = STREAMED, grant: str = "") -> pb.StreamResidentsRequest:
    said = pb.QueryContext(purpose=purpose, reason_code=pb.REASON_CODE_STATISTICS, grant=grant)
    selection = pb.Selection()
    selection.age.SetInParent()
    return pb.StreamResidentsRequest(context=said, selection=selection)


async def _granted(scene: Scene, port: int) -> float:
    """Rows a second over the whole city by a grant that two people have just agreed on."""
    wanted = _everyone(GRANTED)
    request = grant_pb2.RequestGrantRequest(context=wanted.context, selection=wanted.selection, expected=_RESIDENTS * 2)
    request.context.justification = "a bench"
    async with connected(_access(scene, scene.analyst, port)) as stubs:
        grant = (await stubs.grant.RequestGrant(request, metadata=stubs.metadata)).grant.grant_id
    async with connected(_access(scene, scene.superior, port)) as stubs:
        await stubs.grant.ApproveGrant(grant_pb2.ApproveGrantRequest(grant_id=grant), metadata=stubs.metadata)
    return await _stream(scene, port, _everyone(GRANTED, grant))


async def _stream(scene: Scene, port: int, request: pb.StreamResidentsRequest) -> float:
    """Rows a second over the whole city."""
    async with connected(_access(scene, scene.analyst, port)) as stubs:
        rows, start = 0, perf_counter()
        async for page in stubs.register.StreamResidents(request, metadata=stubs.metadata):
            rows += len(page.residents)
        return rows / (perf_counter() - start)


def _round(
    server: Running, scene: Scene, requests: list[tuple[str, str]], callers: int, seconds: float, core: int
) -> dict[str, float]:
    pair = scene.estate.pki.client(*department_system(scene.caseworkers[0]))
    authority = scene.estate.pki.authority.certificate
    job = Job(server.port, str(authority), str(pair.certificate), str(pair.key), callers, 1.0, seconds, requests)
    with pinned(["loadtest.bench.load"], core, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
        if load.stdin is None or load.stdout is None:
            raise SystemExit("the load has no pipes")
        load.stdin.write(json.dumps(asdict(job)))
        load.stdin.close()
        if load.stdout.readline() != "begin\n":
            raise SystemExit("the load did not begin")
        start = processor_seconds(server.pid)
        seen: dict[str, float] = json.loads(load.stdout.readline())
        used = processor_seconds(server.pid) - start
    return {**seen, "cpu_us": used / seen["calls"] * 1e6}


def _steps(url: str) -> dict[str, Any]:
    """The gateway's own measures, as Prometheus reads them."""
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - our own loopback address
        text = response.read().decode()

    def labelled(name: str) -> dict[str, float]:
        return {
            step: float(value)
            for step, value in re.findall(rf'^{name}_total{{step="(\w+)"}} (\S+)$', text, re.MULTILINE)
        }

    def single(name: str) -> float:
        return float(re.findall(rf"^{name}_total (\S+)$", text, re.MULTILINE)[0])

    return {
        "seconds": labelled("register_gateway_step_seconds"),
        "passes": labelled("register_gateway_step_passes"),
        "walks": single("register_gateway_walks"),
        "walked": single("register_gateway_walked"),
    }


def show(result: dict[str, Any], console: Console) -> None:
    """The tables."""
    table = Table(
        "callers", "echo /s", "lookup /s", "ratio", "echo p50 / p99 µs", "lookup p50 / p99 µs", "CPU µs a call"
    )
    for callers in CALLERS:
        echo, ours = result["cells"][f"echo_{callers}"], result["cells"][f"gateway_{callers}"]
        table.add_row(
            str(callers),
            f"{echo['per_second']:.0f}",
            f"{ours['per_second']:.0f}",
            f"{result[f'lookup_ratio_{callers}']:.2f}",
            f"{echo['p50_us']:.0f} / {echo['p99_us']:.0f}",
            f"{ours['p50_us']:.0f} / {ours['p99_us']:.0f}",
            f"{ours['cpu_us']:.0f} (echo {echo['cpu_us']:.0f})",
        )
    console.print(table)
    steps = Table("step", "µs a lookup")
    for step, spent in result["steps_us"].items():
        steps.add_row(step, f"{spent:.1f}")
    console.print(steps)
    console.print(
        f"mean batch {result['mean_batch']:.1f}; one sync {result['fsync_us']:.0f} µs; stream "
        f"{result['stream_rows_per_s']:.0f} rows/s, by a grant {result['granted_stream_rows_per_s']:.0f} "
        f"(echo {result['echo_stream_rows_per_s']:.0f})"
    )


if __name__ == "__main__":
    main()
