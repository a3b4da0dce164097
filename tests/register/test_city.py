"""The fictional city: the same from the same seed, and a city."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from hashlib import sha256
from itertools import pairwise
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import pytest

from gateway.caller import is_word
from gateway.register.city import AlreadyThere, Cast, StaffRole, Summary, build_city, cast, part
from gateway.register.city.towns import MUNICIPALITY
from gateway.register.city.workshop import made
from gateway.standing.tables import sqlite_schema
from gateway.subject import is_resident_id
from masking.value import PartialDate
from tests.register.conftest import TODAY


@pytest.fixture
def register(city: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(city / "register.db")) as connection:
        yield connection


@pytest.fixture
def standing(city: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(city / "standing.db")) as connection:
        yield connection


def digest(directory: Path) -> str:
    """Of everything in both databases."""
    found = sha256()
    for name in ("register.db", "standing.db"):
        with closing(sqlite3.connect(directory / name)) as connection:
            for line in connection.iterdump():
                found.update(line.encode())
    return found.hexdigest()


def built(out: Path, *, residents: int = 300, seed: int = 1, today: date = TODAY) -> str:
    """The digest of a city built in `out`."""
    build_city(out, residents=residents, seed=seed, today=today, standing_schema=sqlite_schema())
    return digest(out)


def test_a_seed_is_a_city(tmp_path: Path) -> None:
    """Seed, reference day and size decide everything; a change of any gives another city."""
    first = built(tmp_path / "a")
    assert first == built(tmp_path / "b")
    others = [
        built(tmp_path / "c", seed=2),
        built(tmp_path / "d", today=date(2026, 11, 24)),
        built(tmp_path / "e", residents=301),
    ]
    assert len({first, *others}) == 4


def test_another_process_builds_the_same_city(tmp_path: Path) -> None:
    """Nothing depends on the order of sets or on Python's own hash."""
    script = """
import sys
from datetime import date
from pathlib import Path
from gateway.register.city import build_city
from gateway.register.city.workshop import made
from gateway.standing.tables import sqlite_schema
build_city(Path(sys.argv[1]), residents=300, seed=1, today=date(2026, 11, 23), standing_schema=sqlite_schema())
"""
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONHASHSEED": "12345", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "b")], check=True, env=environment)
    assert built(tmp_path / "a") == digest(tmp_path / "b")


