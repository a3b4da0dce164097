"""What standing needs of a database: a small port.

Rule: SQL arrives compiled and values beside it. How it reaches the database, and on which thread, is not standing's
business; the application joins a driver to this port.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Protocol

import sqlalchemy as sa


class Database(Protocol):
    """A database to read from."""

    @property
    def dialect(self) -> sa.Dialect:
        """The SQL to compile for; its parameters are positional."""

    async def fetch(self, sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
        """All lines of one SELECT. Raises StandingUnavailable."""

    async def version(self) -> Hashable | None:
        """Differs once the contents may have changed; None if the database cannot tell. Raises as fetch."""

    async def close(self) -> None:
        """Let go of all connections."""


def compiled(database: Database, select: sa.Select[Any]) -> str:
    """The statement as text for the database; its values are given in the order of its parameters."""
    return str(select.compile(dialect=database.dialect))
