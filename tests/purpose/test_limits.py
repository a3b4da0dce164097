from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Allowance, Owner, Window
from gateway.finding import Findings, parse_yaml
from gateway.purpose.check import check
from gateway.purpose.limits import Limits, read_limits

GOLDEN = Path(__file__).parent / "golden" / "limits"
EXAMPLE = (GOLDEN.parent / "purpose" / "working_smallest.yaml").read_bytes()


def name(path: Path) -> str:
    """A golden's verdict."""
    return path.stem


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("busted_*.yaml")), ids=name)
def test_every_fault_is_found_at_its_place(path: Path, golden: Callable[[Path, Findings], None]) -> None:
    """Each `busted_*.yaml` has exactly the findings beside it."""
    with pytest.raises(Findings) as found:
        read_limits(parse_yaml(path.read_bytes(), "limits.yaml"))

    golden(path, found.value)


@pytest.mark.rule("L1")
def test_limits_count_all_purposes_together_for_three_owners(limits: Limits) -> None:
    """Staff, department and city, each by window, under no purpose's name."""
    assert limits.allowances("welfare") == (
        Allowance("", Owner.CITY, Window.MONTH, 1200),
        Allowance("", Owner.CITY, Window.YEAR, 10000),
        Allowance("", Owner.DEPARTMENT, Window.DAY, 400),
        Allowance("", Owner.DEPARTMENT, Window.YEAR, 8000),
        Allowance("", Owner.STAFF, Window.DAY, 100),
        Allowance("", Owner.STAFF, Window.MONTH, 1000),
        Allowance("", Owner.STAFF, Window.YEAR, 5000),
        Allowance("", Owner.STAFF, Window.TENURE, 8000),
    )
    assert (limits.repeats, limits.refusals) == (20, 50)


def test_a_departments_own_numbers_replace_the_general_ones(limits: Limits) -> None:
    """Whole owners are replaced, never single windows; owners that are not named keep the general numbers."""
    assert limits.bounds("planning") == {
        Owner.STAFF: {Window.DAY: 300, Window.YEAR: 6000, Window.TENURE: 9000},
        Owner.DEPARTMENT: {Window.DAY: 400, Window.YEAR: 8000},
        Owner.CITY: {Window.MONTH: 1200, Window.YEAR: 10000},
    }


@pytest.mark.parametrize(
    ("expected", "owner", "window"),
    [
        (100, Owner.STAFF, Window.DAY),  # stated
        (400, Owner.DEPARTMENT, Window.DAY),  # stated
        (1200, Owner.DEPARTMENT, Window.MONTH),  # not stated: the city's month bounds it
        (1200, Owner.CITY, Window.DAY),  # not stated: the month bounds the day
        (10000, Owner.CITY, Window.YEAR),  # stated
        (None, Owner.CITY, Window.TENURE),  # nothing longer or wider is stated
    ],
)
def test_the_ceiling_is_what_any_longer_window_or_wider_owner_admits(
    expected: int | None, owner: Owner, window: Window, limits: Limits
) -> None:
    """A number that is not stated still has a bound, if one around it is."""
    assert limits.ceiling("welfare", owner, window) == expected


@pytest.mark.rule("L1")
@given(owner=st.sampled_from(Owner), window=st.sampled_from(Window), residents=st.integers(1, 20_000))
def test_a_purpose_can_only_be_tighter(owner: Owner, window: Window, residents: int) -> None:
    """A number passes if and only if the city's limits admit as many."""
    limits = read_limits(parse_yaml((GOLDEN / "working_general.yaml").read_bytes(), "limits.yaml"))
    budget = {owner.value: {window.value: residents}}
    budget.setdefault("staff", {}).setdefault("1d", 1)
    text = EXAMPLE.replace(b"{staff: {1d: 40}}", str(budget).replace("'", "").encode())
    ceiling = limits.ceiling("welfare", owner, window)

    try:
        check([parse_yaml(text, "example.yaml")], limits, None)
        codes = set()
    except Findings as found:
        codes = {finding.code for finding in found.findings}

    assert ("budget" in codes) == (ceiling is not None and residents > ceiling)
