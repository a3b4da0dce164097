"""Resident ids and protective markers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.subject import Onlookers, Outsider, Restriction, Row, Status, counting, is_resident_id
from masking.value import UNREADABLE, PartialDate, Value

BORN = PartialDate(1980, 5, 17)
SAME_BIRTHDAY = Outsider("別の　名前", BORN)
SAME_MONTH = Outsider("加藤　健", PartialDate(1980, 5, 18))
SAME_YEAR = Outsider("加藤　健", PartialDate(1980, 6, 17))
STRANGER = Outsider("佐々木　大和", PartialDate(1971, 1, 3))


@pytest.mark.parametrize(
    ("text", "well_formed"),
    [
        ("0123456789", True),
        ("", False),
        ("012345678", False),  # nine
        ("01234567890", False),  # eleven
        ("０１２３４５６７８９", False),  # full width
        ("٠١٢٣٤٥٦٧٨٩", False),  # digits elsewhere
        (" 123456789", False),
        ("0123456789\n", False),
        ("01234567\x009", False),
        ("-123456789", False),
    ],
)
def test_a_resident_id_is_ten_ascii_digits(text: str, well_formed: bool) -> None:
    """And nothing that a person could take for that."""
    assert is_resident_id(text) is well_formed


@pytest.mark.rule("S4", "S5")
@pytest.mark.parametrize(
    ("counted", "statuses"),
    [
        ([], []),
        ([0], ["resident"]),
        ([0], ["deceased"]),  # the only one tells its status
        ([0], [None]),
        ([0], [UNREADABLE]),
        ([1], ["moved_out", "resident"]),  # came back under the same id
        ([1], ["void", "resident", "deceased"]),
        ([0, 1], ["resident", "resident"]),  # nobody can tell which
        ([0, 2], ["resident", "void", "resident"]),
        ([0, 1], ["moved_out", "deceased"]),
        ([0, 1], ["resident", UNREADABLE]),  # it may be a second one who lives here
        ([0, 1], ["moved_out", UNREADABLE]),  # it may be the only one who does
        ([0, 1], [None, "resident"]),
    ],
)
def test_the_living_entry_counts_or_nobody_guesses(counted: list[int], statuses: list[Value | None]) -> None:
    """Of the entries of one id; where more than one is left, it is not unique."""
    rows = [Row("0123456789", ("佐藤　花子", status)) for status in statuses]
    assert [rows[at] for at in counted] == list(counting(rows, 1))


@pytest.mark.rule("S5")
@given(st.lists(st.sampled_from([*Status, None, UNREADABLE]), max_size=6))
def test_whoever_may_live_here_is_never_passed_over(statuses: list[Value | None]) -> None:
    """Whatever the entries of one id are: one that is left out has gone, and is known to have."""
    rows = [Row("0123456789", (at, status)) for at, status in enumerate(statuses)]
    left_out = {row.values for row in rows} - {row.values for row in counting(rows, 1)}
    assert {status for _, status in left_out} <= set(Status) - {Status.RESIDENT}


def marker(
    since: date = date(2026, 4, 1),
    until: date | None = None,
    *,
    resident: str | None = None,
    name: str | None = None,
    born: PartialDate | None = None,
) -> Restriction:
    """A protection of one resident against somebody."""
    return Restriction("0123456789", since, until, resident, name, born)


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("today", "counts"),
    [
        (date(2026, 3, 31), False),  # the eve of its first day
        (date(2026, 4, 1), True),
        (date(2027, 3, 31), True),  # its last day
        (date(2027, 4, 1), False),
    ],
)
def test_a_protection_has_a_first_and_a_last_day(today: date, counts: bool) -> None:
    """It counts on both of them."""
    assert marker(until=date(2027, 3, 31)).in_force(today) is counts


@pytest.mark.rule("W9")
def test_a_protection_without_a_last_day_goes_on() -> None:
    """Nobody has to remember to prolong it."""
    assert marker().in_force(date(9999, 12, 31))


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("restriction", "applicant", "hidden"),
    [
        (marker(resident="1111111111"), "1111111111", True),  # the other party
        (marker(resident="1111111111"), "2222222222", False),  # somebody else
        (marker(resident="1111111111"), STRANGER, True),  # without an id that resident may still come with a card
        (marker(resident="1111111111"), None, False),  # nobody applies
        (marker(name="加藤　健", born=BORN), "2222222222", True),  # no id known: any resident may be that person
        (marker(name="加藤　健", born=BORN), SAME_BIRTHDAY, True),  # whatever the spelling of the name
        (marker(name="加藤　健", born=BORN), STRANGER, False),
        (marker(name="加藤　健"), STRANGER, True),  # no birth date to tell apart by
        (marker(born=BORN), SAME_BIRTHDAY, True),
        (marker(), STRANGER, True),  # nothing known of the other party
        (marker(), "2222222222", True),
        (marker(resident="1111111111", born=BORN), SAME_BIRTHDAY, True),  # known both ways
        (marker(resident="1111111111", name="加藤　健"), STRANGER, True),  # a name and no birth date
        (marker(born=BORN), SAME_MONTH, False),
        (marker(born=PartialDate(1980, 5, 0)), SAME_BIRTHDAY, True),  # the day is not known
        (marker(born=PartialDate(1980, 5, 0)), SAME_MONTH, True),
        (marker(born=PartialDate(1980, 5, 0)), SAME_YEAR, False),
        (marker(born=PartialDate(1980, 0, 0)), SAME_YEAR, True),  # nor is the month
        (marker(born=PartialDate(1980, 0, 0)), STRANGER, False),
        (marker(born=BORN), Outsider("加藤　健", PartialDate(1980, 5, 0)), True),  # the applicant's own is not known
        (marker(born=BORN), Outsider("加藤　健", PartialDate(1980, 6, 0)), False),
        (marker(born=BORN), Outsider("加藤　健", PartialDate(1980, 0, 0)), True),
    ],
)
def test_who_must_not_learn_that_there_is_a_resident(
    restriction: Restriction, applicant: str | Outsider | None, hidden: bool
) -> None:
    """The other party; and in doubt whoever might be."""
    assert restriction.hides_from(applicant) is hidden


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("restriction", "onlookers", "kept"),
    [
        (marker(resident="1111111111"), Onlookers(None, "1111111111"), True),  # the caller is the other party
        (marker(resident="1111111111"), Onlookers("2222222222", "1111111111"), True),  # whoever applies
        (marker(resident="1111111111"), Onlookers("1111111111", None), True),  # the applicant is
        (marker(resident="1111111111"), Onlookers("2222222222", "3333333333"), False),
        (marker(), Onlookers(None, "3333333333"), False),  # unknown: not everybody on the staff
        (marker(), Onlookers(None, None), False),
    ],
)
def test_who_works_here_and_is_the_other_party_must_not_learn_either(
    restriction: Restriction, onlookers: Onlookers, kept: bool
) -> None:
    """The caller is an onlooker like the applicant, but not in doubt."""
    assert onlookers.kept_from([restriction]) is kept
    assert not onlookers.kept_from([])
