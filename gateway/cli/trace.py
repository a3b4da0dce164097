"""`register-gateway trace`: where a leaked pseudonym or surrogate name came from.

Rule: nothing is opened, so nobody is named: only the body, purpose, field and epoch that it was issued to (rule M4).
Whoever holds the root key can ask, with no gateway running.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gateway.cli.exits import Exit
from gateway.cli.show import as_json, as_table, fail, note
from gateway.finding import Findings
from gateway.ledger.ledger import LEDGER_FILE
from gateway.ledger.store import SqliteStore, StateInvalid, StoreTroubled
from gateway.purpose.book import Manuscript
from gateway.purpose.domains import domains_of, kept
from gateway.settings import Settings
from masking.allotment import AllotmentsUnavailable
from masking.allotment_file import SURROGATES_FILE, FileAllotments
from masking.keyring import Keyring, KeyringError, PseudonymDomain
from masking.pseudonym import Origin
from masking.pseudonym import trace as traced
from masking.surrogate_name import trace_name


def trace(
    token: str,
    *,
    config: Annotated[Path, Parameter(help="The gateway's settings.")],
    json: Annotated[bool, Parameter(negative="", help="One JSON document instead of text.")] = False,
) -> None:
    """Tell which recipient, purpose, field and epoch a pseudonym was issued to, or `none`; nothing is opened.

    A surrogate name leads to all domains that have allotted it. Purposes in force and those that the ledger has kept
    count. Exit codes: 0 found, 1 of none of them, 2 the command line is off, 3 settings, keys or a file cannot be used.

    Parameters
    ----------
    token
        a pseudonym (`tk1…`, `sk1…`) or a surrogate name as it was shown
    """
    try:
        origins = origins_of(token.strip(), Settings.read(config))
    except (Findings, KeyringError, StateInvalid, StoreTroubled, AllotmentsUnavailable) as error:
        fail(Exit.CANNOT, str(error))
    columns = ("recipient", "purpose", "field", "epoch")
    rows = [(each.domain.department, each.domain.purpose, each.domain.field, each.epoch) for each in origins]
    if json:
        as_json({"origins": [dict(zip(columns, row, strict=True)) for row in rows]})
    elif rows:
        as_table("Issued to", columns, rows)
    else:
        print("none")
    if not rows:
        note("no domain of this gateway has issued it")
        raise SystemExit(int(Exit.FAULTS))


def origins_of(token: str, settings: Settings) -> list[Origin]:
    """Where a pseudonym or surrogate name came from: one domain, several that allotted one name, or none. Raises
    Findings, KeyringError, StateInvalid, StoreTroubled, AllotmentsUnavailable.
    """
    keyring, domains = Keyring.open(settings.keyring), _domains(settings)
    origin = traced(token, keyring, domains)
    if origin is not None:
        return [origin]
    surrogates = settings.ledger.state / SURROGATES_FILE
    if not surrogates.exists():
        return []
    store = FileAllotments(surrogates)
    try:
        return trace_name(token, keyring, domains, store)
    finally:
        store.close()


def _domains(settings: Settings) -> list[PseudonymDomain]:
    """Raises Findings, StateInvalid, StoreTroubled."""
    purposes = list(Manuscript.read(settings.purposes, settings.limits, None).purposes)
    file = settings.ledger.state / LEDGER_FILE
    if file.exists():
        ledger = SqliteStore.open(file, read_only=True)
        try:
            purposes += kept(text for _, kind, text in ledger.contents() if kind == "purpose")
        finally:
            ledger.close()
    return domains_of(purposes)
