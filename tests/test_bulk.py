"""Bulk reads that two people have approved: what the approver sees, what the grant opens, and where it ends."""

from __future__ import annotations

import asyncio
from datetime import date

import grpc
import pytest

from gateway.clock import DAY
from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.selection import Found, Selected
from gateway.subject import Onlookers
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import purpose_pb2, register_pb2
from tests.estates import (
    STATISTICS,
    Desk,
    House,
    asked,
    change,
    homes,
    opened,
    rewrite,
    selection,
    told,
    until,
    verified,
)
from tests.rpc.identities import StillClock
from tests.test_grants import HOUR, approves, asks, listed, rejects, revokes, superior_of

PAGE = 40
BULK = f"bulk: {{grant: two-person, page: {PAGE}, residents: 600, k: 1}}"
ADULTS = (20, 64)


@pytest.fixture
def bulky(estate: Estate) -> Estate:
    """Planning streams by grants only."""
    rewrite(estate, STATISTICS, ("stream: {page: 500}", BULK))
    return estate


def wanted(expected: int, ages: tuple[int, int | None] = ADULTS) -> pb.RequestGrantRequest:
    """Planning asks for a stream."""
    stream = selection(ages=ages)
    request = pb.RequestGrantRequest(context=stream.context, selection=stream.selection, expected=expected)
    request.context.justification = "income by town, for the yearbook"
    return request


def by(grant: pb.Grant, ages: tuple[int, int | None] = ADULTS, cursor: str = "") -> register_pb2.StreamResidentsRequest:
    """The stream, by a grant."""
    request = selection(ages=ages, cursor=cursor)
    request.context.grant = grant.grant_id
    return request


async def people(house: House) -> tuple[Desk, Desk]:
    """An analyst and the superior."""
    analyst = house.cast.analyst
    head: StaffRole = superior_of(house.estate, analyst)
    return await house.desk(analyst), await house.desk(head)


@pytest.mark.rule("W7", "L1")
async def test_a_stream_goes_by_a_grant_whose_approver_saw_what_it_opens(bulky: Estate) -> None:
    """Fields after masking, residents, share and company; then exactly that selection, on a meter of its own."""
    async with opened(bulky) as house:
        analyst, head = await people(house)
        refused = await analyst.stream(selection(ages=ADULTS))
        assert refused.end is not None
        assert refused.end.reason == "GRANT_REQUIRED"
        before = await analyst.left(STATISTICS)

        grant = await asks(analyst, wanted(500))
        preview = grant.preview
        assert preview.residents > 100
        assert 0 < preview.share < 1
        assert preview.smallest_cell >= 1
        assert "birth_date: age_band width=5 top=90 reckoning=birthday_eve" in preview.fields
        (shown,) = await listed(head, waiting=True)
        assert shown.preview == preview
        assert shown.selection == by(grant).selection
        waits = await analyst.stream(by(grant))
        assert waits.end is not None
        assert waits.end.reason == "GRANT_NOT_ACTIVE"
        assert await approves(head, grant) == "OK"

        pages = await analyst.stream(by(grant))
        assert len(pages.residents) == min(preview.residents, 500)
        assert await analyst.left(STATISTICS) == before
        (terms,) = await analyst.purposes()
        assert (terms.bulk.residents, terms.bulk.k, list(terms.bulk.allowances)) == (600, 1, [])
        asked = purpose_pb2.GetPurposeRequest(purpose=STATISTICS)
        told = (await analyst.stubs.purpose.GetPurpose(asked, metadata=analyst.stubs.metadata)).purpose
        assert {each.limit - each.left for each in told.bulk.allowances} == {len(pages.residents)}
        assert {each.private.meter for each in house.disclosures()} == {record_pb2.METER_GRANTED}
        other = await analyst.stream(by(grant, (20, 69)))
        assert other.end is not None
        assert other.end.reason == "GRANT_NOT_ACTIVE"
        await house.stop()
        assert not verified(bulky).faults


