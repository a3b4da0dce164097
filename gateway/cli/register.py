"""`register-gateway register`: build the fictional city, import a register, index it, or compare it with a schema map.

Rule: `seed` and `import` replace nothing unless told to, and leave whole files or none; `index` leaves the new index or
the old one; `import` and `check` say everything at once.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from gateway.cli.exits import Exit
from gateway.cli.imported import tell
from gateway.cli.progress import progress
from gateway.cli.show import as_json, as_table, fail, note
from gateway.clock import SystemClock, day_of
from gateway.finding import Finding, Findings, is_advice
from gateway.register.city import AlreadyThere, Summary, build_city
from gateway.register.index_build import build_index
from gateway.register.intake.importing import Stage, import_register
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_check import check_map
from gateway.register.schema_reading import read_schema_map
from gateway.sheet.records import Encoding
from gateway.sheet.report import Report
from gateway.standing.tables import sqlite_schema
from masking.japanese.folding import FOLDING

app = App(name="register", help="Import, index or check a register, or build the fictional city 潮見市.")

RESIDENTS: Final = 32_000
SHOWN: Final = 1_000
_REPLACE: Final = "choose another --out, or --force to replace it"
_IN_THE_WAY: Final = "somebody is changing the database beside it, or was cut off; open that once with its own program"
_COUNTED: Final = {Stage.READING: "octets read", Stage.INDEXING: "entries indexed"}

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
    """Build the city and tell how far it is. Raises as build_city does."""
    with progress() as reached:
        return build_city(
            out,
            residents=residents,
            seed=seed,
            today=today or day_of(SystemClock().wall()),
            standing_schema=sqlite_schema(),
            replace=force,
            progress=lambda done: reached("residents", done, residents),
        )


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


@app.command(name="import")
def import_(
    directory: Annotated[Path, Parameter(help="Where the CSV files are, one `<table>.csv` for each table of the map.")],
    *,
    map: Annotated[Path, Parameter(help="The schema map, a YAML file.")],  # noqa: A002 - the option's name
    out: Annotated[Path | None, Parameter(help="The SQLite file to write, e.g. register.db")] = None,
    check: Annotated[bool, Parameter(negative="", help="Read and check everything, and write nothing.")] = False,
    encoding: Annotated[Encoding, Parameter(help="How the files are encoded.")] = Encoding.UTF_8,
    force: Annotated[bool, Parameter(negative="", help="Replace a register that is already there.")] = False,
    most: Annotated[int, Parameter(help="How many findings are shown; all are counted.")] = SHOWN,
    json: Json = False,
) -> None:
    """Make a register of CSV files, whole or not at all: `file:line:col: code: message` for each fault.

    Exit codes: 0 imported, or nothing found with --check; 1 faults found, nothing written; 2 the command line is off; 3
    a file is in the way or cannot be written.
    """
    if check is (out is not None):
        fail(Exit.USAGE, "--out says what to write, --check that nothing is written; give one of the two")
    if not directory.is_dir():
        fail(Exit.CANNOT, f"{directory}: no such directory; name the one that has the CSV files")
    try:
        schema = read_schema_map(map)
        with progress() as reached:
            report = import_register(
                directory,
                schema,
                out,
                encoding=encoding,
                overwrite=force,
                most=most,
                progress=lambda stage, done, total: reached(_COUNTED[stage], done, total),
            )
    except Findings as faults:
        report = Report(most)
        for finding in faults.findings:
            report.add(finding)
    except FileExistsError as error:
        fail(Exit.CANNOT, f"{error.filename} exists; {_IN_THE_WAY if error.filename != str(out) else _REPLACE}")
    except BlockingIOError:
        fail(Exit.CANNOT, f"{out}: another import writes into this directory; wait until it is done")
    except OSError as error:
        fail(Exit.CANNOT, f"{out or directory}: cannot be written: {error.strerror}")
    tell(report, "register", None if out is None else str(out), json=json)
    if report.faults:
        raise SystemExit(int(Exit.FAULTS))


@app.command
def index(
    map: Annotated[Path, Parameter(help="The schema map, a YAML file.")],  # noqa: A002 - the argument's name in the help
    *,
    database: Annotated[str, Parameter(help="SQLAlchemy URL of the register, e.g. sqlite:///register.db")],
    json: Json = False,
) -> None:
    """Build the search index in the register's database anew, in one transaction: until its end the old one serves.

    Exit codes: 0 built, 1 the map has faults, 2 the command line is off, 5 the database cannot be read or written.
    """
    try:
        schema = read_schema_map(map)
        with progress() as reached:
            built = build_index(
                schema, database, progress=lambda done, total: reached(_COUNTED[Stage.INDEXING], done, total)
            )
    except Findings as faults:
        for finding in faults.findings:
            print(finding)
        raise SystemExit(int(Exit.FAULTS)) from None
    except ValueError as error:
        fail(Exit.USAGE, f"{map}, --database: {error}")
    except RegisterUnavailable as error:
        fail(Exit.UNAVAILABLE, f"the database cannot be read or written ({error}); the index is as it was")
    if json:
        as_json({**built._asdict(), "folding": FOLDING})
    else:
        told = f"{built.spellings} spellings and {built.addresses} addresses of {built.entries} entries"
        note(f"{told}, folding {FOLDING}")
