"""Texts, limits and keys that the tests of purposes share; and how goldens are refreshed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import Findings, parse_yaml
from gateway.purpose.check import Checked, check
from gateway.purpose.compile import compile_plans
from gateway.purpose.limits import Limits, read_limits
from gateway.purpose.plan import Plan
from masking.allotment import MemoryAllotments
from masking.keyring import Keyring

GOLDEN = Path(__file__).parent / "golden"

Compile = Callable[[bytes], dict[str, Plan]]
Golden = Callable[[Path, Findings], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest tests/purpose --refresh-goldens`."""
    parser.addoption("--refresh-goldens", action="store_true", help="write what was found as what is expected")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares findings with the `.txt` beside the text that has them, or writes it when asked to."""

    def compare(path: Path, found: Findings) -> None:
        expected = path.with_suffix(".txt")
        if request.config.getoption("--refresh-goldens", default=False):
            expected.write_text(f"{found}\n", encoding="utf-8")
        assert expected.read_text(encoding="utf-8").splitlines() == str(found).splitlines()

    return compare


@pytest.fixture(scope="session")
def limits() -> Limits:
    """100 residents a day, 300 for planning, 400 a department."""
    return read_limits(parse_yaml((GOLDEN / "limits" / "working_own_numbers.yaml").read_bytes(), "limits.yaml"))


@pytest.fixture(scope="session")
def mapped() -> Mapped:
    """A register that has all fields but one, and can be searched by all keys."""
    return Mapped(frozenset(FIELDS) - {"disaster_certificate"}, frozenset(SearchKey))


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    """A root key that is no secret."""
    return Keyring(1, bytes(range(32)))


@pytest.fixture
def check_text(limits: Limits, mapped: Mapped) -> Callable[[bytes], Checked]:
    """Checks one text that is called example.yaml."""

    def run(text: bytes) -> Checked:
        (checked,) = check([parse_yaml(text, "example.yaml")], limits, mapped)
        return checked

    return run


@pytest.fixture
def compile_text(check_text: Callable[[bytes], Checked], limits: Limits, keyring: Keyring) -> Compile:
    """Checks and compiles one text; plans by department."""

    def run(text: bytes) -> dict[str, Plan]:
        return {plan.department: plan for plan in compile_plans(check_text(text), limits, keyring, MemoryAllotments())}

    return run
