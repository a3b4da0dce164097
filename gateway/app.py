"""The app: every port meets its adapter here, and nowhere else.

Rule: all that can be found wrong before serving is found at once; what serves is whole. The clock is a parameter of
this factory and of nothing else, so that no setting can move time.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final, TypedDict, TypeVar

from structlog.typing import FilteringBoundLogger

from gateway.clock import DAY, SECOND, Clock, SystemClock, day_of
from gateway.cursor import CURSOR_LABEL, Cursors
from gateway.disclosure import Hallway
from gateway.entitlement import Entitlements
from gateway.finding import Finding, Findings
from gateway.ledger.guard import ClockRefused
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, KeysInvalid
from gateway.ledger.ledger import Condition, Ledger, LedgerUnavailable, State, Tolerances, require_ledger
from gateway.ledger.loading import LogTroubled
from gateway.ledger.store import StateInvalid
from gateway.logs import make_log
from gateway.measures import Measures
from gateway.metrics import GatewayCollector, MetricsServer
from gateway.purpose.book import Book, Manuscript
from gateway.register.driver import open_driver
from gateway.register.schema_check import check_map, is_advice
from gateway.register.schema_map import read_schema_map
from gateway.register.sql import open_register
from gateway.rpc.credentials import ServerTls, TlsFiles
from gateway.rpc.files import FileFault
from gateway.rpc.identity import Identity
from gateway.rpc.jwks import JwksFile
from gateway.rpc.purpose_service import PurposeService
from gateway.rpc.reception import Reception, place_of
from gateway.rpc.refresh import Refreshed, Refresher
from gateway.rpc.register_service import RegisterService
from gateway.rpc.server import PortTaken, Server
from gateway.rpc.token import TokenTerms
from gateway.settings import Settings, Standing
from gateway.standing.cases import SqlCaseRegistries
from gateway.standing.directory import SqlDirectory
from gateway.standing.port import CaseQuestion, StandingUnavailable
from masking.keyring import Keyring, KeyringError

T = TypeVar("T")

_TICK: Final = 0.5
"""Seconds between the ledger's chores: repeats of refusals wait no longer than a second."""
_POSTS: Final = 5.0
"""Seconds between looks at the staff directory."""
_FILES: Final = 1.0
"""Seconds between looks at certificates and keys."""


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


def _ledger_terms(settings: Settings, keyring: Keyring, clock: Clock, *, accept_gap: bool) -> _LedgerTerms:
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
    return await _check_parts(settings) + await _check_ledger(settings, SystemClock(), accept_gap=False)


async def _check_ledger(settings: Settings, clock: Clock, *, accept_gap: bool) -> list[str]:
    try:
        require_ledger(settings.ledger.state)
        keyring = Keyring.open(settings.keyring)
        await Ledger.check(settings.ledger.state, **_ledger_terms(settings, keyring, clock, accept_gap=accept_gap))
    except KeyringError:
        return []  # Told among the parts.
    except (KeysInvalid, StateInvalid, ClockRefused, LogTroubled) as error:
        return [str(error)]
    return []


