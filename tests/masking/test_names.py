import hashlib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.names import VERSION, Pool, number_of, place_of, pool, table, written
from masking.value import Sex

POOLS = [pool(sex, latin=latin) for sex in Sex for latin in (False, True)]
DIGESTS = {
    "given-female-1.tsv": "e3bc16a1bb9ff026bec431e002e05b1b",
    "given-male-1.tsv": "65f02d590a9a67d91133916348c3bde2",
    "latin-female-1.tsv": "488b98c47b8ba78b957e1bbb7934353f",
    "latin-male-1.tsv": "e2b27ea3567089295bb468f19f617739",
    "latin-surnames-1.tsv": "54c7fbb8fbf0d4728482f57e503a6633",
    "surnames-1.tsv": "b277a09e364f8c98a7afaf30dab0fab9",
}


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_table_is_never_edited(name: str) -> None:
    """Names were drawn from it: a better table is another version, beside this one."""
    octets = files("masking.names").joinpath(name).read_bytes()
    assert DIGESTS[name] == hashlib.sha256(octets).hexdigest()[:32]


@pytest.mark.parametrize("names", POOLS, ids=lambda each: f"{each.sex}{'-latin' * each.latin}")
def test_a_pool_is_large_enough(names: Pool) -> None:
    """Four million names of each sex; in Latin letters 140,000."""
    assert names.size >= (140_000 if names.latin else 4_000_000)


def test_two_places_are_two_names() -> None:
    """No table holds a text twice, women's and men's given names have none in common, and no part has a blank in it:
    so a written name has one place.
    """
    for names in POOLS:
        for parts in (names.surnames, names.given):
            assert len({part.text for part in parts}) == len(parts)
            assert not any(char.isspace() for part in parts for char in part.text + part.kana)
    for latin in (False, True):
        women, men = ({part.text for part in pool(sex, latin=latin).given} for sex in (Sex.FEMALE, Sex.MALE))
        assert not women & men
    in_latin, in_kanji = ({part.text for part in table(name)} for name in ("latin-surnames", "surnames"))
    assert not in_latin & in_kanji


@given(names=st.sampled_from(POOLS), data=st.data())
def test_a_number_is_a_name_and_back(names: Pool, data: st.DataObject) -> None:
    """What is allotted is a number, and what somebody reads off a list leads back to it."""
    place = data.draw(st.integers(0, names.size - 1))
    number = names.number(place)
    assert place_of(number) == (names, place)
    name, _ = written(names.parts(place))
    assert number_of(name) == number
    assert number_of("  ".join(name.split())) == number


@pytest.mark.parametrize(
    "name", ["", "田中", "葛飾　北斎", "SMITH", "SMITH ANNA ANNA", "SMITH ANNA GRACE ALICE", "田中 ANNA"]
)
def test_what_is_in_no_table_has_no_number(name: str) -> None:
    """Nor has a name with one part, with a part too many, or in two scripts."""
    assert number_of(name) is None


def test_a_name_of_tables_to_come_is_not_guessed_at() -> None:
    """A store that a later release wrote to is not read as if it were this one's."""
    with pytest.raises(ValueError, match="version 2"):
        place_of(VERSION + 1 << 44)
