"""Who stands behind a pseudonym: asked for by one, agreed on by another, told one by one, and recorded (rule M6)."""

from __future__ import annotations

import hashlib

import grpc
import pytest

from gateway.caller import Caller
from gateway.clock import DAY
from gateway.demo.estate import SYSTEMS, Estate
from gateway.field import RESIDENT_ID
from gateway.ledger.acts import Circumstances, Deciding, Requesting
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import register_pb2
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.estates import (
    STATISTICS,
    Desk,
    House,
    homes,
    lookup,
    opened,
    purpose_file,
    told,
    verified,
)
from tests.test_grants import asks, listed, rejects, revokes, superior_of
from tests.test_posts import ends, reload, today

AUDIT = "internal-audit"


def pseudonym_of(estate: Estate, resident: str, purpose: str = AUDIT, department: str = AUDIT) -> str:
    """What the purpose gives out for a resident."""
    domain = PseudonymDomain(department, purpose, RESIDENT_ID)
    return SealedTokens(Keyring.open(estate.keyring).domain(domain)).seal(resident)


def said(purpose: str = AUDIT, grant: str = "") -> register_pb2.QueryContext:
    """The circumstances of an auditor's question."""
    return register_pb2.QueryContext(
        purpose=purpose,
        reason_code=register_pb2.REASON_CODE_INVESTIGATION,
        justification="income and reduction do not go together",
        grant=grant,
    )


def wanted(pseudonym: str, purpose: str = AUDIT) -> pb.RequestGrantRequest:
    """The auditor asks who it is."""
    return pb.RequestGrantRequest(context=said(purpose), pseudonym=pseudonym)


