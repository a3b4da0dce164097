"""The numbers of a built city, and who lives near whom."""

from datetime import date
from pathlib import Path
from sqlite3 import connect

import pytest

from gateway.register.city import build_city, cast
from gateway.register.city.build import REGISTER_FILE, STANDING_FILE
from gateway.register.city.census import census, neighbours
from gateway.register.city.found import CityKey, city_in
from gateway.standing.tables import sqlite_schema

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small city."""
    out = tmp_path_factory.mktemp("census")
    build_city(out, residents=1_500, seed=1, today=TODAY, standing_schema=sqlite_schema())
    return out


def test_the_census_counts_who_lives_here_today(folder: Path) -> None:
    """Those who moved out, measures that ended and cases that were closed are left out."""
    found = census(folder / REGISTER_FILE, folder / STANDING_FILE)
    assert found.residents == 1_500
    assert 500 < found.households < 1_000
    assert 0 < found.protected < 50
    assert 250 < found.staff < 350
    assert 0 < found.cases < 100
    assert city_in(folder) == CityKey(1, TODAY, 1_500)


def test_neighbours_are_ordinary_residents_from_the_same_town_on(folder: Path) -> None:
    """None of the household, no staff, nobody protected, no id that is there twice."""
    files = folder / REGISTER_FILE, folder / STANDING_FILE
    bystander = cast(*files).bystander
    found = neighbours(*files, bystander, 60)
    assert len(found) == len(set(found)) == 60
    assert found[:10] == neighbours(*files, bystander, 10)
    with connect(files[0]) as connection:
        lives = {
            row[0]: row[1:] for row in connection.execute("SELECT atena_no, choaza_cd, setai_no FROM juki_resident")
        }
    connection.close()
    assert lives[found[0]][0][:8] == lives[bystander][0][:8]
    assert lives[bystander][1] not in {lives[each][1] for each in found}
    assert cast(*files).twice not in found
    assert cast(*files).protected not in found


def test_other_files_are_no_city(tmp_path: Path) -> None:
    """Whatever they are, they are not taken for one, and not for nothing either."""
    assert city_in(tmp_path) is None
    for name in (REGISTER_FILE, STANDING_FILE):
        (tmp_path / name).write_text("precious")
    with pytest.raises(LookupError, match="not the register of a built city"):
        city_in(tmp_path)
