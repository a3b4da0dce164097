"""What whoever may decide on grants learns by trying, and who reviews an emergency: over the wire, on a real ledger."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter
from dataclasses import astuple
from time import perf_counter_ns

import grpc
import pytest

from gateway.clock import DAY
from gateway.demo.estate import Estate
from gateway.disclosure.hold import STEP
from gateway.ledger.record import Record, commit
from gateway.ledger.v1 import record_pb2
from gateway.register.city import StaffRole
from gateway.v1 import grant_pb2 as pb
from tests.estates import (
    CHILDCARE,
    Desk,
    House,
    Told,
    change,
    homes,
    limit,
    lookup,
    opened,
    purpose_file,
    rewrite,
    told,
    until,
    verified,
)
from tests.finding import living
from tests.test_grants import GLASS, approves, asks, listed, rejects, request_of, revokes
from tests.test_grants_withstood import reload_as
from tests.test_reversal import people, pseudonym_of, wanted

NOBODY = "9999999999"
EACH_DAY = "refusals: {staff: {1d: 6}}"


async def denied(desk: Desk, request: pb.ApproveGrantRequest) -> Told:
    """The refusal; it must be one."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await desk.stubs.grant.ApproveGrant(request, metadata=desk.stubs.metadata)
    return told(caught.value)


def naming(grant: pb.Grant, *residents: str, pseudonym: str = "") -> pb.ApproveGrantRequest:
    """An approval of a grant by whom it is about."""
    return pb.ApproveGrantRequest(grant_id=grant.grant_id, resident_ids=residents, pseudonym=pseudonym)


def protected_from(estate: Estate, resident: str, other: str) -> None:
    """A measure that keeps the one from the other, from today on."""
    change(
        estate,
        "register",
        "INSERT INTO protective_measure (atena_no, kaishi_ymd, aite_atena_no) "
        f"VALUES ('{resident}', '{estate.cast().today}', '{other}')",
    )


def lines_of(house: House, records: list[Record], residents: list[str]) -> bool:
    """Whether these residents, and nobody else, have lines in these records."""
    key = house.gateway._ledger._keys.commitment
    return {line.commitment for each in records for line in each.lines} == {commit(key, each) for each in residents}


def a_couple(estate: Estate) -> tuple[str, str]:
    """Two residents of one household, who are nothing to anybody else."""
    cast = {value for value in astuple(estate.cast()) if isinstance(value, str)}
    one, other, *_ = [each for each, *_ in living(estate) if each not in cast]
    for number, each in enumerate((one, other)):
        change(
            estate,
            "register",
            f"UPDATE juki_resident SET setai_no = '99999999', banchi = '{number}番地99999', honseki = '遠野原市', "
            f"hittosha_mei = '誰か {number}' WHERE atena_no = '{each}'",
        )
        forget(estate, f"DELETE FROM juki_previous WHERE atena_no = '{each}'")
        forget(estate, f"DELETE FROM protective_measure WHERE aite_atena_no = '{each}'")
    return one, other


