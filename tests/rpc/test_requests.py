"""Requests over the wire: an ask or a refusal with places, and nothing in between."""

from collections.abc import Callable
from typing import Any, Final

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import DecodeError, Message
from hypothesis import given
from hypothesis import strategies as st

from gateway.ask import BatchAsk, LookupAsk, SearchAsk, StreamAsk
from gateway.field import SearchKey
from gateway.refusal import Reason, Refusal, Violation
from gateway.rpc.criteria import search_ask
from gateway.rpc.requests import BATCH, MASK_PATHS, batch_ask, lookup_ask, stream_ask
from gateway.subject import Outsider, Status
from gateway.v1 import register_pb2 as pb
from masking.value import PartialDate
from tests.rpc.messages import CITY, HANA, MARK, ODD, UNKNOWN, context, is_place, made_up, places

Asking = Callable[[Any], LookupAsk | BatchAsk | SearchAsk | StreamAsk]

READERS: Final[dict[type[Message], Asking]] = {
    pb.GetResidentRequest: lambda request: lookup_ask(request, HANA, "0b9d"),
    pb.BatchGetResidentsRequest: lambda request: batch_ask(request, HANA, "0b9d"),
    pb.SearchResidentsRequest: lambda request: search_ask(request, HANA, "0b9d", CITY),
    pb.StreamResidentsRequest: lambda request: stream_ask(request, HANA, "0b9d"),
}


def faults(request: Message) -> tuple[Violation, ...]:
    """What is wrong with a request; nothing of an ask."""
    try:
        READERS[type(request)](request)
    except Refusal as raised:
        refusal = raised
    else:
        return ()
    assert refusal.reason is Reason.REQUEST_MALFORMED
    assert refusal.violations
    return refusal.violations


def named(request: Message) -> list[str]:
    """The places of what is wrong."""
    return [fault.field for fault in faults(request)]


@pytest.mark.rule("S1", "R6")
@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_request_is_an_ask_or_refused_with_its_places(kind: type[Message], data: st.DataObject) -> None:
    """Whatever its values are: every place that a refusal names is one of the message, and no advice repeats anything
    of the request.
    """
    for fault in faults(data.draw(made_up(kind))):
        assert is_place(fault.field, kind.DESCRIPTOR)
        assert MARK not in fault.field + fault.description
        assert str(ODD) not in fault.field + fault.description


@pytest.mark.parametrize("kind", READERS, ids=lambda kind: kind.__name__)
@given(octets=st.binary(max_size=60) | st.lists(st.binary(max_size=4), max_size=4).map(b"\x0a\x00".join))
def test_octets_are_no_message_or_an_ask_or_refused(kind: type[Message], octets: bytes) -> None:
    """Whatever is sent; what is no message never gets here."""
    try:
        request = kind.FromString(octets)
    except DecodeError:
        return
    assert all(is_place(fault.field, kind.DESCRIPTOR) for fault in faults(request))


@pytest.mark.rule("S1")
@pytest.mark.parametrize("octets", UNKNOWN.values(), ids=list(UNKNOWN))
def test_a_condition_of_a_newer_contract_is_refused(octets: bytes) -> None:
    """At whatever depth it stands: to pass over it would find more people than were asked for."""
    search = pb.SearchResidentsRequest(
        context=context(),
        criteria=pb.SearchCriteria(name="高橋*", birth_date=pb.DateCriterion(date=pb.PartialDate(year=1970))),
    )
    stream = pb.StreamResidentsRequest(
        context=context(), selection=pb.Selection(area_code="48201", age=pb.AgeRange(to=18))
    )
    assert not faults(search)
    assert not faults(stream)
    conditions = 0
    for request in (search, stream):
        for place, _ in places(request):
            if place.startswith(("criteria", "selection")):
                newer = type(request).FromString(request.SerializeToString())
                dict(places(newer))[place].MergeFromString(octets)
                assert named(newer) == [place]
                conditions += 1
    assert conditions == len(["criteria", "criteria.birth_date", "criteria.birth_date.date", "selection", "age"])


@pytest.mark.rule("S1")
def test_a_condition_of_another_type_is_refused() -> None:
    """A name sent as a number is no name, and not nothing either."""
    request = pb.SearchResidentsRequest(context=context(), criteria=pb.SearchCriteria(name_kana="タカハシ"))
    request.criteria.MergeFromString(b"\x08\x01")  # field 1, varint 1
    assert named(request) == ["criteria"]


def test_a_lookup_says_whom_it_asks_for() -> None:
    """By the one or the other key."""
    by_id = lookup_ask(pb.GetResidentRequest(context=context(), resident_id="0123456789"), HANA, "0b9d")
    assert (by_id.key, by_id.value) == (SearchKey.RESIDENT_ID, "0123456789")
    by_pseudonym = lookup_ask(pb.GetResidentRequest(context=context(), pseudonym="tk1abc"), HANA, "0b9d")
    assert (by_pseudonym.key, by_pseudonym.value) == (SearchKey.PSEUDONYM, "tk1abc")


