"""SQLAlchemy engines for what is not read while residents are asked for: the catalogue, and writing.

Rule: no file is made by opening it, and no password of a URL is repeated in a complaint.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import create_engine, event, make_url
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from gateway.register.sqlite_driver import CACHE_KIB, decoding, open_sqlite, sqlite_path
from gateway.register.thread_driver import style


def inspection_engine(url: str) -> Engine:
    """An engine to read a database's catalogue with; makes no file. Raises ValueError as open_driver."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            path = sqlite_path(parsed)
            return create_engine(parsed, poolclass=NullPool, creator=lambda: open_sqlite(path))
        return create_engine(parsed, poolclass=NullPool)
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None


def writing_engine(url: str, *, illegible: object) -> Engine:
    """An engine to write with, one transaction a connection, its parameters positional; makes no file.

    `illegible` is as in open_driver. Raises ValueError as open_driver.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() != "sqlite":
            return create_engine(parsed, poolclass=NullPool, **style(parsed))
        path = sqlite_path(parsed)
        engine = create_engine(parsed, poolclass=NullPool, creator=lambda: _open_to_write(path, illegible))
        # Python's module would begin a transaction only at the first INSERT, behind the tables that were made.
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine
    except (SQLAlchemyError, ImportError) as error:
        raise ValueError(f"the database URL cannot be used: {type(error).__name__}") from None


def _open_to_write(path: Path, illegible: object) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)
    connection.text_factory = decoding(illegible)
    connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
    return connection
