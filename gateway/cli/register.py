"""`register-gateway register`: build the fictional city, or compare a schema map with a database.

Rule: `seed` replaces nothing unless told to, and leaves whole files or none; `check` says everything at once.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.cli.exits import Exit
from gateway.cli.show import as_json, as_table, err, fail, note
from gateway.clock import SystemClock, day_of
from gateway.finding import Finding, Findings
from gateway.register.city import AlreadyThere, Summary, build_city
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_check import check_map, is_advice
from gateway.register.schema_map import read_schema_map
from gateway.standing.tables import sqlite_schema

app = App(name="register", help="Build the fictional city 潮見市, or compare a schema map with a database.")

RESIDENTS: Final = 32_000

Json = Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")]


@app.command
def seed(
    *,
    out: Annotated[Path, Parameter(help="The directory that gets register.db and standing.db; made if missing.")],
    residents: Annotated[int, Parameter(help="How many people live in the city, 100 or more.")] = RESIDENTS,
    seed: Annotated[int, Parameter(help="The same seed gives the same city.")] = 1,
    today: Annotated[
        date | None, Parameter(help="The day that ages, posts and cases are reckoned on; today in Japan.")
    ] = None,
    force: Annotated[bool, Parameter(negative="", help="Replace a city that is already there.")] = False,
    json: Json = False,
) -> None:
    """Build the fictional city: its register and its city hall, every person of it made up."""
    try:
        summary = build(out, residents=residents, seed=seed, today=today, force=force)
    except ValueError as error:
        fail(Exit.USAGE, f"--residents {residents}: {error}")
    except AlreadyThere as error:
        fail(Exit.CANNOT, f"{error} exists; choose another --out, or --force to replace it")
    except OSError as error:
        fail(Exit.CANNOT, f"{out}: cannot be written: {error.strerror}")
    from gateway.demo.example import example_in  # noqa: PLC0415 - a second of imports that `check` does not need

    example = example_in(out)
    if json:
        told = None if example is None else {**asdict(example), "lookup": example.lookup}
        as_json({"directory": str(out), **asdict(summary), "example": told})
        return
    as_table("潮見市", list(asdict(summary)), [list(asdict(summary).values())])
    note(f"{out}: register.db, standing.db")
    if example is not None:
        note(f"To try, once a gateway serves this city at {example.address}:\n\n{example.pasted}\n")


def build(out: Path, *, residents: int, seed: int, today: date | None = None, force: bool = False) -> Summary:
    """Build the city with a progress bar on a terminal, and a line each tenth in a pipe. Raises as build_city does."""
    city = partial(
        build_city,
        out,
        residents=residents,
        seed=seed,
        today=today or day_of(SystemClock().wall()),
        standing_schema=sqlite_schema(),
        replace=force,
    )
    if not err.is_terminal:
        return city(progress=_Steps(residents).reached)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=err)
    task = bar.add_task("潮見市", total=residents)
    with ExitStack() as shown:

        def reached(done: int) -> None:
            """The bar begins with the first resident: what cannot be built says so without one."""
            if not bar.live.is_started:
                shown.enter_context(bar)
            bar.update(task, completed=done)

        return city(progress=reached)


class _Steps:
    """Progress for those who read it later: a line each tenth."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._told = 0

    def reached(self, done: int) -> None:
        if done * 10 // self._total > self._told:
            self._told = done * 10 // self._total
            note(f"{done} of {self._total} residents")


@app.command
def check(
    map: Annotated[Path, Parameter(help="The schema map, a YAML file.")],  # noqa: A002 - the argument's name in the help
    *,
    database: Annotated[str, Parameter(help="SQLAlchemy URL of the register, e.g. sqlite:///register.db")],
    json: Json = False,
) -> None:
    """Compare a schema map with its database: `file:line:col: code: message` a line. Exit code 1 if anything but
    advice."""
    try:
        findings: list[Finding] = check_map(read_schema_map(map), database)
    except Findings as faults:
        findings = list(faults.findings)
    except ValueError as error:
        fail(Exit.USAGE, f"--database: {error}")
    except RegisterUnavailable as error:
        fail(Exit.UNAVAILABLE, f"the database cannot be read ({error}); is it there, and may it be read?")
    if json:
        as_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print(finding)
    if any(not is_advice(finding) for finding in findings):
        raise SystemExit(int(Exit.FAULTS))
    if not json:
        note(f"{map}: agrees with the database")
