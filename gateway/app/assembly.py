"""The assembly: from settings to a gateway that can be started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Final

from structlog.typing import FilteringBoundLogger

from gateway.app.checking import CannotStart, check_ledger, check_parts, ledger_terms, untold
from gateway.app.running import Chore, Gateway
from gateway.app.upkeep import Garbage, census, notices_of, refresh_posts, remark_reader, watch
from gateway.approval import Approvals
from gateway.budgets import Budgets
from gateway.clock import SECOND, Clock, SystemClock
from gateway.cursor import CURSOR_LABEL, Cursors
from gateway.disclosure import Hallway
from gateway.disclosure.relations import Relations
from gateway.disclosure.steps import Steps
from gateway.entitlement import Entitlements
from gateway.field import Mapped
from gateway.finding import Findings
from gateway.ledger.guard import ClockRefused
from gateway.ledger.keys import KeysInvalid
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.ledger.loading import LogTroubled
from gateway.ledger.store import StateInvalid
from gateway.logs import make_log
from gateway.measures import Measures
from gateway.metrics import GatewayCollector, MetricsServer
from gateway.operations import Operations, Operators
from gateway.purpose.book import Book, InForce
from gateway.register.driver import open_driver
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import open_register
from gateway.rpc.credentials import ServerTls, TlsFiles
from gateway.rpc.files import FileFault
from gateway.rpc.grant_service import GrantService
from gateway.rpc.identity import Identity
from gateway.rpc.jwks import JwksFile
from gateway.rpc.operations_service import OperationsService
from gateway.rpc.purpose_service import PurposeService
from gateway.rpc.reception import Reception
from gateway.rpc.refresh import Refreshed, Refresher
from gateway.rpc.register_service import RegisterService
from gateway.rpc.server import PortTaken, Server
from gateway.rpc.token import TokenTerms
from gateway.settings import Operator, Settings
from gateway.standing.cases import SqlCaseRegistries
from gateway.standing.directory import SqlDirectory
from gateway.standing.port import StandingUnavailable
from masking.allotment import Allotments, AllotmentsUnavailable
from masking.allotment_file import SURROGATES_FILE, FileAllotments
from masking.keyring import Keyring, KeyringError

_TICK: Final = 0.5
"""Seconds between the ledger's chores: repeats of refusals wait no longer than a second."""
_POSTS: Final = 5.0
"""Seconds between looks at the staff directory."""
_CENSUS: Final = 600.0
"""Seconds between counts of the register's living entries."""
_FILES: Final = 1.0
"""Seconds between looks at certificates and keys."""
_GARBAGE: Final = 1.0
"""Seconds between looks whether it is time to look through old garbage."""
_READER: Final = 0.5
"""Seconds between looks at the reader of remarks."""
_READER_LATER: Final = 1.5
"""Seconds that it begins later: who is in service again after a crash has better to do than to read dictionaries."""


async def assemble(
    settings: Settings,
    *,
    clock: Clock | None = None,
    accept_gap: bool = False,
    log: FilteringBoundLogger | None = None,
) -> Gateway:
    """A gateway ready to start. Raises CannotStart; then nothing is left open."""
    clock = clock or SystemClock()
    faults = await check_parts(settings)
    if faults:
        # The ledger is read when it is opened, but whoever is told of faults is told of all.
        raise CannotStart(faults + await check_ledger(settings, clock, accept_gap=accept_gap))
    async with contextlib.AsyncExitStack() as undo:
        try:
            gateway = await _assembled(settings, clock, log or make_log(), undo, accept_gap=accept_gap)
        except (
            Findings,
            FileFault,
            KeyringError,
            KeysInvalid,
            StateInvalid,
            ClockRefused,
            LogTroubled,
            AllotmentsUnavailable,
        ) as error:
            raise CannotStart(str(error).splitlines()) from None
        except (PortTaken, StandingUnavailable, LedgerUnavailable) as error:
            raise CannotStart([str(error)]) from None
        undo.pop_all()
    return gateway


def _posts_of(named: Sequence[Operator]) -> Operators:
    return Operators(frozenset((each.department, role) for each in named for role in each.roles))


