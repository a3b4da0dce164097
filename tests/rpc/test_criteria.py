"""Search criteria over the wire: read as people write them, or named with advice."""

from datetime import date
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ask import SearchAsk
from gateway.field import FINDING_KEYS, LOOKUP_KEYS, NAME, SearchKey
from gateway.pattern import NamePattern
from gateway.refusal import Reason, Refusal, Violation
from gateway.register.port import Criteria
from gateway.rpc.criteria import search_ask
from gateway.subject import Status
from gateway.v1 import register_pb2 as pb
from masking.japanese.address import AddressPattern, address_query
from masking.japanese.era import Within
from masking.value import PartialDate
from tests.rpc.messages import CITY, HANA, context

_DATE: Final = "not a date: write numbers, 昭和45年8月12日, S45.8.12 or 1970-08-12"
_ADDRESS: Final = "not an address: write town, chome and lot, like 水神2-3-18"


def asked(said: pb.SearchCriteria) -> SearchAsk:
    """The ask that is made of criteria."""
    return search_ask(pb.SearchResidentsRequest(context=context(), criteria=said), HANA, "0b9d", CITY)


def faults(said: pb.SearchCriteria) -> tuple[Violation, ...]:
    """What is wrong with criteria that are refused."""
    with pytest.raises(Refusal) as refused:
        asked(said)
    assert refused.value.reason is Reason.REQUEST_MALFORMED
    return refused.value.violations


def born(text: str) -> pb.SearchCriteria:
    """A birth date as people write it."""
    return pb.SearchCriteria(birth_date=pb.DateCriterion(text=text))


def born_on(year: int, month: int = 0, day: int = 0) -> pb.SearchCriteria:
    """A birth date in numbers."""
    return pb.SearchCriteria(birth_date=pb.DateCriterion(date=pb.PartialDate(year=year, month=month, day=day)))


@pytest.mark.rule("S1")
def test_everything_that_is_said_is_read() -> None:
    """Each condition is looked for, and named among the keys that the purpose is asked for."""
    ask = asked(
        pb.SearchCriteria(
            name="髙橋*",
            name_kana="たかはし",
            birth_date=pb.DateCriterion(text="昭和45年8月12日"),
            address="水神二丁目3番18号",
            household_id="H-0001",
            resident_id="0123456789",
            pseudonym="tk1abc",
            statuses=[pb.REGISTER_STATUS_RESIDENT, pb.REGISTER_STATUS_DECEASED],
        )
    )
    assert ask.criteria == Criteria(
        names=frozenset({NAME}),
        name=NamePattern("高橋", True, ((0, "髙"),)),
        name_kana=NamePattern("タカハシ", False, ()),
        born=PartialDate(1970, 8, 12),
        address=AddressPattern("水神2-3-18", False),
        household_id="H-0001",
        resident_id="0123456789",
    )
    assert ask.pseudonym == "tk1abc"
    assert ask.statuses == {Status.RESIDENT, Status.DECEASED}
    assert ask.keys == FINDING_KEYS | LOOKUP_KEYS | {SearchKey.STATUS}


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("key", "said"),
    [
        (SearchKey.NAME, pb.SearchCriteria(name="高橋　一郎")),
        (SearchKey.NAME_KANA, pb.SearchCriteria(name_kana="タカハシ*")),
        (SearchKey.BIRTH_DATE, born("S45.8")),
        (SearchKey.BIRTH_DATE, born_on(1970)),
        (SearchKey.ADDRESS, pb.SearchCriteria(address="潮見市水神2-3-18")),
        (SearchKey.HOUSEHOLD_ID, pb.SearchCriteria(household_id="H-0001")),
        (SearchKey.RESIDENT_ID, pb.SearchCriteria(resident_id="0123456789")),
        (SearchKey.PSEUDONYM, pb.SearchCriteria(pseudonym="tk1abc")),
    ],
    ids=str,
)
def test_one_condition_is_enough_and_uses_its_key_alone(key: SearchKey, said: pb.SearchCriteria) -> None:
    """A key that is not used is not asked of the purpose, and one that is, is."""
    assert {key} == asked(said).keys
    said.statuses.append(pb.REGISTER_STATUS_MOVED_OUT)
    assert {key, SearchKey.STATUS} == asked(said).keys