@pytest.mark.parametrize(
    ("expected", "request_"),
    [
        ("key", pb.GetResidentRequest()),  # nobody asked for
        ("resident_id", pb.GetResidentRequest(resident_id="")),  # set, and to nobody
        ("resident_id", pb.GetResidentRequest(resident_id="０１２３４５６７８９")),
        ("pseudonym", pb.GetResidentRequest(pseudonym="")),
        ("pseudonym", pb.GetResidentRequest(pseudonym="t" * 129)),
        ("selection", pb.StreamResidentsRequest()),  # no condition
        (
            "selection",
            pb.StreamResidentsRequest(selection=pb.Selection(statuses=[pb.REGISTER_STATUS_RESIDENT])),
        ),  # a status is none by itself
        ("selection.area_code", pb.StreamResidentsRequest(selection=pb.Selection(area_code="482"))),
        ("selection.area_code", pb.StreamResidentsRequest(selection=pb.Selection(area_code="48201\n"))),
        ("selection.household_id", pb.StreamResidentsRequest(selection=pb.Selection(household_id="H\x00"))),
        ("selection.household_id", pb.StreamResidentsRequest(selection=pb.Selection(household_id="H" * 65))),
        ("selection.age.to", pb.StreamResidentsRequest(selection=pb.Selection(age=pb.AgeRange(to=151)))),
        ("selection.age.to", pb.StreamResidentsRequest(selection=pb.Selection(age=pb.AgeRange(to=-1)))),
        ("cursor", pb.StreamResidentsRequest(selection=pb.Selection(area_code="48201"), cursor="c" * 201)),
    ],
    ids=str,
)
def test_what_is_missing_or_malformed_is_named(
    expected: str, request_: pb.GetResidentRequest | pb.StreamResidentsRequest
) -> None:
    """By its place in the request."""
    request_.context.CopyFrom(context())
    assert named(request_) == [expected]


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ("context.purpose", pb.QueryContext(purpose="Fee Arrears")),
        ("context.case_reference", pb.QueryContext(case_reference="CASE 1")),
        ("context.case_reference", pb.QueryContext(case_reference="C" * 65)),
        ("context.reason_code", pb.QueryContext(reason_code=7)),  # type: ignore[arg-type]  # of a newer contract
        ("context.justification", pb.QueryContext(reason_code=pb.REASON_CODE_OTHER)),
        ("context.justification", pb.QueryContext(reason_code=pb.REASON_CODE_OTHER, justification=" \u3000")),
        ("context.justification", pb.QueryContext(justification="あ" * 401)),
        ("context.request_id", pb.QueryContext(request_id="a b")),
        ("context.language", pb.QueryContext(language=9)),  # type: ignore[arg-type]
        ("context.calendar", pb.QueryContext(calendar=9)),  # type: ignore[arg-type]
        ("context.applicant", pb.QueryContext(applicant=pb.Applicant())),
        ("context.applicant.resident_id", pb.QueryContext(applicant=pb.Applicant(resident_id="1"))),
        (
            "context.applicant.outsider.birth_date",
            pb.QueryContext(
                applicant=pb.Applicant(
                    outsider=pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1980, month=5))
                )
            ),
        ),
        (
            "context.applicant.outsider.name",
            pb.QueryContext(
                applicant=pb.Applicant(outsider=pb.Outsider(birth_date=pb.PartialDate(year=1980, month=5, day=17)))
            ),
        ),
    ],
    ids=str,
)
def test_circumstances_are_complete_or_refused(expected: str, change: pb.QueryContext) -> None:
    """Each part by its place."""
    request = pb.GetResidentRequest(context=context(), resident_id="0123456789")
    request.context.MergeFrom(change)
    assert named(request) == [expected]


@pytest.mark.rule("F1", "F3")
@pytest.mark.parametrize(
    ("expected", "paths"),
    [
        ([], ["name"]),
        ([], ["name"] * MASK_PATHS),
        (["read_mask"], []),  # set, and empty
        (["read_mask.paths"], ["name"] * (MASK_PATHS + 1)),
    ],
    ids=["one", "130", "none", "131"],
)
def test_a_read_mask_has_one_path_at_least_and_130_at_most(expected: list[str], paths: list[str]) -> None:
    """Leaving it unset is another thing than leaving it empty."""
    request = pb.GetResidentRequest(context=context(), resident_id="0123456789")
    assert not faults(request)
    request.read_mask.CopyFrom(FieldMask(paths=paths))
    request.read_mask.SetInParent()
    assert named(request) == expected


def test_all_faults_are_told_at_once() -> None:
    """Nobody has to ask four times to learn of four mistakes."""
    request = pb.GetResidentRequest(context=pb.QueryContext(applicant=pb.Applicant()), resident_id="1")
    assert named(request) == ["context.purpose", "context.reason_code", "context.applicant", "resident_id"]


def batch(*resident_ids: str, pseudonyms: tuple[str, ...] = ()) -> pb.BatchGetResidentsRequest:
    """A batch without a fault in its circumstances."""
    return pb.BatchGetResidentsRequest(context=context(), resident_ids=resident_ids, pseudonyms=pseudonyms)


