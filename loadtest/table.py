"""The verdict in words: what a terminal shows, or a pipe."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtest.verdict import AllowanceUse, Verdict


def show(verdict: Verdict, console: Console) -> None:
    """Checks, questions, budgets, timings, and the result."""
    console.print(Text(f"\n{verdict.scenario}: {verdict.title}", style="bold"))
    checks = _table("", "invariant", "rules", "found")
    for check in verdict.checks:
        mark = {True: Text("✓", style="green"), False: Text("✗", style="bold red"), None: Text("–")}[check.holds]
        checks.add_row(mark, check.name, " ".join(check.rules), Text(check.found))
    console.print(checks)
    asked = _table("load", "offered", "missed", "answered", "refused", "lost")
    for name, sends in {**verdict.loads, "all": verdict.sends}.items():
        refused = ", ".join(f"{reason} {times:,}" for reason, times in sends.refused.items())
        lost = ", ".join(f"{code} {times:,}" for code, times in sends.lost.items())
        asked.add_row(name, f"{sends.offered:,}", f"{sends.missed:,}", f"{sends.admitted:,}", refused, lost)
    console.print(asked)
    budgets = _table("allowance", "window", "limit", "most by answers", "by ledger")
    for use in fullest(verdict.allowances):
        budgets.add_row(
            f"{use.owner} {use.who}" + (f", {use.purpose}" if use.purpose else ""),
            use.window,
            f"{use.limit:,}",
            f"{use.by_answers:,}",
            "–" if use.by_ledger is None else f"{use.by_ledger:,}",
        )
    console.print(budgets)
    if verdict.latencies:
        times = _table("interactive", "answers", "p50 ms", "p99 ms", "p99.9 ms", "most ms")
        for each in verdict.latencies:
            values = (each.p50_us, each.p99_us, each.p999_us, each.max_us)
            times.add_row(each.phase, f"{each.count:,}", *(f"{value / 1000:.2f}" for value in values))
        console.print(times)
    for aim in verdict.aims:
        met = {True: "met", False: "missed", None: "not measured"}[aim.met]
        got = "–" if aim.got is None else f"{aim.got:g}"
        console.print(f"{aim.name}: {got} {aim.unit}".rstrip() + f" (aim ≤ {aim.aim:g}): {met}", highlight=False)
    if verdict.kills:
        worst = max(kill.back_after for kill in verdict.kills)
        console.print(
            f"{len(verdict.kills)} times killed; in service again after {worst:.2f} s at most", highlight=False
        )
    console.print(Text(verdict.result, style="bold green" if verdict.result == "PASS" else "bold red"))


def fullest(uses: tuple[AllowanceUse, ...]) -> list[AllowanceUse]:
    """The allowances that tell most: those of department and city, and of people the fullest of each kind."""
    wide = [use for use in uses if use.owner != "staff"]
    own: dict[tuple[str, str], AllowanceUse] = {}
    for use in sorted((use for use in uses if use.owner == "staff"), key=lambda use: -use.by_answers / use.limit):
        own.setdefault((use.purpose, use.window), use)
    return [*wide, *own.values()]


def over(verdict: Verdict) -> tuple[int, int]:
    """Residents beyond the allowance that was exceeded most, by answers and by ledger; 0 where none was."""
    by_answers = max((use.by_answers - use.limit for use in verdict.allowances), default=0)
    by_ledger = max((use.by_ledger - use.limit for use in verdict.allowances if use.by_ledger is not None), default=0)
    return max(0, by_answers), max(0, by_ledger)


def _table(*columns: str) -> Table:
    return Table(*columns, box=box.SIMPLE_HEAD)
