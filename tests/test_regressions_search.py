"""Searches and streams that once said too much: each test is one fault that was found, and does not come back."""

from __future__ import annotations

import pytest

from gateway.demo.estate import Estate
from gateway.v1 import register_pb2 as pb
from tests.estates import STATISTICS, asked, change, limit, opened, rewrite, search, selection, strangers
from tests.finding import FINDING, living, may_find


@pytest.mark.rule("S1")
async def test_a_blank_is_no_household(estate: Estate) -> None:
    """Where the register pads an empty column, a blank would find everybody who belongs to no household."""
    may_find(estate, ("fields:\n", "stream: {page: 10}\nfields:\n"))
    change(
        estate,
        "register",
        "UPDATE juki_resident SET setai_no = ' ' WHERE atena_no IN (SELECT min(atena_no) FROM juki_resident)",
    )
    async with opened(estate) as house:
        clerk = await house.clerk()
        told = await clerk.search_denied(search(FINDING, household=" "))
        assert (told.reason, told.places) == ("REQUEST_MALFORMED", ["criteria.household_id"])
        end = (await clerk.stream(selection(FINDING, household="  "))).end
        assert end is not None
        assert (end.reason, end.places) == ("REQUEST_MALFORMED", ["selection.household_id"])


@pytest.mark.rule("S3")
@pytest.mark.rule("L5")
async def test_searches_that_nobody_can_pay_for_are_attempts(estate: Estate) -> None:
    """Who has one resident left would learn free of charge, as often as they like, at which addresses two live."""
    may_find(estate, ("{1d: 90000}", "{1d: 3}"))
    limit(estate, "refusals: {staff: {1d: 100000}}", "refusals: {staff: {1d: 5}}")
    (first, *_), (second, *_) = living(estate)[:2]
    unseen = strangers(estate) - {first, second}
    families = [
        str(household)
        for household, members in asked(
            estate,
            "register",
            "SELECT setai_no, group_concat(atena_no) FROM juki_resident WHERE jumin_cd = '1' AND atena_no NOT IN "
            "(SELECT atena_no FROM protective_measure) GROUP BY setai_no HAVING count(*) = 2 ORDER BY setai_no",
        )
        if set(members.split(",")) <= unseen
    ]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await clerk.found(search(FINDING, resident=first)) == [first]
        assert await clerk.found(search(FINDING, resident=second)) == [second]
        for household in families[:5]:
            assert (await clerk.search_denied(search(FINDING, household=household))).reason == "BUDGET_EXHAUSTED"
        assert (await clerk.left(FINDING))["staff", "1d", False] == 1
        # Not even the last one is given for a question, nor is anybody shown who was seen.
        for request in (search(FINDING, name="存在　しない"), search(FINDING, resident=first)):
            assert (await clerk.search_denied(request)).reason == "BUDGET_EXHAUSTED"


@pytest.mark.rule("S3")
@pytest.mark.rule("L6")
async def test_two_common_beginnings_are_not_looked_through(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """A surname and an unrelated reading kept everybody else's searches waiting, while all of that name were tried."""
    may_find(estate)
    monkeypatch.setattr("gateway.register.finder._BROAD", 0)
    _, name, kana, *_ = living(estate)[0]
    async with opened(estate) as house:
        clerk = await house.clerk()
        told = await clerk.search_denied(search(FINDING, name=f"{name[:2]}*", kana=f"{kana[:3]}*"))
        assert told.reason == "TOO_MANY_RESULTS"


@pytest.mark.rule("S5")
async def test_who_came_back_is_not_found_by_what_the_former_entry_said(estate: Estate) -> None:
    """Where former residents may be asked for, too, an old household led to who lives elsewhere by now."""
    may_find(estate)
    resident_id, *_ = living(estate)[7]
    again(estate, resident_id, "jumin_cd = '2', setai_no = 'LONGGONE', umare_ymd = '1901-01-01'")
    everybody = [pb.REGISTER_STATUS_RESIDENT, pb.REGISTER_STATUS_MOVED_OUT]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await clerk.found(search(FINDING, resident=resident_id, statuses=everybody)) == [resident_id]
        assert await clerk.found(search(FINDING, household="LONGGONE", statuses=everybody)) == []
        assert await clerk.found(search(FINDING, resident=resident_id, born="1901-01-01", statuses=everybody)) == []


@pytest.mark.rule("S5")
@pytest.mark.parametrize("key", ["12345", "123456789012", "１２３４５６７８９０", "    "])
async def test_what_is_no_resident_id_is_nobody_s(estate: Estate, key: str) -> None:
    """A lookup takes ten digits only. Entries under other keys were shown by searches and streams all the same, to be
    asked for never again; one under blanks kept every stream from its first page.
    """
    may_find(estate)
    rewrite(estate, STATISTICS, ("page: 500", "page: 2"))
    town = "48201999"
    (resident_id, *_), (neighbour, *_) = living(estate)[:2]
    change(estate, "register", f"UPDATE juki_resident SET choaza_cd = '{town}01' WHERE atena_no = '{neighbour}'")
    again(estate, resident_id, f"atena_no = '{key}', setai_no = 'NOBODYS', choaza_cd = '{town}01'")
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await clerk.found(search(FINDING, household="NOBODYS")) == []
        stream = await (await house.analyst()).stream(selection(area=town))
        assert (len(stream.residents), stream.end) == (1, None)


def again(estate: Estate, resident_id: str, differing: str) -> None:
    """A second entry, like this resident's but for some of its columns."""
    table = "juki_resident"
    change(
        estate,
        "register",
        f"INSERT INTO {table} SELECT * FROM {table} WHERE atena_no = '{resident_id}'",
        f"UPDATE {table} SET {differing} WHERE rowid = (SELECT max(rowid) FROM {table})",
    )
