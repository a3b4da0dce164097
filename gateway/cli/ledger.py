"""`register-gateway ledger`: make a ledger, and verify one from its file and its keys alone.

Rule: `init` never overwrites anything; `verify` only reads, and may run beside a gateway that is writing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.cli.exits import Exit
from gateway.cli.show import as_json, as_table, err, fail, note
from gateway.clock import iso
from gateway.finding import Findings
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, KeysInvalid
from gateway.ledger.ledger import LEDGER_FILE, Ledger
from gateway.ledger.store import StateInvalid
from gateway.ledger.verify import Report
from gateway.ledger.verify import verify as verified
from gateway.settings import Settings
from masking.keyring import Keyring, KeyringError

app = App(name="ledger", help="Make the ledger of disclosures, or verify all that it claims.")

Config = Annotated[Path | None, Parameter(help="The gateway's settings; instead of the other options.")]
State = Annotated[Path | None, Parameter(help="The state directory.")]
KeyringFile = Annotated[Path | None, Parameter(name="--keyring", help="The root key file.")]
Origin = Annotated[str | None, Parameter(help="The ledger's name for good, e.g. city.example/ledger.")]
Json = Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a ledger is, what it is called, and the root key it belongs to."""

    state: Path
    keyring: Path
    origin: str


@app.command
def init(*, config: Config = None, state: State = None, origin: Origin = None, keyring: KeyringFile = None) -> None:
    """Make a new, empty ledger, and a root key if there is none yet. Prints the key that its heads verify with."""
    place = _place(config, state, keyring, origin or "")
    if not place.origin:
        fail(Exit.USAGE, "--origin: give the ledger a name, e.g. city.example/ledger")
    if (place.state / LEDGER_FILE).exists():
        fail(Exit.CANNOT, f"{place.state}: there is a ledger already; it is never overwritten")
    try:
        if not place.keyring.exists():
            Keyring.generate(place.keyring)
            note(f"{place.keyring}: a new root key; back it up apart from the ledger, it cannot be replaced")
        root = Keyring.open(place.keyring)
        verifier = Ledger.create(
            place.state,
            origin=place.origin,
            wrapping=root.derive(WRAPPING_LABEL),
            snapshot=root.derive(SNAPSHOT_LABEL),
        )
    except (KeyringError, KeysInvalid, StateInvalid) as error:
        fail(Exit.CANNOT, str(error))
    except OSError as error:
        fail(Exit.CANNOT, f"{error.filename}: cannot be used: {error.strerror}")
    note("verification key (publish it):")
    print(verifier)
    note(f"{place.state}: a new ledger called {place.origin}")


@app.command
def verify(*, config: Config = None, state: State = None, keyring: KeyringFile = None, json: Json = False) -> None:
    """Recompute everything: hashes, head, signatures, and each decision. Exit code 1 if anything does not hold."""
    place = _place(config, state, keyring, "")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=err, transient=True)
    task = bar.add_task("records", total=None)
    try:
        root = Keyring.open(place.keyring)
        with bar if err.is_terminal else nullcontext():
            report = verified(
                place.state,
                wrapping=root.derive(WRAPPING_LABEL),
                snapshot=root.derive(SNAPSHOT_LABEL),
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
    except (KeyringError, KeysInvalid, StateInvalid) as error:
        fail(Exit.CANNOT, str(error))
    if json:
        found = {"notes": report.notes, "faults": [str(fault) for fault in report.faults]}
        as_json(dict(_parts(report)) | {"kinds": dict(report.kinds)} | found)
    else:
        kinds = ((f"records: {kind}", count) for kind, count in sorted(report.kinds.items()))
        as_table("Verified", ("part", "value"), (*_parts(report), *kinds))
        for fault in report.faults:
            print(fault)
    for text in report.notes:
        note(text)
    if report.faults:
        note(f"{len(report.faults)} fault(s): this is not what was recorded")
        raise SystemExit(int(Exit.FAULTS))
    note("everything holds")


def _place(config: Path | None, state: Path | None, keyring: Path | None, origin: str) -> Place:
    if config is None:
        if state is None or keyring is None:
            fail(Exit.USAGE, "give --config, or --state and --keyring")
        return Place(state, keyring, origin)
    if state is not None or keyring is not None or origin:
        fail(Exit.USAGE, "--config names state, keyring and origin already; leave the other options out")
    try:
        settings = Settings.read(config)
    except Findings as fault:
        fail(Exit.CANNOT, str(fault))
    return Place(settings.ledger.state, settings.keyring, settings.ledger.origin)


def _parts(report: Report) -> Iterator[tuple[str, object]]:
    yield "origin", report.origin
    yield "records", report.records
    yield "residents", report.subjects
    yield "lines", report.lines
    yield "decisions", report.decisions
    yield "checkpoints", report.checkpoints
    yield "snapshot", report.snapshot
    yield "first", iso(report.first) if report.records else None
    yield "last", iso(report.last) if report.records else None
    yield "root", b64encode(report.head.root).decode() if report.head is not None else None
