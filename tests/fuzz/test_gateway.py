"""Every request for residents or purposes, wrong in every field: an answer, or a refusal of the published table."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

import pytest

from gateway.demo.estate import Estate
from gateway.refusal import Reason
from gateway.v1 import purpose_pb2
from gateway.v1 import register_pb2 as pb
from tests import test_renewal
from tests.estates import (
    CHILDCARE,
    COUNTER,
    OUTSIDER,
    STATISTICS,
    House,
    batch,
    lookup,
    opened,
    rewrite,
    search,
    selection,
    setting,
    verified,
)
from tests.finding import FINDING, living, may_find
from tests.fuzz.messages import PLANTED
from tests.fuzz.wire import Question, all_spoilt, methods
from tests.test_grants import asks
from tests.test_leaks import scraped
from tests.test_reversal import approves, people, pseudonym_of, said, wanted

_REGISTER: Final = "/gateway.v1.RegisterService"
_PURPOSES: Final = "/gateway.v1.PurposeService"


async def reversal(house: House) -> Question:
    """Who stands behind a pseudonym, approved."""
    auditor, head = await people(house)
    pseudonym = pseudonym_of(house.estate, house.cast.bystander)
    grant = await asks(auditor, wanted(pseudonym))
    assert await approves(head, grant, pseudonym) == "OK"
    request = pb.ResolvePseudonymRequest(context=said(grant=grant.grant_id), pseudonym=pseudonym)
    return Question(f"{_REGISTER}/ResolvePseudonym", auditor.person, request, pb.ResolvePseudonymResponse)


async def renewal(house: House, pseudonym: str) -> Question:
    """A new pseudonym for an old one, approved."""
    request = pb.RenewPseudonymsRequest(
        context=test_renewal.said(await test_renewal.granted(house, 5)), pseudonyms=[pseudonym, "sk1AAAA"]
    )
    return Question(f"{_REGISTER}/RenewPseudonyms", house.cast.analyst, request, pb.RenewPseudonymsResponse)


async def questions(house: House) -> Sequence[Question]:
    """One for each method and way of asking."""
    cast = house.cast
    pages = await (await house.analyst()).stream(selection(ages=(0, None)))
    everybody = pages.residents[0].resident_id.pseudonym
    parent = [cast.parent]
    _, name, _, born, _ = living(house.estate)[0]
    return (
        Question(f"{_REGISTER}/GetResident", cast.caseworker, house.parent(mask=["name"]), pb.GetResidentResponse),
        Question(
            f"{_REGISTER}/GetResident",
            cast.analyst,
            lookup(STATISTICS, pseudonym=everybody),
            pb.GetResidentResponse,
        ),
        Question(
            f"{_REGISTER}/BatchGetResidents",
            cast.caseworker,
            batch(CHILDCARE, parent, case=cast.childcare_case),
            pb.BatchGetResidentsResponse,
        ),
        Question(
            f"{_REGISTER}/SearchResidents",
            cast.clerk,
            search(FINDING, name=name, born=born, applicant=OUTSIDER, calendar=pb.CALENDAR_ERA),
            pb.SearchResidentsResponse,
        ),
        await reversal(house),
        await renewal(house, everybody),
        Question(f"{_REGISTER}/StreamResidents", cast.analyst, selection(ages=(30, 34)), pb.StreamResidentsResponse),
        Question(
            f"{_PURPOSES}/ListPurposes",
            cast.clerk,
            purpose_pb2.ListPurposesRequest(),
            purpose_pb2.ListPurposesResponse,
        ),
        Question(
            f"{_PURPOSES}/GetPurpose",
            cast.clerk,
            purpose_pb2.GetPurposeRequest(purpose=COUNTER),
            purpose_pb2.GetPurposeResponse,
        ),
    )


@pytest.mark.rule("E", "R6", "S1", "S5")
async def test_every_message_mutated_is_answered_by_the_table(estate: Estate) -> None:
    """Hundreds of requests, each wrong in one place: nothing unforeseen, nothing repeated in log or metrics; then the
    gateway serves on, and its ledger holds.
    """
    may_find(estate)
    rewrite(estate, STATISTICS, ("page: 500", "page: 20"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    setting(estate, "metrics", f"127.0.0.1:{port}")
    async with opened(estate) as house:
        every = await questions(house)
        assert {each.method for each in every} == methods(pb.DESCRIPTOR, purpose_pb2.DESCRIPTOR)
        met = await all_spoilt(house, every)
        assert await (await house.caseworker()).tried(house.parent()) == "OK"
        metrics = await asyncio.to_thread(scraped, port)
        logged = house.said.getvalue()
    assert {"OK", Reason.REQUEST_MALFORMED, Reason.FIELD_UNKNOWN, Reason.SEARCH_NOT_GRANTED} <= set(met)
    assert '"unforeseen"' not in logged
    for places in (logged.encode(), metrics):
        assert PLANTED.encode() not in places
    report = verified(estate)
    assert report.faults == []
    assert report.kinds["disclosure"] >= met["OK"] // 2
