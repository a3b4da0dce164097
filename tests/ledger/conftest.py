"""A ledger in a directory of its own, and how the vectors of the format are written."""

from pathlib import Path

import pytest

from tests.ledger.desk import Office


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/ledger --update-vectors`."""
    parser.addoption("--update-vectors", action="store_true", help="write the ledger format's test vectors anew")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A state directory with a new ledger."""
    office = Office(tmp_path / "state")
    office.found()
    return office