async def _check_parts(settings: Settings) -> list[str]:
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
    _try(faults, lambda: Manuscript.read(settings.purposes, settings.limits, mapped))
    try:
        await _check_standing(settings.standing)
    except (StandingUnavailable, ValueError) as error:
        faults.append(f"standing: {error}")
    return faults


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
        clock = SystemClock()
        await SqlDirectory(database, clock).refresh()
        await SqlCaseRegistries(database).states([CaseQuestion("", "", "")], day_of(clock.wall()))
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to be done every so many seconds."""

    every: float
    step: Callable[[], Coroutine[None, None, None]]

    async def run(self, log: FilteringBoundLogger) -> None:
        """Do it until cancelled; one time that breaks off is said, and is not the last."""
        while True:
            await asyncio.sleep(self.every)
            try:
                await self.step()
            except Exception as error:  # noqa: BLE001 - whatever it was, the next time may be better
                log.error("unforeseen", error=type(error).__name__, place=place_of(error))  # noqa: TRY400 - no texts


class Gateway:
    """One gateway, assembled. `address` is where it listens, `port` the same without the host."""

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        log: FilteringBoundLogger,
        chores: Sequence[Chore],
        closing: Sequence[Callable[[], Coroutine[None, None, None]]],
        measures: Measures,
    ) -> None:
        self._server, self._ledger, self._log = server, ledger, log
        self._chores, self._closing = chores, closing
        self._running: list[asyncio.Task[None]] = []
        self.measures = measures
        self.port = server.port
        self.address = server.address

    async def start(self) -> None:
        """Serve, and do the chores."""
        await self._server.start()
        await self._server.serving(now=self._ledger.condition.state is State.SERVING)
        self._ledger.on_condition = self._changed
        self._running = [asyncio.create_task(chore.run(self._log)) for chore in self._chores]
        head = self._ledger.head
        self._log.info("serving", address=self.address, head=head.size, origin=head.origin)

    async def stop(self) -> None:
        """Drain, sign the head, let go of everything."""
        self._log.info("draining")
        await self._server.drain()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for close in self._closing:
            await close()
        self._log.info("stopped", head=self._ledger.head.size)

    def _changed(self, condition: Condition) -> None:
        serving = condition.state is State.SERVING
        (self._log.info if serving else self._log.error)("ledger", state=condition.state.value, why=condition.why)
        self._running.append(asyncio.get_running_loop().create_task(self._server.serving(now=serving)))


async def assemble(
    settings: Settings,
    *,
    clock: Clock | None = None,
    accept_gap: bool = False,
    log: FilteringBoundLogger | None = None,
) -> Gateway:
    """A gateway ready to start. Raises CannotStart; then nothing is left open."""
    clock = clock or SystemClock()
    faults = await _check_parts(settings)
    if faults:
        # The ledger is read when it is opened, but whoever is told of faults is told of all.
        raise CannotStart(faults + await _check_ledger(settings, clock, accept_gap=accept_gap))
    async with contextlib.AsyncExitStack() as undo:
        try:
            gateway = await _assembled(settings, clock, log or make_log(), undo, accept_gap=accept_gap)
        except (Findings, FileFault, KeyringError, KeysInvalid, StateInvalid, ClockRefused, LogTroubled) as error:
            raise CannotStart(str(error).splitlines()) from None
        except (PortTaken, StandingUnavailable, LedgerUnavailable) as error:
            raise CannotStart([str(error)]) from None
        undo.pop_all()
    return gateway


async def _assembled(
    settings: Settings, clock: Clock, log: FilteringBoundLogger, undo: contextlib.AsyncExitStack, *, accept_gap: bool
) -> Gateway:
    measures = Measures()
    keyring = Keyring.open(settings.keyring)
    schema = read_schema_map(settings.register_.map)
    book = Book.read(settings.purposes, settings.limits, keyring, schema.mapped)
    register = open_register(settings.register_.url, schema)
    undo.push_async_callback(register.close)
    standing = open_driver(settings.standing.url, unavailable=StandingUnavailable)
    undo.push_async_callback(standing.close)
    directory = SqlDirectory(standing, clock, max_age=settings.standing.max_age * SECOND)
    cases = SqlCaseRegistries(standing)
    await directory.refresh()

    tls = ServerTls(TlsFiles(settings.tls.certificate, settings.tls.private_key, settings.tls.client_authorities))
    jwks = JwksFile(settings.identity.jwks)
    identity = Identity(
        trust_domain=settings.identity.trust_domain,
        terms=TokenTerms(settings.identity.issuer, settings.identity.audience),
        keys=jwks,
        trust=tls,
        clock=clock,
        doubted=lambda doubt: measures.doubt(doubt.value),
    )

    ledger = await Ledger.open(settings.ledger.state, **_ledger_terms(settings, keyring, clock, accept_gap=accept_gap))
    undo.push_async_callback(ledger.close)
    plans = book.plans.values()
    ledger.enter_book(
        [
            ("limits" if digest == book.limits_digest else "purpose", digest, text)
            for digest, text in book.texts.items()
        ],
        [plan.terms for plan in plans],
    )

    hallway = Hallway(
        book=book,
        directory=directory,
        cases=cases,
        register=register,
        ledger=ledger,
        cursors=Cursors(keyring.derive(CURSOR_LABEL)),
        measures=measures,
        capacity=settings.capacity,
    )
    reception = Reception(
        identity, hallway, measures, lambda error, place: log.error("unforeseen", error=error, place=place)
    )
    server = Server(
        reception,
        RegisterService(reception),
        PurposeService(reception, Entitlements(book, directory, ledger)),
        address=settings.listen,
        credentials=tls.server_credentials(),
        reflect=settings.reflection,
    )
    closing = [ledger.close, register.close, standing.close]
    if settings.metrics != "none":
        collector = GatewayCollector(measures, lambda: ledger.condition, lambda: ledger.head.size)
        try:
            metrics = MetricsServer(settings.metrics, collector)
        except OSError as error:
            raise PortTaken(f"{settings.metrics}: metrics cannot be served there: {error.strerror}") from None
        undo.push_async_callback(metrics.close)
        closing.append(metrics.close)
        log.info("metrics", address=f"{settings.metrics.rpartition(':')[0]}:{metrics.port}")
    log.info("book", purposes=sorted({plan.purpose for plan in plans}))

    def refreshed(event: Refreshed) -> None:
        if event.fault is None:
            log.info("renewed", what=event.what)
        else:
            log.error("not renewed", what=event.what, fault=event.fault)

    async def posts() -> None:
        with contextlib.suppress(StandingUnavailable):  # Asking for posts says so once they are too old.
            await directory.refresh()

    refresher = Refresher({"tls": tls, "jwks": jwks}, refreshed)

    async def files() -> None:
        refresher.look()

    return Gateway(
        server,
        ledger,
        log,
        (Chore(_TICK, ledger.tick), Chore(_POSTS, posts), Chore(_FILES, files)),
        closing,
        measures,
    )
