"""`register-gateway purpose`: what stewards run before a purpose is put in force. Reads files only, needs no key.

Rule: `check` says exactly what the gateway would say when it starts, all at once, in a form that editors can follow.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import App, Parameter

from gateway.cli.exits import Exit
from gateway.cli.purpose_shown import budgets, ending_of, in_full, rows, summary
from gateway.cli.purpose_table import markdown
from gateway.cli.show import as_json, as_table, fail, note, out
from gateway.clock import SystemClock, day_of
from gateway.field import FIELDS, Localized, Mapped
from gateway.finding import Finding, Findings
from gateway.purpose.book import Manuscript
from gateway.purpose.check import Checked, closed_fields
from gateway.purpose.words import nearest
from gateway.register.schema_reading import read_schema_map

app = App(name="purpose", help="Check and read purposes: who may see which fields, how masked, on which legal basis.")

PURPOSES: Final = Path("purposes")
LIMITS: Final = Path("config/limits.yaml")
MAP: Final = Path("config/register-map.yaml")

_IN_FORCE: Final = "in force"

Json = Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")]
Directory = Annotated[Path, Parameter(help="The directory of purposes, one `*.yaml` each.")]
Language = Annotated[Literal["ja", "en"], Parameter(help="Of titles in tables; JSON has both.")]
LimitsFile = Annotated[Path, Parameter(help="The city's limits.")]


@app.command
def check(
    directory: Directory = PURPOSES,
    *,
    limits: LimitsFile = LIMITS,
    map: Annotated[Path | None, Parameter(name="--map", help=f"The schema map; {MAP} if there is one.")] = None,  # noqa: A002 - the option's name
    json: Json = False,
) -> None:
    """Find everything that is wrong, `file:line:col: code: message` a line. Exit code 0 if nothing, 1 if anything."""
    findings: list[Finding] = []
    mapped: Mapped | None = None
    path = map or (MAP if MAP.exists() else None)
    if path is not None:
        try:
            mapped = read_schema_map(path).mapped
        except Findings as fault:
            findings += fault.findings
    manuscript: Manuscript | None = None
    try:
        manuscript = Manuscript.read(directory, limits, mapped)
    except Findings as fault:
        findings += fault.findings
    purposes = manuscript.purposes if manuscript is not None else ()
    closed = closed_fields(purposes, mapped) if manuscript is not None and mapped is not None else ()
    idle = [each.text.purpose for each in purposes if _state(each, _today()) != _IN_FORCE]
    ending = {each.text.purpose: ending_of(each.text) for each in purposes if each.text.deprecated is not None}
    if json:
        names = [each.text.purpose for each in purposes]
        found = [asdict(finding) for finding in sorted(findings)]
        remarks = {"closed_fields": closed, "not_in_force": idle, "deprecated": list(ending)}
        as_json({"findings": found, "purposes": names} | remarks)
    else:
        for finding in sorted(findings):
            out.print(str(finding), markup=False)
    if findings:
        note(f"{len(findings)} finding(s): none of these purposes would be put in force")
        raise SystemExit(int(Exit.FAULTS))
    note(f"{len(purposes)} purpose(s), no findings")
    for name in idle:
        note(f"note: {name} is not in force today")
    for name, end in ending.items():
        note(f"note: {name} is deprecated: {end}")
    if mapped is None:
        note("note: no schema map was given, so fields were not compared with the register")
    elif closed:
        note(f"note: closed, because no purpose names them: {', '.join(closed)}")


@app.command(name="list")
def list_(
    directory: Directory = PURPOSES, *, limits: LimitsFile = LIMITS, language: Language = "ja", json: Json = False
) -> None:
    """List the purposes: for whom, what for, until when."""
    purposes = _read(directory, limits).purposes
    if json:
        as_json([summary(each) | {"state": _state(each, _today())} for each in purposes])
        return
    lines = (
        (
            each.text.purpose,
            each.text.title.ja if language == "ja" else each.text.title.en,
            ", ".join(recipient.department for recipient in each.text.recipients),
            each.text.valid.until,
            _state(each, _today()) + (", deprecated" if each.text.deprecated is not None else ""),
        )
        for each in purposes
    )
    as_table(
        "Purposes", ("purpose", "title", "recipients", "until", "state"), lines, whole=("recipients", "until", "state")
    )


@app.command
def show(
    name: Annotated[str, Parameter(help="The purpose's name.")],
    *,
    purposes: Directory = PURPOSES,
    limits: LimitsFile = LIMITS,
    language: Language = "ja",
    json: Json = False,
) -> None:
    """Show one purpose whole: grounds, recipients, keys, fields with masks, budgets beside the city's limits."""
    manuscript = _read(purposes, limits)
    found = {each.text.purpose: each for each in manuscript.purposes}
    if name not in found:
        fail(Exit.USAGE, f"no purpose {name}: {nearest(name, found)}")
    checked = found[name]
    if json:
        as_json(in_full(checked, manuscript.limits) | {"state": _state(checked, _today())})
        return
    as_table(name, ("part", "value"), rows(checked, _state(checked, _today())))
    as_table(
        "Fields",
        ("field", "title", "mask", "sensitivity"),
        (
            (field, _in(language, FIELDS[field].title), mask, FIELDS[field].sensitivity)
            for field, mask in checked.masks.items()
        ),
    )
    as_table(
        "Residents at most",
        ("department", "owner", "window", "this purpose", "all purposes"),
        (tuple("-" if cell is None else cell for cell in row) for row in budgets(checked, manuscript.limits)),
    )


@app.command
def table(
    directory: Directory = PURPOSES, *, limits: LimitsFile = LIMITS, language: Language = "ja", json: Json = False
) -> None:
    """Print all purposes as Markdown, a table each, the same on every day; --json: all that `show` says of each."""
    manuscript = _read(directory, limits)
    if json:
        as_json([in_full(each, manuscript.limits) for each in manuscript.purposes])
    else:
        out.print(markdown(manuscript.purposes, language), end="", markup=False, highlight=False, soft_wrap=True)


def _read(directory: Path, limits: Path) -> Manuscript:
    try:
        return Manuscript.read(directory, limits, None)
    except Findings as fault:
        fail(Exit.FAULTS, str(fault))


def _in(language: str, words: Localized) -> str:
    return words.ja if language == "ja" else words.en


def _today() -> date:
    return day_of(SystemClock().wall())


def _state(checked: Checked, today: date) -> str:
    valid = checked.text.valid
    if today < valid.since:
        return "not yet in force"
    return _IN_FORCE if today <= valid.until else "expired"
