import signal
from collections.abc import Iterator

import pytest

from gateway.demo.estate import Estate
from tests.cli.serving import City
from tests.demo.running import read_until, started


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A demo that stays up for all commands; whoever streams takes little, for one day's allowance is all there is."""
    estate = Estate(tmp_path_factory.mktemp("served") / "d")
    with started("--dir", estate.path, "--serve") as process:
        read_until(process, "ledger verify")
        yield City(estate, estate.cast())
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
