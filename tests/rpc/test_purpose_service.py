"""What may I ask for, and what is left?"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import grpc
import pytest

from gateway.clock import DAY, SECOND
from gateway.demo.estate import Estate
from gateway.field import FIELDS
from gateway.v1 import purpose_pb2 as pb
from tests.estates import (
    AMPLE,
    CHILDCARE,
    COUNTER,
    STATISTICS,
    Desk,
    House,
    Told,
    opened,
    purpose_file,
    rewrite,
    told,
)


async def purpose(desk: Desk, name: str) -> pb.Purpose:
    """GetPurpose."""
    response = await desk.stubs.purpose.GetPurpose(pb.GetPurposeRequest(purpose=name), metadata=desk.stubs.metadata)
    assert isinstance(response, pb.GetPurposeResponse)
    return response.purpose


async def denied(desk: Desk, name: str) -> Told:
    """GetPurpose's refusal; it must be one."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await purpose(desk, name)
    return told(caught.value)


async def test_a_post_sees_its_own_purposes(house: House) -> None:
    """Each department its own, by name, without allowances; a role that nobody wrote a purpose for sees none."""
    assert [each.name for each in await (await house.caseworker()).purposes()] == [CHILDCARE]
    (listed,) = await (await house.analyst()).purposes()
    assert (listed.name, listed.streams, list(listed.allowances)) == (STATISTICS, True, [])


async def test_a_purpose_says_what_it_grants(house: House, built: Estate) -> None:
    """Fields with their masks and titles, keys, case registry, days, and the digest of the very text."""
    granted = await purpose(await house.caseworker(), CHILDCARE)
    assert {each.path: each.mask for each in granted.fields} == {
        "name": "keep",
        "birth_date": "age_band",
        "address": "area",
        "household_id": "keep",
        "relationship": "keep",
        "income": "band",
        "disaster_certificate": "keep",
    }
    assert all(each.title.ja == FIELDS[each.path].title.ja for each in granted.fields)
    assert (list(granted.search_by), granted.case_registry, granted.applicant_required) == (
        ["household_id", "resident_id"],
        "childcare-fee",
        False,
    )
    assert (granted.valid_from, granted.valid_until) == ("2025-04-01", "2030-03-31")
    assert granted.digest == sha256(purpose_file(house.estate, CHILDCARE).read_bytes()).digest()
    assert (await purpose(await house.clerk(), COUNTER)).applicant_required


async def test_a_purpose_says_what_an_emergency_opens(house: House) -> None:
    """Fewer fields than it grants, how many looks, and by when they are reviewed; where there is none, nothing."""
    granted = await purpose(await house.desk(house.cast.relief_officer), "disaster-welfare-checks")
    assert list(granted.emergency.fields) == ["name", "address", "household_size"]
    assert set(granted.emergency.fields) < {each.path for each in granted.fields}
    assert (granted.emergency.looks_a_day, granted.emergency.review_days) == (5, 3)
    other = await purpose(await house.clerk(), COUNTER)
    assert (other.HasField("emergency"), other.HasField("bulk")) == (False, False)


@pytest.mark.rule("W4", "E")
async def test_other_purposes_do_not_exist(house: House) -> None:
    """Somebody else's, nobody's and no name at all: one answer, recorded without the word that was made up."""
    caseworker = await house.caseworker()
    answers = [await denied(caseworker, name) for name in (COUNTER, "no-such", "", "Ｘ", "x" * 10_000)]
    assert {answer.reason for answer in answers} == {"PURPOSE_NOT_GRANTED"}
    assert len({answer.octets for answer in answers}) == 1
    record = house.refused_records()[0]
    assert (record.private.refusal, record.header.purpose) == ("PURPOSE_NOT_GRANTED", "")


@pytest.mark.rule("W3")
async def test_without_a_post_today_there_is_nothing_to_see(house: House) -> None:
    """Former staff learn nothing, not even of purposes."""
    former = await house.desk(house.cast.former_clerk)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await former.purposes()
    assert told(caught.value).reason == "POST_NOT_IN_FORCE"
    assert (await denied(former, COUNTER)).reason == "POST_NOT_IN_FORCE"
    other = await house.desk(replace(house.cast.clerk, post=house.cast.collector.post))
    assert (await denied(other, COUNTER)).reason == "POST_NOT_IN_FORCE"


@pytest.mark.rule("L1", "L5")
async def test_what_is_left_falls_with_each_resident_and_says_when_it_reopens(estate: Estate) -> None:
    """Asking for it costs nothing; at zero it says when the first resident is given back, to the second."""
    rewrite(estate, COUNTER, (AMPLE, "budget:\n  residents: {staff: {1d: 2, 30d: 50}}\n"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        start = house.clock.now
        assert await clerk.left(COUNTER) == await clerk.left(COUNTER)
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 2
        await clerk.get(house.at_the_counter(house.cast.bystander))
        await clerk.get(house.at_the_counter(house.cast.bystander))
        house.clock.now += 10 * SECOND
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 1
        await clerk.get(house.at_the_counter(house.cast.parent))
        left = await clerk.left(COUNTER)
        assert (left["staff", "1d", False], left["staff", "30d", False]) == (0, 48)
        assert left["city", "1d", True] == 99_998
        (day,) = [
            each
            for each in (await purpose(clerk, COUNTER)).allowances
            if (each.owner, each.window, each.all_purposes) == (pb.ALLOWANCE_OWNER_STAFF, "1d", False)
        ]
        assert (day.limit, day.left, day.reopens.ToMicroseconds()) == (2, 0, start + DAY)


async def test_asking_discloses_and_charges_nothing(house: House) -> None:
    """No record, no look, however often."""
    before = len(house.records())
    for _ in range(20):
        await purpose(await house.clerk(), COUNTER)
        await (await house.clerk()).purposes()
    assert len(house.records()) == before