@pytest.fixture
def of_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city has a part for every 200 residents."""
    monkeypatch.setattr(part, "RESIDENTS", 200)


def in_parts(out: Path, processes: int, progress: Callable[[int], None] = lambda _done: None) -> Summary:
    """A city of 500 in `out`."""
    return build_city(
        out,
        residents=500,
        seed=1,
        today=TODAY,
        standing_schema=sqlite_schema(),
        progress=progress,
        processes=processes,
    )


@pytest.mark.usefixtures("of_parts")
def test_any_number_of_processes_builds_the_same_city(tmp_path: Path) -> None:
    """Line by line; and all of them tell how far they are, up to the last resident."""
    told: list[int] = []
    summary = in_parts(tmp_path / "alone", 1, told.append)
    assert (told, told[-1]) == (sorted(told), 500)
    told.clear()
    assert in_parts(tmp_path / "together", 2, told.append) == summary
    assert told == [200, 400, 500]
    assert digest(tmp_path / "alone") == digest(tmp_path / "together")


@pytest.mark.usefixtures("of_parts")
def test_parts_make_one_city(tmp_path: Path) -> None:
    """One home a household, one cast, cases numbered once, and a city hall of people from all of them."""
    summary = in_parts(tmp_path, 1)
    with closing(sqlite3.connect(tmp_path / "register.db")) as connection:
        counted = dict(connection.execute("SELECT jumin_cd, count(*) FROM juki_resident GROUP BY 1"))
        assert (counted["1"], sum(counted.values())) == (500, 500 + summary.former)
        shared = "SELECT 1 FROM juki_resident WHERE jumin_cd = '1' AND banchi NOT LIKE '%　母子%' "
        assert connection.execute(
            f"{shared} GROUP BY choaza_cd, banchi HAVING count(DISTINCT setai_no) > 1"
        ).fetchall() == [(1,)]  # the couple's, by plan
        twice = "SELECT 1 FROM juki_resident WHERE jumin_cd = '1' GROUP BY atena_no HAVING count(*) > 1"
        assert len(connection.execute(twice).fetchall()) == 1
        place = dict(connection.execute("SELECT atena_no, min(rowid) FROM juki_resident GROUP BY 1"))
    with closing(sqlite3.connect(tmp_path / "standing.db")) as connection:
        assert connection.execute("SELECT count(*) FROM case_file").fetchone() == (summary.cases,)
        staff = [one for (one,) in connection.execute("SELECT resident_id FROM staff WHERE resident_id IS NOT NULL")]
    assert len(set(staff)) == len(staff)
    assert {0, 1, 2} == {place[one] * 3 // (500 + summary.former + 1) for one in staff}
    assert cast(tmp_path / "register.db", tmp_path / "standing.db").today == TODAY


@pytest.mark.usefixtures("of_parts")
def test_a_city_whose_parts_nobody_takes_any_more_is_not_there(tmp_path: Path) -> None:
    """Interrupted between two parts: no file is left, and no process."""

    def interrupted(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_parts(tmp_path, 2, interrupted)
    assert list(tmp_path.iterdir()) == []
    assert active_children() == []


def test_a_process_that_ends_early_is_told() -> None:
    """Killed from outside, say: it made some parts, and its city is refused."""
    parts = part.parts_of("1", TODAY, 3 * part.RESIDENTS)
    with made(parts, sqlite_schema(), 1) as ready:
        (maker,) = active_children()
        maker.kill()
        with pytest.raises(OSError, match="ended early"):
            next(ready)


def test_files_are_their_owners_and_not_replaced_unasked(tmp_path: Path) -> None:
    """Mode 0600; a city that is there stays as it is unless replacing it was asked for."""
    before = built(tmp_path, seed=1)
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    with pytest.raises(AlreadyThere, match=r"register\.db"):
        built(tmp_path, seed=2)
    assert before == digest(tmp_path)
    build_city(tmp_path, residents=300, seed=2, today=TODAY, standing_schema=sqlite_schema(), replace=True)
    assert before != digest(tmp_path)


def test_a_city_that_could_not_be_finished_is_not_there(tmp_path: Path) -> None:
    """Whatever stops the building, no half-written file remains and an older city stays whole."""
    before = built(tmp_path)

    def interrupted(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_city(
            tmp_path,
            residents=300,
            seed=2,
            today=TODAY,
            standing_schema=sqlite_schema(),
            replace=True,
            progress=interrupted,
        )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["register.db", "standing.db"]
    assert before == digest(tmp_path)


def test_a_city_of_nobody_or_of_a_nation_is_refused(tmp_path: Path) -> None:
    """Too few residents, and what is promised of the city could not hold; too many, and numbers would run out."""
    with pytest.raises(ValueError, match="at least 100"):
        build_city(tmp_path / "x", residents=99, seed=1, today=TODAY, standing_schema=sqlite_schema())
    with pytest.raises(ValueError, match="at most 4500000"):
        build_city(tmp_path / "x", residents=4_500_001, seed=1, today=TODAY, standing_schema=sqlite_schema())
    assert not (tmp_path / "x").exists()


def test_memory_does_not_grow_with_the_city(tmp_path: Path) -> None:
    """Four times the residents take no more memory, once what is kept of names and days is there."""

    def peak(residents: int) -> int:
        tracemalloc.start()
        try:
            build_city(
                tmp_path / f"{residents}", residents=residents, seed=1, today=TODAY, standing_schema=sqlite_schema()
            )
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    build_city(tmp_path / "warm", residents=4_000, seed=1, today=TODAY, standing_schema=sqlite_schema())
    few = peak(1_000)
    assert peak(4_000) < 1.5 * few


def test_it_has_exactly_the_residents_asked_for(register: sqlite3.Connection) -> None:
    """Those who moved out, died or were entered in error come on top."""
    counted = dict(register.execute("SELECT jumin_cd, count(*) FROM juki_resident GROUP BY 1"))
    assert counted["1"] == 2_000
    assert 0 < counted["2"] + counted["3"] < 200


@pytest.mark.rule("S5")
def test_ids_tell_nothing_and_one_is_two_people_s(register: sqlite3.Connection) -> None:
    """Ids have ten digits and tell nothing by their order; two people live under one number, and a few who moved away
    and came back have an entry of each time.
    """
    entries = register.execute("SELECT atena_no, jumin_cd FROM juki_resident ORDER BY rowid").fetchall()
    assert all(is_resident_id(one) for one, _ in entries)
    assert [count for count in Counter(one for one, status in entries if status == "1").values() if count > 1] == [2]
    again = [one for one, count in Counter(one for one, _ in entries).items() if count > 1]
    assert 1 < len(again) < 12
    assert {count for one, count in Counter(one for one, _ in entries).items()} == {1, 2}
    steps = Counter(int(after[0]) - int(before[0]) for before, after in pairwise(entries))
    del steps[0]  # entries of one resident may follow one another
    assert steps.most_common(1)[0][1] <= 2  # no step from one id to the next that could be walked


def test_households_are_families(register: sqlite3.Connection) -> None:
    """One head each, but for a few who have lost theirs, and one surname, but for foreign members; children are younger
    than the head by a generation.
    """
    households: dict[str, list[tuple[Any, ...]]] = {}
    for household, *person in register.execute(
        "SELECT setai_no, shimei, umare_ymd, zokugara, honseki FROM juki_resident WHERE jumin_cd = '1'"
    ):
        households.setdefault(household, []).append(tuple(person))
    headless = 0
    for people in households.values():
        assert len({name.split("　")[0] for name, *_, domicile in people if domicile is not None}) <= 1
        heads = [person for person in people if person[2] == "世帯主"]
        if not heads:
            headless += 1
            continue
        (head,) = heads
        assert all(int(born[:4]) - int(head[1][:4]) >= 18 for _, born, role, _ in people if role == "子")
        assert all(int(head[1][:4]) - int(born[:4]) >= 18 for _, born, role, _ in people if role in {"父", "母"})
    assert headless < len(households) / 200
    assert 2.0 < 2_000 / len(households) < 2.6


def test_only_institutions_have_an_address_of_many_households(register: sqlite3.Connection) -> None:
    """A home for the elderly, of people who are a household each, and a refuge, whose people are all protected; and
    once somebody beside a couple, by plan.
    """
    shared = register.execute(
        "SELECT banchi, count(DISTINCT setai_no), count(*), group_concat(DISTINCT zokugara), "
        "sum(atena_no IN (SELECT atena_no FROM protective_measure)) FROM juki_resident WHERE jumin_cd = '1' "
        "GROUP BY choaza_cd, banchi HAVING count(DISTINCT setai_no) > 1"
    ).fetchall()
    homes = [line for line in shared if "特別養護老人ホーム" in line[0]]
    refuges = [line for line in shared if "母子生活支援施設" in line[0]]
    assert [line[1:4] for line in shared if line not in homes + refuges] == [(2, 3, "世帯主,妻")]
    ((_, households, people, roles, _),) = homes
    assert (households == people > 15, roles) == (True, "世帯主")
    assert [protected == people > households for _, households, people, _, protected in refuges] == [True]


def test_ages_are_those_of_an_ageing_city(register: sqlite3.Connection) -> None:
    """About one in eight is a child, more than one in four is 65 or over, and a few births are known to the year
    only."""
    births = [born for (born,) in register.execute("SELECT umare_ymd FROM juki_resident WHERE jumin_cd = '1'")]
    ages = [TODAY.year - PartialDate.parse(born).year for born in births]
    assert 0.09 < sum(age < 15 for age in ages) / len(ages) < 0.17
    assert 0.23 < sum(age >= 65 for age in ages) / len(ages) < 0.34
    assert min(ages) >= 0
    assert max(ages) < 110
    assert 0 < sum(born.endswith("-00") for born in births) < 10


def test_money_is_the_adults(register: sqlite3.Connection) -> None:
    """Children have no income, most adults have one; the middle earns some two million yen and a few very much more."""
    incomes = register.execute(
        "SELECT shotoku_gaku, umare_ymd FROM tax_income JOIN juki_resident USING (atena_no) WHERE jumin_cd = '1'"
    ).fetchall()
    assert all(born < "2009" for _, born in incomes)
    amounts = sorted(amount for amount, _ in incomes)
    assert 1_200_000 < amounts[len(amounts) // 2] < 2_800_000
    assert amounts[-1] > 3 * amounts[len(amounts) // 2]
    assert amounts[0] >= 0


def test_the_river_flooded_its_towns_only(register: sqlite3.Connection) -> None:
    """Disaster certificates are held in the towns by the river."""
    towns = {
        town
        for (town,) in register.execute(
            "SELECT DISTINCT choaza_mei FROM disaster_certificate JOIN juki_resident USING (atena_no) "
            "WHERE jumin_cd = '1'"
        )
    }
    assert towns <= {"汐入町", "川端町", "瀬戸口", "中洲", "水神"}
    assert len(towns) > 2


def test_its_municipality_is_nowhere(register: sqlite3.Connection) -> None:
    """JIS X 0401 has prefectures 01 to 47: a code beginning with 48 is no municipality's."""
    assert int(MUNICIPALITY[:2]) > 47
    codes = {code for (code,) in register.execute("SELECT DISTINCT choaza_cd FROM juki_resident")}
    assert all(re.fullmatch(rf"{MUNICIPALITY}\d{{5}}", code) for code in codes)
    assert len({code[:8] for code in codes}) >= 35