async def approves(desk: Desk, grant: pb.Grant, pseudonym: str = "", *residents: str) -> str:
    """`OK`, or why not."""
    request = pb.ApproveGrantRequest(grant_id=grant.grant_id, pseudonym=pseudonym, resident_ids=residents)
    try:
        await desk.stubs.grant.ApproveGrant(request, metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def resolves(desk: Desk, pseudonym: str, grant: str, purpose: str = AUDIT) -> str:
    """The resident id, or why not."""
    request = register_pb2.ResolvePseudonymRequest(context=said(purpose, grant), pseudonym=pseudonym)
    try:
        answer = await desk.stubs.register.ResolvePseudonym(request, metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    assert answer.receipt.disclosure_id
    return str(answer.resident_id)


async def requests(desk: Desk, request: pb.RequestGrantRequest) -> str:
    """`OK`, or why not."""
    try:
        await asks(desk, request)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


async def people(house: House) -> tuple[Desk, Desk]:
    """The auditor, and who is above them."""
    head: StaffRole = superior_of(house.estate, house.cast.auditor)
    return await house.desk(house.cast.auditor), await house.desk(head)


@pytest.mark.rule("M6", "W7")
async def test_a_pseudonym_is_opened_by_two_people_and_on_the_record(house: House) -> None:
    """Asked for, approved by a superior who names the pseudonym too, told once and again; nothing else leaves."""
    auditor, head = await people(house)
    resident = house.cast.bystander
    pseudonym = pseudonym_of(house.estate, resident)
    before = (await auditor.left(AUDIT))["staff", "1d", False]
    assert await resolves(auditor, pseudonym, "") == "GRANT_REQUIRED"

    grant = await asks(auditor, wanted(pseudonym))
    assert (grant.kind, grant.ceiling) == (pb.GRANT_KIND_REVERSAL, 1)
    assert await resolves(auditor, pseudonym, grant.grant_id) == "GRANT_NOT_ACTIVE"
    assert await approves(auditor, grant, pseudonym) == "STEP_UP_REQUIRED"
    assert await approves(head, grant) == "GRANT_NOT_ACTIVE"
    assert await approves(head, grant, pseudonym_of(house.estate, house.cast.plain)) == "GRANT_NOT_ACTIVE"
    assert await approves(head, grant, "", resident) == "GRANT_NOT_ACTIVE"  # a guess, and a right one
    assert await approves(head, grant, pseudonym) == "OK"

    assert await resolves(auditor, pseudonym, grant.grant_id) == resident
    assert await resolves(auditor, pseudonym, grant.grant_id) == resident
    assert before - (await auditor.left(AUDIT))["staff", "1d", False] == 1
    first, _ = house.disclosures()
    assert list(first.header.fields_delivered) == [RESIDENT_ID]
    assert list(first.private.search_keys) == ["pseudonym"]
    assert (first.private.grant, bool(first.header.approver_post)) == (grant.grant_id, True)
    assert [line.outcome for line in first.lines] == [record_pb2.OUTCOME_DELIVERED]
    (shown,) = await listed(auditor)
    assert (shown.state, shown.seen) == (pb.GRANT_STATE_APPROVED, 1)
    assert await revokes(head, grant) == "OK"
    assert await resolves(auditor, pseudonym, grant.grant_id) == "GRANT_NOT_ACTIVE"
    await house.stop()
    assert verified(house.estate).faults == []


@pytest.mark.rule("M3", "M6")
async def test_what_is_no_pseudonym_of_the_purpose_is_refused_in_one_way(house: House) -> None:
    """Another purpose's, a changed one, a made-up one: alike for whoever asks, resolves or approves."""
    auditor, head = await people(house)
    own = pseudonym_of(house.estate, house.cast.bystander)
    foreign = pseudonym_of(house.estate, house.cast.bystander, STATISTICS, "planning")
    changed = own[:-1] + ("A" if own[-1] != "A" else "B")
    octets = set()
    for each in (foreign, changed, "sk1AAAA"):
        assert await requests(auditor, wanted(each)) == "REQUEST_MALFORMED"
        request = register_pb2.ResolvePseudonymRequest(context=said(grant="g-" + "a" * 16), pseudonym=each)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await auditor.stubs.register.ResolvePseudonym(request, metadata=auditor.stubs.metadata)
        octets.add(told(caught.value).octets)
    assert len(octets) == 1
    grant = await asks(auditor, wanted(own))
    for each in (foreign, changed, "sk1AAAA"):
        assert await approves(head, grant, each) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("M6")
async def test_a_grant_to_open_a_pseudonym_opens_that_and_nothing_else(estate: Estate) -> None:
    """No other pseudonym, no look, no batch and no stream."""
    async with opened(estate) as house:
        auditor, head = await people(house)
        own, other = (pseudonym_of(estate, each) for each in (house.cast.bystander, house.cast.plain))
        grant = await asks(auditor, wanted(own))
        assert await approves(head, grant, own) == "OK"
        key = grant.grant_id
        assert await resolves(auditor, other, key) == "GRANT_NOT_ACTIVE"
        assert await auditor.tried(lookup(AUDIT, pseudonym=own, grant=key)) == "GRANT_NOT_ACTIVE"
        batch = register_pb2.BatchGetResidentsRequest(context=said(grant=key), pseudonyms=[own])
        assert (await auditor.batch_denied(batch)).reason == "GRANT_NOT_ACTIVE"
        stream = register_pb2.StreamResidentsRequest(context=said(grant=key))
        stream.selection.area_code = "48201"
        setattr(stream.selection.age, "from", 0)
        pages = await auditor.stream(stream)
        assert pages.end is not None
        assert pages.end.reason == "GRANT_NOT_ACTIVE"
        assert house.disclosures() == []


@pytest.mark.rule("M3", "M6")
async def test_no_grant_for_raw_ids_is_asked_for_under_pseudonyms(house: House) -> None:
    """A look by pseudonym under it would tell whether that is one of the ids. Whom it named is on the record."""
    auditor, _ = await people(house)
    ids = pb.ResidentIds(resident_ids=[house.cast.bystander, house.cast.plain])
    for desk, purpose in ((auditor, AUDIT), (await house.analyst(), STATISTICS)):
        assert (
            await requests(desk, pb.RequestGrantRequest(context=said(purpose), residents=ids)) == "SEARCH_NOT_GRANTED"
        )
        assert await listed(desk) == []
    assert [len(each.lines) for each in house.refused_records()] == [2, 2]


@pytest.mark.rule("M3", "M6")
async def test_a_grant_for_raw_ids_opens_no_look_by_pseudonym(house: House) -> None:
    """Not even one that stands approved in the record: theirs and others' read the same."""
    auditor, head = await people(house)
    ledger, grant, ids = house.gateway._ledger, "g-" + "b" * 16, (house.cast.bystander,)
    digest = hashlib.sha256(purpose_file(house.estate, AUDIT).read_bytes()).digest()
    terms = record_pb2.GrantTerms(kind=record_pb2.GRANT_KIND_STEP_UP, until=ledger.now() + DAY, ceiling=1)
    asks_for = Requesting(caller_of(auditor), grant, AUDIT, digest, Circumstances("", 0, "", ""), ids, terms, Always())
    yes = Deciding(caller_of(head), grant, record_pb2.GRANT_STEP_APPROVED, "", "", ids, Always())
    assert [each.refusal for each in await ledger.settle([asks_for, yes])] == [None, None]
    octets = set()
    for resident in (house.cast.bystander, house.cast.plain):
        pseudonym = pseudonym_of(house.estate, resident)
        octets.add((await auditor.denied(lookup(AUDIT, pseudonym=pseudonym, grant=grant))).octets)
        batch = register_pb2.BatchGetResidentsRequest(context=said(grant=grant), pseudonyms=[pseudonym])
        octets.add((await auditor.batch_denied(batch)).octets)
        assert await resolves(auditor, pseudonym, grant) == "GRANT_NOT_ACTIVE"
    ((code, *_),) = octets
    assert code is grpc.StatusCode.PERMISSION_DENIED


class Always:
    """Nothing is lost between asking and settling."""

    def lost(self, now: int) -> None:
        """Never."""


def caller_of(desk: Desk) -> Caller:
    """Somebody as the gateway knows them."""
    person = desk.person
    return Caller(person.department, SYSTEMS[person.department], person.staff, person.post, person.role)


@pytest.mark.rule("M6")
async def test_a_purpose_that_does_not_say_so_opens_nothing(house: House) -> None:
    """Planning has pseudonyms of its own, and nobody there learns who stands behind one."""
    analyst = await house.analyst()
    own = pseudonym_of(house.estate, house.cast.bystander, STATISTICS, "planning")
    assert await requests(analyst, wanted(own, STATISTICS)) == "SEARCH_NOT_GRANTED"
    assert await resolves(analyst, own, "g-" + "a" * 16, STATISTICS) == "SEARCH_NOT_GRANTED"
    assert await resolves(analyst, own, "", STATISTICS) == "SEARCH_NOT_GRANTED"


@pytest.mark.rule("M6", "W8")
async def test_nobody_opens_the_pseudonym_of_somebody_they_live_with(house: House) -> None:
    """The approver does not see who it is, and the gateway does."""
    auditor, head = await people(house)
    pseudonym = pseudonym_of(house.estate, house.cast.bystander)
    grant = await asks(auditor, wanted(pseudonym))
    await house.desk(house.cast.operator)
    homes(house.estate, head.person.staff, house.cast.bystander)
    await reload(house)
    assert await approves(head, grant, pseudonym) == "GRANT_NOT_ACTIVE"
    assert await rejects(head, grant) == "OK"


@pytest.mark.rule("M6", "W9")
async def test_who_is_hidden_or_gone_stands_behind_nothing(house: House) -> None:
    """To an applicant who may not know of them, and where the register has nobody: one answer, charged like any."""
    auditor, head = await people(house)
    answers = []
    for resident in (house.cast.protected, "9999999999"):
        pseudonym = pseudonym_of(house.estate, resident)
        grant = await asks(auditor, wanted(pseudonym))
        assert await approves(head, grant, pseudonym) == "OK"
        request = register_pb2.ResolvePseudonymRequest(context=said(grant=grant.grant_id), pseudonym=pseudonym)
        request.context.applicant.resident_id = house.cast.other_party
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await auditor.stubs.register.ResolvePseudonym(request, metadata=auditor.stubs.metadata)
        answers.append(told(caught.value))
    hidden, absent = answers
    assert hidden.reason == "RESIDENT_NOT_FOUND"
    assert hidden.octets == absent.octets
    assert [line.outcome for each in house.disclosures() for line in each.lines] == [
        record_pb2.OUTCOME_HIDDEN,
        record_pb2.OUTCOME_ABSENT,
    ]


@pytest.mark.rule("M6", "L2")
async def test_what_is_opened_is_charged_like_anybody(estate: Estate) -> None:
    """A grant is no way around a day's allowance."""
    path = purpose_file(estate, AUDIT)
    text = path.read_text(encoding="utf-8").replace("staff: {1d: 90000}", "staff: {1d: 1}")
    path.write_text(text, encoding="utf-8")
    async with opened(estate) as house:
        auditor, head = await people(house)
        outcomes = []
        for resident in (house.cast.bystander, house.cast.plain):
            pseudonym = pseudonym_of(estate, resident)
            grant = await asks(auditor, wanted(pseudonym))
            assert await approves(head, grant, pseudonym) == "OK"
            outcomes.append(await resolves(auditor, pseudonym, grant.grant_id))
        assert outcomes == [house.cast.bystander, "BUDGET_EXHAUSTED"]
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("M6", "W3")
async def test_a_post_that_ended_opens_nothing(house: House) -> None:
    """Whatever was approved before."""
    auditor, head = await people(house)
    pseudonym = pseudonym_of(house.estate, house.cast.bystander)
    grant = await asks(auditor, wanted(pseudonym))
    assert await approves(head, grant, pseudonym) == "OK"
    await house.desk(house.cast.operator)
    ends(house, house.cast.auditor, today(house))
    await reload(house)
    assert await resolves(auditor, pseudonym, grant.grant_id) == "POST_NOT_IN_FORCE"


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda r: setattr(r, "pseudonym", "x" * 200), "pseudonym"),
        (lambda r: r.read_mask.paths.append("income"), "read_mask"),
        (lambda r: setattr(r, "expected", 3), "expected"),
    ],
)
async def test_a_malformed_request_is_refused_with_its_place(house: House, spoil: object, place: str) -> None:
    """Nothing of it is recorded as a grant."""
    auditor, _ = await people(house)
    request = wanted(pseudonym_of(house.estate, house.cast.bystander))
    assert callable(spoil)
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asks(auditor, request)
    assert (told(caught.value).reason, place in told(caught.value).places) == ("REQUEST_MALFORMED", True)


async def test_neither_pseudonym_nor_id_stands_anywhere(house: House) -> None:
    """Not in the log, nor in what a grant tells of itself."""
    auditor, head = await people(house)
    pseudonym = pseudonym_of(house.estate, house.cast.bystander)
    grant = await asks(auditor, wanted(pseudonym))
    assert await approves(head, grant, pseudonym) == "OK"
    assert await resolves(auditor, pseudonym, grant.grant_id) == house.cast.bystander
    shown = b"".join(each.SerializeToString() for each in [*await listed(auditor), *await listed(head)])
    for each in (pseudonym, house.cast.bystander):
        assert each.encode() not in shown
        assert each not in house.said.getvalue()