@pytest.mark.rule("L2", "L3")
async def test_the_ceiling_holds_to_the_resident_and_who_comes_again_pays_nothing(bulky: Estate) -> None:
    """Across pages, a broken connection and a restart: so many different residents, and not one more."""
    ceiling = 2 * PAGE + 7
    async with opened(bulky) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(ceiling))
        assert await approves(head, grant) == "OK"
        call = analyst.stubs.register.StreamResidents(by(grant), metadata=analyst.stubs.metadata)
        first = await anext(aiter(call))
        call.cancel()
        again = await analyst.stream(by(grant))
        assert len(again.residents) == ceiling
        assert again.end is not None
        assert again.end.reason == "BUDGET_EXHAUSTED"
    async with opened(bulky) as house:
        analyst, _ = await people(house)
        resumed = await analyst.stream(by(grant, cursor=first.next_cursor))
        assert len(resumed.residents) == ceiling - PAGE
        (left,) = await listed(analyst)
        assert left.seen == ceiling
        await house.stop()
        assert not verified(bulky).faults


@pytest.mark.rule("W7")
async def test_a_grant_that_is_taken_back_ends_a_stream_at_its_next_page(bulky: Estate) -> None:
    """What was delivered until then is on the record; nothing after."""
    async with opened(bulky) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(600))
        assert await approves(head, grant) == "OK"
        call = analyst.stubs.register.StreamResidents(by(grant), metadata=analyst.stubs.metadata)
        assert (await anext(aiter(call))).residents
        assert await revokes(head, grant) == "OK"

        async def rest() -> None:
            async for _ in call:
                pass

        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await rest()
        assert told(caught.value).reason == "GRANT_NOT_ACTIVE"
        revoked = next(i for i, each in enumerate(house.records()) if each.private.grant_step == 4)
        assert all(each.header.kind != record_pb2.KIND_DISCLOSURE for each in house.records()[revoked:])


@pytest.mark.rule("W7")
async def test_a_selection_in_which_somebody_stands_alone_is_not_opened(estate: Estate) -> None:
    """The superior cannot approve it; and where somebody moved away since, it is not opened either."""
    rewrite(
        estate,
        STATISTICS,
        ("stream: {page: 500}", "bulk: {grant: two-person, page: 500, residents: 2000, k: 3}"),
        ("  income:", "  # income:"),
        ("address: {mask: area, level: town}", "address: {mask: area, level: city}"),
        ("birth_date: {mask: age_band, width: 5}", "birth_date: {mask: age_band, width: 20, top: 80}"),
    )
    # A withheld address looks like no other; the cast's own stays, who is no 80 years old.
    change(estate, "register", f"DELETE FROM protective_measure WHERE atena_no <> '{estate.cast().protected}'")
    async with opened(estate) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(2000, (80, None)))
        assert grant.preview.smallest_cell >= 3
        assert await approves(head, grant) == "OK"
        old = "umare_ymd < '1950' AND jumin_cd = '1'"
        keep = f"(SELECT atena_no FROM juki_resident WHERE {old} AND umare_ymd < '1940' ORDER BY atena_no LIMIT 2)"
        change(estate, "register", f"UPDATE juki_resident SET jumin_cd = '2' WHERE {old} AND atena_no NOT IN {keep}")
        refused = await analyst.stream(by(grant, (80, None)))
        assert refused.end is not None
        assert refused.end.reason == "GRANT_NOT_ACTIVE"
        assert not refused.residents
        alone = await asks(analyst, wanted(2000, (80, None)))
        assert alone.preview.smallest_cell < 3
        assert await approves(head, alone) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W7")
