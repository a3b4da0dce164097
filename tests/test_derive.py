"""Derived fields: what is reckoned, on which day, and what is not."""

from datetime import date, timedelta
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.derive import DERIVATIONS, HEAD, Day, base_of, whole_years
from gateway.field import (
    AGE,
    BIRTH_DATE,
    FIELDS,
    IS_HEAD_OF_HOUSEHOLD,
    IS_MINOR,
    IS_PROTECTED,
    IS_SENIOR,
    NAME,
    YEARS_RESIDENT,
)
from masking.catalogue import CATALOGUE
from masking.keyring import Keyring, PseudonymDomain
from masking.value import (
    MALFORMED,
    REDACTED,
    UNREADABLE,
    Address,
    Entry,
    Exact,
    Flag,
    Occasion,
    PartialDate,
    Value,
    ValueKind,
)
from tests.choices import CHOICES

KEYS: Final = Keyring(1, bytes(32)).domain(PseudonymDomain("planning", "planning-statistics", AGE))
DATED: Final = (AGE, IS_MINOR, IS_SENIOR, YEARS_RESIDENT)
_KEEP: Final = CATALOGUE["keep"].bind(CATALOGUE["keep"].settings(), None)

_DATES: Final = st.one_of(
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
    st.builds(PartialDate, st.integers(1, 9999), st.integers(0, 12)),
)
_BASES: Final[st.SearchStrategy[Value | None]] = st.one_of(
    st.none(),
    _DATES,
    st.text(),
    st.sampled_from([HEAD, "妻", "子", UNREADABLE]),
    st.integers(),
    st.sampled_from(Flag),
    st.builds(Address, st.just("4820100301"), st.just("潮見市"), st.text(), st.integers(0, 9), st.text()),
    st.lists(st.builds(Entry, st.text(), _DATES, _DATES, st.text())).map(tuple),
)


def derived(field: str, value: Value | None, today: date, *, protected: bool = False) -> Value | None:
    """What `field` is, reckoned from `value`."""
    return DERIVATIONS[field](value, Day(today, protected))


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("age", "born", "today"),
    [
        (0, (2026, 11, 22), date(2026, 11, 22)),  # the day of birth
        (0, (2025, 11, 24), date(2026, 11, 22)),
        (1, (2025, 11, 23), date(2026, 11, 22)),  # the eve of the first birthday
        (1, (2025, 11, 22), date(2026, 11, 22)),  # the birthday
        (1, (2025, 11, 22), date(2027, 11, 20)),  # two days before the second
        (64, (1962, 1, 1), date(2026, 12, 30)),
        (65, (1962, 1, 1), date(2026, 12, 31)),  # the eve lies in the year before
        (5, (2020, 4, 1), date(2026, 3, 30)),
        (6, (2020, 4, 1), date(2026, 3, 31)),  # born on 1 April: in school a year earlier (早生まれ)
        (17, (2008, 2, 29), date(2026, 2, 27)),
        (18, (2008, 2, 29), date(2026, 2, 28)),  # the eve is 28 February in every year
        (19, (2008, 2, 29), date(2028, 2, 27)),
        (20, (2008, 2, 29), date(2028, 2, 28)),  # in a leap year too
        (9998, (1, 1, 1), date(9999, 12, 30)),
        (9998, (1, 1, 1), date(9999, 12, 31)),  # the last day there is has no morrow
    ],
)
def test_an_age_is_reached_on_the_eve_of_the_birthday(age: int, born: tuple[int, int, int], today: date) -> None:
    """年齢計算ニ関スル法律; Civil Code, art. 143."""
    assert age == derived(AGE, PartialDate(*born), today)


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("minor", "senior", "today"),
    [
        (Flag.YES, Flag.NO, date(2026, 11, 20)),
        (Flag.NO, Flag.NO, date(2026, 11, 21)),  # the eve of the 18th birthday
        (Flag.NO, Flag.NO, date(2073, 11, 20)),
        (Flag.NO, Flag.YES, date(2073, 11, 21)),  # the eve of the 65th
    ],
)
def test_majority_and_old_age_begin_on_an_eve(minor: Flag, senior: Flag, today: date) -> None:
    """18 years by the Civil Code, art. 4; 65 by 介護保険法, art. 9. Born on 22 November 2008."""
    born = PartialDate(2008, 11, 22)
    assert (minor, senior) == (derived(IS_MINOR, born, today), derived(IS_SENIOR, born, today))


@pytest.mark.parametrize(
    ("years", "since", "today"),
    [
        (0, (2025, 11, 23), date(2026, 11, 22)),
        (1, (2025, 11, 22), date(2026, 11, 22)),  # not on the eve: no law counts this one
        (9, (2016, 2, 29), date(2026, 2, 28)),
        (10, (2016, 2, 29), date(2026, 3, 1)),
    ],
)
def test_years_resident_are_complete_on_the_day(years: int, since: tuple[int, int, int], today: date) -> None:
    """Whole years since the day on which somebody became a resident."""
    assert years == derived(YEARS_RESIDENT, PartialDate(*since), today)


