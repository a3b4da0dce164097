"""Offending parts of a request in the words of the command line."""

from collections.abc import Callable
from typing import Any

import pytest

from gateway.caller import Caller
from gateway.cli.places import japanese, typed
from gateway.refusal import Refusal
from gateway.rpc.criteria import search_ask
from gateway.rpc.requests import batch_ask, lookup_ask, stream_ask
from gateway.v1 import register_pb2 as pb

HANA = Caller("welfare", "welfare-desk", "hana", "welfare-1", "caseworker")
LONG = "あ" * 500
CONTEXT = pb.QueryContext(
    purpose="NO PURPOSE",
    case_reference="!" * 65,
    justification=LONG,
    applicant=pb.Applicant(resident_id="12"),
)
OTHER = pb.QueryContext(purpose="fee-arrears", reason_code=pb.REASON_CODE_OTHER)


def search(**criteria: Any) -> pb.SearchResidentsRequest:
    """A search with these conditions."""
    return pb.SearchResidentsRequest(context=CONTEXT, criteria=pb.SearchCriteria(**criteria))


def selected(context: pb.QueryContext = CONTEXT, cursor: str = "", **selection: Any) -> pb.StreamResidentsRequest:
    """A stream of this selection."""
    return pb.StreamResidentsRequest(context=context, selection=pb.Selection(**selection), cursor=cursor)


def aged(low: int, high: int) -> pb.AgeRange:
    """A range of ages; its first word is one of Python's."""
    return pb.AgeRange(**{"from": low}, to=high)


Read = Callable[..., object]
FAULTY: dict[str, tuple[Read, Any]] = {
    "circumstances, no key": (lookup_ask, pb.GetResidentRequest(context=CONTEXT)),
    "a reason without its words": (lookup_ask, pb.GetResidentRequest(context=OTHER)),
    "an id": (lookup_ask, pb.GetResidentRequest(context=CONTEXT, resident_id="12")),
    "a pseudonym": (lookup_ask, pb.GetResidentRequest(context=CONTEXT, pseudonym=LONG)),
    "ids": (batch_ask, pb.BatchGetResidentsRequest(context=CONTEXT, resident_ids=["12", "12"])),
    "pseudonyms": (batch_ask, pb.BatchGetResidentsRequest(context=CONTEXT, pseudonyms=[LONG])),
    "21 ids": (
        batch_ask,
        pb.BatchGetResidentsRequest(context=CONTEXT, resident_ids=[f"{n:010}" for n in range(21)]),
    ),
    "no condition": (search_ask, search()),
    "too little of a name": (search_ask, search(name="高*", name_kana="た*")),
    "no date, no address": (search_ask, search(birth_date=pb.DateCriterion(text="昨日"), address="?")),
    "stars and length": (search_ask, search(name="高*橋", name_kana=LONG, household_id=LONG)),
    "other keys": (search_ask, search(resident_id="1", pseudonym=LONG)),
    "no name, no status, no household": (search_ask, search(name=" ", household_id=" ", statuses=[99])),
    "an area": (stream_ask, selected(area_code="1")),
    "ages too high": (stream_ask, selected(age=aged(200, 210), cursor=LONG)),
    "ages upside down": (stream_ask, selected(age=aged(20, 10), household_id=LONG)),
    "no selection": (stream_ask, selected()),
}


@pytest.mark.parametrize("case", FAULTY)
def test_every_fault_that_can_be_typed_is_told_in_japanese(case: str) -> None:
    """The gateway's own faults, as it finds them: each has its option and its Japanese words."""
    read, request = FAULTY[case]
    city = ("潮見市",) if read is search_ask else ()
    with pytest.raises(Refusal) as refused:
        read(request, HANA, "r1", *city)
    assert refused.value.violations
    for fault in refused.value.violations:
        # What no option can leave out is no option: the command line asks for it first.
        if fault.description.startswith(("say which resident", "unknown")):
            continue
        assert japanese(fault.description) is not None, fault.description
        option = typed(fault.field)
        assert option.startswith("--") or fault.field in {"criteria", "selection"}, fault.field


@pytest.mark.parametrize(
    ("expected", "description"),
    [
        # what the purpose says of a search or a stream
        ("この利用目的では、これで探すことはできません", "not a search key of this purpose"),
        ("この利用目的では指定できません", "not open to this purpose"),
        ("この利用目的で見られる範囲より細かく指定されています", "finer than the purpose shows"),
        ("5歳きざみの階級に合っていません", "not aligned to bands of 5 years"),
        ("この方の仮IDではありません", "not of this resident"),
        ("重複して登録されています", "stands in the register more than once"),
        # another gateway's words
        (None, "not on a Sunday"),
    ],
)
def test_what_a_purpose_does_not_open_is_told_in_japanese(expected: str | None, description: str) -> None:
    """The words of the hallway."""
    assert expected == japanese(description)


def test_a_place_of_a_later_contract_stays_as_it_is() -> None:
    """Nothing is hidden that this version does not know."""
    assert typed("criteria.moon") == "criteria.moon"
    assert typed("moons[2]") == "moons[2]"