@pytest.mark.rule("W9")
def test_some_are_protected_now_and_some_were(register: sqlite3.Connection) -> None:
    """Measures in force and run out; against residents of this city, known outsiders, and people hardly known."""
    day = TODAY.isoformat()
    measures = register.execute(
        "SELECT kaishi_ymd, coalesce(shuryo_ymd, '9'), aite_atena_no, aite_shimei FROM protective_measure"
    ).fetchall()
    assert any(since <= day <= until for since, until, *_ in measures)
    assert any(until < day for _, until, *_ in measures)
    residents = {one for (one,) in register.execute("SELECT atena_no FROM juki_resident WHERE jumin_cd = '1'")}
    named = {party for _, _, party, _ in measures if party is not None}
    assert named
    assert named <= residents
    assert any(party is None and name is not None for _, _, party, name in measures)


@pytest.mark.rule("W3")
def test_posts_begin_and_end(standing: sqlite3.Connection) -> None:
    """About 300 staff in 14 departments: past, present and future posts, some two at once; everything is a word."""
    day = TODAY.isoformat()
    posts = standing.execute("SELECT staff, post, department, role, superior, since, until FROM post").fetchall()
    staff = {one for (one,) in standing.execute("SELECT staff FROM staff")}
    assert 280 < len(staff) < 320
    assert staff == {post[0] for post in posts}
    assert {post[4] for post in posts if post[4]} <= staff
    assert len({post[2] for post in posts}) == 14
    assert all(is_word(part) for post in posts for part in post[:4])
    assert all(until is None or since < until for *_, since, until in posts)
    current = Counter(post[0] for post in posts if post[5] <= day and (post[6] is None or post[6] > day))
    assert any(count > 1 for count in current.values())
    assert any(post[6] is not None and post[6] <= day for post in posts)
    assert any(post[5] > day for post in posts)


