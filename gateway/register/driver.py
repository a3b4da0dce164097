"""Running finished SQL on a driver, so that the event loop never waits for a database.

Rule: SQL arrives compiled and values arrive beside it. What goes wrong is told as one exception, without the statement
and without a value; the next call connects anew.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

from sqlalchemy import make_url
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError

from gateway.register.lane import Lane, Raw
from gateway.register.sqlite_driver import SqliteDriver
from gateway.register.thread_driver import ThreadDriver


class Driver(Protocol):
    """A database to read from."""

    @property
    def dialect(self) -> Dialect:
        """The SQL to compile for; its parameters are positional, marked as MARKS says."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Raw]:
        """All lines of one SELECT. Raises the `unavailable` that the driver was opened with."""

    async def fetch_apart(self, sql: str, values: Sequence[Any], lane: Lane) -> Sequence[Raw]:
        """As fetch, for what may take long: only reads in the same lane wait for it."""

    async def version(self) -> Hashable | None:
        """Differs once the contents may have changed; None if the database cannot tell. Raises as fetch."""

    async def close(self) -> None:
        """Let go of all connections."""


def open_driver(
    url: str, *, unavailable: type[Exception], connections: int = 4, illegible: object | None = None
) -> Driver:
    """A driver for a SQLAlchemy URL (`sqlite:///register.db`, `postgresql+psycopg://…`); connects when first used.

    `illegible` stands for a text in a SQLite file that is not UTF-8, which SQLite stores like any other; None: such a
    line makes its read fail. The other databases do not take such a text in.

    Raises ValueError for a URL that names no database that can be reached from here; its text is not repeated (a
    password).
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return SqliteDriver(parsed, unavailable, illegible)
        return ThreadDriver(parsed, unavailable, connections)
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None
