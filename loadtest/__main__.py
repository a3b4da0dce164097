"""`python -m loadtest SCENARIO`: load a gateway as a scenario says, and judge what it did.

Exit codes: 0 PASS, 1 FAIL, 2 what was typed is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console

from gateway.finding import Findings
from loadtest.live import Progress
from loadtest.report import write
from loadtest.run import Run
from loadtest.scenario import Scenario, shipped
from loadtest.table import show
from loadtest.target import Elsewhere
from loadtest.town import CannotRun


def main() -> None:
    """Read what was typed, run, print, write, leave with the verdict."""
    asked = _parser().parse_args()
    known = shipped()
    path = known.get(asked.scenario, Path(asked.scenario))
    if not path.is_file():
        _leave(f"{asked.scenario}: no such scenario; there are {', '.join(known)}, or name a YAML file")
    try:
        scenario = Scenario.read(path)
    except Findings as findings:
        _leave(str(findings))
    console = Console(stderr=asked.json, width=None if sys.stdout.isatty() else 140)
    progress = Progress(console, scenario.scenario)
    run = Run.of(scenario, asked.out, seed=asked.seed, short=asked.short, tell=progress.tell, seconds=asked.duration)
    try:
        elsewhere = None
        if asked.target is not None:
            elsewhere = Elsewhere.read(asked.target, scenario, run.seconds, consent=asked.consent)
        with progress.shown():
            verdict = asyncio.run(run.go() if elsewhere is None else run.go_elsewhere(elsewhere))
    except (CannotRun, Findings) as error:
        _leave(str(error))
    write(verdict, run.home)
    if asked.json:
        print(verdict.model_dump_json(indent=2))
    show(verdict, console)
    console.print(f"written to {run.home / 'verdict.json'} and {run.home / 'report.html'}", highlight=False)
    raise SystemExit(0 if verdict.result == "PASS" else 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    parser.add_argument("scenario", help=f"{', '.join(shipped())}, or a YAML file")
    parser.add_argument(
        "--out", type=Path, default=Path("var/loadtest"), help="where results go (default var/loadtest)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed asks the same questions (default 1)")
    parser.add_argument("--duration", type=_seconds, help="seconds, in place of the scenario's own")
    parser.add_argument("--target", type=Path, help="load the gateway that this YAML file names, in place of one's own")
    parser.add_argument("--consent", action="store_true", help="the target is not on this machine, and may be loaded")
    parser.add_argument("--short", action="store_true", help="the short form")
    parser.add_argument(
        "--json", action="store_true", help="print the verdict as JSON; progress goes to standard error"
    )
    return parser


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError("write 1 to 3600 seconds")
    return seconds


def _leave(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
