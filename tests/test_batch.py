"""Batches, walked from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from tests.estates import (
    AMPLE,
    CHILDCARE,
    COUNTER,
    OUTSIDER,
    STATISTICS,
    House,
    asked,
    batch,
    copied,
    opened,
    rewrite,
    selection,
    verified,
)
from tests.finding import living

NOBODY = "9999999999"


@pytest.mark.rule("S5")
async def test_a_batch_answers_each_in_its_place(house: House) -> None:
    """As many entries as ids, in their order; who is not found or hidden is an empty one, charged like the others."""
    clerk, cast = await house.clerk(), house.cast
    ids = [cast.parent, NOBODY, cast.bystander, cast.protected]
    before = (await clerk.left(COUNTER))["staff", "1d", False]
    entries = await clerk.batch(batch(COUNTER, ids, applicant=cast.other_party, mask=["name", "status"]))
    assert [entry is not None for entry in entries] == [True, False, True, False]
    names = [
        asked(house.estate, "register", f"SELECT shimei FROM juki_resident WHERE atena_no = '{each}'")[0][0]
        for each in (cast.parent, cast.bystander)
    ]
    assert [entry.name.exact for entry in entries if entry is not None] == names
    assert before - (await clerk.left(COUNTER))["staff", "1d", False] == 4
    (record,) = house.disclosures()
    outcome = record_pb2
    assert [line.outcome for line in record.lines] == [
        outcome.OUTCOME_DELIVERED,
        outcome.OUTCOME_ABSENT,
        outcome.OUTCOME_DELIVERED,
        outcome.OUTCOME_HIDDEN,
    ]
    assert list(record.private.search_keys) == ["resident_id"]


@pytest.mark.rule("S7", "W9")
async def test_who_is_hidden_is_absent_in_a_batch_too(built: Estate, tmp_path: Path) -> None:
    """To the other party: the same octets, the same charge, the same record but for the outcome."""
    cast, told = built.cast(), []
    for asked_for in (cast.protected, NOBODY):
        async with opened(copied(built, tmp_path / asked_for)) as house:
            clerk = await house.clerk()
            request = batch(COUNTER, [asked_for, cast.parent], applicant=cast.other_party)
            request.context.request_id = "the-same"
            response = await clerk.stubs.register.BatchGetResidents(request, metadata=clerk.stubs.metadata)
            response.receipt.ClearField("disclosure_id")
            (record,) = house.disclosures()
            record.header.wall = record.private.elapsed = 0
            told.append((response.SerializeToString(), await clerk.left(COUNTER), record.header, record.private))
    assert told[0] == told[1]


@pytest.mark.rule("S5")
async def test_malformed_ids_fail_the_batch_each_by_its_index(house: House) -> None:
    """All of them are named; nobody is shown and nothing is charged."""
    clerk = await house.clerk()
    before = await clerk.left(COUNTER)
    good = house.cast.parent
    told = await clerk.batch_denied(batch(COUNTER, [good, "12", "", good, "123456789０"], applicant=OUTSIDER))
    assert (told.reason, told.places) == (
        "REQUEST_MALFORMED",
        ["resident_ids[1]", "resident_ids[2]", "resident_ids[3]", "resident_ids[4]"],
    )
    assert await clerk.left(COUNTER) == before


@pytest.mark.rule("S5")
async def test_twenty_is_the_most(house: House) -> None:
    """Twenty are answered, twenty-one are not, nor is nobody."""
    clerk = await house.clerk()
    ids = [each for each, *_ in living(house.estate)[:21]]
    assert None not in await clerk.batch(batch(COUNTER, ids[:20], applicant=OUTSIDER, mask=["name"]))
    told = await clerk.batch_denied(batch(COUNTER, ids, applicant=OUTSIDER))
    assert (told.reason, told.places) == ("REQUEST_MALFORMED", ["resident_ids"])
    told = await clerk.batch_denied(batch(COUNTER, [], applicant=OUTSIDER))
    assert (told.reason, told.places) == ("REQUEST_MALFORMED", ["resident_ids"])


@pytest.mark.rule("S5")
async def test_an_id_of_two_living_entries_refuses_the_batch_by_its_index(house: House) -> None:
    """Never a guess, and not an empty entry, which would say that there is nobody."""
    told = await (await house.clerk()).batch_denied(
        batch(COUNTER, [house.cast.parent, house.cast.twice], applicant=OUTSIDER)
    )
    assert (told.reason, told.places) == ("NOT_UNIQUE", ["resident_ids[1]"])


@pytest.mark.rule("L2")
async def test_a_batch_is_charged_whole_or_not_at_all(estate: Estate) -> None:
    """Three are left: four get nothing and cost nothing, three get three."""
    rewrite(estate, COUNTER, (AMPLE, "budget:\n  residents: {staff: {1d: 5}}\n"))
    ids = [each for each, *_ in living(estate)[:6]]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert None not in await clerk.batch(batch(COUNTER, ids[:2], applicant=OUTSIDER, mask=["name"]))
        told = await clerk.batch_denied(batch(COUNTER, ids[2:6], applicant=OUTSIDER, mask=["name"]))
        assert told.reason == "BUDGET_EXHAUSTED"
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 3
        assert None not in await clerk.batch(batch(COUNTER, ids[2:5], applicant=OUTSIDER, mask=["name"]))
        told = await clerk.batch_denied(batch(COUNTER, ids, applicant=OUTSIDER, mask=["name"]))
        assert told.reason == "COST_IMPOSSIBLE"  # six, where five is the most that could ever be
    assert verified(estate).faults == []


@pytest.mark.rule("W5", "W6")
async def test_under_a_case_all_must_be_parties(house: House) -> None:
    """One who is not refuses the batch, and it does not say which; an unknown id reads the same."""
    caseworker, cast = await house.caseworker(), house.cast
    case = cast.childcare_case
    assert None not in await caseworker.batch(batch(CHILDCARE, [cast.parent], case=case, mask=["name"]))
    reasons = set()
    for stranger in (cast.bystander, NOBODY):
        told = await caseworker.batch_denied(batch(CHILDCARE, [cast.parent, stranger], case=case))
        reasons.add((told.reason, tuple(told.places), told.octets))
    assert len(reasons) == 1
    assert reasons.pop()[0] == "STEP_UP_REQUIRED"
    told = await caseworker.batch_denied(batch(CHILDCARE, [cast.parent], case=cast.closed_case))
    assert told.reason == "CASE_NOT_VALID"


@pytest.mark.rule("M3")
async def test_pseudonyms_come_in_batches_too(house: House) -> None:
    """A purpose's own open; one of another is named by its index."""
    analyst = await house.analyst()
    pages = await analyst.stream(selection(ages=(30, 34)))
    own = pages.pseudonyms[:5]
    entries = await analyst.batch(batch(STATISTICS, pseudonyms=own, mask=["resident_id"]))
    assert [entry.resident_id.pseudonym for entry in entries if entry is not None] == own
    told = await analyst.batch_denied(batch(STATISTICS, pseudonyms=[own[0], f"{own[1]}x"]))
    assert (told.reason, told.places) == ("REQUEST_MALFORMED", ["pseudonyms[1]"])
    told = await analyst.batch_denied(batch(STATISTICS, [house.cast.parent]))
    assert told.reason == "SEARCH_NOT_GRANTED"
