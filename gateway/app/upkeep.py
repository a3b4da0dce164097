"""What a gateway does beside answering: it watches limits and posts, reads remarks, tells of emergencies."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from structlog.typing import FilteringBoundLogger

from gateway.app.checking import CannotStart
from gateway.ledger.crossing import Crossing
from gateway.ledger.ledger import Ledger, LedgerUnavailable
from gateway.measures import Measures
from gateway.notices import MailDrop, Notices, Outlet, Webhook
from gateway.purpose.book import InForce
from gateway.register.names import names_of
from gateway.register.port import Register, RegisterUnavailable
from gateway.remarks.reader import Change, RemarkReader
from gateway.settings import Settings
from gateway.standing.directory import SqlDirectory
from gateway.standing.port import StandingUnavailable
from masking.catalogue import CATALOGUE

_GARBAGE: Final = 3600.0
"""Seconds between two looks through old garbage."""


async def watch(ledger: Ledger, register: Register, measures: Measures, log: FilteringBoundLogger) -> None:
    """Have it counted and told who comes close to a limit: staff by directory id, residents as a number."""

    def told(crossing: Crossing) -> None:
        measures.limits[crossing.line, crossing.owner, crossing.window, crossing.meter] += 1
        log.warning(
            "limit",
            what=crossing.line.value,
            owner=crossing.owner,
            whose=crossing.name,
            meter=crossing.meter,
            purpose=crossing.purpose,
            window=crossing.window,
            spent=crossing.spent,
            limit=crossing.limit,
        )

    ledger.on_crossing = told
    await census(ledger, register)


async def census(ledger: Ledger, register: Register) -> None:
    """Shares of the register are reckoned by the last size that could be read; while there is none, nobody new is
    shown where shares are bounded.
    """
    with contextlib.suppress(RegisterUnavailable):
        ledger.register_size = await register.size()


class Garbage:
    """Old garbage, looked through once an hour at most, and when nobody is inside: everybody would wait for it."""

    def __init__(self, inside: Callable[[], int]) -> None:
        self._inside = inside
        self._collected = monotonic()

    async def collect(self) -> None:
        """If it is time."""
        if monotonic() - self._collected >= _GARBAGE and not self._inside():
            gc.collect()
            self._collected = monotonic()


async def refresh_posts(directory: SqlDirectory, ledger: Ledger) -> None:
    """Asking for posts says so once they are too old; what the ledger could not take down it is told again."""
    with contextlib.suppress(StandingUnavailable, LedgerUnavailable):
        await directory.refresh()
        ledger.enter_directory(directory.digest)


def remark_reader(
    in_force: InForce,
    register: Register,
    mapped: frozenset[str],
    measures: Measures,
    log: FilteringBoundLogger,
    undo: contextlib.AsyncExitStack,
) -> RemarkReader:
    """A reader of remarks. It begins once the gateway serves: until it reads, remarks are redacted."""

    async def names() -> list[str] | None:
        try:
            return await names_of(register, mapped)
        except RegisterUnavailable:
            return None

    def told(change: Change) -> None:
        if change.reading:
            log.info("remarks", state="reading", known=change.names)
        else:
            log.error("remarks", state="redacted", why=change.why)

    reader = RemarkReader(partial(_shows_remarks, in_force), names, measures.remarks, told)
    undo.push_async_callback(reader.close)
    return reader


def _shows_remarks(in_force: InForce) -> bool:
    return any(CATALOGUE[rule.mask].reads for plan in in_force.book.plans.values() for rule in plan.fields)


def notices_of(settings: Settings, log: FilteringBoundLogger) -> Notices:
    """Raises CannotStart."""
    said = settings.notices
    if said is None:
        return Notices(None, "", ())
    try:
        outlets: list[Outlet] = [MailDrop(said.folder)]
        if said.webhook != "none":
            outlets.append(_webhook(said.webhook, said.webhook_authorities))
        return Notices(said.folder, said.officer, outlets, lambda outlet: log.error("not told", what=outlet))
    except OSError as error:
        raise CannotStart([f"{said.folder}: notices cannot be kept there: {error.strerror}"]) from None


def _webhook(url: str, authorities: Path | None) -> Webhook:
    """Raises CannotStart."""
    try:
        return Webhook(url, authorities)
    except OSError:
        raise CannotStart([f"{authorities}: no certificates of authorities, PEM"]) from None
