"""The service bench's own reckoning: what it asks, what it makes of the answers, and how that is told."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.pattern import NamePattern
from gateway.v1 import register_pb2 as pb
from loadtest.service.questions import BATCH, FOUND, KINDS, NOBODY, Kind, Outcome, Person, questions
from loadtest.service.result import SEARCH_AIM_US, Taken, aims, figures, percentile
from tools.refresh_docs import service

SMALL, LARGE = SIZES = (32_000, 3_200_000)
PEOPLE = [
    Person(f"{number:010}", name, "タカハシ　ハナコ", born, "20000001", "潮見1丁目2番")
    for number, (name, born) in enumerate(
        (
            ("佐藤　花子", "1970-08-12"),
            ("髙橋　花子", "1970-08-00"),
            ("佐藤　花子", "1980-01-31"),
            ("髙橋　花子", "1990-12-01"),
        )
    )
]


def taken(**slow: float) -> dict[tuple[str, int], Taken]:
    """Every kind took 1,000 µs in both cities, but for these in the large one."""
    return {
        (kind.name, size): Taken([slow.get(kind.method, 1_000.0) if size == LARGE else 1_000.0] * 3)
        for kind in KINDS
        for size in SIZES
    }


def result(**slow: float) -> dict[str, Any]:
    """What the bench writes, as far as it is told."""
    kinds = figures(KINDS, SIZES, taken(**slow))
    rates = {str(size): {"rows_per_s": 20_000, "echo_rows_per_s": 900_000} for size in SIZES}
    return {
        "residents": list(SIZES),
        "kinds": kinds,
        "streams": {"a town": rates},
        "aims": aims(kinds, SIZES),
        "machine": {"cores": 2},
        "load_average": {"before": 0.5, "after": 2.25},
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_there_are_as_many_questions_as_rounds_need(kind: Kind) -> None:
    """Each kind is asked about those who fit it, again where there are too few; a batch asks about a full one."""
    asked = questions(kind, PEOPLE, 7)

    assert len(asked) == 7
    for request in asked:
        if isinstance(request, pb.BatchGetResidentsRequest):
            assert len(request.resident_ids) == BATCH
        if isinstance(request, pb.SearchResidentsRequest) and request.criteria.name:
            NamePattern.parse(request.criteria.name)


def test_a_plain_spelling_is_asked_of_a_name_that_is_written_otherwise() -> None:
    """髙橋 is asked for as 高橋, folded; nobody who is written plainly is asked about."""
    (kind,) = (kind for kind in KINDS if kind.name == "search: plain spelling of a variant alone")

    names = {request.criteria.name for request in questions(kind, PEOPLE, 4) if not isinstance(request, _OTHERS)}

    assert names == {"高橋花子"}


_OTHERS = (pb.GetResidentRequest, pb.BatchGetResidentsRequest)


def test_a_kind_without_anybody_ends_the_bench() -> None:
    """Nothing is measured about nobody."""
    with pytest.raises(SystemExit, match="surname"):
        questions(KINDS[-1], [PEOPLE[1]], 1)


def test_only_what_a_kind_expects_is_measured() -> None:
    """A search that found nobody is never an answer, nor is another refusal than that there are too many."""
    assert {NOBODY, "STEP_UP_REQUIRED"}.isdisjoint({each for outcome in Outcome for each in outcome.value})
    assert Outcome.EITHER.value == {FOUND, "TOO_MANY_RESULTS"}


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, 1), (0.5, 51), (0.99, 100), (1.0, 100)],
)
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    """Whatever the order; the last one for the whole."""
    assert expected == percentile(list(range(100, 0, -1)), share)


def test_rounds_add_up() -> None:
    """Questions of all rounds count alike."""
    both = Taken([1.0], 1)
    both.add(Taken([3.0, 2.0], 1))

    assert both == Taken([1.0, 3.0, 2.0], 2)


def test_a_batch_is_told_by_resident_too() -> None:
    """The median of a batch, shared by those in it."""
    cell = figures(KINDS, SIZES, taken(BatchGetResidents=4_000.0))["batch of 20"][str(LARGE)]

    assert (cell["p50_us"], cell["p50_us_a_resident"]) == (4_000.0, 200.0)


@pytest.mark.parametrize(
    ("slow", "ratio_met", "searches_met"),
    [
        ({}, True, True),  # as quick in the large city as in the small one
        ({"GetResident": 1_100.0}, True, True),  # just what was aimed at
        ({"GetResident": 1_110.0}, False, True),
        ({"SearchResidents": float(SEARCH_AIM_US)}, True, True),
        ({"SearchResidents": SEARCH_AIM_US + 1.0}, True, False),
    ],
)
def test_an_aim_is_met_or_missed_by_the_large_city(slow: dict[str, float], ratio_met: bool, searches_met: bool) -> None:
    """An aim is an upper bound, itself included; whichever search misses it is named."""
    told = result(**slow)["aims"]

    assert (ratio_met, searches_met) == (told["lookup_p50_ratio"]["met"], told["slowest_search_p50_us"]["met"])
    assert bool(told["slowest_search_p50_us"]["missed_by"]) is not searches_met


def test_the_page_tells_what_was_missed() -> None:
    """Every kind has its row, a star is no emphasis, and an aim that was missed is said to be, and by what."""
    told = service(result(SearchResidents=3_500.0))

    assert all(f"| {kind.name.replace('*', chr(92) + '*')} |" in told for kind in KINDS)
    assert "| stream, a town: residents/s (echo of the same messages) | 20,000 (900,000) |" in told
    assert "3,500 µs (aim: 3,000): **missed**." in told
    assert "Above it: search: address; " in told
