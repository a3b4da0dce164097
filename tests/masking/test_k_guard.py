from collections import Counter
from collections.abc import Hashable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.k_guard import Company, KGuard, kept

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=60)


@pytest.mark.parametrize(
    ("expected", "given_rows"),
    [
        (Company(0, 0, 0), []),
        (Company(1, 1, 1), [("a", 1)]),  # somebody stands alone
        (Company(3, 1, 1), [("a", 1), ("a", 2), ("b", 1)]),
        (Company(4, 2, 1), [("a", 1), ("a", 2), ("b", 1), ("b", 1)]),  # two look alike, and b tells itself
        (Company(4, 2, 2), [("a", 1), ("a", 2), ("b", 1), ("b", 2)]),
        (Company(4, 2, 2), [("a", 1), ("a", None), (None, 1), (None, 2)]),  # null is a value like others
    ],
)
def test_company_is_that_of_the_worst_cell(expected: Company, given_rows: list[tuple[Hashable, Hashable]]) -> None:
    """Fewest rows of a cell, and fewest sensitive values that one shows."""
    guard = KGuard()
    for quasi, sensitive in given_rows:
        guard.add([quasi], [sensitive])
    assert expected == guard.company
    assert guard.alone(["nobody"], k=1)


def test_nothing_sensitive_has_no_diversity() -> None:
    """Without sensitive columns l says nothing."""
    guard = KGuard()
    guard.add(["a"])
    assert guard.company == Company(1, 1, 0)
    assert guard.alone(["a"], k=2)
    assert not guard.alone(["a"], k=1, l=5)


def test_each_sensitive_column_is_told_apart() -> None:
    """Where all of a cell earn the same, it does not help that they owe different amounts."""
    alike = [("a", 5, 1), ("a", 5, 2), ("b", 5, 1), ("b", 6, 2)]
    guard = KGuard()
    for quasi, *sensitive in alike:
        guard.add([quasi], sensitive)
    assert guard.company == Company(4, 2, 1)
    assert guard.alone(["a"], k=2, l=2)
    assert not guard.alone(["b"], k=2, l=2)
    assert kept(alike, [0], [1, 2], k=2, l=2) == [2, 3]


def test_who_shows_nothing_makes_nobody_diverse() -> None:
    """They are company, and no value."""
    guard = KGuard()
    guard.add(["a"], [5])
    guard.add(["a"])
    assert guard.company == Company(2, 2, 1)


@given(rows=rows, k=st.integers(1, 6), l=st.integers(1, 3))
def test_who_is_kept_has_company(rows: list[tuple[int, int, int]], k: int, l: int) -> None:
    """Each cell of what is kept has k rows and l values, and those left out are nobody or at least k."""
    places = kept(rows, [0, 1], [2], k=k, l=l)
    assert places == sorted(set(places))
    guard = KGuard()
    for place in places:
        guard.add(rows[place][:2], rows[place][2:])
    if places:
        assert guard.company.k >= k
        assert guard.company.l >= l
    left_out = len(rows) - len(places)
    assert left_out == 0 or left_out >= k or not places


@given(rows=rows, k=st.integers(1, 6))
def test_nobody_is_left_out_in_vain(rows: list[tuple[int, int, int]], k: int) -> None:
    """Cells of k rows stay, but for one that hides those who are too few."""
    cells = Counter(row[:2] for row in rows)
    shown = Counter(rows[place][:2] for place in kept(rows, [0, 1], k=k))
    assert sum(cells[cell] >= k and cell not in shown for cell in cells) <= 1


@pytest.mark.parametrize(("k", "l"), [(0, 1), (1, 0), (-1, 1)])
def test_less_than_one_is_no_promise(k: int, l: int) -> None:
    """k and l count people and values."""
    with pytest.raises(ValueError, match="1 or more"):
        kept([], [0], k=k, l=l)
