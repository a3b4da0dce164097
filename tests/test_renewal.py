"""New pseudonyms for those of the last epoch: asked for by one, agreed on by another, and on the record (rule M3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date

import grpc
import pytest

from gateway.clock import DAY, day_of
from gateway.demo.estate import Estate
from gateway.field import RESIDENT_ID
from gateway.ledger.record import Record
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2 as pb
from gateway.v1 import purpose_pb2, register_pb2
from masking.key_file import KeyFile
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.estates import STATISTICS, Desk, House, lookup, opened, rewrite, selection, told, verified
from tests.test_grants import HOUR, approves, asks, listed, rejects, revokes, superior_of
from tests.test_posts import ends, reload, today

WHY = "the yearbook's tables, after the rotation of keys"
NOBODYS = "g-" + "a" * 16


def said(grant: str = "", purpose: str = STATISTICS) -> register_pb2.QueryContext:
    """The circumstances of an analyst's question."""
    return register_pb2.QueryContext(
        purpose=purpose, reason_code=register_pb2.REASON_CODE_STATISTICS, justification=WHY, grant=grant
    )


def wanted(renewals: int, hours: int | None = None, until: int = 0) -> pb.RequestGrantRequest:
    """The analyst asks to renew so many."""
    request = pb.RequestGrantRequest(context=said(), renewals=renewals)
    if hours is not None:
        request.until.FromMicroseconds(until + hours * HOUR)
    return request


def pseudonyms_of(
    estate: Estate, residents: Sequence[str], epoch: int | None = None, department: str = "planning"
) -> list[str]:
    """What planning, or another department, was given for residents in an epoch; None: in the one in force."""
    domain = PseudonymDomain(department, STATISTICS, RESIDENT_ID)
    seal = SealedTokens(Keyring.open(estate.keyring).domain(domain, epoch)).seal
    return [seal(each) for each in residents]


def anybody(most: int) -> list[str]:
    """Resident ids, whoever has them: nobody is looked up."""
    return [f"{number:010d}" for number in range(1, most + 1)]


def rotated(estate: Estate, last_day: date | None) -> None:
    """The next epoch has begun, and pseudonyms of the one before count until that day."""
    KeyFile(estate.keyring).rotate(last_day)


async def people(house: House) -> tuple[Desk, Desk]:
    """An analyst and the superior."""
    head: StaffRole = superior_of(house.estate, house.cast.analyst)
    return await house.analyst(), await house.desk(head)


async def granted(house: House, ceiling: int) -> str:
    """A grant that is in force."""
    analyst, head = await people(house)
    grant = await asks(analyst, wanted(ceiling))
    assert await approves(head, grant) == "OK"
    return grant.grant_id


async def answered(desk: Desk, pseudonyms: Sequence[str], grant: str) -> register_pb2.RenewPseudonymsResponse:
    """The answer; there must be one."""
    request = register_pb2.RenewPseudonymsRequest(context=said(grant), pseudonyms=pseudonyms)
    answer: register_pb2.RenewPseudonymsResponse = await desk.stubs.register.RenewPseudonyms(
        request, metadata=desk.stubs.metadata
    )
    assert [each.pseudonym for each in answer.entries] == list(pseudonyms)
    return answer


async def renews(desk: Desk, pseudonyms: Sequence[str], grant: str) -> list[str] | str:
    """The new ones, or why not."""
    try:
        answer = await answered(desk, pseudonyms, grant)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return [each.renewed for each in answer.entries]


def renewals(house: House) -> list[Record]:
    """Those on the record."""
    return [each for each in house.records() if each.header.kind == record_pb2.KIND_RENEWAL]