_MANY: Final = tuple(f"{number:010d}" for number in range(BATCH + 1))


@pytest.mark.rule("S5")
@pytest.mark.parametrize(
    ("expected", "request_"),
    [
        ([], batch(*_MANY[:BATCH])),
        ([], batch(pseudonyms=("tk1abc", "tk1def"))),
        ([("resident_ids", f"over {BATCH} keys")], batch(*_MANY)),
        ([("pseudonyms", f"over {BATCH} keys")], batch(pseudonyms=_MANY)),
        ([("resident_ids", "say which residents: set resident_ids or pseudonyms, one of them")], batch()),
        (
            [("pseudonyms", "say which residents: set resident_ids or pseudonyms, one of them")],
            batch("0123456789", pseudonyms=("tk1abc",)),
        ),
        (
            [("resident_ids[1]", "not 10 digits"), ("resident_ids[3]", "not 10 digits")],
            batch("0123456789", "12345", "1123456789", ""),
        ),
        (
            [("resident_ids[1]", "asked for twice"), ("resident_ids[2]", "asked for twice")],
            batch("0123456789", "0123456789", "0123456789"),
        ),
        (
            [
                ("resident_ids[0]", "not 10 digits"),
                ("resident_ids[1]", "not 10 digits"),
                ("resident_ids[1]", "asked for twice"),
            ],
            batch("1", "1"),
        ),
        ([("pseudonyms[1]", "not a pseudonym of this purpose")], batch(pseudonyms=("tk1abc", ""))),
        ([("pseudonyms[1]", "asked for twice")], batch(pseudonyms=("tk1abc", "tk1abc"))),
    ],
    ids=str,
)
def test_a_batch_is_of_twenty_at_most_each_once(
    expected: list[tuple[str, str]], request_: pb.BatchGetResidentsRequest
) -> None:
    """What is malformed or doubled is named by its index, all of it, and fails the batch."""
    assert expected == [(fault.field, fault.description) for fault in faults(request_)]


def test_a_batch_keeps_the_order_asked() -> None:
    """Answers come in the order of the keys."""
    ask = batch_ask(batch("2222222222", "1111111111"), HANA, "0b9d")
    assert (ask.key, ask.values) == (SearchKey.RESIDENT_ID, ("2222222222", "1111111111"))


@pytest.mark.rule("S1", "S4")
@pytest.mark.parametrize(
    ("expected", "statuses"),
    [
        ([], []),
        ([], [1, 2, 3, 4]),
        ([], [2, 2]),
        (["statuses[0]"], [0]),  # not given, where it stands
        (["statuses[1]", "statuses[2]"], [1, 0, 5]),  # of a newer contract
        (["statuses"], [0] * 5),  # no more places than there are statuses
    ],
)
def test_a_status_is_one_of_the_contract(expected: list[str], statuses: list[pb.RegisterStatus.ValueType]) -> None:
    """An unknown one is a condition that this gateway does not know, in a search and in a selection."""
    selection = pb.Selection(area_code="48201", statuses=statuses)
    criteria = pb.SearchCriteria(name="高橋*", statuses=statuses)
    stream = pb.StreamResidentsRequest(context=context(), selection=selection)
    search = pb.SearchResidentsRequest(context=context(), criteria=criteria)
    assert [f"selection.{place}" for place in expected] == named(stream)
    assert [f"criteria.{place}" for place in expected] == named(search)


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("keys", "selection"),
    [
        ({SearchKey.AREA}, pb.Selection(area_code="48201")),
        ({SearchKey.AGE_BAND}, pb.Selection(age=pb.AgeRange())),  # ages from 0
        ({SearchKey.HOUSEHOLD_ID}, pb.Selection(household_id="H-0001")),
        ({SearchKey.AREA, SearchKey.STATUS}, pb.Selection(area_code="48201", statuses=[pb.REGISTER_STATUS_MOVED_OUT])),
    ],
    ids=str,
)
def test_a_selection_uses_the_keys_that_it_sets(keys: set[SearchKey], selection: pb.Selection) -> None:
    """So that the purpose can be asked for each of them."""
    ask = stream_ask(pb.StreamResidentsRequest(context=context(), selection=selection), HANA, "0b9d")
    assert keys == ask.keys
    assert ask.statuses == ({Status.MOVED_OUT} if SearchKey.STATUS in keys else frozenset())


@pytest.mark.rule("W9")
def test_the_applicant_is_committed_to() -> None:
    """By resident id, or by name and birth date as their card shows them."""
    request = pb.GetResidentRequest(context=context(), resident_id="0123456789")
    request.context.applicant.resident_id = "1111111111"
    ask = lookup_ask(request, HANA, "0b9d").ask
    assert (ask.applicant, ask.circumstances.applicant) == ("1111111111", "1111111111")

    request.context.applicant.outsider.CopyFrom(
        pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1980, month=5, day=17))
    )
    ask = lookup_ask(request, HANA, "0b9d").ask
    assert ask.applicant == Outsider("加藤　健", PartialDate(1980, 5, 17))
    assert ask.circumstances.applicant == "加藤　健\n1980-05-17"