def test_many_staff_live_in_the_city(register: sqlite3.Connection, standing: sqlite3.Connection) -> None:
    """Two in three are residents, each a different one, of working age."""
    living = [one for (one,) in standing.execute("SELECT resident_id FROM staff WHERE resident_id IS NOT NULL")]
    total = standing.execute("SELECT count(*) FROM staff").fetchone()[0]
    assert 0.6 < len(living) / total < 0.8
    assert len(set(living)) == len(living)
    born = dict(register.execute("SELECT atena_no, umare_ymd FROM juki_resident WHERE jumin_cd = '1'"))
    assert all("1960" < born[one] < "2004" for one in living)


def test_cases_are_about_residents(register: sqlite3.Connection, standing: sqlite3.Connection) -> None:
    """Open and closed cases of both registries; every party is in the register, every case has one."""
    day = TODAY.isoformat()
    cases = standing.execute("SELECT registry, reference, opened, closed FROM case_file").fetchall()
    for registry in ("childcare-fee", "fee-arrears", "resident-tax", "disaster-relief"):
        assert any(one == registry and closed is None for one, _, _, closed in cases)
        assert any(one == registry and closed is not None and closed <= day for one, _, _, closed in cases)
    assert all(opened < day and (closed is None or opened < closed) for _, _, opened, closed in cases)
    parties = standing.execute("SELECT registry, reference, resident_id FROM case_party").fetchall()
    assert {case[:2] for case in cases} == {party[:2] for party in parties}
    assert {party[2] for party in parties} <= {one for (one,) in register.execute("SELECT atena_no FROM juki_resident")}