@pytest.mark.rule("F7")
@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (PartialDate(1970, 8, 12), born_on(1970, 8, 12)),
        (PartialDate(1970, 8), born_on(1970, 8)),
        (PartialDate(1970), born_on(1970)),
        (PartialDate(1970, 8, 12), born("昭和45年8月12日")),
        (PartialDate(1970, 8, 12), born("Ｓ４５．８．１２")),  # wide
        (PartialDate(1970, 8, 12), born("1970-08-12")),
        (PartialDate(2019, 5), born("令和元年5月")),
        (PartialDate(1989), born("昭和64年")),
    ],
    ids=str,
)
def test_a_birth_date_is_read_with_the_precision_that_it_has(expected: PartialDate, said: pb.SearchCriteria) -> None:
    """In numbers, by era or as ISO 8601 has it; what is left out stays open."""
    assert expected == asked(said).criteria.born


@pytest.mark.rule("F7")
def test_a_year_by_era_is_its_own_days() -> None:
    """昭和64年 had seven; in numbers a year is all of it."""
    seven = asked(born("昭和64年")).criteria
    assert (seven.born, seven.within) == (PartialDate(1989), Within(date(1989, 1, 1), date(1989, 1, 7)))
    assert asked(born("昭和45年")).criteria.within is None
    assert asked(born_on(1989)).criteria.within is None


@pytest.mark.parametrize(
    "said",
    [
        born_on(0),
        born_on(1970, 13),
        born_on(1970, 0, 12),  # a day of no month
        born_on(2026, 2, 29),
        born_on(-(2**31), -1, 2**31 - 1),
        born("昭和65年1月1日"),  # 昭和 had ended
        born("昭和64年1月8日"),
        born("45年8月12日"),  # of which era?
        born(""),
        born("1970-08-12" + " " * 40),
        pb.SearchCriteria(birth_date=pb.DateCriterion()),  # no form of it
    ],
    ids=str,
)
def test_a_date_that_cannot_be_read_is_refused_with_advice(said: pb.SearchCriteria) -> None:
    """And is not passed over: somebody said something of the birth date."""
    assert faults(said) == (Violation("criteria.birth_date", _DATE),)


@pytest.mark.parametrize(
    "text", ["水神2-3-18", "潮見市水神二丁目3番18号", "潮見県潮見市水神2-3-18", "水神２－３－１８"]
)
def test_an_address_may_begin_with_the_city(text: str) -> None:
    """One address, however it is written."""
    assert asked(pb.SearchCriteria(address=text)).criteria.address == address_query("水神2-3-18")


@pytest.mark.parametrize(
    "text",
    [
        " ",
        CITY,  # everybody lives there
        "水" * 201,
        "水神2-3-18\x00",  # no database takes it
    ],
    ids=["blank", "the city", "too long", "a control character"],
)
def test_an_address_that_cannot_be_read_is_refused_with_advice(text: str) -> None:
    """Nobody is found by where everybody lives."""
    assert faults(pb.SearchCriteria(address=text)) == (Violation("criteria.address", _ADDRESS),)


@pytest.mark.rule("S2")
@pytest.mark.parametrize("place", ["name", "name_kana"])
def test_a_pattern_that_is_too_wide_is_refused_with_advice(place: str) -> None:
    """A name and a reading alike."""
    said = pb.SearchCriteria(**{place: "タ*"})  # type: ignore[arg-type]
    assert [fault.field for fault in faults(said)] == [f"criteria.{place}"]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("criteria", pb.SearchCriteria()),
        ("criteria", pb.SearchCriteria(statuses=[pb.REGISTER_STATUS_MOVED_OUT])),  # all who moved away
        ("criteria.resident_id", pb.SearchCriteria(resident_id="123")),
        ("criteria.pseudonym", pb.SearchCriteria(pseudonym="t" * 129)),
        ("criteria.household_id", pb.SearchCriteria(household_id="H\x00")),
        ("criteria.household_id", pb.SearchCriteria(household_id="H" * 65)),
    ],
    ids=["nothing", "a status alone", "resident id", "pseudonym", "household id", "long household id"],
)
def test_what_is_missing_or_malformed_is_named(expected: str, said: pb.SearchCriteria) -> None:
    """By its place in the request."""
    assert expected in [fault.field for fault in faults(said)]


@given(name=st.text(min_size=3), address=st.text(min_size=3), text=st.text(min_size=3))
def test_advice_never_repeats_what_was_typed(name: str, address: str, text: str) -> None:
    """Whatever is wrong with it: advice is one of a few sentences."""
    try:
        asked(pb.SearchCriteria(name=name, address=address, birth_date=pb.DateCriterion(text=text)))
    except Refusal as refusal:
        advice = {fault.description for fault in refusal.violations}
        names = {"write a name", "one * only, and at the end", "over 100 characters"}
        assert advice <= {_DATE, _ADDRESS, *names, "before a *, write at least 2 kanji, or 3 kana or letters"}
