"""The schedule: arrivals that wait for nobody."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gateway.v1 import register_pb2 as pb
from loadtest.scenario import Call, Load
from loadtest.schedule import BATCH, schedule
from loadtest.service.questions import Person

CONTEXT = pb.QueryContext(purpose="p", reason_code=pb.REASON_CODE_APPLICATION)
PEOPLE = [Person(f"{number:010}", f"佐藤　{number}", "サトウ", "1970-08-12", "1", "潮見") for number in range(400)]


def load(**said: object) -> Load:
    """A load of five people."""
    told: dict[str, object] = {
        "name": "counter",
        "department": "d",
        "role": "r",
        "people": 5,
        "purpose": "p",
        "calls": {"lookup": 1},
        "rate": 100.0,
    }
    return Load.model_validate({**told, **said})


def test_arrivals_are_even_and_nobody_is_left_out() -> None:
    """A hundred a second are ten milliseconds apart, and people ask in turns."""
    (sends,) = schedule(load(), CONTEXT, PEOPLE, seconds=2, rate=100, seed=1)
    assert len(sends) == 200
    assert {after.at - before.at for before, after in pairwise(sends)} == {10_000}
    assert [each.caller for each in sends[:6]] == [0, 1, 2, 3, 4, 0]


def test_a_part_of_the_run() -> None:
    """A load is due only while it is on."""
    (sends,) = schedule(load(begins=0.5, ends=0.75), CONTEXT, PEOPLE, seconds=4, rate=100, seed=1)
    assert (len(sends), sends[0].at >= 2_000_000, sends[-1].at < 3_000_000) == (100, True, True)


def test_the_same_seed_asks_the_same() -> None:
    """Another one asks something else."""
    first, again, other = (schedule(load(), CONTEXT, PEOPLE, seconds=1, rate=100, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_a_split_register() -> None:
    """Nobody asks for anybody whom another one asks for."""
    (sends,) = schedule(load(subjects="split"), CONTEXT, PEOPLE, seconds=2, rate=100, seed=1)
    asked = [{each for send in sends if send.caller == caller for each in send.residents} for caller in range(5)]
    assert sum(len(part) for part in asked) == len(set().union(*asked)) == 200


def test_the_next_day_goes_on() -> None:
    """Whoever was asked for on one day is not begun with again on the next."""
    days = schedule(load(subjects="split"), CONTEXT, PEOPLE, seconds=0.5, rate=100, seed=1, days=3)
    asked = [each for day in days for send in day for each in send.residents]
    assert [len(day) for day in days] == [50, 50, 50]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize(
    ("call", "kind", "count"),
    [
        (Call.LOOKUP, pb.GetResidentRequest, 1),
        (Call.MISS, pb.GetResidentRequest, 1),
        (Call.BATCH, pb.BatchGetResidentsRequest, BATCH),
        (Call.SEARCH, pb.SearchResidentsRequest, 0),
        (Call.STREAM, pb.StreamResidentsRequest, 0),
    ],
)
def test_every_way_to_ask(call: Call, kind: type[pb.GetResidentRequest], count: int) -> None:
    """The request is a message of the contract, in the load's circumstances, and says whom it asks for by id."""
    (sends,) = schedule(load(calls={call.value: 1}, subjects="split"), CONTEXT, PEOPLE, seconds=0.1, rate=100, seed=1)
    for send in sends:
        assert kind.FromString(send.request).context == CONTEXT
        assert len(send.residents) == count