@pytest.mark.rule("M3", "W7", "R1", "R2", "R3")
async def test_a_table_is_brought_over_by_two_people_and_on_the_record(estate: Estate) -> None:
    """After a rotation each old pseudonym leads to the new one that the stream gives out; nobody is shown or charged,
    and the record says who, for what, under which grant, how many and about whom.
    """
    async with opened(estate) as house:
        analyst, head = await people(house)
        old = (await analyst.stream(selection(ages=(0, 4)))).pseudonyms
        rotated(estate, day_of(house.clock.now))
        await reload(house)
        grant = await asks(analyst, wanted(len(old)))
        assert (grant.kind, grant.ceiling, grant.seen) == (pb.GRANT_KIND_RENEWAL, len(old), 0)
        assert await renews(analyst, old, grant.grant_id) == "GRANT_NOT_ACTIVE"
        assert await approves(head, grant) == "OK"
        before, disclosed = await analyst.left(STATISTICS), len(house.disclosures())

        answer = await answered(analyst, ["sk1AAAA", *old], grant.grant_id)
        new = [each.renewed for each in answer.entries]
        assert new[0] == ""
        assert sorted(new[1:]) == sorted((await analyst.stream(selection(ages=(0, 4)))).pseudonyms)
        assert await analyst.left(STATISTICS) == before
        by_new = lookup(STATISTICS, pseudonym=new[1], reason=register_pb2.REASON_CODE_STATISTICS)
        by_old = lookup(STATISTICS, pseudonym=old[0], reason=register_pb2.REASON_CODE_STATISTICS)
        assert (await analyst.get(by_new)).resident == (await analyst.get(by_old)).resident

        (record,) = renewals(house)
        header, private = record.header, record.private
        assert answer.receipt.disclosure_id.startswith(f"{house.records().index(record)}.")
        assert (private.staff, private.post, private.justification) == (analyst.person.staff, analyst.person.post, WHY)
        assert (header.department, header.purpose) == ("planning", STATISTICS)
        assert (private.grant, header.approver_post) == (grant.grant_id, head.person.post)
        assert (list(header.fields_read), list(header.fields_delivered), private.meter) == ([], [], 0)
        assert (len(record.lines), private.strangers) == (len(old), 1)
        assert {line.outcome for line in record.lines} == {record_pb2.OUTCOME_RENEWED}
        streamed = {line.commitment for each in house.disclosures()[:disclosed] for line in each.lines}
        assert {line.commitment for line in record.lines} == streamed
        (shown,) = await listed(analyst)
        assert (shown.state, shown.seen) == (pb.GRANT_STATE_APPROVED, len(old))
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("W7")
async def test_whoever_approves_is_told_what_it_opens(estate: Estate) -> None:
    """How many, which share of the city that is, how much the requester sees anyhow, and until when old ones count."""
    async with opened(estate) as house:
        analyst, head = await people(house)
        await analyst.stream(selection(ages=(0, 4)))
        last_day = day_of(house.clock.now + 9 * DAY)
        await asks(analyst, wanted(100))
        (shown,) = await listed(head, waiting=True)
        assert shown.preview.accepted_until == ""
        rotated(estate, last_day)
        await reload(house)
        (shown,) = await listed(head, waiting=True)
        preview = shown.preview
        assert (preview.residents, preview.accepted_until) == (100, str(last_day))
        assert 0 < preview.share < 1
        assert preview.seen_in_30_days > 0
        assert list(preview.fields) == ["resident_id: sealed_token"]
        assert not shown.HasField("selection")
        assert shown.justification == WHY


@pytest.mark.rule("M3", "W7")
async def test_nothing_is_renewed_but_under_a_grant_for_it(house: House) -> None:
    """None, one that waits, was rejected, taken back or is of another kind; and a grant to renew opens no look."""
    analyst, head = await people(house)
    own = pseudonyms_of(house.estate, [house.cast.bystander])
    assert await renews(analyst, own, "") == "GRANT_REQUIRED"
    assert await renews(analyst, own, NOBODYS) == "GRANT_NOT_ACTIVE"
    grant = await asks(analyst, wanted(1))
    assert await renews(analyst, own, grant.grant_id) == "GRANT_NOT_ACTIVE"
    assert await rejects(head, grant) == "OK"
    assert await renews(analyst, own, grant.grant_id) == "GRANT_NOT_ACTIVE"

    key = await granted(house, 1)
    assert await analyst.tried(lookup(STATISTICS, pseudonym=own[0], grant=key)) == "GRANT_NOT_ACTIVE"
    stream = selection(ages=(0, 4))
    stream.context.grant = key
    pages = await analyst.stream(stream)
    assert pages.end is not None
    assert pages.end.reason == "GRANT_NOT_ACTIVE"
    assert await renews(analyst, own, key) == own
    taken = next(each for each in await listed(analyst) if each.grant_id == key)
    assert await revokes(head, taken) == "OK"
    assert await renews(analyst, own, key) == "GRANT_NOT_ACTIVE"
    assert len(renewals(house)) == 1


@pytest.mark.rule("M3", "W7")
async def test_a_grant_to_renew_ends_with_its_time(house: House) -> None:
    """And where nobody has said how long, with the day."""
    analyst, head = await people(house)
    own = pseudonyms_of(house.estate, [house.cast.bystander])
    grant = await asks(analyst, wanted(5, hours=2, until=house.clock.now))
    assert await approves(head, grant) == "OK"
    assert await renews(analyst, own, grant.grant_id) == own
    await house.move(2 * HOUR)
    assert await renews(await house.analyst(), own, grant.grant_id) == "GRANT_NOT_ACTIVE"


