"""`register-gateway keys`: the epochs of the pseudonyms' keys.

Rule: a rotation changes the key file and nothing else; a gateway takes it up when it is told to reload, and records it
then. No key is ever printed.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from gateway.cli.exits import Exit
from gateway.cli.show import as_json, as_table, fail, note
from gateway.clock import SystemClock, day_of
from gateway.finding import Findings
from gateway.settings import Settings
from masking.key_file import KeyFile
from masking.keyring import Keyring, KeyringError

app = App(name="keys", help="Show and rotate the keys that pseudonyms are made with.")

Config = Annotated[Path, Parameter(help="The gateway's settings.")]
Json = Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")]

_LONGEST = 366
"""Days that an epoch may go on being accepted."""


@app.command
def show(*, config: Config, json: Json = False) -> None:
    """Tell which epoch pseudonyms are issued in, and until when those of the last one are accepted.

    Exit codes: 0 told, 2 the command line is off, 3 settings or key file cannot be used.
    """
    _tell(_opened(_settings(config).keyring), json=json)


@app.command
def rotate(
    *,
    config: Config,
    overlap: Annotated[int, Parameter(help="For how many days pseudonyms of the last epoch are accepted; 0: not.")],
    json: Json = False,
) -> None:
    """Begin the next epoch: every pseudonym and surrogate name is issued anew. `register-gateway reload` puts it in
    force.

    What two epochs issued does not link but through the gateway. Exit codes: 0 done, 2 the command line is off, 3
    settings or key file cannot be used, or not be written.
    """
    if not 0 <= overlap <= _LONGEST:
        fail(Exit.USAGE, f"--overlap: 0 to {_LONGEST} days")
    path = _settings(config).keyring
    today = day_of(SystemClock().wall())
    try:
        KeyFile(path).rotate(today + timedelta(days=overlap) if overlap else None)
    except KeyringError as error:
        fail(Exit.CANNOT, str(error))
    _tell(_opened(path), json=json)
    note("now have each gateway take it up: register-gateway reload")


def _settings(config: Path) -> Settings:
    try:
        return Settings.read(config)
    except Findings as fault:
        fail(Exit.CANNOT, str(fault))


def _opened(path: Path) -> Keyring:
    try:
        return Keyring.open(path)
    except KeyringError as error:
        fail(Exit.CANNOT, str(error))


def _tell(keyring: Keyring, *, json: bool) -> None:
    overlap: date | None = keyring.overlap
    before = {"epoch": keyring.epoch - 1, "until": overlap.isoformat()} if overlap is not None else None
    if json:
        as_json({"epoch": keyring.epoch, "accepted": before})
        return
    rows: list[tuple[str, object]] = [("epoch", keyring.epoch)]
    if before is not None:
        rows.append((f"epoch {before['epoch']} accepted until", before["until"]))
    as_table("Keys", ("what", "value"), rows)