@pytest.mark.rule("F7")
@pytest.mark.parametrize("field", DATED)
@pytest.mark.parametrize("known", [PartialDate(1950), PartialDate(1950, 5), PartialDate(2026, 11), PartialDate(2026)])
def test_a_date_that_is_not_known_to_the_day_gives_nothing(field: str, known: PartialDate) -> None:
    """Absent, not guessed: not even that somebody born in 1950 is no minor."""
    assert derived(field, known, date(2026, 11, 22)) is None


@pytest.mark.rule("M2")
@pytest.mark.parametrize("field", DATED)
@pytest.mark.parametrize(
    "unborn", [PartialDate(2026, 11, 23), PartialDate(2026, 12), PartialDate(2027), PartialDate(9999, 12, 31)]
)
def test_a_date_that_lies_ahead_is_unreadable(field: str, unborn: PartialDate) -> None:
    """From the next day on, and in months and years of which no day has come."""
    assert derived(field, unborn, date(2026, 11, 22)) is UNREADABLE


@pytest.mark.parametrize(
    ("expected", "relationship"),
    [
        (Flag.YES, "世帯主"),
        (Flag.NO, "妻"),
        (Flag.NO, "世帯主の父"),
        (None, None),
        (UNREADABLE, UNREADABLE),
        (UNREADABLE, 1),
    ],
)
def test_the_head_of_a_household_is_who_is_entered_as_such(expected: Value | None, relationship: Value | None) -> None:
    """続柄 reads 世帯主."""
    assert expected == derived(IS_HEAD_OF_HOUSEHOLD, relationship, date(2026, 11, 22))


@pytest.mark.parametrize("value", [None, UNREADABLE, "0123456789"])
def test_protection_is_told_from_the_marker_alone(value: Value | None) -> None:
    """Whatever stands in the row, of which it reads nothing."""
    for protected in (True, False):
        told = derived(IS_PROTECTED, value, date(2026, 11, 22), protected=protected)
        assert told is (Flag.YES if protected else Flag.NO)


@pytest.mark.rule("F4", "M2")
@pytest.mark.parametrize("field", DERIVATIONS)
@given(value=_BASES, today=st.dates(), protected=st.booleans())
def test_what_is_derived_never_shows_what_it_is_derived_from(
    field: str, value: Value | None, today: date, *, protected: bool
) -> None:
    """Whatever the register holds, the outcome is nothing, a number of years, a flag or UNREADABLE: never the value
    itself, nor anything that holds it.
    """
    made = derived(field, value, today, protected=protected)
    if made is None or made is UNREADABLE:
        assert value is not None or made is None
    elif FIELDS[field].kind is ValueKind.FLAG:
        assert isinstance(made, Flag)
    else:
        assert isinstance(value, PartialDate)
        assert type(made) is int
        assert 0 <= made <= today.year - value.year + 1


@pytest.mark.rule("F4", "M2")
@pytest.mark.parametrize("field", [field for field in DERIVATIONS if field != IS_PROTECTED])
@given(st.one_of(st.integers(), st.builds(Address, *map(st.just, ("x", "y", "z", 1, "w"))), st.sampled_from(Flag)))
def test_what_cannot_be_read_is_malformed_under_every_mask(field: str, value: Value) -> None:
    """Of a value that is not what its field promises no mask shows anything; `redact`, which shows nothing of any
    value, does not even tell that.
    """
    occasion = Occasion("1234567890", None, date(2026, 11, 22))
    made = derived(field, value, occasion.today)
    assert made is UNREADABLE
    for mask, row in CATALOGUE.items():
        if FIELDS[field].kind in row.fits:
            masker = row.bind(row.settings.model_validate(CHOICES[mask][0]), KEYS if row.keyed else None)
            assert masker(made, occasion) == (REDACTED if mask == "redact" else MALFORMED)


@pytest.mark.rule("F4", "F7")
@given(st.dates(date(1, 1, 1), date(9998, 1, 1)), st.integers(0, 200))
def test_age_is_whole_years_and_one_day_ahead(born: date, later: int) -> None:
    """On each day it is what the birthday's own reckoning gives on the next, and `keep` shows that number alone."""
    today = min(born + timedelta(days=later * 31), date(9999, 12, 30))
    birth_date = PartialDate(born.year, born.month, born.day)
    age = derived(AGE, birth_date, today)
    assert age == whole_years(born, today + timedelta(days=1))
    assert _KEEP(age, Occasion("1234567890", None, today)) == Exact(age)


@pytest.mark.rule("F4")
def test_each_field_is_read_from_its_base() -> None:
    """A derived field from the one that it is derived from, or from none; every other one from itself."""
    assert base_of(AGE) == BIRTH_DATE
    assert base_of(IS_PROTECTED) is None
    assert base_of(NAME) == NAME
    for field in DERIVATIONS:
        assert (FIELDS[field].derived_from or (None,)) == (base_of(field),)