@pytest.mark.rule("W7")
async def test_nobody_approves_their_own_renewal_or_uses_anothers(house: House) -> None:
    """Nor does somebody who is no superior; another person's grant opens nothing."""
    analyst, head = await people(house)
    auditor = await house.desk(house.cast.auditor)
    grant = await asks(analyst, wanted(3))
    assert await approves(analyst, grant) == "STEP_UP_REQUIRED"
    assert await approves(auditor, grant) == "STEP_UP_REQUIRED"
    assert await approves(head, grant, house.cast.bystander) == "GRANT_NOT_ACTIVE"  # it names nobody
    assert await approves(head, grant) == "OK"
    own = pseudonyms_of(house.estate, [house.cast.bystander])
    assert await renews(head, own, grant.grant_id) in ("GRANT_NOT_ACTIVE", "PURPOSE_NOT_GRANTED")
    assert await renews(auditor, own, grant.grant_id) == "PURPOSE_NOT_GRANTED"
    assert renewals(house) == []


@pytest.mark.rule("M3")
async def test_what_is_no_accepted_pseudonym_of_the_purpose_has_no_new_one(estate: Estate) -> None:
    """Another department's, a changed one, a raw id, of an epoch that is over: one and the same answer, beside those
    that have one; and in the record a number.
    """
    async with opened(estate) as house:
        for _ in range(2):
            rotated(estate, day_of(house.clock.now))
        await reload(house)
        analyst, _ = await people(house)
        grant, who = await granted(house, 10), [house.cast.bystander]
        (first,), (second,), (third,) = (pseudonyms_of(estate, who, epoch) for epoch in (1, 2, 3))
        (foreign,) = pseudonyms_of(estate, who, 2, "tax-collection")
        changed = second[:-1] + ("A" if second[-1] != "A" else "B")
        table = [first, second, foreign, third, changed, house.cast.bystander, "", "x" * 300]
        assert await renews(analyst, table, grant) == ["", third, "", third, "", "", "", ""]
        (record,) = renewals(house)
        assert (len(record.lines), record.private.strangers) == (1, 6)
        assert await renews(analyst, [foreign], grant) == [""]
        await house.move(DAY)
        analyst, _ = await people(house)
        grant = await granted(house, 10)
        assert await renews(analyst, [second, third], grant) == ["", third]
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("M3", "S7", "W9")
async def test_it_tells_nothing_of_the_register(house: House) -> None:
    """Whoever is protected, gone, or was never there has a new pseudonym like anybody."""
    analyst, _ = await people(house)
    residents = [house.cast.protected, house.cast.former, house.cast.colleague, "9999999999"]
    own = pseudonyms_of(house.estate, residents)
    assert await renews(analyst, own, await granted(house, 4)) == own


@pytest.mark.rule("M3", "L3", "L4")
async def test_the_ceiling_holds_over_requests_and_a_restart(estate: Estate) -> None:
    """So many different residents, all of a request or none; who comes again takes nothing of it."""
    ten = pseudonyms_of(estate, anybody(10))
    async with opened(estate) as house:
        analyst, _ = await people(house)
        grant = await granted(house, 5)
        assert await renews(analyst, ten[:6], grant) == "COST_IMPOSSIBLE"
        assert await renews(analyst, ten[:3], grant) == ten[:3]
        assert await renews(analyst, [*ten[:3], *ten[:3]], grant) == [*ten[:3], *ten[:3]]
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await answered(analyst, ten[3:6], grant)
        assert told(caught.value).reason == "BUDGET_EXHAUSTED"
        assert b"residents of the grant" in told(caught.value).everything
    async with opened(estate) as house:
        analyst, _ = await people(house)
        assert await renews(analyst, ten[3:6], grant) == "BUDGET_EXHAUSTED"
        assert await renews(analyst, ten[1:5], grant) == ten[1:5]
        assert await renews(analyst, ten[5:6], grant) == "BUDGET_EXHAUSTED"
        assert await renews(analyst, ten[:5], grant) == ten[:5]
        (shown,) = await listed(analyst)
        assert (shown.seen, shown.ceiling) == (5, 5)
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("L3")
async def test_of_requests_that_race_for_the_ceiling_as_many_are_answered_as_fit(house: House) -> None:
    """Four at once, each for three new residents, under a grant for seven: two are answered."""
    table = pseudonyms_of(house.estate, anybody(12))
    analyst, _ = await people(house)
    grant = await granted(house, 7)
    parts = [table[at : at + 3] for at in range(0, 12, 3)]
    outcomes = await asyncio.gather(*(renews(analyst, part, grant) for part in parts))
    assert [part for part, outcome in zip(parts, outcomes, strict=True) if part == outcome] == [
        outcome for outcome in outcomes if not isinstance(outcome, str)
    ]
    assert sum(not isinstance(outcome, str) for outcome in outcomes) == 2
    assert {each for each in outcomes if isinstance(each, str)} == {"BUDGET_EXHAUSTED"}
    assert sum(len(each.lines) for each in renewals(house)) == 6


