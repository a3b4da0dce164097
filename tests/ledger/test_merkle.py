import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash, root_of
from tests.ledger.desk import naive_root

# The inputs of the Certificate Transparency reference implementation, with the roots that its own tests expect.
INPUTS = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
LEAVES = [bytes.fromhex(leaf) for leaf in INPUTS]


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("expected", "size"),
    [
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0),
        ("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", 1),
        ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125", 2),
        ("aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", 3),
        ("d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7", 4),
        ("4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", 5),
        ("76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef", 6),
        ("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", 7),
        ("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328", 8),
    ],
)
def test_roots_are_those_of_certificate_transparency(expected: str, size: int) -> None:
    """RFC 6962 as others compute it: grown leaf by leaf, or all at once."""
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf_hash(leaf))

    assert expected == frontier.root().hex()
    assert expected == root_of([leaf_hash(leaf) for leaf in LEAVES[:size]]).hex()
    assert expected == naive_root(LEAVES[:size]).hex()


@pytest.mark.rule("R5")
@given(st.lists(st.binary(max_size=8), max_size=150))
def test_growing_and_hashing_at_once_give_the_rfcs_root(leaves: list[bytes]) -> None:
    """The frontier, the level-by-level root and the recursive definition agree, whatever the size."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf_hash(leaf))

    assert naive_root(leaves) == frontier.root() == root_of([leaf_hash(leaf) for leaf in leaves])


@given(st.integers(0, 100), st.integers(0, 40))
def test_a_frontier_is_taken_up_where_it_was_left(before: int, after: int) -> None:
    """Size and hashes are all that a tree needs to go on, and a copy goes on alone."""
    whole = Frontier()
    for number in range(before):
        whole.append(leaf_hash(bytes([number])))
    taken_up, copied = Frontier(whole.size, whole.hashes), whole.copy()
    for number in range(after):
        whole.append(leaf_hash(bytes([number])))
        taken_up.append(leaf_hash(bytes([number])))

    assert (before + after, whole.root()) == (taken_up.size, taken_up.root())
    assert before == copied.size


@pytest.mark.parametrize(
    ("size", "hashes"),
    [
        (1, []),  # too few
        (0, [EMPTY_ROOT]),  # too many
        (4, [EMPTY_ROOT, EMPTY_ROOT]),  # four leaves are one complete subtree
        (1, [b"short"]),  # not a hash
        (-1, [EMPTY_ROOT]),  # no tree at all
    ],
)
def test_a_frontier_of_another_size_is_refused(size: int, hashes: list[bytes]) -> None:
    """There is one hash for each bit of the size."""
    with pytest.raises(ValueError, match="not the frontier"):
        Frontier(size, hashes)