async def test_a_selection_whose_people_betray_one_another_is_not_opened(estate: Estate) -> None:
    """Where all who look alike have one income, nobody approves it; where that comes about later, it is not opened,
    whatever fields are asked for.
    """
    rewrite(
        estate,
        STATISTICS,
        (
            "stream: {page: 500}",
            "bulk: {grant: two-person, page: 500, residents: 2000, k: 3, l: 2, sensitive: [income]}",
        ),
        ("address: {mask: area, level: town}", "address: {mask: area, level: city}"),
        ("birth_date: {mask: age_band, width: 5}", "birth_date: {mask: age_band, width: 20, top: 80}"),
    )
    old = "(SELECT atena_no FROM juki_resident WHERE umare_ymd < '1950')"
    change(estate, "register", f"DELETE FROM protective_measure WHERE atena_no <> '{estate.cast().protected}'")
    change(estate, "register", f"UPDATE tax_income SET shotoku_gaku = (rowid % 2) * 2000000 WHERE atena_no IN {old}")
    async with opened(estate) as house:
        analyst, head = await people(house)
        (terms,) = await analyst.purposes()
        assert (terms.bulk.k, terms.bulk.l, list(terms.bulk.sensitive)) == (3, 2, ["income"])
        grant = await asks(analyst, wanted(2000, (80, None)))
        assert grant.preview.smallest_cell >= 3
        assert grant.preview.fewest_values >= 2
        assert await approves(head, grant) == "OK"
        opening = await analyst.stream(by(grant, (80, None)))
        assert opening.end is None
        assert opening.residents
        narrower = by(grant, (80, None))
        narrower.read_mask.paths.extend(["resident_id", "birth_date"])
        assert (await analyst.stream(narrower)).end is None
        header = house.disclosures()[-1].header
        assert "income" in header.fields_read  # to see that it betrays nobody
        assert "income" not in header.fields_delivered

        change(estate, "register", f"DELETE FROM tax_income WHERE atena_no IN {old}")
        for request in (by(grant, (80, None)), narrower):
            refused = await analyst.stream(request)
            assert refused.end is not None
            assert refused.end.reason == "GRANT_NOT_ACTIVE"
            assert not refused.residents
        alike = await asks(analyst, wanted(2000, (80, None)))
        assert (alike.preview.smallest_cell >= 3, alike.preview.fewest_values) == (True, 1)
        assert await approves(head, alike) == "GRANT_NOT_ACTIVE"

        without = wanted(2000, (80, None))
        without.read_mask.paths.extend(["resident_id", "birth_date"])
        grant = await asks(analyst, without)
        assert grant.preview.fewest_values == 0
        assert await approves(head, grant) == "OK"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where pages of selections that are read begin."""
    begun: list[str] = []
    page = Selected.page

    async def counted(selected: Selected, after: str, today: date, onlookers: Onlookers) -> Found:
        begun.append(after)
        return await page(selected, after, today, onlookers)

    monkeypatch.setattr(Selected, "page", counted)
    return begun


@pytest.mark.rule("L1", "R1")
async def test_ten_selections_are_asked_for_in_a_day_whatever_becomes_of_them(bulky: Estate, pages: list[str]) -> None:
    """Each tells how many there are and how alike: taken back or rejected they count, across a restart, and of an
    eleventh not a page is read. Other grants may be asked for.
    """
    async with opened(bulky) as house:
        analyst, head = await people(house)
        for number in range(10):
            grant = await asks(analyst, wanted(500))
            assert await (revokes(analyst, grant) if number % 2 else rejects(head, grant)) == "OK"
            await house.move(HOUR)
            analyst, head = await people(house)
    async with opened(bulky, StillClock(house.clock.now)) as house:
        analyst, _ = await people(house)
        pages.clear()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asks(analyst, wanted(500))
        refused = told(caught.value)
        assert (refused.reason, pages) == ("BUDGET_EXHAUSTED", [])
        ((_, why),) = refused.denial.quota
        assert why.startswith("10 requests for a selection in 1d; reopens ")
        assert (await asks(analyst, pb.RequestGrantRequest(context=wanted(1).context, renewals=1))).grant_id
        await house.move(DAY - 10 * HOUR)
        analyst, _ = await people(house)
        assert (await asks(analyst, wanted(500))).preview.residents
        await house.stop()
        assert verified(bulky).faults == []


@pytest.mark.rule("L5", "L6")
async def test_a_selection_is_walked_for_nobody_whose_requests_wait(bulky: Estate, pages: list[str]) -> None:
    """Twenty wait: the next is refused before the register is asked."""
    async with opened(bulky) as house:
        analyst, _ = await people(house)
        for _ in range(20):
            await asks(analyst, pb.RequestGrantRequest(context=wanted(1).context, renewals=1))
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asks(analyst, wanted(500))
        assert (told(caught.value).reason, pages) == ("BUDGET_EXHAUSTED", [])


@pytest.mark.rule("L5", "L6")
async def test_of_one_person_one_selection_is_walked_at_a_time(bulky: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts like an open stream, of which there are four; whoever asks meanwhile is turned away at once, and who
    hangs up makes room.
    """
    came, opens, page, few = asyncio.Event(), asyncio.Event(), Selected.page, (20, 24)

    async def waits(selected: Selected, after: str, today: date, onlookers: Onlookers) -> Found:
        came.set()
        await opens.wait()
        return await page(selected, after, today, onlookers)

    async with opened(bulky) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(500, few))
        assert await approves(head, grant) == "OK"
        monkeypatch.setattr(Selected, "page", waits)
        under_way = house.gateway._server._reception.hallway._steps._bulk

        async def come_to(count: int) -> None:
            async def is_so() -> bool:
                return under_way[analyst.person.staff] == count

            await until(is_so)

        gone = asyncio.create_task(requests(analyst, wanted(500)))
        await came.wait()
        assert [await requests(analyst, wanted(500)) for _ in range(3)] == ["OVERLOADED"] * 3
        gone.cancel()
        await come_to(0)
        first = asyncio.create_task(requests(analyst, wanted(500)))
        await come_to(1)
        streams = [asyncio.create_task(analyst.stream(by(grant, few))) for _ in range(3)]
        await come_to(4)
        fifth = await analyst.stream(by(grant, few))
        assert fifth.end is not None
        assert fifth.end.reason == "OVERLOADED"
        opens.set()
        assert await first == "OK"
        assert [each.end for each in await asyncio.gather(*streams)] == [None] * 3
        assert await requests(analyst, wanted(500)) == "OK"


