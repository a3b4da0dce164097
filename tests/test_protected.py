"""Who is protected (支援措置), by every way there is to ask: dates, the named other party, who lives with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.demo.estate import SHIPPED, Estate
from gateway.v1 import register_pb2 as pb
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.estates import (
    CHILDCARE,
    COUNTER,
    OUTSIDER,
    STATISTICS,
    House,
    asked,
    batch,
    change,
    copied,
    homes,
    lookup,
    opened,
    search,
    selection,
)
from tests.test_posts import reload

NOBODY = "9999999999"
Sees = Callable[[House, str, str | pb.Outsider], Awaitable[bool]]
"""Whether somebody is seen, on behalf of an applicant."""


def person(estate: Estate, resident: str) -> tuple[str, str]:
    """Name and birth date, as the register writes them."""
    ((name, born),) = asked(
        estate, "register", f"SELECT shimei, umare_ymd FROM juki_resident WHERE atena_no = '{resident}'"
    )
    return name, born


async def by_lookup(house: House, resident: str, applicant: str | pb.Outsider) -> bool:
    """GetResident."""
    outcome = await (await house.clerk()).tried(house.at_the_counter(resident, applicant=applicant))
    assert outcome in {"OK", "RESIDENT_NOT_FOUND"}
    return outcome == "OK"


async def by_batch(house: House, resident: str, applicant: str | pb.Outsider) -> bool:
    """BatchGetResidents."""
    (entry,) = await (await house.clerk()).batch(batch(COUNTER, [resident], applicant=applicant))
    return entry is not None


async def by_search(house: House, resident: str, applicant: str | pb.Outsider) -> bool:
    """SearchResidents, by name and birth date."""
    name, born = person(house.estate, resident)
    found = await (await house.clerk()).search(search(name=name, born=born, applicant=applicant))
    assert len(found) <= 1
    return bool(found)


async def by_stream(house: House, resident: str, applicant: str | pb.Outsider) -> bool:
    """StreamResidents, of everybody, by pseudonym."""
    domain = PseudonymDomain(house.cast.analyst.department, STATISTICS, "resident_id")
    pseudonym = SealedTokens(Keyring.open(house.estate.keyring).domain(domain)).seal(resident)
    pages = await (await house.analyst()).stream(selection(ages=(0, None), applicant=applicant))
    assert pages.end is None
    return pseudonym in pages.pseudonyms


WAYS = pytest.mark.parametrize("sees", [by_lookup, by_batch, by_search, by_stream])


def protects(house: House, resident: str, since: int, until: int | None) -> None:
    """Let the measure last from one day to another, counted from today."""
    first = house.cast.today + timedelta(days=since)
    last = f"'{house.cast.today + timedelta(days=until)}'" if until is not None else "NULL"
    change(
        house.estate,
        "register",
        f"UPDATE protective_measure SET kaishi_ymd = '{first}', shuryo_ymd = {last} WHERE atena_no = '{resident}'",
    )


@pytest.mark.rule("W9", "S7")
@WAYS
async def test_the_other_party_sees_nobody_while_the_measure_lasts(estate: Estate, sees: Sees) -> None:
    """By every way: from the first day to the last, and not a day longer; others see the resident meanwhile."""
    async with opened(estate) as house:
        hidden, other = house.cast.protected, house.cast.other_party
        for since, until, seen in ((0, 0, False), (-9, None, False), (1, None, True), (-9, -1, True)):
            protects(house, hidden, since, until)
            assert await sees(house, hidden, other) is seen, (since, until)
            assert await sees(house, hidden, house.cast.bystander)


@pytest.mark.rule("W9")
@WAYS
async def test_an_outsider_who_is_the_other_party_sees_nobody(estate: Estate, sees: Sees) -> None:
    """Named by birth date; an outsider born on another day is anybody."""
    born = OUTSIDER.birth_date
    async with opened(estate) as house:
        change(
            house.estate,
            "register",
            "UPDATE protective_measure SET aite_atena_no = NULL, aite_shimei = '他の　綴り', "
            f"aite_umare_ymd = '{born.year:04}-{born.month:02}-{born.day:02}' "
            f"WHERE atena_no = '{house.cast.protected}'",
        )
        another = pb.Outsider(name=OUTSIDER.name, birth_date=pb.PartialDate(year=born.year, month=born.month, day=9))
        assert not await sees(house, house.cast.protected, OUTSIDER)
        assert await sees(house, house.cast.protected, another)


@pytest.mark.rule("S7", "W9")
@WAYS
async def test_whoever_works_here_and_is_the_other_party_sees_nobody(estate: Estate, sees: Sees) -> None:
    """Whoever applies: the caller is an onlooker like the applicant."""
    async with opened(estate) as house:
        cast = house.cast
        await house.desk(cast.operator)
        assert await sees(house, cast.protected, cast.bystander)
        homes(estate, (cast.analyst if sees is by_stream else cast.clerk).staff, cast.other_party)
        await reload(house)
        assert not await sees(house, cast.protected, cast.bystander)


def covering(estate: Estate) -> tuple[str, str]:
    """A register that keeps one line for a household: who is protected by it, and a child who has no line."""
    cast = estate.cast()
    ((child,),) = asked(
        estate,
        "register",
        "SELECT o.atena_no FROM juki_resident o JOIN juki_resident r ON r.setai_no = o.setai_no "
        f"WHERE r.atena_no = '{cast.protected}' AND o.atena_no <> r.atena_no LIMIT 1",
    )
    change(estate, "register", f"DELETE FROM protective_measure WHERE atena_no = '{child}'")
    return cast.protected, child


@pytest.mark.rule("W9")
@WAYS
async def test_who_lives_with_a_protected_resident_is_covered_where_the_measure_says_so(
    estate: Estate, sees: Sees
) -> None:
    """Hidden from the same other party; where the register has a line for each, without one nobody is."""
    _, child = covering(estate)
    async with opened(estate) as house:
        assert await sees(house, child, house.cast.other_party)
    mapped(estate)
    async with opened(estate) as house:
        assert not await sees(house, child, house.cast.other_party)
        assert await sees(house, child, house.cast.bystander)


def mapped(estate: Estate) -> None:
    """The measures say that they cover the household."""
    with closing(sqlite3.connect(estate.path / "city" / "register.db")) as connection:
        connection.execute("ALTER TABLE protective_measure ADD COLUMN setai_kbn TEXT DEFAULT '1'")
        connection.commit()
    text = (SHIPPED / "config" / "register-map.yaml").read_text(encoding="utf-8")
    column = "  against_birth_date: aite_umare_ymd\n"
    assert column in text
    (estate.path / "map.yaml").write_text(
        text.replace(column, f"{column}  covers_household: setai_kbn\n"), encoding="utf-8"
    )
    settings = estate.settings.read_text(encoding="utf-8")
    estate.settings.write_text(
        settings.replace(str(SHIPPED / "config" / "register-map.yaml"), "map.yaml"), encoding="utf-8"
    )


@pytest.mark.rule("W9")
async def test_where_the_covered_live_is_withheld_by_every_way(estate: Estate) -> None:
    """In a lookup, a batch and a search: the child's address would tell where the parent is."""
    resident, child = covering(estate)
    mapped(estate)
    async with opened(estate) as house:
        clerk, applicant = await house.clerk(), house.cast.bystander
        name, born = person(estate, child)
        shown = [
            (await clerk.get(house.at_the_counter(child, applicant=applicant))).resident,
            *(await clerk.batch(batch(COUNTER, [child, resident], applicant=applicant))),
            *(await clerk.search(search(name=name, born=born, applicant=applicant))),
        ]
        assert len(shown) == 4
        for each in shown:
            assert each is not None
            assert each.address.absent == pb.ABSENCE_WITHHELD
            assert each.name.exact


