"""What keeps a gateway from starting or serving: all of it at once.

Rule: looking changes nothing; it may be done beside a gateway that serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from typing import TypedDict, TypeVar

from gateway.clock import DAY, SECOND, Clock, SystemClock
from gateway.finding import Finding, Findings, is_advice
from gateway.ledger.guard import ClockRefused
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, KeysInvalid
from gateway.ledger.ledger import Ledger, Tolerances, require_ledger
from gateway.ledger.loading import LogTroubled
from gateway.ledger.store import StateInvalid
from gateway.purpose.book import Manuscript
from gateway.register.driver import open_driver
from gateway.register.schema_check import check_map
from gateway.register.schema_reading import read_schema_map
from gateway.rpc.credentials import ServerTls, TlsFiles
from gateway.rpc.files import FileFault
from gateway.rpc.jwks import JwksFile
from gateway.rpc.token import TokenTerms
from gateway.settings import Settings, Standing
from gateway.standing.cases import SqlCaseRegistries
from gateway.standing.directory import SqlDirectory
from gateway.standing.port import CaseQuestion, StandingUnavailable
from masking.allotment import AllotmentsUnavailable
from masking.allotment_file import SURROGATES_FILE, FileAllotments
from masking.keyring import Keyring, KeyringError

T = TypeVar("T")


class CannotStart(Exception):
    """Why a gateway cannot start: every fault that was found, one a line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class _LedgerTerms(TypedDict):
    """How a ledger is opened, as the settings and keys say."""

    origin: str
    wrapping: bytes
    snapshot: bytes
    clock: Clock
    tolerances: Tolerances


def ledger_terms(settings: Settings, keyring: Keyring, clock: Clock, *, accept_gap: bool) -> _LedgerTerms:
    """How the ledger of these settings is opened."""
    ledger = settings.ledger
    return {
        "origin": ledger.origin,
        "wrapping": keyring.derive(WRAPPING_LABEL),
        "snapshot": keyring.derive(SNAPSHOT_LABEL),
        "clock": clock,
        "tolerances": Tolerances(ledger.clock_tolerance * SECOND, ledger.max_gap * DAY, accept_gap),
    }


async def check(settings: Settings) -> list[str]:
    """Everything that would keep a gateway with these settings from starting or serving, at once; empty if nothing.

    Writes nothing, and may be asked beside a gateway that serves: a lock or a port that is taken is not among it.
    """
    return await check_parts(settings) + await check_ledger(settings, SystemClock(), accept_gap=False)


async def check_ledger(settings: Settings, clock: Clock, *, accept_gap: bool) -> list[str]:
    """What is wrong with the ledger, its keys, or the surrogate names beside it."""
    try:
        require_ledger(settings.ledger.state)
        keyring = Keyring.open(settings.keyring)
        await Ledger.check(settings.ledger.state, **ledger_terms(settings, keyring, clock, accept_gap=accept_gap))
        surrogates = settings.ledger.state / SURROGATES_FILE
        if surrogates.exists():
            with closing(FileAllotments(surrogates)) as allotments:
                allotments.open()
    except KeyringError:
        return []  # Told among the parts.
    except (KeysInvalid, StateInvalid, ClockRefused, LogTroubled, AllotmentsUnavailable) as error:
        return [str(error)]
    return []


async def check_parts(settings: Settings) -> list[str]:
    """What is wrong with everything else."""
    faults: list[str] = []
    tls = settings.tls
    _try(faults, lambda: ServerTls(TlsFiles(tls.certificate, tls.private_key, tls.client_authorities)))
    _try(faults, lambda: JwksFile(settings.identity.jwks))
    _try(faults, lambda: TokenTerms(settings.identity.issuer, settings.identity.audience))
    _try(faults, lambda: Keyring.open(settings.keyring))
    schema = _try(faults, lambda: read_schema_map(settings.register_.map))
    if schema is not None:
        _try(faults, lambda: _found(check_map(schema, settings.register_.url)))
    mapped = schema.mapped if schema is not None else None
    manuscript = _try(faults, lambda: Manuscript.read(settings.purposes, settings.limits, mapped))
    if manuscript is not None:
        emergencies = [each.text.purpose for each in manuscript.purposes if each.text.break_glass is not None]
        faults += map(str, untold(settings, emergencies))
    try:
        await _check_standing(settings.standing)
    except (StandingUnavailable, ValueError) as error:
        faults.append(f"standing: {error}")
    return faults


def untold(settings: Settings, emergencies: Iterable[str]) -> list[Finding]:
    """What is wrong with purposes that let somebody break the glass where nobody would be told."""
    if settings.notices is not None:
        return []
    why = "has break_glass, but the settings have no `notices`: nobody would be told"
    return [Finding(str(settings.purposes), 0, 0, "glass", f"{purpose} {why}") for purpose in emergencies]


def _try(faults: list[str], part: Callable[[], T]) -> T | None:
    try:
        return part()
    except Findings as findings:
        faults += [str(finding) for finding in findings.findings]
    except (FileFault, KeyringError, StandingUnavailable, ValueError) as error:
        faults.append(str(error))
    return None


def _found(findings: Sequence[Finding]) -> None:
    faults = [finding for finding in findings if not is_advice(finding)]
    if faults:
        raise Findings(faults)


async def _check_standing(standing: Standing) -> None:
    """Ask the directory and the case registries something. Raises StandingUnavailable, ValueError."""
    database = open_driver(standing.url, unavailable=StandingUnavailable)
    try:
        await SqlDirectory(database, SystemClock()).refresh()
        await SqlCaseRegistries(database).files([CaseQuestion("", "", "")])
    finally:
        await database.close()