async def requests(desk: Desk, request: pb.RequestGrantRequest) -> str:
    """`OK`, or why not."""
    try:
        await asks(desk, request)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def test_what_no_grant_can_be_asked_for(bulky: Estate) -> None:
    """More than the purpose admits, a selection it does not cover, a household, no number expected."""
    async with opened(bulky) as house:
        analyst, _ = await people(house)
        unaligned = wanted(10, (21, 64))
        household = wanted(10)
        household.selection.household_id = "1"
        for request, reason in (
            (wanted(601), "COST_IMPOSSIBLE"),
            (unaligned, "SEARCH_NOT_GRANTED"),
            (household, "REQUEST_MALFORMED"),
            (wanted(0), "REQUEST_MALFORMED"),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await asks(analyst, request)
            assert told(caught.value).reason == reason


@pytest.mark.rule("W7")
async def test_a_colleague_cannot_use_it_nor_move_its_cursor(bulky: Estate) -> None:
    """It is the requester's own, in their own post."""
    ((staff, post),) = asked(
        bulky,
        "standing",
        "SELECT staff, post FROM post WHERE department = 'planning' AND role = 'analyst' AND until IS NULL "
        f"AND staff <> '{bulky.cast().analyst.staff}' LIMIT 1",
    )
    homes(bulky, staff, None)
    async with opened(bulky) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(600))
        assert await approves(head, grant) == "OK"
        pages = await analyst.stream(by(grant))
        colleague = await house.desk(StaffRole(staff, post, "planning", "analyst"))
        for cursor in ("", pages.pages[0].next_cursor):
            refused = await colleague.stream(by(grant, cursor=cursor))
            assert refused.end is not None
            assert refused.end.reason == "GRANT_NOT_ACTIVE"
