"""What the contract can carry."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.field import FIELDS
from gateway.rpc.encode import FORMS, encode, write_out
from gateway.v1 import register_pb2 as pb
from masking.allotment import MemoryAllotments
from masking.catalogue import CATALOGUE
from masking.japanese.era import parse_date
from masking.keyring import Keyring, PseudonymDomain
from masking.value import (
    EMPTY,
    MALFORMED,
    REDACTED,
    UNREADABLE,
    WITHHELD,
    Absent,
    Address,
    AgeBand,
    DatePrecision,
    Entry,
    EraYear,
    Exact,
    Flag,
    Masked,
    Occasion,
    PartialDate,
    Pseudonym,
    RecentEntries,
    ReducedDate,
    Rounded,
    Sex,
    Value,
    ValueKind,
    YenBand,
)
from tests.choices import CHOICES

_KEYS: Final = Keyring(1, bytes(range(32))).domain(PseudonymDomain("planning", "statistics", "field"))

_TEXT: Final = st.one_of(st.text(max_size=40), st.sampled_from(["1234567890", "東　花子", "ヒガシ　ハナコ", "妻"]))
_DATES: Final = st.one_of(
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
    st.builds(PartialDate, st.integers(1, 9999), st.integers(0, 12)),
)
_ADDRESSES: Final = st.builds(
    Address, st.sampled_from(["4820100301", "4820100300", "x", ""]), _TEXT, _TEXT, st.integers(0, 9), _TEXT
)
_ENTRIES: Final = st.lists(st.builds(Entry, _TEXT, st.none() | _DATES, st.none() | _DATES, _TEXT), max_size=4)
VALUES: Final[dict[ValueKind, st.SearchStrategy[Value]]] = {
    ValueKind.ID: _TEXT,
    ValueKind.NAME: _TEXT,
    ValueKind.TEXT: _TEXT,
    ValueKind.CODE: _TEXT,
    ValueKind.DATE: _DATES,
    ValueKind.YEN: st.integers(-(2**62), 2**62),
    ValueKind.ADDRESS: _ADDRESSES,
    ValueKind.NUMBER: st.integers(0, 9999),
    ValueKind.FLAG: st.sampled_from(Flag),
    ValueKind.ENTRIES: _ENTRIES.map(tuple),
    ValueKind.REMARK: _TEXT,
}
_MAY: Final = pb.PartialDate(year=2020, month=5)
_FITTING: Final = [(kind, mask) for mask, row in CATALOGUE.items() for kind in sorted(row.fits)]


@pytest.mark.parametrize(("kind", "mask"), _FITTING, ids=str)
@given(st.data())
def test_whatever_a_mask_makes_of_a_value_can_be_sent(kind: ValueKind, mask: str, data: st.DataObject) -> None:
    """Every mask on every kind of value that it fits, on any value or none, gives a form that the field's message
    has.
    """
    row = CATALOGUE[mask]
    choice = data.draw(st.sampled_from(CHOICES[mask]))
    masker = row.bind(row.settings.model_validate(choice), _KEYS, MemoryAllotments())
    value = data.draw(st.one_of(st.none(), st.just(UNREADABLE), VALUES[kind]))
    occasion = Occasion("1234567890", data.draw(st.sampled_from([None, *Sex])), data.draw(st.dates()))
    for field in (name for name, each in FIELDS.items() if each.kind is kind):
        masked = masker(value, occasion)
        sent = pb.Resident.FromString(encode([(field, masked)]).SerializeToString())
        assert [each.name for each, _ in sent.ListFields()] == [field]
        form = getattr(sent, field).WhichOneof("form")
        assert (form == "exact") is isinstance(masked, Exact)
        assert (form == "absent") is isinstance(masked, Absent)


@pytest.mark.rule("F5")
@pytest.mark.parametrize(
    ("absent", "sent"),
    [
        (EMPTY, pb.ABSENCE_EMPTY),
        (WITHHELD, pb.ABSENCE_WITHHELD),
        (REDACTED, pb.ABSENCE_REDACTED),
        (MALFORMED, pb.ABSENCE_MALFORMED),
    ],
)
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_can_say_why_it_has_no_value(field: str, absent: Absent, sent: int) -> None:
    """Empty in the register, withheld, redacted and malformed are four answers; not asked for is a field not set."""
    resident = encode([(field, absent)])
    assert getattr(resident, field).absent == sent
    assert [each.name for each, _ in resident.ListFields()] == [field]


@pytest.mark.parametrize(
    ("field", "form", "expected"),
    [
        ("income", YenBand(None, 0), pb.YenValue(band=pb.YenBand(high=0))),  # below zero
        ("income", Rounded(3_000, 1000), pb.YenValue(rounded=pb.Rounded(value=3000, base=1000))),
        ("household_size", Rounded(0, 3), pb.NumberValue(rounded=pb.Rounded(base=3))),
        ("birth_date", EraYear("昭和45年", 1970), pb.DateValue(era_year=pb.EraYear(text="昭和45年", year=1970))),
        ("income", YenBand(0, 1_000_000), pb.YenValue(band=pb.YenBand(low=0, high=1_000_000))),
        ("income", YenBand(10_000_000, None), pb.YenValue(band=pb.YenBand(low=10_000_000))),
        ("income", Exact(0), pb.YenValue(exact=0)),  # nothing earned is not nothing known
        ("birth_date", AgeBand(0, 2), pb.DateValue(age_band=pb.AgeBand(low=0, high=2))),
        ("birth_date", AgeBand(90, None), pb.DateValue(age_band=pb.AgeBand(low=90))),
        ("birth_date", Exact(PartialDate(1950)), pb.DateValue(exact=pb.PartialDate(year=1950))),  # no month known
        ("removed_on", Exact(PartialDate(1950, 5)), pb.DateValue(exact=pb.PartialDate(year=1950, month=5))),
        ("age", Exact(0), pb.NumberValue(exact=0)),  # in the first year
        ("electoral_roll", Exact(Flag.NO), pb.FlagValue(exact=False)),  # no is an answer
        ("electoral_roll", Exact(Flag.YES), pb.FlagValue(exact=True)),
        ("remarks", Exact("転出予定"), pb.TextValue(exact="転出予定")),
        (
            "history",
            Exact((Entry("moved_in", PartialDate(2020, 5), PartialDate(2020, 5), "前住所"),)),
            pb.EntriesValue(
                exact=pb.EntryList(entries=[pb.Entry(code="moved_in", since=_MAY, until=_MAY, detail="前住所")])
            ),
        ),
        (
            "benefits",  # nobody knows since when one was paid, and of the other neither day
            RecentEntries((Entry("housing_benefit", None, PartialDate(2020, 5), ""), Entry("x", None, None, ""))),
            pb.EntriesValue(
                recent=pb.EntryList(entries=[pb.Entry(code="housing_benefit", until=_MAY), pb.Entry(code="x")])
            ),
        ),
    ],
)
def test_open_ends_zeros_and_unknown_parts_survive(field: str, form: Masked, expected: object) -> None:
    """Zero, unset and unknown are told apart on the wire."""
    assert getattr(pb.Resident.FromString(encode([(field, form)]).SerializeToString()), field) == expected


def test_every_kind_of_value_has_its_forms() -> None:
    """A kind without a row could not be sent at all."""
    assert set(FORMS) == set(ValueKind)


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("name", YenBand(0, 1)),  # a form of another kind
        ("income", Exact("東　花子")),  # a value of another kind
        ("address", Exact("潮見市")),
        ("birth_date", Exact("1950-01-01")),
        ("electoral_roll", Exact(1)),  # not yes
        ("electoral_roll", Exact("no")),
        ("age", Exact("18")),
        ("history", Exact("moved_in")),
        ("history", Exact((Entry("moved_in", "2020-05-17", None, ""),))),  # type: ignore[arg-type]
        ("remarks", Pseudonym("tk1abc")),  # no mask of a remark makes one
        ("blood_type", Exact("A")),  # no field of the contract
    ],
)
def test_what_is_not_in_the_table_cannot_be_sent(field: str, form: Masked) -> None:
    """A form that does not belong to the field is an error of the program, never a guess."""
    with pytest.raises((KeyError, TypeError)):
        encode([(field, form)])


def written_out(field: str, form: Masked) -> pb.Resident:
    """One field of a resident, as it leaves for a caller who asked for the Japanese eras."""
    answer = [(field, form)]
    resident = encode(answer)
    write_out(answer, resident)
    return resident


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("昭和45年8月12日", Exact(PartialDate(1970, 8, 12))),
        ("令和元年5月", Exact(PartialDate(2019, 5))),  # no day is known, so none is written
        ("昭和64年・平成元年", Exact(PartialDate(1989))),  # either
        ("昭和45年8月", ReducedDate(PartialDate(1970, 8), DatePrecision.MONTH)),
        ("昭和45年", ReducedDate(PartialDate(1970), DatePrecision.YEAR)),
    ],
)
def test_a_date_is_written_out_as_far_as_it_is_shown(text: str, form: Exact | ReducedDate) -> None:
    """Beside its numbers, and with no more in it than they have."""
    sent = written_out("birth_date", form).birth_date
    date = sent.exact if isinstance(form, Exact) else sent.reduced
    known = form.value if isinstance(form, Exact) else form.date
    assert date.text == text
    assert PartialDate(date.year, date.month, date.day) == known == parse_date(date.text)


@pytest.mark.parametrize("form", [Exact, RecentEntries])
def test_the_dates_of_entries_are_written_out(form: type[Exact] | type[RecentEntries]) -> None:
    """Those that an entry has; one that it has not is not made up."""
    made = written_out(
        "history", form((Entry("born", PartialDate(1970, 8, 12), None, ""), Entry("x", None, PartialDate(2019, 5), "")))
    ).history
    first, second = made.exact.entries if form is Exact else made.recent.entries
    assert (first.since.text, first.HasField("until")) == ("昭和45年8月12日", False)
    assert (second.HasField("since"), second.until.text) == (False, "令和元年5月")


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("birth_date", EMPTY),
        ("birth_date", AgeBand(65, 69)),
        ("birth_date", Pseudonym("tk1abc")),
        ("history", WITHHELD),
        ("name", Exact("昭和　平成")),
        ("age", Exact(45)),
    ],
)
def test_what_is_no_date_is_left_as_it_is(field: str, form: Masked) -> None:
    """No form of a value is made another by writing dates out."""
    assert written_out(field, form) == encode([(field, form)])


@given(_DATES, st.lists(st.tuples(st.none() | _DATES, st.none() | _DATES), min_size=1, max_size=3))
def test_writing_out_adds_nothing_but_texts(
    born: PartialDate, days: list[tuple[PartialDate | None, PartialDate | None]]
) -> None:
    """Every date that is sent has its text, none is added, and without the texts all is what it was."""
    listed = Exact(tuple(Entry("corrected", since, until, "備考") for since, until in days))
    answer: list[tuple[str, Masked]] = [("birth_date", Exact(born)), ("sex", EMPTY), ("history", listed)]
    resident = encode(answer)
    write_out(answer, resident)
    dates = [resident.birth_date.exact]
    for entry in resident.history.exact.entries:
        dates += [getattr(entry, each) for each in ("since", "until") if entry.HasField(each)]
    assert len(dates) == 1 + sum(day is not None for pair in days for day in pair)
    for date in dates:
        assert date.text
        date.ClearField("text")
    assert resident == encode(answer)
