"""`register-gateway staff`: the staff directory, filled from what the personnel section hands out.

Rule: everything wrong is told at once, and with one fault nothing is written. The running gateway takes the new
directory up by itself within seconds; `register-gateway reload` makes it do so at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from gateway.cli.exits import Exit
from gateway.cli.imported import tell
from gateway.cli.show import fail, note
from gateway.clock import SystemClock, day_of
from gateway.finding import Findings
from gateway.sheet.records import Encoding
from gateway.sheet.report import Report
from gateway.standing.intake.importing import Sheet, csv_sheet, import_staff, sql_sheet
from gateway.standing.intake.layout import Entry
from gateway.standing.intake.staff_map import StaffMap
from gateway.standing.port import StandingUnavailable

app = App(name="staff", help="Import the staff directory: who holds which post, from when to when.")

MAP: Final = Path("config/staff-map.yaml")
SHOWN: Final = 1_000


@app.command(name="import")
def import_(
    sheet: Annotated[Path | None, Parameter(help="A CSV file with a line a post.")] = None,
    /,
    *,
    map: Annotated[Path, Parameter(help="The staff map, a YAML file.")] = MAP,  # noqa: A002 - the option's name
    source: Annotated[
        str | None,
        Parameter(name="--from", help="SQLAlchemy URL of a database to read instead."),
    ] = None,
    database: Annotated[
        str | None, Parameter(help="SQLAlchemy URL of the standing database, e.g. sqlite:///standing.db")
    ] = None,
    check: Annotated[bool, Parameter(negative="", help="Read and check everything, and write nothing.")] = False,
    create: Annotated[bool, Parameter(negative="", help="Make missing tables, and a missing SQLite file.")] = False,
    encoding: Annotated[Encoding, Parameter(help="How the file is encoded.")] = Encoding.UTF_8,
    most: Annotated[int, Parameter(help="How many findings are shown; all are counted.")] = SHOWN,
    json: Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")] = False,
) -> None:
    """Replace the staff directory, whole or not at all: `file:line:col: code: message` for each fault.

    Exit codes: 0 imported, or nothing found with --check; 1 faults found, nothing written; 2 the command line is off; 3
    a file cannot be used; 5 a database cannot be read or written.
    """
    if (sheet is None) is (source is None):
        fail(Exit.USAGE, "say where the posts are: name a CSV file, or a database with --from; one of the two")
    if check is (database is not None):
        fail(Exit.USAGE, "--database says what to write, --check that nothing is written; give one of the two")
    entries: list[Entry] = []
    name = str(sheet) if sheet is not None else "--from"
    try:
        staff_map = StaffMap.read(map)
        report, entries = import_staff(
            _sheet(sheet, source, staff_map, encoding), name, staff_map, database, create=create, most=most
        )
    except Findings as faults:
        report = Report(most)
        for finding in faults.findings:
            report.add(finding)
    except ValueError as error:
        fail(Exit.USAGE, f"--from, --database: {error}")
    except StandingUnavailable as error:
        fail(Exit.UNAVAILABLE, f"the database cannot be read or written ({error}); the directory is as it was")
    except OSError as error:
        fail(Exit.CANNOT, f"{error.filename}: cannot be written: {error.strerror}")
    today = day_of(SystemClock().wall())
    people = len({entry.post.staff for entry in entries})
    held = sum(entry.post.in_force(today) for entry in entries)
    # The URL may have a password in it.
    told = None if database is None else "the staff directory"
    tell(report, "directory", told, json=json, more={"posts": len(entries), "staff": people, "in_force": held})
    if report.faults:
        raise SystemExit(int(Exit.FAULTS))
    if not json:
        note(f"{len(entries)} posts of {people} people, {held} of them held today")


def _sheet(sheet: Path | None, source: str | None, staff_map: StaffMap, encoding: Encoding) -> Sheet:
    if sheet is not None:
        return csv_sheet(sheet, encoding)
    return sql_sheet(source or "", staff_map)
