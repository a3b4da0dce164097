from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.japanese.era import in_era, parse_date, parse_within
from masking.value import PartialDate

DATES = st.one_of(
    st.dates(date(1873, 1, 1), date(2100, 12, 31)),
    st.dates(),
    st.sampled_from([date(1912, 7, 29), date(1912, 7, 30), date(1926, 12, 24), date(1926, 12, 25)]),
    st.sampled_from([date(1989, 1, 7), date(1989, 1, 8), date(2019, 4, 30), date(2019, 5, 1)]),
).flatmap(
    lambda day: st.sampled_from(
        [PartialDate(day.year, day.month, day.day), PartialDate(day.year, day.month), PartialDate(day.year)]
    )
)


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("1970-08-12", "1970-08-12"),
        ("1970-08-12", "1970/8/12"),
        ("1970-08-12", "1970.8.12"),
        ("1970-08-12", "19700812"),
        ("1970-08-12", "1970年8月12日"),
        ("1970-08-12", " １９７０年０８月１２日 "),
        ("1970-08-12", "一九七〇年八月十二日"),
        ("1970-08-12", "昭和45年8月12日"),
        ("1970-08-12", "昭和 45年 8月 12日"),
        ("1970-08-12", "昭和四十五年八月十二日"),
        ("1970-08-12", "昭和四五年八月一二日"),
        ("1970-08-12", "昭45.8.12"),
        ("1970-08-12", "㍼45年8月12日"),
        ("1970-08-12", "S45.8.12"),
        ("1970-08-12", "s45/8/12"),
        ("1970-08-12", "Ｓ４５－８－１２"),
        ("1970-08-00", "1970年8月"),  # the day is not known ...
        ("1970-08-00", "1970-08-00"),
        ("1970-08-00", "1970-8"),
        ("1970-08-00", "19700800"),
        ("1970-08-00", "昭和45年8月"),
        ("1970-08-00", "昭和45年8月日不詳"),
        ("1970-08-00", "S45.8"),
        ("1970-00-00", "1970"),  # ... nor the month
        ("1970-00-00", "1970年"),
        ("1970-00-00", "1970-00-00"),
        ("1970-00-00", "昭和45年"),
        ("1970-00-00", "昭和45年月日不詳"),
        ("1970-00-00", "S45"),
        ("1873-01-01", "明治6年1月1日"),
        ("1873-01-01", "㍾六年一月一日"),
        ("1868-00-00", "明治元年"),  # by the moon's calendar only the year can be said
        ("1872-00-00", "M5"),
        ("1860-05-03", "1860-05-03"),
        ("1912-07-29", "M45.7.29"),
        ("1912-07-30", "大正元年7月30日"),
        ("1926-12-24", "T15.12.24"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1989-01-08", "㍻元年1月8日"),
        ("2019-04-30", "平31.4.30"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-05-01", "㋿1.5.1"),
        ("2019-05-01", "R1.5.1"),
        ("1912-07-00", "明治45年7月"),  # the month that two eras share is in both
        ("1912-07-00", "大正元年7月"),
        ("1989-00-00", "昭和64年"),
        ("1989-00-00", "平成元年"),
        ("1989-00-00", "昭和64年・平成元年"),
    ],
)
def test_every_way_to_write_a_date_is_read(expected: str, text: str) -> None:
    """Gregorian or by era, exact or partial; what is not known stays unknown."""
    assert PartialDate.parse(expected) == parse_date(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("after its era: 昭和 ended on 1989-01-07", "昭和64年1月8日"),
        ("after its era: 昭和 ended on 1989-01-07", "昭和64年2月"),
        ("after its era: 昭和 ended on 1989-01-07", "S65"),
        ("after its era: 平成 ended on 2019-04-30", "平成31年5月1日"),
        ("after its era: 平成 ended on 2019-04-30", "H31.5"),
        ("after its era: 大正 ended on 1926-12-24", "大正15年12月25日"),
        ("after its era: 明治 ended on 1912-07-29", "明治45年7月30日"),
        ("before its era: 令和 began on 2019-05-01", "令和元年4月30日"),
        ("before its era: 令和 began on 2019-05-01", "R1.4"),
        ("before its era: 平成 began on 1989-01-08", "平成元年1月7日"),
        ("before its era: 昭和 began on 1926-12-25", "昭和元年12月24日"),
        ("before its era: 大正 began on 1912-07-30", "大正元年7月29日"),
        ("before its era: 昭和 began on 1926-12-25", "S0"),
        ("up to 明治5年 the calendar was another", "明治5年12月2日"),
        ("up to 明治5年 the calendar was another", "明治3年1月"),
        ("no calendar has this date", "1970-02-30"),
        ("no calendar has this date", "昭和45年13月"),
        ("no calendar has this date", "平成5年2月29日"),
        ("no calendar has this date", "1970-00-12"),
        ("no calendar has this date", "0000"),
        ("no calendar has this date", "令和9999年"),
        ("write the year with its era", "45.8.12"),
        ("write the year with its era", "元年"),
        ("write it like", ""),
        ("write it like", "1970-8/12"),  # one kind of mark, or none
        ("write it like", "197008"),  # 1970-08 or 19-70-08
        ("write it like", "1970 08 12"),
        ("write it like", "慶応4年"),
        ("write it like", "昭和十三三年"),
        ("write it like", "S45.8.12.1"),
        ("write it like", "昭和46年9"),
        ("write it like", "٣٠٠٠"),
        ("two dates that differ", "昭和64年・平成2年"),
    ],
)
def test_what_is_no_date_is_refused_with_a_reason(expected: str, text: str) -> None:
    """A date outside its era is no date; the reason says what to write, and repeats nothing of the text."""
    with pytest.raises(ValueError, match=expected) as refused:
        parse_date(text)
    assert not text or text not in str(refused.value)


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("昭和45年8月12日", "1970-08-12"),
        ("令和元年5月", "2019-05-00"),
        ("昭和64年・平成元年", "1989-00-00"),
        ("昭和64年1月・平成元年1月", "1989-01-00"),
        ("平成元年2月", "1989-02-00"),
        ("平成31年4月", "2019-04-00"),
        ("明治45年・大正元年", "1912-00-00"),
        ("明治6年1月1日", "1873-01-01"),
        ("1872年12月31日", "1872-12-31"),
        ("1860年", "1860-00-00"),
    ],
)
def test_a_date_is_written_in_its_era_as_far_as_it_is_known(expected: str, text: str) -> None:
    """Where the era is not certain both are said; before 1873 the Gregorian date is."""
    assert expected == in_era(PartialDate.parse(text))


