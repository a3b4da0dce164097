"""`register-gateway purpose`: what stewards run before a purpose is put in force. Reads files only, needs no key.

Rule: `check` says exactly what the gateway would say when it starts, all at once, in a form that editors can follow.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated, Final, Literal

from cyclopts import App, Parameter

from gateway.allowance import Owner, Window
from gateway.cli.exits import Exit
from gateway.cli.show import as_json, as_table, fail, note, out
from gateway.clock import SystemClock, day_of
from gateway.field import FIELDS, Localized
from gateway.finding import Finding, Findings
from gateway.purpose.book import Manuscript
from gateway.purpose.check import Checked, closed_fields
from gateway.purpose.limits import Limits
from gateway.purpose.model import nearest
from gateway.register.schema_map import read_schema_map

app = App(name="purpose", help="Check and read purposes: who may see which fields, how masked, on which legal basis.")

PURPOSES: Final = Path("purposes")
LIMITS: Final = Path("config/limits.yaml")
MAP: Final = Path("config/register-map.yaml")

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
    mapped: frozenset[str] | None = None
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
    idle = [each.text.purpose for each in purposes if _state(each, _today()) != "in force"]
    if json:
        names = [each.text.purpose for each in purposes]
        found = [asdict(finding) for finding in sorted(findings)]
        as_json({"findings": found, "purposes": names, "closed_fields": closed, "not_in_force": idle})
    else:
        for finding in sorted(findings):
            out.print(str(finding), markup=False)
    if findings:
        note(f"{len(findings)} finding(s): none of these purposes would be put in force")
        raise SystemExit(int(Exit.FAULTS))
    note(f"{len(purposes)} purpose(s), no findings")
    for name in idle:
        note(f"note: {name} is not in force today")
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
        as_json([_summary(each) for each in purposes])
        return
    rows = (
        (
            each.text.purpose,
            each.text.title.ja if language == "ja" else each.text.title.en,
            ", ".join(recipient.department for recipient in each.text.recipients),
            each.text.valid.until,
            _state(each, _today()),
        )
        for each in purposes
    )
    as_table(
        "Purposes", ("purpose", "title", "recipients", "until", "state"), rows, whole=("recipients", "until", "state")
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
    """Show one purpose whole: legal basis, recipients, keys, fields with masks, budgets beside the city's limits."""
    manuscript = _read(purposes, limits)
    found = {each.text.purpose: each for each in manuscript.purposes}
    if name not in found:
        fail(Exit.USAGE, f"no purpose {name}: {nearest(name, found)}")
    checked = found[name]
    budgets = list(_budgets(checked, manuscript.limits))
    fields = [(field, FIELDS[field], mask) for field, mask in checked.masks.items()]
    if json:
        granted = [
            {"field": field, "title": asdict(entry.title), "mask": str(mask), "sensitivity": entry.sensitivity}
            for field, entry, mask in fields
        ]
        named = ("department", "owner", "window", "purpose", "city")
        rows = [dict(zip(named, row, strict=True)) for row in budgets]
        as_json(_summary(checked) | {"fields": granted, "residents": rows})
        return
    as_table(name, ("part", "value"), _summary_rows(checked))
    as_table(
        "Fields",
        ("field", "title", "mask", "sensitivity"),
        ((field, _in(language, entry.title), mask, entry.sensitivity) for field, entry, mask in fields),
    )
    as_table(
        "Residents at most",
        ("department", "owner", "window", "this purpose", "all purposes"),
        (tuple("-" if cell is None else cell for cell in row) for row in budgets),
    )


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
    return "in force" if today <= valid.until else "expired"


def _summary(checked: Checked) -> dict[str, object]:
    text = checked.text
    rate = text.budget.rate
    return {
        "purpose": text.purpose,
        "title": text.title.model_dump(),
        "legal_basis": text.legal_basis.model_dump(),
        "steward": text.steward,
        "recipients": [recipient.model_dump() for recipient in text.recipients],
        "case": text.case.registry if text.case is not None else None,
        "applicant": text.applicant,
        "restricted": text.restricted,
        "search_by": text.search_by,
        "stream_page": text.stream.page if text.stream is not None else None,
        "rate": rate.model_dump() if rate is not None else None,
        "valid_from": str(text.valid.since),
        "valid_until": str(text.valid.until),
        "state": _state(checked, _today()),
        "digest": checked.digest.hex(),
    }


def _summary_rows(checked: Checked) -> Iterator[tuple[str, object]]:
    text = checked.text
    rate = text.budget.rate
    yield "title (ja)", text.title.ja
    yield "title (en)", text.title.en
    yield "legal basis (ja)", text.legal_basis.ja
    yield "legal basis (en)", text.legal_basis.en
    yield "steward", text.steward
    for recipient in text.recipients:
        yield "recipient", f"{recipient.department} ({', '.join(recipient.roles)})"
    yield "case", f"open case of {text.case.registry}, residents its parties" if text.case is not None else "none"
    yield "search by", ", ".join(text.search_by)
    yield "stream", f"{text.stream.page} residents a page" if text.stream is not None else "none"
    yield "applicant", text.applicant
    yield "address of the protected", text.restricted
    yield "rate", f"{rate.per_second:g} a second, {rate.burst} at once" if rate is not None else "none"
    yield "valid", f"{text.valid.since} to {text.valid.until} ({_state(checked, _today())})"
    yield "digest", checked.digest.hex()


def _budgets(checked: Checked, limits: Limits) -> Iterator[tuple[str, Owner, Window, int | None, int | None]]:
    """Department, owner, window, residents of this purpose and of all purposes together; None: no number."""
    own = checked.text.budget.residents
    for recipient in checked.text.recipients:
        city = limits.bounds(recipient.department)
        for owner in Owner:
            for window in Window:
                pair = own.get(owner, {}).get(window), city[owner].get(window)
                if pair != (None, None):
                    yield recipient.department, owner, window, *pair
