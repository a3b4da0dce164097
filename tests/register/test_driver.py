"""When the database is not there, comes back, or is another one."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from gateway.pattern import NamePattern
from gateway.register.driver import open_driver
from gateway.register.lane import Lane
from gateway.register.port import Criteria, RegisterUnavailable
from gateway.register.schema_map import SchemaMap
from gateway.register.sql import open_register
from tests.postgres import new_database
from tests.register.conftest import TODAY


async def test_a_register_that_is_not_there_is_unavailable_until_it_is(
    tmp_path: Path, city: Path, shipped: SchemaMap
) -> None:
    """Every call says so, none makes an empty file, and the next call after its return works."""
    register = open_register(f"sqlite:///{tmp_path}/register.db", shipped)
    for _ in range(2):
        with pytest.raises(RegisterUnavailable):
            await register.size()
    with pytest.raises(RegisterUnavailable):
        await register.reader(("name",)).rows(["0000000001"])
    with pytest.raises(RegisterUnavailable):
        await register.restrictions(["0000000001"], TODAY)
    assert not (tmp_path / "register.db").exists()
    shutil.copy(city / "register.db", tmp_path)
    assert await register.size() == 2_000
    (tmp_path / "register.db").unlink()
    with pytest.raises(RegisterUnavailable):
        await register.size()
    await register.close()


async def test_a_register_that_was_replaced_is_read_anew(tmp_path: Path, city: Path, shipped: SchemaMap) -> None:
    """A file that took the old one's place by renaming is what the next call reads."""
    path = tmp_path / "register.db"
    shutil.copy(city / "register.db", path)
    register = open_register(f"sqlite:///{path}", shipped)
    assert await register.size() == 2_000
    other = tmp_path / "other.db"
    shutil.copy(path, other)
    with closing(sqlite3.connect(other)) as connection, connection:
        connection.execute("UPDATE juki_resident SET jumin_cd = '9'")
    other.replace(path)
    assert await register.size() == 0
    await register.close()


@pytest.mark.rule("R6")
async def test_a_failure_tells_neither_statement_nor_value(tmp_path: Path, shipped: SchemaMap) -> None:
    """The exception that reaches logs names a kind of error and nothing that was asked."""
    with closing(sqlite3.connect(tmp_path / "register.db")) as connection, connection:
        connection.execute("CREATE TABLE juki_resident (atena_no TEXT)")
    register = open_register(f"sqlite:///{tmp_path}/register.db", shipped)
    with pytest.raises(RegisterUnavailable) as refused:
        await register.reader(("name",)).rows(["1234567890"])
    assert str(refused.value) == "OperationalError"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    await register.close()


async def test_a_text_that_is_no_utf_8_is_illegible_or_makes_its_read_fail(tmp_path: Path) -> None:
    """Whoever named something to stand for it gets that in its place, and all else as ever; the others get no line."""
    illegible = object()
    url = f"sqlite:///{tmp_path}/register.db"
    with closing(sqlite3.connect(tmp_path / "register.db")) as connection, connection:
        connection.execute("CREATE TABLE t (place INTEGER, said TEXT, raw BLOB)")
        connection.execute("INSERT INTO t VALUES (1, '潮見', x'ff'), (2, CAST(x'ff' AS TEXT), NULL)")
    asking = open_driver(url, unavailable=RegisterUnavailable, illegible=illegible)
    strict = open_driver(url, unavailable=RegisterUnavailable)
    for _ in range(2):
        found = await asking.fetch("SELECT * FROM t ORDER BY place", ())
        assert found == [(1, "潮見", b"\xff"), (2, illegible, None)]
        assert await asking.fetch("SELECT said FROM t WHERE place = ?", (1,)) == [("潮見",)]
        with pytest.raises(RegisterUnavailable):
            await strict.fetch("SELECT * FROM t", ())
        assert await strict.fetch("SELECT said FROM t WHERE place = 1", ()) == [("潮見",)]
    with pytest.raises(RegisterUnavailable, match="OperationalError"):
        await asking.fetch("SELECT * FROM nowhere", ())
    await asking.close()
    await strict.close()


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",  # no URL
        "nosuch://secret@host/name",  # no such database
        "sqlite://",  # no file
        "sqlite:///:memory:",  # no file either
    ],
)
def test_an_unusable_url_is_refused_without_being_repeated(url: str) -> None:
    """A URL may hold a password, so the complaint does not quote it."""
    with pytest.raises(ValueError, match="database") as refused:
        open_driver(url, unavailable=RegisterUnavailable)
    assert "secret" not in str(refused.value)


async def test_postgresql_that_drops_its_connections_is_read_again_at_the_next_call() -> None:
    """One call fails, the next connects anew; sessions are read-only."""
    url = new_database()
    driver = open_driver(url, unavailable=RegisterUnavailable, connections=1)
    ((backend,),) = await driver.fetch("SELECT pg_backend_pid()", ())
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
    with pytest.raises(RegisterUnavailable):
        await driver.fetch("SELECT 1", ())
    assert list(await driver.fetch("SELECT 1", ())) == [(1,)]
    with pytest.raises(RegisterUnavailable, match="ReadOnlySqlTransaction"):
        await driver.fetch("CREATE TABLE x (y INTEGER)", ())
    await driver.close()


_SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
"""Never comes to an end by itself."""


@pytest.mark.rule("L6")
async def test_what_is_read_apart_keeps_nobody_waiting_and_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reads by key go on meanwhile; after its time the read is stopped, and the next one apart works."""
    monkeypatch.setattr("gateway.register.sqlite_driver.LONGEST", 0.3)
    (tmp_path / "register.db").touch()
    driver = open_driver(f"sqlite:///{tmp_path}/register.db", unavailable=RegisterUnavailable)
    slow = asyncio.create_task(driver.fetch_apart(_SLOW, (), Lane.SEARCH))
    await asyncio.sleep(0.05)
    assert await driver.fetch("SELECT 1", ()) == [(1,)]
    assert await driver.fetch_apart("SELECT 1", (), Lane.BULK) == [(1,)]
    assert not slow.done()
    with pytest.raises(RegisterUnavailable, match="TimeoutError"):
        await slow
    assert await driver.fetch_apart("SELECT 2", (), Lane.SEARCH) == [(2,)]
    await driver.close()


async def test_what_is_read_apart_follows_the_file_too(tmp_path: Path, city: Path, shipped: SchemaMap) -> None:
    """A register that is not there is unavailable to a search, and found once it is."""
    register = open_register(f"sqlite:///{tmp_path}/register.db", shipped)
    criteria = Criteria(name_kana=NamePattern.parse("サトウ*"))
    with pytest.raises(RegisterUnavailable):
        await register.find(criteria, 1)
    shutil.copy(city / "register.db", tmp_path)
    assert len(await register.find(criteria, 1)) == 1
    await register.close()
