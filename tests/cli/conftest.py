import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.demo.estate import Estate
from tests.cli.serving import City
from tests.demo.running import read_until, started


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A demo that stays up for all commands; whoever streams takes little, for one day's allowance is all there is."""
    with _served(tmp_path_factory.mktemp("served")) as city:
        yield city


@pytest.fixture
def own_city(tmp_path: Path) -> Iterator[City]:
    """A demo for one test, which may rotate its keys or needs a day's allowance that nobody else has used."""
    with _served(tmp_path) as city:
        yield city


@contextmanager
def _served(folder: Path) -> Iterator[City]:
    estate = Estate(folder / "d")
    with started("--dir", estate.path, "--serve") as process:
        read_until(process, "ledger verify")
        yield City(estate, estate.cast())
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