def forget(estate: Estate, statement: str) -> None:
    """Delete from the register what may be there."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "register.db")) as connection:
        connection.execute(statement)
        connection.commit()


async def lives_here(house: House, person: StaffRole) -> tuple[str, str]:
    """Somebody on the staff lives here from now on: under which id, and who else is of the household."""
    me, kin = a_couple(house.estate)
    homes(house.estate, person.staff, me)
    await reload_as(house, house.cast.operator)
    return me, kin


@pytest.mark.rule("S7", "W8", "W9", "R1")
@pytest.mark.parametrize("decided", [False, True])
async def test_an_approver_learns_nothing_of_whoever_is_not_the_grants(estate: Estate, decided: bool) -> None:
    """Protected from them, their own kin, themselves, nobody, alone or among others: one answer, octet by octet, also
    of a grant that was decided already; and each of them has a line in the record.
    """
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        grant = await asks(caseworker, request_of(house, cast.plain))
        if decided:
            assert await rejects(head, grant) == "OK"
        me, kin = await lives_here(house, cast.head)
        protected_from(estate, cast.bystander, me)
        tries = [(cast.bystander,), (kin,), (me,), (NOBODY,), (cast.plain, cast.bystander), (NOBODY, kin), ()]
        answers = [await denied(head, naming(grant, *each)) for each in tries]
        assert {each.reason for each in answers} == {"GRANT_NOT_ACTIVE"}
        assert len({each.octets for each in answers}) == 1
        await house.refused(len(tries))
        refused = house.refused_records()
        assert {each.private.relation for each in refused} == {record_pb2.RELATION_UNSPECIFIED}
        assert lines_of(house, refused, list({each for those in tries for each in those}))
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("S7", "W8", "W9")
async def test_who_is_hidden_from_an_approver_is_none_of_the_grants(estate: Estate) -> None:
    """Named rightly they read like somebody else: in octets, and in leaving at a set time; so do one's own kin who are
    hidden from oneself. Kin who are not are a conflict, and the record says which.
    """
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        me, kin = await lives_here(house, cast.head)
        hidden, near = [await asks(caseworker, request_of(house, each)) for each in (cast.bystander, kin)]
        assert (await denied(head, naming(near, kin))).reason == "STEP_UP_REQUIRED"
        assert house.refused_records()[-1].private.relation == record_pb2.RELATION_HOUSEHOLD
        for each in (cast.bystander, kin):
            protected_from(estate, each, me)
        octets = set()
        for grant, named in ((hidden, cast.bystander), (near, kin), (hidden, NOBODY)):
            start = perf_counter_ns()
            octets.add((await denied(head, naming(grant, named))).octets)
            assert perf_counter_ns() - start >= STEP
        assert len(octets) == 1
        assert await rejects(head, hidden) == "OK"


@pytest.mark.rule("L1", "L3", "W8")
@pytest.mark.parametrize("at_once", [1, 32])
async def test_whoever_tries_whom_a_grant_is_about_is_answered_no_more(estate: Estate, at_once: int) -> None:
    """Six refused attempts a day are six, however fast: from then on not even the right name is answered. What is in
    force can be taken back all the same.
    """
    limit(estate, "refusals: {staff: {1d: 100000}}", EACH_DAY)
    async with opened(estate) as house:
        cast, caseworker, head = house.cast, await house.caseworker(), await house.desk(house.cast.head)
        kept, grant = [await asks(caseworker, request_of(house, cast.bystander)) for _ in range(2)]
        assert await approves(head, kept, cast.bystander) == "OK"
        outcomes: list[str] = []
        for first in range(0, 32, at_once):
            names = [f"{first + each:010d}" for each in range(at_once)]
            outcomes += await asyncio.gather(*(approves(head, grant, each) for each in names))
        assert Counter(outcomes) == {"GRANT_NOT_ACTIVE": 6, "BUDGET_EXHAUSTED": 26}
        refused = await denied(head, naming(grant, cast.bystander))
        assert (refused.reason, "refused attempts" in refused.denial.quota[0][1]) == ("BUDGET_EXHAUSTED", True)
        assert await rejects(head, grant) == "BUDGET_EXHAUSTED"
        assert await revokes(head, kept) == "OK"
        await house.move(DAY)
        grant = await asks(await house.caseworker(), request_of(house, cast.bystander))
        assert await approves(await house.desk(cast.head), grant, cast.bystander) == "OK"


@pytest.mark.rule("M6", "S7", "W8", "W9")
async def test_an_approver_learns_nothing_of_a_pseudonym(house: House) -> None:
    """Of the grant's own people and of strangers, protected from them, another, nobody's, made up: one answer; and the
    record says what was found.
    """
    estate, cast = house.estate, house.cast
    auditor, head = await people(house)
    me, kin = await lives_here(house, head.person)
    protected_from(estate, cast.bystander, me)
    grants = {
        each: await asks(auditor, wanted(pseudonym_of(estate, each))) for each in (kin, cast.bystander, cast.plain)
    }
    answers = [
        await denied(head, naming(grants[each], pseudonym=pseudonym_of(estate, each))) for each in (kin, cast.bystander)
    ]
    others = [pseudonym_of(estate, each) for each in (kin, cast.bystander, me, NOBODY)]
    answers += [await denied(head, naming(grants[cast.plain], pseudonym=each)) for each in (*others, "sk1AAAA")]
    assert {each.reason for each in answers} == {"GRANT_NOT_ACTIVE"}
    assert len({each.octets for each in answers}) == 1
    await house.refused(len(answers))
    records = house.refused_records()
    assert [each.private.relation for each in records].count(record_pb2.RELATION_HOUSEHOLD) == 1
    assert lines_of(house, records, [kin, cast.bystander, me, NOBODY])
    assert await approves_by(head, grants[cast.plain], pseudonym_of(estate, cast.plain)) == "OK"


async def approves_by(desk: Desk, grant: pb.Grant, pseudonym: str) -> str:
    """`OK`, or why not."""
    try:
        await desk.stubs.grant.ApproveGrant(naming(grant, pseudonym=pseudonym), metadata=desk.stubs.metadata)
    except grpc.aio.AioRpcError as error:
        return told(error).reason
    return "OK"


SAME = "({columns}) = (SELECT {columns} FROM juki_resident WHERE atena_no = '{me}')"
NEAR = {
    "household": (SAME.format(columns="setai_no", me="{me}"), record_pb2.RELATION_HOUSEHOLD),
    "address": (
        SAME.format(columns="choaza_cd, choaza_mei, chome_no, banchi", me="{me}"),
        record_pb2.RELATION_SAME_ADDRESS,
    ),
    "family": (SAME.format(columns="honseki, hittosha_mei", me="{me}"), record_pb2.RELATION_FAMILY),
}


def above_the_head(estate: Estate, person: StaffRole) -> None:
    """The section head has a superior."""
    head = estate.cast().head
    change(estate, "standing", f"UPDATE post SET superior = '{person.staff}' WHERE post = '{head.post}'")


async def breaks_the_glass(house: House, resident: str) -> pb.Grant:
    """The caseworker looks at once; what waits for review."""
    look = lookup(CHILDCARE, resident, justification="child alone at home", break_glass=True)
    assert await (await house.caseworker()).tried(look) == "OK"
    waiting, *_ = await listed(await house.desk(house.cast.head), waiting=True)
    return waiting


@pytest.mark.rule("W8")
@pytest.mark.parametrize("near", ["oneself", *NEAR, "protected", "unreadable status"])
async def test_nobody_reviews_a_look_at_their_own_people_not_even_by_finding_it_wrong(
    estate: Estate, near: str
) -> None:
    """Whoever finds a look wrong names nobody: their own people are held against the record. Another superior makes the
    review.
    """
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    cast = estate.cast()
    above_the_head(estate, cast.auditor)
    me, _ = a_couple(estate)
    about = me if near == "oneself" else cast.bystander
    async with opened(estate) as house:
        higher, head = await house.desk(cast.auditor), await house.desk(cast.head)
        waiting = await breaks_the_glass(house, about)
        homes(estate, cast.head.staff, me)
        await reload_as(house, cast.operator)
        relation = record_pb2.RELATION_SELF if near == "oneself" else record_pb2.RELATION_UNSPECIFIED
        if near in NEAR:
            move, relation = NEAR[near]
            change(estate, "register", f"UPDATE juki_resident SET {move.format(me=me)} WHERE atena_no = '{about}'")
        elif near == "protected":
            protected_from(estate, about, me)
        elif near == "unreadable status":
            move, relation = NEAR["household"]
            moved = f"UPDATE juki_resident SET jumin_cd = '?', {move.format(me=me)} WHERE atena_no = '{about}'"
            change(estate, "register", moved)
        assert await rejects(head, waiting) == "STEP_UP_REQUIRED"
        record = house.refused_records()[-1]
        assert (record.private.relation, lines_of(house, [record], [about])) == (relation, True)
        assert [each.grant_id for each in await listed(higher, waiting=True)] == [waiting.grant_id]
        assert await rejects(higher, waiting) == "OK"
        await house.stop()
        assert verified(estate).faults == []


@pytest.mark.rule("W8")
async def test_nobody_reviews_a_look_at_their_superior(estate: Estate) -> None:
    """The directory tells it, whether or not the reviewer lives here."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    cast = estate.cast()
    above_the_head(estate, cast.auditor)
    async with opened(estate) as house:
        waiting = await breaks_the_glass(house, cast.bystander)
        homes(estate, cast.auditor.staff, cast.bystander)
        await reload_as(house, cast.operator)
        assert await rejects(await house.desk(cast.head), waiting) == "STEP_UP_REQUIRED"
        assert house.refused_records()[-1].private.relation == record_pb2.RELATION_SUPERIOR


@pytest.mark.rule("W8")
async def test_a_look_at_a_stranger_is_found_wrong_by_whoever_lives_here(estate: Estate) -> None:
    """Having kin of one's own is no hindrance; also where the purpose is gone since."""
    rewrite(estate, CHILDCARE, ("budget:", GLASS))
    cast = estate.cast()
    async with opened(estate) as house:
        waiting = await breaks_the_glass(house, cast.bystander)
        await lives_here(house, cast.head)
        purpose_file(estate, CHILDCARE).unlink()
        await reload_as(house, cast.operator)
        head = await house.desk(cast.head)

        async def is_gone() -> bool:
            return await (await house.caseworker()).tried(house.parent()) == "PURPOSE_NOT_GRANTED"

        await until(is_gone)
        assert await approves(head, waiting, NOBODY) == "GRANT_NOT_ACTIVE"
        assert await rejects(head, waiting) == "OK"
