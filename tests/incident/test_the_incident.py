"""What two employees of a city hall did over years, act by act, and how each attempt ends here.

They took all residents' records, a few at a time, through colleagues who "had access"; looked up acquaintances out of
curiosity; carried birth dates and incomes home; kept yearly copies; and tried to keep work out of an audit.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections import Counter

import grpc
import pytest

from gateway.cli.client import connected
from gateway.clock import DAY
from gateway.demo.estate import SYSTEMS, Estate
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    AMPLE,
    ARREARS,
    CHILDCARE,
    COUNTER,
    STATISTICS,
    House,
    asked,
    change,
    limit,
    lookup,
    opened,
    rewrite,
    selection,
    strangers,
    token_of,
    told,
    verified,
)


def everybody(estate: Estate) -> list[str]:
    """All who live here, are neither protected nor registered twice, and nothing to anybody on the staff."""
    sql = (
        "SELECT atena_no FROM juki_resident WHERE jumin_cd = '1' AND atena_no NOT IN "
        "(SELECT atena_no FROM protective_measure) GROUP BY atena_no HAVING count(*) = 1"
    )
    unrelated = strangers(estate)
    return [row[0] for row in asked(estate, "register", sql) if row[0] in unrelated]


def colleague_of(estate: Estate, person: StaffRole) -> StaffRole:
    """Somebody at the next desk."""
    sql = (
        f"SELECT staff, post, department, role FROM post WHERE department = '{person.department}' AND role = "
        f"'{person.role}' AND staff <> '{person.staff}' AND since <= '{estate.cast().today}' AND until IS NULL"
    )
    return StaffRole(*asked(estate, "standing", sql)[0])


def a_day(residents: str) -> tuple[str, str]:
    """A budget, for `rewrite`."""
    return AMPLE, f"budget:\n  residents: {residents}\n"


@pytest.mark.rule("W5", "R1")
async def test_a_curious_look_at_an_acquaintance(house: House) -> None:
    """No case, somebody else's case, a case long closed: three attempts, three refusals, each on the record with the
    name of the one who tried and the resident who was looked for.
    """
    cast, caseworker = house.cast, await house.caseworker()
    for case, reason in (
        ("", "CASE_NOT_VALID"),
        (cast.closed_case, "CASE_NOT_VALID"),
        (cast.childcare_case, "STEP_UP_REQUIRED"),
    ):
        assert await caseworker.tried(lookup(CHILDCARE, cast.bystander, case=case)) == reason
    refused = house.refused_records()
    assert {each.private.staff for each in refused} == {cast.caseworker.staff}
    assert len({line.commitment for each in refused for line in each.lines}) == 1


@pytest.mark.rule("L1", "L3")
async def test_walking_through_the_register(estate: Estate) -> None:
    """A clerk asks for one resident after the other: after as many as a day's work needs, nothing more comes."""
    rewrite(estate, COUNTER, a_day("{staff: {1d: 40}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        outcomes = [await clerk.tried(house.at_the_counter(each)) for each in everybody(estate)[:60]]
        assert outcomes == ["OK"] * 40 + ["BUDGET_EXHAUSTED"] * 20


@pytest.mark.rule("L3")
async def test_walking_through_the_register_at_once(estate: Estate) -> None:
    """From sixteen connections in parallel, hanging up as soon as something might have come: it is still forty."""
    rewrite(estate, COUNTER, a_day("{staff: {1d: 40}}"))
    queue = everybody(estate)[:200]
    async with opened(estate) as house:

        async def connection(number: int) -> None:
            async with connected(house.access(house.cast.clerk)) as stubs:
                for resident in queue[number::16]:
                    call = stubs.register.GetResident(house.at_the_counter(resident), metadata=stubs.metadata)
                    if number % 2:
                        asyncio.get_running_loop().call_later(0.002, call.cancel)
                    with contextlib.suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
                        await call

        await asyncio.gather(*(connection(number) for number in range(16)))
        assert len({line.commitment for each in house.disclosures() for line in each.lines}) == 40


@pytest.mark.rule("L1", "L4")
async def test_a_few_a_day_over_years(estate: Estate) -> None:
    """Three a day stay below every daily limit; the year ends it, and a year later the tenure still knows: what
    somebody has seen is never forgotten, not by the calendar and not by a restart.
    """
    limit(estate, "staff: {1d: 100000, 365d: 100000, tenure: 100000}", "staff: {1d: 3, 365d: 10, tenure: 12}")
    for path in (estate.path / "purposes").glob("*.yaml"):
        rewrite(estate, path.stem, a_day("{staff: {1d: 3}}"))
    pair = estate.pki.client("citizen-affairs", SYSTEMS["citizen-affairs"])
    queue = everybody(estate)[:40]
    async with opened(estate) as house:
        issued = estate.pki.open_authority().issue_client(
            "citizen-affairs", SYSTEMS["citizen-affairs"], house.clock.now, 800
        )
        pair.key.write_bytes(issued.key)
        pair.certificate.write_bytes(issued.certificate)

        async def drip() -> list[str]:
            clerk = await house.clerk()
            return [await clerk.tried(house.at_the_counter(queue.pop())) for _ in range(3)]

        seen = []
        for _ in range(5):
            seen += await drip()
            await house.move(DAY)
        assert Counter(seen) == {"OK": 10, "BUDGET_EXHAUSTED": 5}
        await house.move(366 * DAY)
        assert await drip() == ["OK", "OK", "BUDGET_EXHAUSTED"]
        refused = await (await house.clerk()).denied(house.at_the_counter(queue.pop()))
        assert [each for _, each in refused.denial.quota] == ["12 residents in tenure; does not reopen"]
        clock = house.clock
    async with opened(estate, clock) as house:
        assert await (await house.clerk()).tried(house.at_the_counter(queue.pop())) == "BUDGET_EXHAUSTED"


@pytest.mark.rule("L1")
async def test_through_colleagues_who_have_access(estate: Estate) -> None:
    """Three people share the walk: the department's budget ends it for all of them."""
    rewrite(estate, COUNTER, a_day("{staff: {1d: 10}, department: {1d: 15}}"))
    async with opened(estate) as house:
        desks = [await house.clerk(), await house.desk(colleague_of(estate, house.cast.clerk))]
        queue = everybody(estate)[:30]
        outcomes = [
            await desks[place % 2].tried(house.at_the_counter(resident)) for place, resident in enumerate(queue)
        ]
        assert outcomes.count("OK") == 15
        assert set(outcomes[15:]) == {"BUDGET_EXHAUSTED"}


@pytest.mark.rule("W1", "W2")
async def test_with_a_token_borrowed_from_another_department(house: House) -> None:
    """A colleague's token is worth nothing beside another system's certificate, nor is it recorded as theirs."""
    borrowed = token_of(house.estate, house.cast.collector, house.clock.now)
    async with connected(house.access(house.cast.clerk, borrowed)) as stubs:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stubs.register.GetResident(lookup(ARREARS, house.cast.parent), metadata=stubs.metadata)
    assert told(caught.value).reason == "IDENTITY_INVALID"
    record = house.refused_records()[-1]
    assert (record.private.refusal, record.private.system, record.private.staff) == (
        "IDENTITY_INVALID",
        "counter-terminal",
        "",
    )


@pytest.mark.rule("W3")
async def test_after_the_transfer(house: House) -> None:
    """Whoever has changed desks loses the old desk's purposes that very day, whatever their token still says."""
    cast = house.cast
    assert await (await house.clerk()).tried(house.at_the_counter(cast.bystander)) == "OK"
    change(house.estate, "standing", f"UPDATE post SET until = '{cast.today}' WHERE post = '{cast.clerk.post}'")
    await (await house.clerk()).comes_to("POST_NOT_IN_FORCE", house.at_the_counter(cast.bystander))


@pytest.mark.rule("F1", "F4")
async def test_birth_dates_and_incomes_to_carry_home(house: House) -> None:
    """The caseworker decides with an age band and an income band: there is no birth date and no income to mail, and
    asking for one field too many is refused by name.
    """
    caseworker, cast = await house.caseworker(), house.cast
    resident = (await caseworker.get(house.parent())).resident
    ((born, earned),) = asked(
        house.estate,
        "register",
        f"SELECT umare_ymd, shotoku_gaku FROM juki_resident JOIN tax_income USING (atena_no) "
        f"WHERE atena_no = '{cast.parent}'",
    )
    assert (resident.birth_date.WhichOneof("form"), resident.income.WhichOneof("form")) == ("age_band", "band")
    assert born.encode() not in resident.SerializeToString()
    assert resident.income.band.low <= earned
    assert resident.income.band.high - resident.income.band.low == 1_000_000
    refused = await caseworker.denied(house.parent(mask=["name", "income", "fee_arrears"]))
    assert (refused.reason, refused.places) == ("FIELD_NOT_GRANTED", ["fee_arrears"])


@pytest.mark.rule("M3")
async def test_a_yearly_copy_on_a_stick(estate: Estate) -> None:
    """Planning may stream whole quarters: what is on the stick names nobody, joins with nothing outside planning, and
    cannot be turned back, not even with the register's own ids at hand.
    """
    async with opened(estate) as house:
        pages = await (await house.analyst()).stream(selection(ages=(0, None)))
        assert pages.end is None
        copy = b"".join(resident.SerializeToString() for resident in pages.residents)
        known = asked(estate, "register", "SELECT atena_no, shimei, shimei_kana, setai_no, banchi FROM juki_resident")
        ids, lots = {row[0] for row in known}, {row[4] for row in known if len(row[4]) > 4}
        assert not [each for each in ids | {row[3] for row in known} | lots if each.encode() in copy]
        own = {row[0]: row[1] for row in known}
        mine = {resident.resident_id.pseudonym: resident.name.surrogate.name for resident in pages.residents}
        assert len(mine) == len(pages.residents)
        assert not set(mine) & set(own)
        # Elsewhere the pseudonyms open nothing, and planning itself cannot ask by raw id to find out who is who.
        pseudonym = pages.pseudonyms[0]
        assert await (await house.clerk()).tried(lookup(COUNTER, pseudonym=pseudonym)) != "OK"
        assert await (await house.caseworker()).tried(lookup(CHILDCARE, pseudonym=pseudonym)) == "SEARCH_NOT_GRANTED"
        raw = lookup(STATISTICS, house.cast.parent, reason=pb.REASON_CODE_STATISTICS)
        assert await (await house.analyst()).tried(raw) == "SEARCH_NOT_GRANTED"


@pytest.mark.rule("W4")
async def test_those_who_run_the_register_pass_by_nothing(house: House) -> None:
    """The register's own department reads through the same door: a purpose, an applicant, a budget, a record."""
    cast, clerk = house.cast, await house.clerk()
    assert await clerk.tried(lookup(COUNTER, cast.bystander)) == "REQUEST_MALFORMED"  # nobody applied
    assert await clerk.tried(lookup(CHILDCARE, cast.parent, case=cast.childcare_case)) == "PURPOSE_NOT_GRANTED"
    before = len(house.disclosures())
    assert await clerk.tried(house.at_the_counter(cast.bystander)) == "OK"
    assert len(house.disclosures()) == before + 1


@pytest.mark.rule("L4", "R4")
async def test_switching_the_record_off(house: House) -> None:
    """Somebody removes the ledger's file so that the next look leaves no trace: there is no next look."""
    clerk = await house.clerk()
    assert await clerk.tried(house.at_the_counter(house.cast.bystander)) == "OK"
    (house.estate.state / "ledger.db").unlink()
    assert await clerk.tried(house.at_the_counter(house.cast.bystander)) == "LEDGER_UNAVAILABLE"


@pytest.mark.parametrize("act", ["delete", "rewrite", "cut"])
async def test_keeping_work_out_of_an_audit(estate: Estate, act: str) -> None:
    """A spouse's looks are deleted from the log, exchanged, or cut off at its end: verification says so."""
    async with opened(estate) as house:
        clerk, spouse = await house.clerk(), await house.desk(colleague_of(estate, house.cast.clerk))
        for desk in (clerk, spouse, spouse, clerk):
            assert await desk.tried(house.at_the_counter(house.cast.bystander)) == "OK"
    assert verified(estate).faults == []
    with contextlib.closing(sqlite3.connect(estate.state / "ledger.db")) as ledger:
        (last,) = ledger.execute("SELECT max(seq) FROM record").fetchone()
        if act == "delete":
            ledger.execute("DELETE FROM record WHERE seq = ?", (last - 1,))
        elif act == "rewrite":
            ledger.execute(
                "UPDATE record SET leaf = (SELECT leaf FROM record WHERE seq = ?1 - 3), "
                "body = (SELECT body FROM record WHERE seq = ?1 - 3) WHERE seq = ?1 - 1",
                (last,),
            )
        else:
            ledger.execute("DELETE FROM record WHERE seq > ?", (last - 2,))
        ledger.commit()
    assert verified(estate).faults
