"""The bench of masking: that everybody does the same work, and what its figures have to be."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.register.city.build import REGISTER_FILE
from gateway.register.city.build import build_city as build
from gateway.standing.tables import sqlite_schema
from loadtest.masking.attack.population import population
from loadtest.masking.bench import ours, peers
from loadtest.masking.bench.table import table, verdicts

TODAY = date(2026, 11, 2)
RESULT: dict[str, Any] = {
    "machine": {"cpus": 2, "load": 1.0, "python": "3.11.7"},
    "residents": 32_000,
    "rows_per_second": {"known": 300_000, "known_best": 310_000, "restarted": 40_000, "first": 10_000},
    "peers": {
        "presidio-structured": {"version": "0.0.10", "rows": 32_000, "rows_per_second": 30_000, "shown": []},
        "privacy-masker": {"version": "0.12.0", "rows": 500, "rows_per_second": 6_000, "shown": []},
    },
    "import_seconds": {"masking": 0.0001, "masking.catalogue": 0.25},
    "remark": {"remarks": 312, "names": 59_000, "names_mb": 20.0, "ms_p50": 0.7, "ms_p95": 1.4},
}


def test_rows_are_masked_with_names_that_are_kept(tmp_path: Path) -> None:
    """All three figures are there, and a name that was given on the first day is in the file."""
    build(tmp_path, residents=200, seed=3, today=TODAY, standing_schema=sqlite_schema(), processes=1)
    figures = ours.rows(population(tmp_path / REGISTER_FILE), TODAY, tmp_path)
    assert set(figures) == {"known", "known_best", "restarted", "first"}
    assert all(figure > 0 for figure in figures.values())
    assert (tmp_path / "surrogates.db").exists()


@pytest.mark.parametrize(
    ("expected", "field", "value"),
    [
        ("5000000-5999999", "income", "5123456"),
        ("10000000-", "income", "12000000"),
        ("35-39", "birth_date", "1988-05-21"),
        ("潮見市水神", "address", "潮見市水神2丁目3番18号"),
    ],
)
def test_peers_are_given_the_same_masks(expected: str, field: str, value: str) -> None:
    """The same bands and areas as ours, so that nobody does less."""
    assert peers.MASKS[field](value) == expected


def test_peers_are_given_a_keyed_name() -> None:
    """The same name for the same value, another for another."""
    assert peers.name("潮見　花子") == peers.name("潮見　花子") != peers.name("潮見　太郎")


def test_a_figure_that_is_missed_is_said() -> None:
    """Each verdict goes by its own figure."""
    assert [each["holds"] for each in verdicts(RESULT)] == [True] * 5
    for part, worse in (
        ("rows_per_second", {**RESULT["rows_per_second"], "known": 149_999}),
        ("import_seconds", {**RESULT["import_seconds"], "masking.catalogue": 0.31}),
        ("remark", {**RESULT["remark"], "ms_p95": 2.1}),
        ("remark", {**RESULT["remark"], "names_mb": 60.1}),
    ):
        made = verdicts({**RESULT, part: worse})
        assert not all(each["holds"] for each in made)
    slow = {**RESULT, "rows_per_second": {**RESULT["rows_per_second"], "known": 299_999}}
    assert [each["what"] for each in verdicts(slow) if not each["holds"]] == ["times presidio-structured"]


def test_the_table_shows_all_of_it() -> None:
    """Every package with its version, and whether each figure holds."""
    written = table({**RESULT, "verdicts": verdicts(RESULT)})
    assert "| presidio-structured 0.0.10 | 30,000 | 1/10 |" in written
    assert written.count("| holds |") == 5
    assert "**missed**" not in written
