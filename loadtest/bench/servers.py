"""The servers under measurement: processes on a core of their own, ended when the measuring ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

from gateway.demo.estate import Estate
from loadtest.bench.machine import pinned

SERVE: Final = ("gateway", "serve")
_LOOK: Final = 0.01
"""Seconds between looks at a log: whoever waits here must not take the core from a load that is under way."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server under measurement."""

    name: str
    process: subprocess.Popen[str]
    port: int

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid


@dataclass(frozen=True, slots=True)
class Launched:
    """A gateway's process that may not serve yet, and the log it writes."""

    process: subprocess.Popen[str]
    log: Path

    def serving(self, within: float = 60) -> tuple[Running, str]:
        """The gateway once it serves, and the address of its metrics."""
        start = perf_counter()
        while perf_counter() - start < within:
            lines = self.log.read_text(encoding="utf-8").splitlines()
            events = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]
            ports = {event["event"]: event["address"] for event in events if event["event"] in {"serving", "metrics"}}
            if {"serving", "metrics"} <= ports.keys():
                port = int(ports["serving"].rpartition(":")[2])
                return Running("gateway", self.process, port), f"http://{ports['metrics']}/metrics"
            if self.process.poll() is not None:
                raise SystemExit(f"the gateway did not start; see {self.log}")
            sleep(_LOOK)
        raise SystemExit(f"the gateway did not come up within {within:g} seconds; see {self.log}")


def launch(
    estate: Estate, log: Path, core: int, stack: ExitStack, *, program: Sequence[str] = SERVE, **streams: int
) -> Launched:
    """Start a gateway of an estate; `program` takes the settings as its `--config`."""
    stream = stack.enter_context(log.open("w", encoding="utf-8"))
    command = [*program, "--config", str(estate.settings)]
    return Launched(stack.enter_context(pinned(command, core, stderr=stream.fileno(), **streams)), log)


def start_gateway(
    estate: Estate, folder: Path, core: int, stack: ExitStack, *, program: Sequence[str] = SERVE, **streams: int
) -> tuple[Running, str]:
    """The gateway of an estate, once it serves, and the address of its metrics."""
    return launch(estate, folder / "gateway.log", core, stack, program=program, **streams).serving()


def start_echo(
    estate: Estate, folder: Path, core: int, stack: ExitStack, answer: bytes, page: bytes, pages: int
) -> Running:
    """The yardstick, giving this answer and so many of this page."""
    (folder / "answer.bin").write_bytes(answer)
    (folder / "page.bin").write_bytes(page)
    command = ["loadtest.bench.echo", str(estate.pki.path), str(folder / "answer.bin"), str(folder / "page.bin")]
    process = stack.enter_context(pinned([*command, str(pages)], core, stdout=subprocess.PIPE))
    if process.stdout is None:
        raise SystemExit("the echo has no standard output")
    return Running("echo", process, int(process.stdout.readline()))
