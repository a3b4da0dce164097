"""The staff directory, held in memory: a lookup asks for a post without asking a database.

Rule: what is held is never older than `max_age`; a directory that could not be read for that long answers nothing. A
line that cannot be read is no post: nobody stands on it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from gateway.caller import Post
from gateway.clock import SECOND, Clock
from gateway.standing.database import Database, compiled
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import POST

MAX_AGE: Final = 60 * SECOND
"""µs since the last good read (or look for changes) after which the directory answers nothing."""


class SqlDirectory:
    """A Directory over the table `post`. Empty-handed until the first `refresh`; call it every few seconds."""

    def __init__(self, database: Database, clock: Clock, *, max_age: int = MAX_AGE) -> None:
        self._database = database
        self._clock = clock
        self._max_age = max_age
        columns = (POST.c.post, POST.c.staff, POST.c.department, POST.c.unit, POST.c.role, POST.c.superior)
        self._sql = compiled(database, sa.select(*columns, POST.c.since, POST.c.until).order_by(POST.c.post))
        self._posts: Mapping[str, tuple[Post, ...]] = {}
        self._version: Hashable | None = None
        self._fresh: int | None = None

    def posts(self, staff: str) -> Sequence[Post]:
        if self._fresh is None or self._clock.elapsed() - self._fresh > self._max_age:
            raise StandingUnavailable("the staff directory could not be read for too long")
        return self._posts.get(staff, ())

    async def refresh(self) -> None:
        """Read the directory if it changed; where the database cannot tell, always.

        Raises StandingUnavailable; what was read before then stays until it is too old.
        """
        asked = self._clock.elapsed()
        version = await self._database.version()
        if version is None or version != self._version:
            # A change after `version` shows in the next one; one before it is in what is read now.
            self._posts = _by_staff(await self._database.fetch(self._sql, ()))
            self._version = version
        self._fresh = asked


def _by_staff(lines: Sequence[Sequence[Any]]) -> dict[str, tuple[Post, ...]]:
    found: dict[str, list[Post]] = {}
    for line in lines:
        post = _post(*line)
        if post is not None:
            found.setdefault(post.staff, []).append(post)
    return {staff: tuple(posts) for staff, posts in found.items()}


def _post(
    post: str, staff: str, department: str, unit: str, role: str, superior: str | None, since: str, until: str | None
) -> Post | None:
    try:
        first, end = date.fromisoformat(since), date.fromisoformat(until) if until else None
    except (ValueError, TypeError):
        return None
    return Post(post, staff, department, unit, role, superior or None, first, end)