@pytest.mark.rule("F7")
@given(known=DATES)
def test_what_is_written_is_read_again(known: PartialDate) -> None:
    """Nothing is lost or made up on the way, in either writing."""
    assert known == parse_date(in_era(known))
    assert known == parse_date(str(known))


@given(text=st.text(st.sampled_from("明治大正昭和平成令MTSHR元年月日不詳0123456789〇一十百.-/・ "), max_size=14))
def test_reading_gives_a_date_or_a_reason(text: str) -> None:
    """No text makes it fail in another way, and what is read can be written and read again."""
    try:
        known = parse_date(text)
    except ValueError:
        return
    assert known == parse_date(in_era(known))


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (("1989-01-01", "1989-01-07"), "昭和64年"),
        (("1989-01-01", "1989-01-07"), "S64.1"),
        (("1989-01-08", "1989-12-31"), "平成元年"),
        (("1926-12-25", "1926-12-31"), "昭和元年"),
        (("1912-01-01", "1912-07-29"), "明治45年"),
        (("2019-05-01", "2019-12-31"), "R1"),
        (None, "昭和64年1月7日"),  # the day itself
        (None, "令和元年5月"),  # a whole month of it
        (None, "昭和63年"),
        (None, "1989"),
        (None, "昭和64年・平成元年"),  # together they are the year
    ],
)
def test_what_the_era_leaves_out_is_told(expected: tuple[str, str] | None, text: str) -> None:
    """The days of the era in a year or month; None where they are all of its days."""
    _, within = parse_within(text)

    assert expected == (None if within is None else tuple(map(str, within)))