def _read_book(settings: Settings, keyring: Keyring, allotments: Allotments, mapped: Mapped) -> Book:
    """The book as its files are now; another epoch of the same keys comes into force with it. Raises Findings,
    KeyringError.
    """
    keys = Keyring.open(settings.keyring).after(keyring)
    book = Book.read(settings.purposes, settings.limits, keys, allotments, mapped)
    faults = untold(settings, sorted({plan.purpose for plan in book.plans.values() if plan.glass is not None}))
    if faults:
        raise Findings(faults)
    return book


async def _assembled(
    settings: Settings, clock: Clock, log: FilteringBoundLogger, undo: contextlib.AsyncExitStack, *, accept_gap: bool
) -> Gateway:
    measures = Measures()
    keyring = Keyring.open(settings.keyring)
    schema = read_schema_map(settings.register_.map)
    allotments = FileAllotments(settings.ledger.state / SURROGATES_FILE)
    read_book = partial(_read_book, settings, keyring, allotments, schema.mapped)
    in_force = InForce(read_book())
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
        revision=lambda: directory.revision,
        doubted=lambda doubt: measures.doubt(doubt.value),
    )

    ledger = await Ledger.open(settings.ledger.state, **ledger_terms(settings, keyring, clock, accept_gap=accept_gap))
    undo.push_async_callback(ledger.close)
    undo.callback(allotments.close)
    allotments.open()
    ledger.enter_book(in_force.book.kept, in_force.book.terms)
    ledger.enter_directory(directory.digest)

    await watch(ledger, register, measures, log)

    remarks = remark_reader(in_force, register, schema.mapped.fields, measures, log, undo)
    relations = Relations(directory, register, schema.mapped.fields)
    notices = notices_of(settings, log)
    steps = Steps(
        in_force=in_force,
        directory=directory,
        cases=cases,
        register=register,
        ledger=ledger,
        relations=relations,
        remarks=remarks,
        measures=measures,
        capacity=settings.capacity,
    )
    hallway = Hallway(steps, Cursors(keyring.derive(CURSOR_LABEL)))
    reception = Reception(
        identity, hallway, measures, lambda error, place: log.error("unforeseen", error=error, place=place)
    )
    operations = Operations(
        operators=_posts_of(settings.operators),
        in_force=in_force,
        directory=directory,
        ledger=ledger,
        clock=clock,
        read_book=read_book,
        questions=lambda: steps.inside,
        capacity=settings.capacity,
    )
    server = Server(
        reception,
        RegisterService(reception, settings.city),
        PurposeService(reception, Entitlements(in_force, directory, ledger)),
        OperationsService(
            reception, operations, Budgets(_posts_of(settings.controllers), in_force, directory, ledger, relations)
        ),
        GrantService(reception, Approvals(steps, directory, ledger, relations)),
        address=settings.listen,
        credentials=tls.server_credentials(),
        reflect=settings.reflection,
    )
    closing: list[Callable[[], Coroutine[None, None, None]]] = [
        steps.hold.close,
        remarks.close,
        partial(asyncio.to_thread, allotments.close),
        ledger.close,
        register.close,
        standing.close,
    ]
    if settings.metrics != "none":
        collector = GatewayCollector(measures, lambda: ledger.condition, lambda: ledger.head.size)
        try:
            metrics = MetricsServer(settings.metrics, collector)
        except OSError as error:
            raise PortTaken(f"{settings.metrics}: metrics cannot be served there: {error.strerror}") from None
        undo.push_async_callback(metrics.close)
        closing.append(metrics.close)
        log.info("metrics", address=f"{settings.metrics.rpartition(':')[0]}:{metrics.port}")
    log.info("book", purposes=sorted({plan.purpose for plan in in_force.book.plans.values()}))

    def refreshed(event: Refreshed) -> None:
        if event.fault is None:
            log.info("renewed", what=event.what)
        else:
            log.error("not renewed", what=event.what, fault=event.fault)

    refresher = Refresher({"tls": tls, "jwks": jwks}, refreshed)

    async def files() -> None:
        refresher.look()

    return Gateway(
        server,
        ledger,
        log,
        (
            Chore(_TICK, ledger.tick),
            Chore(_POSTS, partial(refresh_posts, directory, ledger)),
            Chore(_FILES, files),
            Chore(_READER, remarks.tend, _READER_LATER),
            Chore(_CENSUS, partial(census, ledger, register)),
            Chore(_GARBAGE, Garbage(lambda: steps.inside).collect),
            Chore(_TICK, lambda: notices.tell(ledger.emergencies())),
        ),
        closing,
        measures,
    )
