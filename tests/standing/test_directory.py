"""The staff directory in memory."""

import shutil
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gateway.caller import Post
from gateway.clock import SECOND
from gateway.register.driver import Driver, open_driver
from gateway.standing.directory import SqlDirectory
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import POST, STAFF, sqlite_schema
from tests.standing.conftest import ToldClock, Written


def line(post: str, **changed: object) -> dict[str, object]:
    """A line of the table `post`."""
    return {
        "post": post,
        "staff": "s0001",
        "department": "planning",
        "unit": "statistics",
        "role": "analyst",
        "superior": "s0009",
        "since": "2026-04-01",
        "until": None,
    } | changed


async def test_all_posts_of_a_person_are_there(written: Written, database: Driver, clock: ToldClock) -> None:
    """Past, present and future ones, and nothing for a stranger."""
    written.add(
        POST,
        line("p0001-1", since="2023-04-01", until="2026-04-01", superior=None),
        line("p0001-2"),
        line("p0001-3", since="2027-04-01", superior=""),
        line("p0002-1", staff="s0002"),
    )
    directory = SqlDirectory(database, clock)
    await directory.refresh()
    expected = [
        Post("p0001-1", "s0001", "planning", "statistics", "analyst", None, date(2023, 4, 1), date(2026, 4, 1)),
        Post("p0001-2", "s0001", "planning", "statistics", "analyst", "s0009", date(2026, 4, 1), None),
        Post("p0001-3", "s0001", "planning", "statistics", "analyst", None, date(2027, 4, 1), None),
    ]
    assert expected == list(directory.posts("s0001"))
    assert list(directory.posts("s0003")) == []


async def test_a_change_shows_after_the_next_refresh(written: Written, database: Driver, clock: ToldClock) -> None:
    """A post that was taken away is gone, at the latest when the directory is read again."""
    written.add(POST, line("p0001-1"))
    directory = SqlDirectory(database, clock)
    for expected in (1, 0, 2):
        written.clear(POST)
        if expected:
            written.add(POST, *(line(f"p0001-{n}") for n in range(expected)))
        await directory.refresh()
        assert expected == len(directory.posts("s0001"))
        await directory.refresh()
        assert expected == len(directory.posts("s0001"))


@pytest.mark.rule("W3")
async def test_a_line_that_cannot_be_read_is_no_post(written: Written, database: Driver, clock: ToldClock) -> None:
    """A first or last day that is no day gives nobody a post; the other lines stay."""
    written.add(POST, line("p0001-1", since="soon"), line("p0001-2", until="2026-02-31"), line("p0001-3"))
    directory = SqlDirectory(database, clock)
    await directory.refresh()
    assert [post.post for post in directory.posts("s0001")] == ["p0001-3"]


async def test_a_directory_never_read_answers_nothing(database: Driver, clock: ToldClock) -> None:
    """Not even that there is nobody."""
    with pytest.raises(StandingUnavailable):
        SqlDirectory(database, clock).posts("s0001")


async def test_what_is_held_grows_too_old(tmp_path: Path, clock: ToldClock) -> None:
    """While the database is away the last good read serves for max_age and no longer; then it takes a new one."""
    path = tmp_path / "standing.db"
    written = Written(f"sqlite:///{path}")
    written.add(POST, line("p0001-1"))
    database = written.driver()
    directory = SqlDirectory(database, clock, max_age=60 * SECOND)
    await directory.refresh()
    path.rename(tmp_path / "away.db")
    clock.now = 60 * SECOND
    with pytest.raises(StandingUnavailable):
        await directory.refresh()
    assert len(directory.posts("s0001")) == 1
    clock.now += 1
    with pytest.raises(StandingUnavailable):
        directory.posts("s0001")
    (tmp_path / "away.db").rename(path)
    await directory.refresh()
    assert len(directory.posts("s0001")) == 1
    await database.close()


async def test_a_directory_that_was_replaced_is_read_anew(tmp_path: Path, clock: ToldClock) -> None:
    """Another file in its place counts as a change, even with the same version number inside."""
    paths = [tmp_path / name for name in ("standing.db", "next.db")]
    with closing(sqlite3.connect(paths[0])) as connection, connection:
        connection.executescript(sqlite_schema())
        connection.execute("INSERT INTO post VALUES ('p0001-1', 's0001', 'a', 'b', 'c', NULL, '2026-04-01', NULL)")
    shutil.copy(paths[0], paths[1])
    with closing(sqlite3.connect(paths[1])) as connection, connection:
        connection.execute("DELETE FROM post")
    database = open_driver(f"sqlite:///{paths[0]}", unavailable=StandingUnavailable)
    directory = SqlDirectory(database, clock)
    await directory.refresh()
    assert len(directory.posts("s0001")) == 1
    paths[1].replace(paths[0])
    await directory.refresh()
    assert list(directory.posts("s0001")) == []
    await database.close()


@pytest.mark.rule("W6")
async def test_the_directory_knows_who_of_the_staff_lives_here(
    written: Written, database: Driver, clock: ToldClock
) -> None:
    """From either side; padding is the column's, a blank is nobody, and a change counts with the next reading."""
    written.add(
        STAFF,
        {"staff": "s0001", "resident_id": "1000000001"},
        {"staff": "s0002", "resident_id": None},
        {"staff": "s0003", "resident_id": "          "},
        {"staff": "s0004", "resident_id": "1000000004"},
        {"staff": "s0005", "resident_id": "1000000004"},
    )
    directory = SqlDirectory(database, clock)
    with pytest.raises(StandingUnavailable):
        directory.resident("s0001")
    with pytest.raises(StandingUnavailable):
        directory.staff_of("1000000001")
    await directory.refresh()
    assert [directory.resident(f"s000{n}") for n in range(1, 7)] == [
        "1000000001",
        None,
        None,
        "1000000004",
        "1000000004",
        None,
    ]
    assert list(directory.staff_of("1000000001")) == ["s0001"]
    assert sorted(directory.staff_of("1000000004")) == ["s0004", "s0005"]
    assert list(directory.staff_of("9999999999")) == []
    written.clear(STAFF)
    await directory.refresh()
    assert directory.resident("s0001") is None
