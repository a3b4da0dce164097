"""Several scenarios one after the other: one verdict, one report, one picture. `make loadtest`, `make chaos`.

Rule: each has a gateway and a ledger of its own; PASS only if all of them pass. The short form of all that need no
faults stays within five minutes. Exit codes: 0 PASS, 1 FAIL, 2 what was typed is wrong or cannot run here.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtest.live import Progress
from loadtest.picture import picture
from loadtest.report import page, write
from loadtest.run import Run
from loadtest.scenario import Scenario, shipped
from loadtest.table import over
from loadtest.town import CannotRun
from loadtest.verdict import Verdict

ORDER: Final = ("counter-day", "bulk-rush", "granted-rush", "collusion", "slow-drip", "flood", "mixed", "chaos")
"""From the ordinary to the violent."""


def main() -> None:
    """Run all, print the table, write the rest, leave with the verdict."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.suite", description=__doc__)
    parser.add_argument("scenario", nargs="*", default=ORDER, help=f"which (default {' '.join(ORDER)})")
    parser.add_argument(
        "--long", action="store_true", help="as long as the scenarios say, in place of their short form"
    )
    parser.add_argument("--out", type=Path, default=Path("var/loadtest"), help="where results go")
    parser.add_argument("--seed", type=int, default=1, help="the same seed asks the same questions")
    asked = parser.parse_args()
    if unknown := [name for name in asked.scenario if name not in shipped()]:
        parser.error(f"{', '.join(unknown)}: no such scenario; there are {', '.join(shipped())}")
    console = Console(width=None if sys.stdout.isatty() else 140)
    start = perf_counter()
    try:
        verdicts = [run(name, asked.out, asked.seed, console, short=not asked.long) for name in asked.scenario]
    except CannotRun as error:
        parser.error(str(error))
    seconds = perf_counter() - start
    (asked.out / "verdict.json").write_text(json.dumps(together(verdicts, seconds), indent=2) + "\n", encoding="utf-8")
    (asked.out / "report.html").write_text(page(verdicts), encoding="utf-8")
    (asked.out / "loadtest.png").write_bytes(picture(verdicts))
    show(verdicts, console)
    passed = all(verdict.result == "PASS" for verdict in verdicts)
    console.print(f"{seconds:.0f} s; written to {asked.out}: verdict.json, report.html, loadtest.png", highlight=False)
    console.print(Text("PASS" if passed else "FAIL", style="bold green" if passed else "bold red"))
    raise SystemExit(0 if passed else 1)


def run(name: str, out: Path, seed: int, console: Console, *, short: bool) -> Verdict:
    """Run a scenario, whole or its short form. Raises CannotRun."""
    scenario = Scenario.read(shipped()[name])
    progress = Progress(console, name)
    one = Run.of(scenario, out, seed=seed, short=short, tell=progress.tell)
    with progress.shown():
        verdict = asyncio.run(one.go())
    write(verdict, one.home)
    broken = [check.name for check in verdict.checks if check.holds is False]
    console.print(f"{name}: {verdict.result}" + "".join(f"\n  ✗ {each}" for each in broken), highlight=False)
    return verdict


def together(verdicts: Sequence[Verdict], seconds: float) -> dict[str, Any]:
    """All verdicts as one."""
    return {
        "result": "PASS" if all(verdict.result == "PASS" for verdict in verdicts) else "FAIL",
        "seconds": round(seconds, 1),
        "scenarios": {verdict.scenario: verdict.model_dump(mode="json") for verdict in verdicts},
    }


def show(verdicts: Sequence[Verdict], console: Console) -> None:
    """A row a scenario."""
    table = Table("scenario", "", "offered", "missed", "answered", "refused", "lost", "residents over", "aims")
    for verdict in verdicts:
        sends = verdict.sends
        passed = verdict.result == "PASS"
        table.add_row(
            verdict.scenario,
            Text(verdict.result, style="green" if passed else "bold red"),
            f"{sends.offered:,}",
            f"{sends.missed:,}",
            f"{sends.admitted:,}",
            f"{sum(sends.refused.values()):,}",
            f"{sum(sends.lost.values()):,}",
            f"{max(over(verdict))}",
            "; ".join(f"{aim.name}: {_got(aim.got)} {aim.unit}".rstrip() + f" ≤ {aim.aim:g}" for aim in verdict.aims),
        )
    console.print(table)


def _got(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


if __name__ == "__main__":
    main()
