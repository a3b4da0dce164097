"""A standing database on every database there is, and a clock that is told the time."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from gateway.register.driver import Driver, open_driver
from gateway.standing.port import StandingUnavailable
from gateway.standing.tables import METADATA
from tests.postgres import new_database


@dataclass
class Written:
    """A database with the standing tables, to write into while it is read."""

    url: str
    engine: sa.Engine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = sa.create_engine(self.url, poolclass=sa.pool.NullPool)
        METADATA.create_all(self.engine)

    def add(self, table: sa.Table, *lines: Mapping[str, object]) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.insert(table), [dict(line) for line in lines])

    def clear(self, table: sa.Table) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.delete(table))

    def driver(self) -> Driver:
        return open_driver(self.url, unavailable=StandingUnavailable)


@pytest.fixture(params=["sqlite", "postgresql"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Written:
    if request.param == "sqlite":
        return Written(f"sqlite:///{tmp_path_factory.mktemp('standing')}/standing.db")
    return Written(new_database())


@pytest.fixture
async def database(written: Written) -> AsyncIterator[Driver]:
    driver = written.driver()
    yield driver
    await driver.close()


@dataclass
class ToldClock:
    """Stands still until it is moved."""

    now: int = 0

    def wall(self) -> int:
        return self.now

    def elapsed(self) -> int:
        return self.now


@pytest.fixture
def clock() -> ToldClock:
    return ToldClock()
