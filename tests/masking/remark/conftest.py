import pytest

from masking.remark.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """An engine without a register's names and without a model."""
    return Engine()