Told = tuple[object, dict[tuple[str, str, bool], int]]
"""The octets of an answer but for its receipt, and what it cost of each allowance."""


async def told_and_paid(house: House, request: pb.BatchGetResidentsRequest | pb.SearchResidentsRequest) -> Told:
    """Asked by the clerk; nobody may be shown."""
    clerk = await house.clerk()
    stubs, before = clerk.stubs, await clerk.left(COUNTER)
    searching = isinstance(request, pb.SearchResidentsRequest)
    method: Any = stubs.register.SearchResidents if searching else stubs.register.BatchGetResidents
    answer = await method(request, metadata=stubs.metadata)
    answer.ClearField("receipt")
    after = await clerk.left(COUNTER)
    return answer.SerializeToString(deterministic=True), {key: before[key] - after[key] for key in before}


@pytest.mark.rule("S7", "W9", "L1")
@pytest.mark.parametrize("way", ["a batch", "a search by name", "a search by address", "a lookup in a case"])
async def test_hidden_and_absent_are_one_in_octets_and_charge(built: Estate, tmp_path: Path, way: str) -> None:
    """By every way that may meet the one or the other; each is asked first thing, in a house of its own."""
    cast = built.cast()
    name, born = person(built, cast.protected)
    columns = "choaza_mei || CASE WHEN chome_no THEN chome_no || '丁目' ELSE '' END, banchi"
    ((street, lot),) = asked(
        built, "register", f"SELECT {columns} FROM juki_resident WHERE atena_no = '{cast.protected}'"
    )
    told: list[object] = []
    for number, (who, called, lives) in enumerate(((cast.protected, name, lot), (NOBODY, "誰野　某", "998番999号"))):
        async with opened(copied(built, tmp_path / str(number))) as house:
            if way == "a batch":
                told.append(await told_and_paid(house, batch(COUNTER, [who], applicant=cast.other_party)))
            elif way == "a search by name":
                request = search(name=called, born=born, applicant=cast.other_party)
                told.append(await told_and_paid(house, request))
            elif way == "a search by address":
                request = search(address=street + lives, applicant=cast.other_party)
                told.append(await told_and_paid(house, request))
            else:
                caseworker = await house.caseworker()
                looked = lookup(CHILDCARE, who, case=cast.protected_case, applicant=cast.other_party)
                denied, left = await caseworker.denied(looked), await caseworker.left(CHILDCARE)
                assert denied.reason == "STEP_UP_REQUIRED"
                told.append((denied.octets, left))
    assert told[0] == told[1]
