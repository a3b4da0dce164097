"""Renewals of pseudonyms, as settlement and verification hold them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.allowance import Owner, Rate, Window
from gateway.clock import DAY, SECOND
from gateway.ledger.acts import Act, Renewing, Settled
from gateway.ledger.ledger import Ledger
from gateway.ledger.record import commit
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason
from tests.ledger.desk import (
    HANA,
    JIRO,
    PLENTY,
    THREE_A_DAY,
    Firm,
    Office,
    broken,
    granted,
    left,
    look,
    refuse,
    renew,
    resident,
    terms,
)
from tests.ledger.test_verify import Change, Lines, rewrite

RENEWAL = pb.GRANT_KIND_RENEWAL


def reasons(settled: list[Settled]) -> list[Reason | None]:
    """Why not, of each."""
    return [each.refusal.reason if each.refusal is not None else None for each in settled]


@pytest.mark.rule("M3", "R1", "R3")
async def test_a_renewal_is_recorded_and_spends_nothing_but_its_grant(office: Office) -> None:
    """Who, for what, under which grant, approved in which post, about whom; no field, no meter, and every allowance as
    it was, though there are more of them than it would cover.
    """
    ledger = await office.open(THREE_A_DAY)
    grant = await granted(ledger, RENEWAL, ceiling=5)
    (settled,) = await ledger.settle([renew(1, 2, 3, 4, 5, grant=grant)])

    assert (settled.admitted, settled.refusal) == (5, None)
    record = office.records()[-1]
    header, private = record.header, record.private
    assert settled.receipt.startswith(f"{len(office.records()) - 1}.")
    assert (header.kind, header.department, header.purpose, header.case_reference) == (
        pb.KIND_RENEWAL,
        "welfare",
        "fee-arrears",
        "CASE-1",
    )
    assert (private.staff, private.post, private.grant, header.approver_post) == (
        "hana",
        "welfare-1",
        grant,
        "welfare-9",
    )
    assert (private.strangers, private.meter, list(header.fields_read), list(header.fields_delivered)) == (1, 0, [], [])
    key = office.ledger_keys().commitment
    assert [(line.commitment, line.outcome) for line in record.lines] == [
        (commit(key, resident(number)), pb.OUTCOME_RENEWED) for number in range(1, 6)
    ]
    assert left(ledger, THREE_A_DAY, HANA) == [(3, None)]
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("M3", "L3", "L4")
@pytest.mark.parametrize("snapshot", [True, False])
async def test_the_ceiling_is_of_different_residents_and_outlives_a_restart(office: Office, *, snapshot: bool) -> None:
    """All of a request or none; who comes again takes nothing; more than the whole ceiling can never be covered."""
    ledger = await office.open(THREE_A_DAY)
    grant = await granted(ledger, RENEWAL, ceiling=4)
    settled = await ledger.settle([renew(*some, grant=grant) for some in ((1, 2, 3), (3, 2), (4, 5), (1, 2, 3, 4, 5))])
    assert reasons(settled) == [None, None, Reason.BUDGET_EXHAUSTED, Reason.COST_IMPOSSIBLE]
    assert settled[2].refusal is not None
    assert settled[2].refusal.exhausted == (Exhausted("staff", Window.TENURE, 4, None, "residents of the grant"),)
    await ledger.close()
    if not snapshot:
        office.snapshot.unlink()
    ledger = await office.open(THREE_A_DAY)
    settled = await ledger.settle([renew(*some, grant=grant) for some in ((5, 6), (4,), (5,), (4, 3, 2, 1))])
    assert reasons(settled) == [Reason.BUDGET_EXHAUSTED, None, Reason.BUDGET_EXHAUSTED, None]
    found = ledger.grant(grant)
    assert found is not None
    assert len(found.seen) == 4
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("M3", "W7")
async def test_only_its_own_grant_covers_a_renewal(office: Office) -> None:
    """Of this kind, this person and this case, within its time; a look is not covered by it."""
    ledger = await office.open(THREE_A_DAY)
    grant, bulk = await granted(ledger, RENEWAL), await granted(ledger, pb.GRANT_KIND_BULK)
    other_case = renew(1, grant=grant)
    acts: list[Act] = [
        renew(1, grant=""),
        renew(1, grant=bulk),
        renew(1, grant=grant, caller=JIRO),
        replace(other_case, circumstances=replace(other_case.circumstances, case="CASE-2")),
        replace(look(1), grant=grant),
        replace(look(1, divisible=True, page=1), grant=grant),
    ]
    assert reasons(await ledger.settle(acts)) == [Reason.GRANT_NOT_ACTIVE] * len(acts)
    office.clock.go(30 * DAY)
    assert reasons(await ledger.settle([renew(1, grant=grant)])) == [Reason.GRANT_NOT_ACTIVE]
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("W3")
async def test_a_renewal_ends_with_what_let_them_in(office: Office) -> None:
    """A post that ended, a purpose that was written anew: refused at the moment of settlement."""
    ledger = await office.open(THREE_A_DAY)
    grant = await granted(ledger, RENEWAL)
    gone = Firm(Reason.POST_NOT_IN_FORCE)
    other = terms((Owner.STAFF, Window.DAY, 99))
    settled = await ledger.settle([renew(1, grant=grant, foothold=gone), renew(1, grant=grant, under=other)])
    assert reasons(settled) == [Reason.POST_NOT_IN_FORCE, Reason.PURPOSE_CHANGED]
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("L1", "L2")
async def test_who_is_stopped_altogether_renews_nothing(office: Office) -> None:
    """By refused attempts of the day, and by a pace that a renewal counts for like an answer, across a restart."""
    under = terms(rate=Rate.per_second(1, 1), refusals=2)
    ledger = await office.open(under)
    grant = await granted(ledger, RENEWAL)
    first, second = await ledger.settle([renew(1, grant=grant, under=under), renew(2, grant=grant, under=under)])
    assert (first.refusal, second.refusal and second.refusal.retry_after) == (None, SECOND)
    await ledger.close()
    ledger = await office.open(under)
    assert reasons(await ledger.settle([look(1, under=under)])) == [Reason.RATE_EXCEEDED]
    office.clock.go(SECOND)
    await ledger.settle([refuse(7), refuse(8)])
    assert reasons(await ledger.settle([renew(1, grant=grant, under=under)])) == [Reason.BUDGET_EXHAUSTED]
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("W8")
async def test_who_owes_a_review_renews_nothing(office: Office) -> None:
    """A look that broke the glass was not reviewed in time."""
    ledger = await office.open(PLENTY)
    grant = await granted(ledger, RENEWAL)
    await ledger.settle([broken(1, grant="g2")])
    office.clock.go(DAY)
    assert reasons(await ledger.settle([renew(1, grant=grant, under=PLENTY)])) == [Reason.STEP_UP_REQUIRED]
    await ledger.close()
    assert office.faults() == []


def slip_in(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """One more than the grant covers."""
    lines.append((bytes(16), pb.OUTCOME_RENEWED, 0))


def twice(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """One of them, once more."""
    lines.append((lines[0][0], lines[0][1], lines[0][2]))


def without_grant(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Nobody approved it."""
    private.grant = ""