def test_cases_are_handled_where_they_belong(standing: sqlite3.Connection) -> None:
    """By staff of the registry's unit: open ones by those in post, some with more of them than others, and a few by
    nobody yet; each unit of them by several people.
    """
    units = {
        "childcare-fee": "childcare",
        "fee-arrears": "arrears",
        "resident-tax": "resident-tax",
        "disaster-relief": "relief",
    }
    day = TODAY.isoformat()
    held = standing.execute("SELECT staff, unit, since, until FROM post WHERE role <> 'section-head'").fetchall()
    cases = standing.execute("SELECT registry, closed, handler FROM case_file").fetchall()
    for registry, unit in units.items():
        ever = {staff for staff, where, *_ in held if where == unit}
        now = {staff for staff, where, since, until in held if where == unit and since <= day < (until or "9")}
        handled = Counter(handler for one, closed, handler in cases if (one, closed) == (registry, None) and handler)
        assert set(handled) <= now
        assert len(handled) > 3
        assert {handler for one, _, handler in cases if one == registry and handler} <= ever
    waiting = [handler for _, closed, handler in cases if closed is None].count(None)
    assert 0 < waiting < 0.1 * len(cases)
    arrears = Counter(handler for one, _, handler in cases if one == "fee-arrears").most_common()
    assert arrears[0][1] > 2 * arrears[-1][1]


