"""`register-gateway serve` and `check-config`."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from gateway.app import CannotStart, assemble, check
from gateway.cli import show
from gateway.cli.exits import Exit
from gateway.finding import Findings
from gateway.settings import Settings

_NEVER: Final = 1_000_000_000
"""Young collections between two of all generations."""


def serve(
    *,
    config: Path,
    accept_gap: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Run the gateway until SIGTERM or SIGINT, then drain.

    Exit codes: 0 drained, 3 cannot start (all reasons are listed).

    Parameters
    ----------
    config
        The settings file (YAML).
    accept_gap
        The clock is right although the ledger's last record is older than `max_gap`; recorded.
    """
    # gRPC's C++ log is no JSON, and whoever fails to shake hands could write as much of it as they like.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    settings = _settings(config)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_serve(settings, accept_gap=accept_gap))
    except CannotStart as error:
        show.fail(Exit.CANNOT, str(error))


def check_config(*, config: Path, json: Annotated[bool, Parameter(negative="")] = False) -> None:
    """Check settings, keys, purposes, map and databases without starting: all faults at once.

    Exit codes: 0 nothing found, 1 faults found.

    Parameters
    ----------
    config
        The settings file (YAML).
    json
        Print the faults as JSON.
    """
    try:
        faults = asyncio.run(check(Settings.read(config)))
    except Findings as findings:
        faults = [str(finding) for finding in findings.findings]
    if json:
        show.as_json({"faults": faults})
    elif not faults:
        show.note("nothing found: the gateway can start")
    if faults and not json:
        show.fail(Exit.FAULTS, "\n".join(faults))
    raise SystemExit(Exit.FAULTS if faults else Exit.DONE)


def _settings(config: Path) -> Settings:
    try:
        return Settings.read(config)
    except Findings as findings:
        show.fail(Exit.CANNOT, str(findings))


async def _serve(settings: Settings, *, accept_gap: bool) -> None:
    gateway = await assemble(settings, accept_gap=accept_gap)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _open_files()
    await gateway.start()
    _settle_garbage()
    await stop.wait()
    await gateway.stop()


def _open_files() -> None:
    """As many open connections as the system allows: silent ones must not keep others out."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _settle_garbage() -> None:
    """What start-up made stays; looking through it again and again for garbage would cost each lookup a twentieth.

    New garbage is looked for often and quickly: gRPC leaves a circle of some sixty objects behind each refusal, and the
    lookups of others wait as long as it is collected (25 ms for 20,000 objects). What is old is looked through once an
    hour, when nobody asks (gateway.app): it grows with what staff have seen, and takes a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(3_000, 25, _NEVER)


def loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop's loop where there is one (not on Windows): up to a fifth less CPU a call."""
    try:
        import uvloop  # noqa: PLC0415 - an optional speed-up is imported where it is asked for
    except ImportError:
        return None
    return uvloop.Loop
