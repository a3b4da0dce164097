"""What a caller is to a resident, by what register and directory say of both."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.caller import Post
from gateway.standing.relation import Kin, Relation, Self, office, relation
from masking.value import UNREADABLE, Address

HOME = Address("4820100301", "潮見市", "瀬戸口", 1, "2番3号")
FLAT = Address("4820100301", "潮見市", "瀬戸口", 1, "2番3号 潮見ハイツ101")
AWAY = Address("48305", "夕霧町", "本町", 0, "12番地")
AREA = Address("48305", "夕霧町", "", 0, "")
ME = Kin("100", HOME, "潮見市大手1番", "佐藤　一郎", AWAY)
TODAY = date(2026, 11, 23)


@pytest.mark.rule("W6")
@pytest.mark.parametrize(
    ("expected", "subject"),
    [
        (Relation.HOUSEHOLD, Kin(household_id="100")),
        (Relation.HOUSEHOLD, Kin("100", HOME, "潮見市大手1番", "佐藤　一郎")),  # the nearest one counts
        (Relation.SAME_ADDRESS, Kin("200", HOME)),  # a household of its own in the same house
        (Relation.NONE, Kin("200", FLAT)),  # a flat is another address where the register names flats
        (Relation.FAMILY, Kin("200", FLAT, "潮見市大手1番", "佐藤　一郎")),  # one family register
        (Relation.NONE, Kin("200", FLAT, "潮見市大手1番", "佐藤　二郎")),  # a domicile alone is shared by strangers
        (Relation.NONE, Kin("200", FLAT, "潮見市大手2番", "佐藤　一郎")),  # a namesake
        (Relation.FAMILY, Kin("200", FLAT, previous_address=AWAY)),  # they came from the same home
        (Relation.FAMILY, Kin("200", FLAT, previous_address=HOME)),  # who moved out of mine
        (Relation.FAMILY, Kin("200", AWAY)),  # who stayed where I lived
        (Relation.NONE, Kin("200", previous_address=AREA)),
        (Relation.NONE, Kin()),  # nothing known is nothing shared
        (Relation.NONE, Kin("200", FLAT, "x", "y", None)),
    ],
)
def test_the_nearest_relation_that_the_register_shows(expected: Relation, subject: Kin) -> None:
    """Household, address, family register, former home, in this order; and from either side."""
    assert relation(Self("1", [ME]), "2", subject) is expected
    assert relation(Self("2", [subject]), "1", ME) is expected


@pytest.mark.rule("W6")
def test_oneself_is_found_whatever_the_register_says() -> None:
    """By the id that the directory knows the caller by."""
    assert relation(Self("1", []), "1", Kin()) is Relation.SELF
    assert relation(None, "1", ME) is Relation.NONE  # who does not live here has no kin in this register


@pytest.mark.rule("W6")
def test_nothing_is_made_of_what_cannot_be_read() -> None:
    """Two entries that are both illegible are not alike for it, nor are two that are both empty."""
    torn = Kin(UNREADABLE, UNREADABLE, UNREADABLE, UNREADABLE, UNREADABLE)
    assert relation(Self("1", [torn]), "2", torn) is Relation.NONE
    nowhere = Kin(None, AREA, None, None, AREA)
    assert relation(Self("1", [nowhere]), "2", nowhere) is Relation.NONE


@pytest.mark.rule("W6")
def test_any_of_the_callers_entries_counts() -> None:
    """Who stands in the register twice is related by both."""
    assert relation(Self("1", [Kin("300"), ME]), "2", Kin("200", HOME)) is Relation.SAME_ADDRESS


places = st.sampled_from([None, HOME, FLAT, AWAY, AREA])
words = st.sampled_from([None, "a", "b"])
kin = st.builds(Kin, words, places, words, words, places)


@given(one=kin, other=kin)
def test_relations_are_the_same_from_both_sides(one: Kin, other: Kin) -> None:
    """Whoever is kin to me, to them I am."""
    assert relation(Self("1", [one]), "2", other) is relation(Self("2", [other]), "1", one)


POST = Post("p1", "s1", "planning", "statistics", "analyst", "s9", date(2025, 4, 1), None)


@pytest.mark.rule("W6")
@pytest.mark.parametrize(
    ("expected", "staff", "held"),
    [
        (Relation.COLLEAGUE, "s2", [replace(POST, post="p2", staff="s2")]),
        (Relation.COLLEAGUE, "s2", [replace(POST, post="p2", staff="s2", department="housing")]),  # of any department
        (Relation.SUPERIOR, "s9", [replace(POST, post="p9", staff="s9", superior=None)]),
        (Relation.NONE, "s2", [replace(POST, post="p2", staff="s2", until=TODAY)]),  # who left is a resident again
        (Relation.NONE, "s2", [replace(POST, post="p2", staff="s2", since=date(2027, 4, 1))]),
        (Relation.NONE, "s9", []),
    ],
)
def test_fellow_staff_are_those_in_post_today(expected: Relation, staff: str, held: list[Post]) -> None:
    """Whoever holds a post; the one whom the caller answers to is told apart."""
    assert office([POST], staff, held, TODAY) is expected