@pytest.mark.parametrize(("residents", "seed"), [(100, 1), (100, 2), (300, 3), (2_000, 7)])
def test_the_cast_is_there(tmp_path: Path, residents: int, seed: int) -> None:
    """In a city of any size the demonstration finds its people, always the same ones, and each plays one part."""
    built(tmp_path, residents=residents, seed=seed)
    found = cast(tmp_path / "register.db", tmp_path / "standing.db")
    assert found == cast(tmp_path / "register.db", tmp_path / "standing.db")
    assert found.today == TODAY
    roles = {
        "caseworker": ("child-welfare", "caseworker"),
        "clerk": ("citizen-affairs", "counter-clerk"),
        "former_clerk": ("citizen-affairs", "counter-clerk"),
        "collector": ("tax-collection", "collector"),
        "cashier": ("tax-collection", "collector"),
        "analyst": ("planning", "analyst"),
        "assessor": ("tax-assessment", "assessor"),
        "nurse": ("health", "public-health-nurse"),
        "school_clerk": ("education", "school-clerk"),
        "relief_officer": ("disaster-welfare", "relief-officer"),
        "auditor": ("internal-audit", "auditor"),
    }
    for role, expected in roles.items():
        person: StaffRole = getattr(found, role)
        assert expected == (person.department, person.role)
    assert len({getattr(found, role).staff for role in roles}) == len(roles)
    residents_of = (
        found.parent,
        found.protected,
        found.other_party,
        found.bystander,
        found.twice,
        found.variant,
        found.plain,
        found.foreigner,
        found.former,
    )
    assert len(set(residents_of)) == len(residents_of)


def test_the_cast_plays_its_part(city: Path, register: sqlite3.Connection, standing: sqlite3.Connection) -> None:
    """The former clerk's post ended yesterday, the parent is flooded and in arrears, the measure is against the
    other."""
    found: Cast = cast(city / "register.db", city / "standing.db")
    (until,) = standing.execute("SELECT until FROM post WHERE post = ?", (found.former_clerk.post,)).fetchone()
    assert TODAY.isoformat() == until
    for table in ("fee_arrears", "disaster_certificate", "tax_income"):
        asked = f"SELECT count(*) FROM {table} WHERE atena_no = ?"
        assert register.execute(asked, (found.parent,)).fetchone() == (1,)
    measures = register.execute(
        "SELECT aite_atena_no FROM protective_measure WHERE atena_no = ?", (found.protected,)
    ).fetchall()
    assert (found.other_party,) in measures
    assert register.execute("SELECT count(*) FROM juki_resident WHERE atena_no = ?", (found.twice,)).fetchone() == (2,)

    def of(resident: str) -> tuple[str, str]:
        name, status = register.execute(
            "SELECT shimei, jumin_cd FROM juki_resident WHERE atena_no = ?", (resident,)
        ).fetchone()
        return name, status

    assert of(found.variant)[0].startswith("髙橋　")
    assert of(found.plain)[0].startswith("高橋　")
    assert re.match(r"[A-Z ]+　", of(found.foreigner)[0])
    assert of(found.former)[1] == "2"
    for registry, reference in (("resident-tax", found.tax_case), ("disaster-relief", found.relief_case)):
        asked = "SELECT resident_id FROM case_party WHERE registry = ? AND reference = ?"
        assert (found.parent,) in standing.execute(asked, (registry, reference)).fetchall()


def test_files_that_do_not_belong_together_have_no_cast(city: Path, tmp_path: Path) -> None:
    """Another city's staff know none of these residents."""
    built(tmp_path, seed=99)
    with pytest.raises(LookupError, match="seeded together"):
        cast(city / "register.db", tmp_path / "standing.db")


def test_a_superior_is_married_to_a_clerk_who_has_a_neighbour_at_one_address(city: Path) -> None:
    """In every city: for what nobody may look at, or approve, on their own."""
    played = cast(city / "register.db", city / "standing.db")
    with closing(sqlite3.connect(city / "register.db")) as connection:
        connection.execute("ATTACH ? AS standing", (str(city / "standing.db"),))
        home = dict(connection.execute("SELECT staff, resident_id FROM standing.staff"))
        place = {
            each: connection.execute(
                "SELECT setai_no, choaza_cd, banchi FROM juki_resident WHERE atena_no = ?", (each,)
            ).fetchone()
            for each in (home[played.head.staff], played.spouse, played.next_door)
        }
    husband, wife, neighbour = place.values()
    assert home[played.neighbour.staff] == played.spouse
    assert husband == wife
    assert (neighbour[0] != wife[0], neighbour[1:]) == (True, wife[1:])
