from collections.abc import Callable
from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, Entry, Masked, Occasion, PartialDate, RecentEntries, Value

# The occasion's day is 22 November 2026: five years back is 22 November 2021.
ON: Final = PartialDate(2021, 11, 22)
BEFORE: Final = PartialDate(2021, 11, 21)


def entry(since: PartialDate | None, until: PartialDate | None, detail: str = "前住所 汐町2丁目3番4号") -> Entry:
    """A change or a benefit."""
    return Entry("moved_within", since, until, detail)


@pytest.mark.parametrize(
    ("shown", "since", "until"),
    [
        (True, ON, ON),  # five years ago to the day
        (False, BEFORE, BEFORE),  # a day earlier
        (True, BEFORE, ON),  # ended within them
        (True, PartialDate(1950, 1, 1), None),  # goes on
        (True, None, ON),  # nobody knows since when
        (False, None, BEFORE),
        (False, None, None),  # without any date: it cannot be shown to be recent
        (True, PartialDate(2030), PartialDate(2031)),  # what is still to come
        (True, PartialDate(2021, 11), PartialDate(2021, 11)),  # some day of that month: it may be recent
        (False, PartialDate(2021, 10), PartialDate(2021, 10)),
        (True, PartialDate(2021), PartialDate(2021)),  # some day of that year
        (False, PartialDate(2020), PartialDate(2020)),
    ],
)
def test_recent_shows_the_last_years_and_what_goes_on(
    since: PartialDate | None,
    until: PartialDate | None,
    *,
    shown: bool,
    bound: Callable[..., Masker],
    occasion: Occasion,
) -> None:
    """Counted back from today, the day itself included; the last day of an entry decides."""
    made = bound("recent", years=5)((entry(since, until),), occasion)
    assert made == (RecentEntries((entry(since, until, ""),)) if shown else EMPTY)


@pytest.mark.parametrize(("shown", "until"), [(True, PartialDate(2023, 3, 1)), (False, PartialDate(2023, 2, 28))])
def test_a_year_back_from_29_february_is_1_march(
    until: PartialDate, *, shown: bool, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Where there is no such day, the next one."""
    made = bound("recent", years=1)((entry(until, until),), occasion._replace(today=date(2024, 2, 29)))
    assert (made != EMPTY) is shown


def test_recent_keeps_the_register_s_order(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """Whatever the dates are; what is too old is left out of it."""
    entries = (entry(ON, None), entry(BEFORE, BEFORE), entry(PartialDate(2026), PartialDate(2026)), entry(ON, ON))
    made = bound("recent", years=5)(entries, occasion)
    assert made == RecentEntries(tuple(entry(entries[n].since, entries[n].until, "") for n in (0, 2, 3)))


@pytest.mark.rule("M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (EMPTY, None),
        (EMPTY, ()),  # a list of nothing
        (MALFORMED, "moved_in"),
        (MALFORMED, ("moved_in",)),
        (MALFORMED, (Entry("a\ud842", ON, ON, ""),)),  # half of a torn character cannot be written down
        (MALFORMED, True),
        (RecentEntries((Entry("moved_in", ON, ON, ""),)), (Entry("moved_in", ON, ON, "a\ud842"),)),  # is not shown
    ],
)
def test_recent_marks_what_is_no_list_of_entries(
    expected: Masked, value: Value | None, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """One entry that cannot be read makes the list unreadable: the others alone would tell another story."""
    assert expected == bound("recent", years=5)(value, occasion)


_DATES: Final = st.none() | st.builds(PartialDate, st.integers(1, 9999), st.integers(0, 12))
_ENTRIES: Final = st.lists(st.builds(Entry, st.text(), _DATES, _DATES, st.text())).map(tuple)


@pytest.mark.rule("M2")
@given(entries=_ENTRIES, today=st.dates(), years=st.integers(1, 100))
def test_nothing_old_no_text_and_nothing_undated_is_ever_shown(
    entries: tuple[Entry, ...], today: date, years: int, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Whatever is asked for on whatever day."""
    made = bound("recent", years=years)(entries, occasion._replace(today=today))
    shown = made.entries if isinstance(made, RecentEntries) else ()
    assert isinstance(made, RecentEntries) == bool(shown)
    for each in shown:
        assert not each.detail
        assert each.since is not None or each.until is not None
        assert each.until is None or each.until.year >= today.year - years


@pytest.mark.parametrize("settings", [{}, {"years": 0}, {"years": 101}, {"years": "5"}, {"years": True}])
def test_recent_refuses_settings_with_advice(settings: dict[str, object]) -> None:
    """What a steward wrote wrong is answered with what to write."""
    with pytest.raises(ValueError, match="`years: 5`"):
        CATALOGUE["recent"].settings.model_validate(settings)
