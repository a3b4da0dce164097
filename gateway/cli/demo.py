"""`register-gateway demo`: a fictional city, the real gateway, and eight acts; or the gateway left open to try.

Rule: however it ends, no process is left behind, and a verdict that did not hold shows in the exit code.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from gateway.cli import show
from gateway.cli.client import Denied
from gateway.cli.exits import Exit
from gateway.demo.estate import Estate, Wishes
from gateway.demo.play import perform, stay
from gateway.demo.show import Screen
from gateway.demo.stage import CannotServe
from gateway.ledger.keys import KeysInvalid
from gateway.ledger.store import DirectoryLock, StateInvalid
from gateway.rpc.files import FileFault
from masking.keyring import KeyringError

_FEWEST: Final = 2_000
"""Residents below which the planner's allowance of 1,000 would not end inside the city."""
_INTERRUPTED: Final = 128
"""What shells add to a signal's number."""


def demo(
    *,
    residents: Annotated[int, Parameter(validator=Number(gte=_FEWEST))] = Wishes().residents,
    folder: Annotated[Path, Parameter(name="--dir")] = Path("var/demo"),
    serve: Annotated[bool, Parameter(negative="")] = False,
    port: Annotated[int, Parameter(validator=Number(gte=0, lte=65_535))] = 0,
) -> None:
    """Show what the gateway does, on a fictional city with a real server; needs no network.

    Exit codes: 0 all held, 1 something did not, 2 the command line is off, 3 it cannot run here, 128 + n ended by
    signal n.

    Parameters
    ----------
    residents
        how many people live in the city, 2000 or more
    folder
        where city, keys and ledger go; the city is built once, the ledger begins anew each time
    serve
        stay up instead, and print commands to try
    port
        the port to listen on; 0 takes a free one
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC's own log would break into the acts.
    screen = Screen()
    wishes = Wishes(residents=residents, listen=f"127.0.0.1:{port}", reflection=True)
    lock = _locked(folder)
    try:
        stopped = asyncio.run(_until_signal((stay if serve else perform)(screen, Estate(folder), wishes)))
    except CannotServe as fault:
        show.fail(Exit.CANNOT, str(fault))
    except Denied as denied:
        show.fail(Exit.FAULTS, f"refused what had to be answered: {denied}")
    except (FileFault, KeyringError, KeysInvalid, StateInvalid, LookupError) as fault:
        show.fail(Exit.CANNOT, f"{fault}; or remove {folder} to begin anew")
    except OSError as fault:
        show.fail(Exit.CANNOT, f"{fault.filename or folder}: cannot be used: {fault.strerror}")
    finally:
        lock.release()
    if stopped is not None and not serve:
        raise SystemExit(_INTERRUPTED + stopped)
    if stopped is not None:
        show.note("drained")
    if screen.faults:
        show.fail(Exit.FAULTS, f"{screen.faults} verdict(s) did not hold")


def _locked(folder: Path) -> DirectoryLock:
    """One demo a folder: another would take the ledger from under the first one's gateway."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return DirectoryLock(folder)
    except OSError as fault:
        show.fail(Exit.CANNOT, f"{folder}: cannot be used: {fault.strerror}")
    except StateInvalid:
        show.fail(Exit.CANNOT, f"{folder}: another demo is using this folder; end it, or choose another --dir")


async def _until_signal(work: Awaitable[None]) -> int | None:
    """Do the work, or be cancelled by a signal; the signal's number then, once everything is put away."""
    task = asyncio.ensure_future(work)
    caught: list[int] = []

    def catch(number: int) -> None:
        caught.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, catch, number)
    try:
        await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return caught[0]
    return None
