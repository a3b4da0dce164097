"""The staff directory, held in memory: a lookup asks for a post without asking a database.

Rule: what is held is never older than `max_age`; a directory that could not be read for that long answers nothing. A
line that cannot be read is no post: nobody stands on it. What it holds has a revision and a digest, so that whoever
judged by it can tell that it has changed, and the ledger which one was in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from gateway.caller import Post
from gateway.clock import SECOND, Clock
from gateway.standing.database import Database, compiled
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import POST, STAFF

MAX_AGE: Final = 60 * SECOND
"""µs since the last good read (or look for changes) after which the directory answers nothing."""

_Lines = Sequence[Sequence[Any]]


class SqlDirectory:
    """A Directory over the table `post`. Empty-handed until the first `refresh`; call it every few seconds.

    `revision` is another number after each change of what is held; `digest` is SHA-256 of the posts (`digest_of`), and
    `since` when they came to be held (µs of wall time).
    """

    def __init__(self, database: Database, clock: Clock, *, max_age: int = MAX_AGE) -> None:
        self._database = database
        self._clock = clock
        self._max_age = max_age
        columns = (POST.c.post, POST.c.staff, POST.c.department, POST.c.unit, POST.c.role, POST.c.superior)
        self._sql = compiled(database, sa.select(*columns, POST.c.since, POST.c.until).order_by(POST.c.post))
        self._residents_sql = compiled(
            database,
            sa.select(STAFF.c.staff, STAFF.c.resident_id)
            .where(STAFF.c.resident_id.is_not(None))
            .order_by(STAFF.c.staff),
        )
        self._read: tuple[_Lines, _Lines] = ((), ())
        self._posts: Mapping[str, tuple[Post, ...]] = {}
        self._residents: Mapping[str, str] = {}
        self._staff: Mapping[str, tuple[str, ...]] = {}
        self._version: Hashable | None = None
        self._fresh: int | None = None
        self.revision = 0
        self.digest = digest_of(())
        self.since = 0

    def posts(self, staff: str) -> Sequence[Post]:
        self._require_fresh()
        return self._posts.get(staff, ())

    def all(self) -> list[Post]:
        """All posts held, of everybody, however old they are: for those who tell how the gateway stands."""
        return [post for posts in self._posts.values() for post in posts]

    def resident(self, staff: str) -> str | None:
        self._require_fresh()
        return self._residents.get(staff)

    def staff_of(self, resident_id: str) -> Sequence[str]:
        self._require_fresh()
        return self._staff.get(resident_id, ())

    @property
    def age(self) -> int | None:
        """µs since the last good read or look for changes; None: too old to stand on."""
        if self._fresh is None:
            return None
        age = self._clock.elapsed() - self._fresh
        return age if age <= self._max_age else None

    def _require_fresh(self) -> None:
        if self._fresh is None or self._clock.elapsed() - self._fresh > self._max_age:
            raise StandingUnavailable("the staff directory could not be read for too long")

    async def refresh(self, *, anew: bool = False) -> bool:
        """Read the directory if it changed, or in any case if `anew` or where the database cannot tell; whether it
        holds something else now.

        Raises StandingUnavailable; what was read before then stays until it is too old.
        """
        asked = self._clock.elapsed()
        version = await self._database.version()
        changed = False
        if anew or version is None or version != self._version:
            # A change after `version` shows in the next one; one before it is in what is read now.
            lines = await self._database.fetch(self._sql, ())
            residents = await self._database.fetch(self._residents_sql, ())
            changed = not self.revision or (lines, residents) != self._read
            if changed:
                self._hold(lines, residents)
            self._version = version
        self._fresh = asked
        return changed

    def _hold(self, lines: _Lines, residents: _Lines) -> None:
        posts = [post for post in (_post(*line) for line in lines) if post is not None]
        self._posts, self._residents = _by_staff(posts), _residents(residents)
        self._staff = _by_resident(self._residents)
        self._read = (lines, residents)
        self.digest, self.since = digest_of(posts), self._clock.wall()
        self.revision += 1


def digest_of(posts: Sequence[Post]) -> bytes:
    """SHA-256 over a line a post, by the post's id: the eight columns of the table separated by tabs, an empty one for
    none, each line ended by a line feed; UTF-8. 32 bytes.
    """
    lines = sorted(
        "\t".join(
            (
                each.post,
                each.staff,
                each.department,
                each.unit,
                each.role,
                each.superior or "",
                each.since.isoformat(),
                each.until.isoformat() if each.until is not None else "",
            )
        )
        for each in posts
    )
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).digest()


def _by_staff(posts: Sequence[Post]) -> dict[str, tuple[Post, ...]]:
    found: dict[str, list[Post]] = {}
    for post in posts:
        found.setdefault(post.staff, []).append(post)
    return {staff: tuple(posts) for staff, posts in found.items()}


def _residents(lines: _Lines) -> dict[str, str]:
    """Resident ids by staff; what pads an id is the column's, not the id's."""
    return {staff: resident.rstrip() for staff, resident in lines if resident.strip()}


def _by_resident(residents: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for staff, resident in residents.items():
        found[resident] = (*found.get(resident, ()), staff)
    return found


def _post(
    post: str, staff: str, department: str, unit: str, role: str, superior: str | None, since: str, until: str | None
) -> Post | None:
    try:
        first, end = date.fromisoformat(since), date.fromisoformat(until) if until else None
    except (ValueError, TypeError):
        return None
    return Post(post, staff, department, unit, role, superior or None, first, end)