def by_another(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """It was somebody else who did it."""
    private.staff = "jiro"


def approved_by_another(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """Another post than that which did."""
    header.approver_post = "welfare-2"


def shown(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """Somebody was shown."""
    lines[0] = (lines[0][0], pb.OUTCOME_DELIVERED, lines[0][2])


def with_a_field(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """A field of theirs left."""
    header.fields_delivered.append("income")


def as_a_look(header: pb.Header, private: pb.Private, _: Lines) -> None:
    """It is said to have been a look."""
    header.kind, private.meter = pb.KIND_DISCLOSURE, pb.METER_INTERACTIVE


def other_terms(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Under terms that were never in force."""
    private.terms_digest = bytes(32)


def other_text(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """For a purpose that was never in force."""
    header.purpose_digest = bytes(32)


NOT_COVERED = "renewed although its grant or its terms did not cover it"


@pytest.mark.rule("R5", "M3")
@pytest.mark.parametrize(
    ("expected", "forge"),
    [
        (f"{NOT_COVERED} (BUDGET_EXHAUSTED)", slip_in),
        ("it names somebody twice", twice),
        (f"{NOT_COVERED} (GRANT_NOT_ACTIVE)", without_grant),
        (f"{NOT_COVERED} (GRANT_NOT_ACTIVE)", by_another),
        ("another post approved its grant than it says", approved_by_another),
        ("it shows somebody, and a renewal shows nobody", shown),
        ("it shows somebody, and a renewal shows nobody", with_a_field),
        ("disclosed although its grant did not open it", as_a_look),
        ("its terms were not kept", other_terms),
        ("its purpose was not in force", other_text),
    ],
)
async def test_a_forged_renewal_is_found(expected: str, forge: Change, office: Office) -> None:
    """Hashes, seals and signatures are all right; but the decision is judged again."""
    ledger: Ledger = await office.open(THREE_A_DAY)
    grant = await granted(ledger, RENEWAL, ceiling=2)
    acts: list[Renewing] = [renew(1, grant=grant), renew(2, grant=grant)]
    assert reasons(await ledger.settle(acts)) == [None, None]
    last = len(office.records()) - 1
    await ledger.close()
    assert office.faults() == []

    rewrite(office, last, forge)

    assert f"record {last}: {expected}" in office.faults()
