from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, DatePrecision, EraYear, Masked, Occasion, PartialDate, ReducedDate, Value


@pytest.mark.rule("F7", "M2")
@pytest.mark.parametrize(
    ("expected", "value", "keep"),
    [
        (ReducedDate(PartialDate(2020), DatePrecision.YEAR), PartialDate(2020, 5, 17), "year"),
        (ReducedDate(PartialDate(2020, 5), DatePrecision.MONTH), PartialDate(2020, 5, 17), "month"),
        (ReducedDate(PartialDate(2020, 5), DatePrecision.MONTH), PartialDate(2020, 5), "month"),  # no day to cut
        (ReducedDate(PartialDate(2020), DatePrecision.YEAR), PartialDate(2020), "month"),  # keeps what it has
        (ReducedDate(PartialDate(2020), DatePrecision.YEAR), PartialDate(2020, 5), "year"),
        (EraYear("昭和45年", 1970), PartialDate(1970, 8, 12), "era_year"),
        (EraYear("平成31年", 2019), PartialDate(2019, 4, 30), "era_year"),
        (EraYear("令和元年", 2019), PartialDate(2019, 5, 1), "era_year"),
        (EraYear("平成31年・令和元年", 2019), PartialDate(2019), "era_year"),  # which of them, nobody knows
        (EraYear("明治45年・大正元年", 1912), PartialDate(1912, 7), "era_year"),
        (
            EraYear("昭和64年・平成元年", 1989),
            PartialDate(1989, 1, 7),
            "era_year",
        ),  # a week's births
        (EraYear("昭和64年・平成元年", 1989), PartialDate(1989, 12, 1), "era_year"),
        (EraYear("大正15年・昭和元年", 1926), PartialDate(1926, 12, 25), "era_year"),
        (EraYear("1860年", 1860), PartialDate(1860), "era_year"),  # by another calendar
        (EMPTY, None, "year"),  # null stays null
        (MALFORMED, "2020-05-17", "year"),  # text is no date
        (MALFORMED, 2020, "year"),
    ],
)
def test_date_precision_keeps_no_more_than_asked(
    expected: Masked, value: Value | None, keep: str, bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """A date is cut to what the steward keeps, and never made finer than it is."""
    assert expected == bound("date_precision", keep=keep)(value, occasion)


@given(year=st.integers(1, 9999), month=st.integers(1, 12), days=st.tuples(st.integers(0, 28), st.integers(1, 28)))
def test_days_of_one_month_look_alike(
    year: int, month: int, days: tuple[int, int], bound: Callable[..., Masker], occasion: Occasion
) -> None:
    """Nothing of the day is left, not even whether it is known."""
    first, second = (bound("date_precision", keep="month")(PartialDate(year, month, day), occasion) for day in days)
    assert first == second


@pytest.mark.parametrize("settings", [{}, {"keep": "day"}, {"keep": 1}])
def test_date_precision_refuses_settings_with_advice(settings: dict[str, object]) -> None:
    """What a steward wrote wrong is answered with what to write."""
    with pytest.raises(ValueError, match="`keep: year`, `keep: era_year` or `keep: month`"):
        CATALOGUE["date_precision"].settings.model_validate(settings)
