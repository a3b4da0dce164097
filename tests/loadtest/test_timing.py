"""The timing bench's own reckoning: what attackers can tell, whom it asks about, and how that is told."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.estate import Estate
from gateway.v1 import register_pb2 as pb
from loadtest.timing.__main__ import mixed
from loadtest.timing.attacker import ATTACKERS, Attacker, auc, deviation, skill
from loadtest.timing.result import AIM, figures, told
from loadtest.timing.twins import Kind, Twins, twins_of
from tests.estates import asked

ONE = ATTACKERS[0]


@pytest.mark.parametrize(
    ("hidden", "absent", "expected"),
    [
        ([3.0, 4.0], [1.0, 2.0], 1.0),  # always above
        ([1.0, 2.0], [3.0, 4.0], 0.0),  # always below
        ([1.0, 4.0], [2.0, 3.0], 0.5),  # as often above as below
        ([2.0], [2.0], 0.5),  # equal ones count half
        ([1.0, 3.0], [2.0, 2.0, 0.0], 4 / 6),
    ],
)
def test_an_auc_is_the_chance_of_being_above(hidden: list[float], absent: list[float], expected: float) -> None:
    """By counting pairs."""
    assert auc(hidden, absent) == pytest.approx(expected)


def test_an_interval_narrows_with_the_calls() -> None:
    """Of a coin, by so many on each side: the spread of a rank sum, which is known exactly."""
    assert deviation(0.5, 100, 100) == pytest.approx((201 / 12 / 100 / 100) ** 0.5, rel=0.01)
    assert deviation(0.5, 10_000, 10_000) == pytest.approx(deviation(0.5, 100, 100) / 10, rel=0.01)


def test_an_attacker_asks_about_one_resident_at_a_time() -> None:
    """What is left over of a resident's calls is no number."""
    least = Attacker("least of 2", 2, min)

    assert least.numbers({1: [5.0, 3.0, 1.0], 2: [4.0, 6.0]}) == [3.0, 4.0]


def test_which_way_a_difference_points_is_the_attackers_to_find_out() -> None:
    """Hidden residents who are answered sooner are as good to know as ones that are answered later."""
    slow, quick = {1: [9.0, 8.0]}, {2: [1.0, 2.0]}

    assert skill(ONE, slow, quick).auc == skill(ONE, quick, slow).auc == 1.0


def test_a_difference_that_one_call_hides_shows_in_several() -> None:
    """Which is why attackers of several calls are among them."""
    chance = random.Random(7)
    hidden = {each: [chance.gauss(100.5, 1) for _ in range(80)] for each in range(50)}
    absent = {each: [chance.gauss(100.0, 1) for _ in range(80)] for each in range(50)}
    told = figures(hidden, absent)

    assert told["best"]["auc"] > told["attackers"]["one call"]["auc"] > AIM
    assert told["best"]["attacker"] == "mean of 8 calls"
    assert not told["met"]


def test_where_there_is_no_difference_none_is_found() -> None:
    """Up to chance, by as many calls as the bench makes."""
    chance = random.Random(8)
    hidden, absent = (
        {each: [chance.gauss(100.0, 1) for _ in range(200)] for each in range(100)} for _ in ("hidden", "absent")
    )

    assert figures(hidden, absent)["met"]


def test_nobody_who_was_asked_about_too_seldom_is_judged() -> None:
    """Rather no verdict than one about nothing."""
    with pytest.raises(ValueError, match="nobody was asked about"):
        figures({1: [1.0] * 7}, {2: [1.0] * 8})


def test_twins_differ_in_who_is_meant_and_in_nothing_else(built: Estate) -> None:
    """One of them is under a measure against the very applicant; the other is nobody's id, name or address."""
    found = twins_of(built.path / "city", seed=1)
    ids = {row[0] for row in asked(built, "register", "SELECT atena_no FROM juki_resident")}
    names = {row[0] for row in asked(built, "register", "SELECT shimei FROM juki_resident")}
    measures = set(asked(built, "register", "SELECT atena_no, aite_atena_no FROM protective_measure"))

    assert {each.kind for each in found} == set(Kind)
    for kind, hidden, absent in found:
        assert hidden.context == absent.context
        if isinstance(hidden, pb.GetResidentRequest) and isinstance(absent, pb.GetResidentRequest):
            assert (hidden.resident_id, hidden.context.applicant.resident_id) in measures
            assert absent.resident_id not in ids
        elif isinstance(hidden, pb.SearchResidentsRequest) and isinstance(absent, pb.SearchResidentsRequest):
            assert hidden.criteria.birth_date == absent.criteria.birth_date
            assert (hidden.criteria.name in names, absent.criteria.name in names) == (kind is Kind.NAME, False)
            assert len(hidden.criteria.address) == len(absent.criteria.address)


def test_all_are_asked_about_equally_often() -> None:
    """Half the calls are about the hidden, however many twins there are of a kind; once at least."""
    twins = [
        Twins(kind, pb.GetResidentRequest(resident_id=f"{number}"), pb.GetResidentRequest(resident_id=f"-{number}"))
        for kind, count in zip(Kind, (5, 2, 1), strict=True)
        for number in range(count)
    ]
    order = mixed(twins, 40, random.Random(1))

    assert Counter((call.kind, call.hidden) for call in order) == {(kind, side): 20 for kind in Kind for side in (0, 1)}
    assert {count for _, count in Counter((call.twins, call.hidden) for call in order).items()} == {4, 10, 20}
    assert len(mixed(twins, 0, random.Random(1))) == 16
    assert order != sorted(order, key=lambda call: (call.twins, call.hidden))


def test_the_page_tells_every_kind() -> None:
    """With the best attacker's AUC and its interval, and whether that is what was aimed at."""
    times = {1: [float(us) for us in range(1_000, 1_100)]}
    kind = figures(times, times)
    result: dict[str, Any] = {
        "callers": 4,
        "kinds": {each.value: kind for each in Kind},
        "seconds": 150.0,
        "machine": {"cores": 2},
        "load_average": {"before": 0.5, "after": 2.25},
    }

    lines = told(result).splitlines()

    assert [line for line in lines if line.startswith("| lookup by id | 200 | 1,050 / 1,050 |")]
    assert lines[-2] == "4 callers, 150 seconds."


def test_the_readme_has_the_last_measurement() -> None:
    """A row a kind, each with an AUC."""
    page = Path("README.md").read_text(encoding="utf-8")
    block = page.partition("<!-- timing:start -->")[2].partition("<!-- timing:end -->")[0]

    assert [kind.value for kind in Kind if f"| {kind.value} |" in block] == [kind.value for kind in Kind]
    assert block.count("| met |") == len(Kind)
