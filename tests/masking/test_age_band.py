from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.catalogue import CATALOGUE
from masking.masker import Masker
from masking.value import EMPTY, MALFORMED, AgeBand, Masked, Occasion, PartialDate, Value


def on(today: str) -> Occasion:
    """Asked on that day."""
    return Occasion("1", None, date.fromisoformat(today))


def single(age: int) -> AgeBand:
    """The band of one year."""
    return AgeBand(age, age)


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("expected", "reckoning", "birth", "today"),
    [
        (single(5), "birthday_eve", "2020-04-02", "2026-03-31"),  # two days before: not yet
        (single(6), "birthday_eve", "2020-04-02", "2026-04-01"),  # the eve: the law counts the day of birth
        (single(6), "birthday_eve", "2020-04-01", "2026-03-31"),  # so a child of 1 April enters school a year earlier
        (single(5), "birthday", "2020-04-02", "2026-04-01"),  # the setting: not on the eve
        (single(6), "birthday", "2020-04-02", "2026-04-02"),  # but on the day
        (single(19), "birthday_eve", "2004-02-29", "2024-02-27"),  # leap-day birth, leap year
        (single(20), "birthday_eve", "2004-02-29", "2024-02-28"),
        (single(20), "birthday_eve", "2004-02-29", "2025-02-27"),  # leap-day birth, common year
        (single(21), "birthday_eve", "2004-02-29", "2025-02-28"),  # Civil Code art. 143: the month's last day
        (single(20), "birthday", "2004-02-29", "2025-02-28"),
        (single(21), "birthday", "2004-02-29", "2025-03-01"),
        (single(0), "birthday_eve", "2005-03-01", "2006-02-27"),  # 1 March: eve moves with leap years
        (single(1), "birthday_eve", "2005-03-01", "2006-02-28"),
        (single(2), "birthday_eve", "2005-03-01", "2008-02-28"),
        (single(3), "birthday_eve", "2005-03-01", "2008-02-29"),
        (single(0), "birthday_eve", "2005-01-01", "2005-12-30"),  # over the turn of the year
        (single(1), "birthday_eve", "2005-01-01", "2005-12-31"),
        (single(0), "birthday_eve", "2026-04-01", "2026-04-01"),  # born today
        (single(72), "birthday_eve", "9927-06-01", "9999-12-31"),  # the calendar's last day has no tomorrow
    ],
)
def test_an_age_is_reached_as_japanese_law_counts(
    expected: Masked, reckoning: str, birth: str, today: str, bound: Callable[..., Masker]
) -> None:
    """At the end of the day before the birthday, unless the setting says on the birthday."""
    masker = bound("age_band", width=1, top=120, reckoning=reckoning)
    assert expected == masker(PartialDate.parse(birth), on(today))


@pytest.mark.rule("F7", "M2")
@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (AgeBand(0, 4), PartialDate(2026, 1, 1)),  # first band
        (AgeBand(35, 39), PartialDate(1990, 1, 1)),
        (AgeBand(85, 89), PartialDate(1936, 11, 25)),  # 89
        (AgeBand(90, None), PartialDate(1936, 11, 23)),  # 90 tomorrow, so today: top coded
        (AgeBand(90, None), PartialDate(1868, 1, 1)),  # however old
        (EMPTY, PartialDate(1990, 5)),  # a partial date has no age
        (EMPTY, PartialDate(1990)),
        (EMPTY, PartialDate(1900)),  # not even where every guess would say 90+
        (EMPTY, PartialDate(2026)),  # began before today
        (EMPTY, None),  # null stays null
        (MALFORMED, PartialDate(2026, 11, 23)),  # born tomorrow
        (MALFORMED, PartialDate(2026, 12)),  # a partial date that is all in the future
        (MALFORMED, PartialDate(2027)),
        (MALFORMED, "1990-01-01"),  # text is no date
        (MALFORMED, 36),  # an age is no date
        (MALFORMED, date(1990, 1, 1)),  # no register value
    ],
)
def test_age_band_shows_the_band_only(expected: Masked, value: Value | None, bound: Callable[..., Masker]) -> None:
    """Bands of five years up to 90; what has no age is absent, not guessed."""
    assert expected == bound("age_band", width=5)(value, on("2026-11-22"))


@given(birth=st.dates(), today=st.dates(), width=st.sampled_from([1, 2, 3, 5, 10, 15, 45, 90]))
def test_age_band_holds_the_age(birth: date, today: date, width: int, bound: Callable[..., Masker]) -> None:
    """Any day, any birth: the band holds the age, is as wide as promised, and nobody unborn has one."""
    value = PartialDate(birth.year, birth.month, birth.day)
    band = bound("age_band", width=width, reckoning="birthday")(value, Occasion("1", None, today))
    if birth > today:
        assert band == MALFORMED
        return
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    assert isinstance(band, AgeBand)
    assert band.low <= age
    assert band.low == 90 if band.high is None else band.high - band.low + 1 == width and age <= band.high


@pytest.mark.parametrize(
    ("expected", "settings"),
    [
        ("write how many years", {}),  # width is not guessed
        ("write how many years", {"width": 0}),
        ("write e.g. `top: 84`", {"width": 7}),  # 90 is no multiple of 7
        ("write e.g. `top: 100`", {"width": 100}),
        ("from which age up", {"width": 5, "top": 0}),
        ("write birthday_eve", {"width": 5, "reckoning": "eve"}),
        ("takes width, top, reckoning", {"width": 5, "bottom": 20}),
    ],
)
def test_age_band_refuses_settings_with_advice(expected: str, settings: dict[str, object]) -> None:
    """What a steward wrote wrong is answered with what to write."""
    with pytest.raises(ValueError, match=expected):
        CATALOGUE["age_band"].settings.model_validate(settings)
