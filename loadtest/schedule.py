"""The schedule: every question of a run and the moment that it is due, fixed before the first is asked.

Rule: arrivals do not wait for answers (an open loop); the same seed gives the same questions at the same moments.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, cycle
from typing import Final, TypeAlias

from gateway.clock import SECOND
from gateway.v1 import register_pb2 as pb
from loadtest.scenario import Call, Load
from loadtest.service.questions import Person

BATCH: Final = 20
_AGES: Final = 5
"""Years of age that a reader gets where streams are split: a band of the shipped purposes."""

Request: TypeAlias = (
    pb.GetResidentRequest | pb.BatchGetResidentsRequest | pb.SearchResidentsRequest | pb.StreamResidentsRequest
)


@dataclass(frozen=True, slots=True)
class Send:
    """One question: due `at` µs after the start of the run (of its day), by the caller of that number, about these
    resident ids as far as they are asked for by id.
    """

    at: int
    caller: int
    call: Call
    request: bytes
    residents: tuple[str, ...]


def schedule(
    load: Load,
    context: pb.QueryContext,
    residents: Sequence[Person],
    *,
    seconds: float,
    rate: float,
    seed: int,
    days: int = 1,
) -> list[list[Send]]:
    """The questions of a load, day by day, at `rate` arrivals a second; `seconds` is the length of a day. Of people who
    ask back to back, each one's first. Who was asked for on one day is not begun with again on the next.
    """
    questions = Questions(load, context, residents, seed)
    return [_day(load, questions, seconds, rate) for _ in range(days)]


def _day(load: Load, questions: Questions, seconds: float, rate: float) -> list[Send]:
    begin, end = round(load.begins * seconds * SECOND), round(load.ends * seconds * SECOND)
    if load.back_to_back:
        return [questions.send(begin, caller) for caller in range(load.people)]
    step = SECOND / rate
    # Half a step behind the full one, so that no two loads of one rate are always due together with the second.
    due = (round(begin + (place + 0.5) * step) for place in count())
    return [questions.send(at, place % load.people) for place, at in enumerate(_until(due, end))]


def _until(moments: Iterator[int], end: int) -> Iterator[int]:
    for moment in moments:
        if moment >= end:
            return
        yield moment


class Questions:
    """What a load asks next."""

    def __init__(self, load: Load, context: pb.QueryContext, residents: Sequence[Person], seed: int) -> None:
        self._load, self._context = load, context
        self._chance = random.Random(f"{seed} {load.name}")
        self._calls = list(load.calls)
        self._weights = list(load.calls.values())
        self._residents = residents
        self._parts = [
            cycle(residents[number :: load.people]) if load.subjects == "split" else None
            for number in range(load.people)
        ]

    def send(self, at: int, caller: int) -> Send:
        """The next question, of this caller."""
        (call,) = self._chance.choices(self._calls, self._weights)
        request, residents = self._question(call, caller)
        request.context.CopyFrom(self._context)
        return Send(at, caller, call, request.SerializeToString(), residents)

    def _question(self, call: Call, caller: int) -> tuple[Request, tuple[str, ...]]:
        if call is Call.MISS:
            nobody = f"{self._chance.randrange(10**10):010}"
            return pb.GetResidentRequest(resident_id=nobody), (nobody,)
        if call is Call.BATCH:
            ids = tuple(dict.fromkeys(self._next(caller).resident_id for _ in range(BATCH)))
            return pb.BatchGetResidentsRequest(resident_ids=ids), ids
        if call is Call.SEARCH:
            person = next(each for each in iter(lambda: self._next(caller), None) if not each.born.endswith("-00"))
            criteria = pb.SearchCriteria(name=person.name, birth_date=pb.DateCriterion(text=person.born))
            return pb.SearchResidentsRequest(criteria=criteria), ()
        if call in {Call.STREAM, Call.GRANTED_STREAM}:
            asked = pb.StreamResidentsRequest()
            asked.selection.age.SetInParent()
            if self._load.subjects == "split":
                setattr(asked.selection.age, "from", caller * _AGES)  # a word of Python
                asked.selection.age.to = (caller + 1) * _AGES - 1
            return asked, ()
        found = self._next(caller).resident_id
        return pb.GetResidentRequest(resident_id=found), (found,)

    def _next(self, caller: int) -> Person:
        part = self._parts[caller]
        return self._chance.choice(self._residents) if part is None else next(part)