@pytest.mark.rule("M3")
async def test_a_purpose_that_does_not_say_so_renews_nothing(estate: Estate) -> None:
    """Neither can it be asked for, nor done under whatever grant; GetPurpose tells it."""
    rewrite(estate, STATISTICS, ("renewal: two-person", "# not"))
    async with opened(estate) as house:
        analyst, _ = await people(house)
        own = pseudonyms_of(estate, [house.cast.bystander])
        for grant in ("", NOBODYS):
            assert await renews(analyst, own, grant) == "SEARCH_NOT_GRANTED"
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await asks(analyst, wanted(3))
        assert told(caught.value).reason == "SEARCH_NOT_GRANTED"
        asking = purpose_pb2.GetPurposeRequest(purpose=STATISTICS)
        shown = await analyst.stubs.purpose.GetPurpose(asking, metadata=analyst.stubs.metadata)
        assert not shown.purpose.renewal


async def test_a_purpose_tells_that_its_pseudonyms_can_be_renewed(house: House) -> None:
    """In GetPurpose."""
    analyst = await house.analyst()
    asking = purpose_pb2.GetPurposeRequest(purpose=STATISTICS)
    assert (await analyst.stubs.purpose.GetPurpose(asking, metadata=analyst.stubs.metadata)).purpose.renewal


@pytest.mark.rule("M3", "W3")
async def test_a_post_that_ended_renews_nothing(house: House) -> None:
    """Whatever was approved before."""
    analyst, _ = await people(house)
    grant, own = await granted(house, 3), pseudonyms_of(house.estate, [house.cast.bystander])
    ends(house, house.cast.analyst, today(house))
    await reload(house)
    assert await renews(analyst, own, grant) == "POST_NOT_IN_FORCE"


@pytest.mark.rule("M3", "W7")
async def test_another_text_of_the_purpose_voids_a_grant_to_renew(house: House) -> None:
    """It was approved for what was written then."""
    analyst, _ = await people(house)
    grant, own = await granted(house, 3), pseudonyms_of(house.estate, [house.cast.bystander])
    rewrite(house.estate, STATISTICS, ("valid: {from: 2025-04-01", "valid: {from: 2025-04-02"))
    await reload(house)
    assert await renews(analyst, own, grant) == "GRANT_NOT_ACTIVE"


@pytest.mark.parametrize("number", [0, 501])
async def test_a_request_renews_one_to_five_hundred(house: House, number: int) -> None:
    """The place is named, and nothing recorded as a renewal."""
    analyst, _ = await people(house)
    request = register_pb2.RenewPseudonymsRequest(context=said(NOBODYS), pseudonyms=["sk1AAAA"] * number)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await analyst.stubs.register.RenewPseudonyms(request, metadata=analyst.stubs.metadata)
    assert (told(caught.value).reason, told(caught.value).places) == ("REQUEST_MALFORMED", ["pseudonyms"])


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (lambda r: setattr(r, "renewals", 0), "renewals"),
        (lambda r: r.read_mask.paths.append("resident_id"), "read_mask"),
        (lambda r: setattr(r, "expected", 3), "expected"),
    ],
)
async def test_a_malformed_request_for_it_is_refused_with_its_place(house: House, spoil: object, place: str) -> None:
    """Nothing of it is recorded as a grant."""
    analyst, _ = await people(house)
    request = wanted(3)
    assert callable(spoil)
    spoil(request)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await asks(analyst, request)
    assert (told(caught.value).reason, told(caught.value).places) == ("REQUEST_MALFORMED", [place])


@pytest.mark.rule("R6")
async def test_no_pseudonym_and_no_id_stands_in_the_log(house: House) -> None:
    """Nor in what a grant tells of itself."""
    analyst, head = await people(house)
    own = pseudonyms_of(house.estate, [house.cast.bystander])
    assert await renews(analyst, own, await granted(house, 3)) == own
    shown = b"".join(each.SerializeToString() for each in [*await listed(analyst), *await listed(head)])
    for each in (own[0], house.cast.bystander):
        assert each.encode() not in shown
        assert each not in house.said.getvalue()
