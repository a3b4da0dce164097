"""What somebody tries to see more than they may, one way a test, and how each ends.

The README's table of evasions is made of these tests: of the mark, what is tried; of the docstring, how it ends.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from gateway.app import CannotStart
from gateway.clock import DAY, SECOND, SystemClock
from gateway.demo.estate import SYSTEMS, Estate
from gateway.ledger.ledger import SNAPSHOT_FILE
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    AMPLE,
    COUNTER,
    OUTSIDER,
    STATISTICS,
    Desk,
    House,
    asked,
    batch,
    limit,
    lookup,
    opened,
    purpose_file,
    rewrite,
    search,
    selection,
    strangers,
    verified,
)
from tests.rpc.identities import StillClock
from tests.test_bulk import BULK, by, people, wanted
from tests.test_grants import approves, asks, revokes

HOUR = 3600 * SECOND
WEEK = 7 * DAY
LIMITS = "staff: {1d: 100000, 365d: 100000, tenure: 100000}"


def everybody(estate: Estate) -> list[str]:
    """All who live here once, are not protected, and nothing to anybody on the staff."""
    sql = (
        "SELECT atena_no FROM juki_resident WHERE atena_no NOT IN (SELECT atena_no FROM protective_measure) "
        "GROUP BY atena_no HAVING count(*) = 1 AND max(jumin_cd) = '1'"
    )
    unrelated = strangers(estate)
    return [row[0] for row in asked(estate, "register", sql) if row[0] in unrelated]


def a_day(estate: Estate, purpose: str, residents: str) -> None:
    """Give a purpose this budget."""
    rewrite(estate, purpose, (AMPLE, f"budget:\n  residents: {residents}\n"))


def a_day_everywhere(estate: Estate, residents: str) -> None:
    """Give every purpose this budget."""
    for path in (estate.path / "purposes").glob("*.yaml"):
        a_day(estate, path.stem, residents)


def colleagues_of(estate: Estate, person: StaffRole) -> list[StaffRole]:
    """Those at the other desks, each with this one post."""
    sql = (
        f"SELECT staff, post, department, role FROM post p WHERE department = '{person.department}' AND role = "
        f"'{person.role}' AND staff <> '{person.staff}' AND since <= '{estate.cast().today}' AND until IS NULL "
        "AND (SELECT count(*) FROM post o WHERE o.staff = p.staff AND o.until IS NULL) = 1 ORDER BY staff"
    )
    return [StaffRole(*row) for row in asked(estate, "standing", sql)]


def seen(house: House) -> int:
    """Different residents that were disclosed, by the ledger."""
    return len({line.commitment for record in house.disclosures() for line in record.lines})


async def tried(desk: Desk, house: House, residents: Sequence[str]) -> list[str]:
    """Ask for one after the other at the counter."""
    return [await desk.tried(house.at_the_counter(each)) for each in residents]


@pytest.mark.evasion("Many small requests instead of a large one")
@pytest.mark.rule("L1", "L2", "L3")
async def test_many_small_requests(estate: Estate) -> None:
    """Residents are counted, not requests: one by one or twenty at once, it is the same forty."""
    a_day(estate, COUNTER, "{staff: {1d: 40}}")
    queue = everybody(estate)
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, queue[:15]) == ["OK"] * 15
        for start in (15, 20, 25):
            assert len(await clerk.batch(batch(COUNTER, queue[start : start + 5], applicant=OUTSIDER))) == 5
        assert await tried(clerk, house, queue[30:45]) == ["OK"] * 10 + ["BUDGET_EXHAUSTED"] * 5
        assert seen(house) == 40


@pytest.mark.evasion("The same resident over and over, as if each look were the first")
@pytest.mark.rule("L1")
async def test_one_resident_again_and_again(estate: Estate) -> None:
    """Seeing somebody again costs nothing new, and has a cap of its own."""
    limit(estate, "repeats: {staff: {1d: 100000}}", "repeats: {staff: {1d: 5}}")
    one, other = everybody(estate)[:2]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, [one] * 7) == ["OK"] * 5 + ["BUDGET_EXHAUSTED"] * 2
        assert await tried(clerk, house, [other]) == ["OK"]
        assert seen(house) == 2


@pytest.mark.evasion("Many purposes, each with a budget of its own")
@pytest.mark.rule("L1")
async def test_many_purposes(estate: Estate) -> None:
    """The city's limit counts all purposes together; a resident seen for one is not new in another."""
    limit(estate, LIMITS, "staff: {1d: 30, 365d: 100000, tenure: 100000}")
    a_day_everywhere(estate, "{staff: {1d: 20}}")
    second, text = "second-counter", purpose_file(estate, COUNTER).read_text(encoding="utf-8")
    (estate.path / "purposes" / f"{second}.yaml").write_text(
        text.replace(f"purpose: {COUNTER}", f"purpose: {second}"), encoding="utf-8"
    )
    queue = everybody(estate)
    async with opened(estate) as house:
        clerk = await house.clerk()

        async def elsewhere(residents: Sequence[str]) -> list[str]:
            return [await clerk.tried(lookup(second, each, applicant=OUTSIDER)) for each in residents]

        assert await tried(clerk, house, queue[:21]) == ["OK"] * 20 + ["BUDGET_EXHAUSTED"]
        assert await elsewhere(queue[:5]) == ["OK"] * 5
        assert await elsewhere(queue[20:31]) == ["OK"] * 10 + ["BUDGET_EXHAUSTED"]
        assert seen(house) == 30


@pytest.mark.evasion("Several department systems, each with a certificate of its own")
@pytest.mark.rule("L1", "W1")
async def test_several_systems(estate: Estate) -> None:
    """The person is counted, whatever system they sit at."""
    a_day(estate, COUNTER, "{staff: {1d: 12}}")
    queue, clerk = everybody(estate), estate.cast().clerk
    pair = estate.pki.client(clerk.department, SYSTEMS[clerk.department])
    async with opened(estate) as house:
        assert await tried(await house.clerk(), house, queue[:8]) == ["OK"] * 8
        issued = estate.pki.open_authority().issue_client(clerk.department, "night-desk", house.clock.now, 30)
        pair.key.write_bytes(issued.key)
        pair.certificate.write_bytes(issued.certificate)
        house.desks.clear()
        assert await tried(await house.clerk(), house, queue[8:16]) == ["OK"] * 4 + ["BUDGET_EXHAUSTED"] * 4
        assert {record.private.system for record in house.disclosures()} == {"counter-terminal", "night-desk"}
        assert seen(house) == 12


@pytest.mark.evasion("Several colleagues who split the register")
@pytest.mark.rule("L1", "L3")
async def test_several_staff_of_a_department(estate: Estate) -> None:
    """The department has a budget, too: it ends the walk for all of them."""
    a_day(estate, COUNTER, "{staff: {1d: 10}, department: {1d: 33}}")
    queue = everybody(estate)
    async with opened(estate) as house:
        desks = [await house.desk(each) for each in colleagues_of(estate, house.cast.clerk)[:5]]
        outcomes = [
            await desks[place % 5].tried(house.at_the_counter(resident)) for place, resident in enumerate(queue[:50])
        ]
        assert outcomes == ["OK"] * 33 + ["BUDGET_EXHAUSTED"] * 17
        assert seen(house) == 33


@pytest.mark.evasion("Lookups and searches in turns")
@pytest.mark.rule("L1")
async def test_lookups_and_searches_in_turns(estate: Estate) -> None:
    """Whoever is found is charged like somebody looked up, once: both ways spend one budget."""
    a_day(estate, COUNTER, "{staff: {1d: 10}}")
    sql = (
        "SELECT atena_no, shimei, umare_ymd FROM juki_resident GROUP BY shimei, umare_ymd HAVING count(*) = 1 "
        "AND max(jumin_cd) = '1' AND umare_ymd NOT LIKE '%-00'"
    )
    known = {row[0]: row[1:] for row in asked(estate, "register", sql)}
    people = [each for each in everybody(estate) if each in known][:12]
    async with opened(estate) as house:
        clerk = await house.clerk()

        def found(resident: str) -> pb.SearchResidentsRequest:
            name, born = known[resident]
            return search(name=name, born=born)

        for looked_up, searched in zip(people[:5], people[5:10], strict=True):
            assert await tried(clerk, house, [looked_up]) == ["OK"]
            assert len(await clerk.search(found(searched))) == 1
        assert len(await clerk.search(found(people[0]))) == 1  # seen already
        assert (await clerk.search_denied(found(people[10]))).reason == "BUDGET_EXHAUSTED"
        assert await tried(clerk, house, people[10:]) == ["BUDGET_EXHAUSTED"] * 2
        assert seen(house) == 10


@pytest.mark.evasion("Guessing ids: misses that find nobody")
@pytest.mark.rule("L1", "S7")
async def test_misses(estate: Estate) -> None:
    """Whoever is asked for is charged, found or not, so that guessing is no cheaper than knowing."""
    a_day(estate, COUNTER, "{staff: {1d: 10}}")
    taken = {row[0] for row in asked(estate, "register", "SELECT atena_no FROM juki_resident")}
    nobody = [each for each in (f"{number:010}" for number in range(100)) if each not in taken][:8]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, nobody) == ["RESIDENT_NOT_FOUND"] * 8
        assert await tried(clerk, house, everybody(estate)[:3]) == ["OK"] * 2 + ["BUDGET_EXHAUSTED"]
        assert await tried(clerk, house, nobody[:1]) == ["RESIDENT_NOT_FOUND"]  # asked for before


@pytest.mark.evasion("Shortly before midnight, and again shortly after")
@pytest.mark.rule("L1")
async def test_across_midnight(estate: Estate) -> None:
    """A day is the last 24 hours: midnight frees nobody, and each resident is free again a day after they were seen."""
    a_day(estate, COUNTER, "{staff: {1d: 6}}")
    queue = everybody(estate)
    late = 14 * HOUR  # 23:00 in Japan; the next one, since certificates and tokens begin now
    evening = (SystemClock().wall() - late) // DAY * DAY + DAY + late
    async with opened(estate, StillClock(evening)) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, queue[:3]) == ["OK"] * 3
        await house.move(HOUR - SECOND)
        assert await tried(await house.clerk(), house, queue[3:7]) == ["OK"] * 3 + ["BUDGET_EXHAUSTED"]
        await house.move(2 * SECOND)
        assert await tried(await house.clerk(), house, queue[7:8]) == ["BUDGET_EXHAUSTED"]
        await house.move(23 * HOUR)
        assert await tried(await house.clerk(), house, queue[8:12]) == ["OK"] * 3 + ["BUDGET_EXHAUSTED"]


@pytest.mark.evasion("Restarting the gateway, so that it forgets")
@pytest.mark.rule("L4")
async def test_after_a_restart(estate: Estate) -> None:
    """What is spent is a fold over the log: a restart, with or without its snapshot, knows what was known before."""
    a_day(estate, COUNTER, "{staff: {1d: 10}}")
    queue = everybody(estate)
    async with opened(estate) as house:
        assert await tried(await house.clerk(), house, queue[:6]) == ["OK"] * 6
        clock = house.clock
    async with opened(estate, clock) as house:
        assert await tried(await house.clerk(), house, queue[6:9]) == ["OK"] * 3
    (estate.state / SNAPSHOT_FILE).unlink()
    async with opened(estate, clock) as house:
        assert await tried(await house.clerk(), house, queue[9:12]) == ["OK"] + ["BUDGET_EXHAUSTED"] * 2
        assert seen(house) == 10


@pytest.mark.evasion("An older copy of the ledger in place of the one that remembers")
@pytest.mark.rule("L4", "R4")
async def test_an_older_copy_of_the_ledger(estate: Estate) -> None:
    """A gateway whose ledger is exchanged under it answers nobody any more."""
    a_day(estate, COUNTER, "{staff: {1d: 5}}")
    queue, kept = everybody(estate), estate.path / "kept.db"
    async with opened(estate) as house:
        clock = house.clock
    shutil.copy(estate.state / "ledger.db", kept)
    async with opened(estate, clock) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, queue[:5]) == ["OK"] * 5
        kept.replace(estate.state / "ledger.db")
        assert await tried(clerk, house, queue[5:7]) == ["LEDGER_UNAVAILABLE"] * 2


@dataclass
class SetClock(StillClock):
    """A clock that somebody sets: the wall goes ahead, the steady one does not."""

    set_by: int = 0

    def wall(self) -> int:
        """µs since the epoch."""
        return self.now + self.set_by


@pytest.mark.evasion("Setting the clock, so that a day is over sooner")
@pytest.mark.rule("L3", "L4")
@pytest.mark.parametrize("step", [DAY, -DAY])
async def test_after_a_clock_step(estate: Estate, step: int) -> None:
    """A clock that is set, either way, stops the ledger while it runs; set back, or far ahead, it does not start."""
    a_day(estate, COUNTER, "{staff: {1d: 5}}")
    queue, clock = everybody(estate), SetClock(SystemClock().wall())
    async with opened(estate, clock) as house:
        clerk = await house.clerk()
        assert await tried(clerk, house, queue[:6]) == ["OK"] * 5 + ["BUDGET_EXHAUSTED"]
        clock.set_by = step
        assert await tried(clerk, house, queue[6:8]) == ["LEDGER_UNAVAILABLE"] * 2
    clock.set_by = step if step < 0 else 8 * DAY
    with pytest.raises(CannotStart, match="the clock stands"):
        async with opened(estate, clock):
            pass
    clock.set_by = 0
    async with opened(estate, clock) as house:
        assert await tried(await house.clerk(), house, queue[5:6]) == ["BUDGET_EXHAUSTED"]


@pytest.mark.evasion("Five years, a little each week")
@pytest.mark.rule("L1", "L4")
async def test_five_years_a_little_each_week(estate: Estate) -> None:
    """No day, month or year is ever full, and the tenure still ends it: what somebody has seen is never forgotten."""
    a_day_everywhere(estate, "{staff: {1d: 2}}")
    limit(estate, LIMITS, "staff: {1d: 3, 30d: 20, 365d: 150, tenure: 500}")
    queue, clerk = everybody(estate), estate.cast().clerk
    pair = estate.pki.client(clerk.department, SYSTEMS[clerk.department])
    issued = estate.pki.open_authority().issue_client(
        clerk.department, SYSTEMS[clerk.department], SystemClock().wall(), 3000
    )
    pair.key.write_bytes(issued.key)
    pair.certificate.write_bytes(issued.certificate)
    rewrite(estate, COUNTER, (_validity(estate, COUNTER), "valid: {from: 2025-04-01, until: 2039-03-31}"))
    outcomes: list[str] = []
    async with opened(estate) as house:
        for week in range(260):
            desk = await house.clerk()
            outcomes += await tried(desk, house, queue[2 * week : 2 * week + 2])
            await house.move(WEEK)
        assert outcomes == ["OK"] * 500 + ["BUDGET_EXHAUSTED"] * 20
        refused = await (await house.clerk()).denied(house.at_the_counter(queue[-1]))
        assert [told for _, told in refused.denial.quota] == ["500 residents in tenure; does not reopen"]


def _validity(estate: Estate, purpose: str) -> str:
    (found,) = re.findall(r"^valid: \{.*\}", purpose_file(estate, purpose).read_text(encoding="utf-8"), re.MULTILINE)
    return str(found)


ANYBODY = (0, None)


async def _first_cursor(house: House) -> str:
    pages = await (await house.analyst()).stream(selection(ages=ANYBODY))
    return pages.pages[0].next_cursor


@pytest.fixture
def streaming(estate: Estate) -> Estate:
    """Pages of twenty, and a day's allowance of fifty."""
    rewrite(estate, STATISTICS, ("stream: {page: 500}", "stream: {page: 20}"))
    a_day(estate, STATISTICS, "{staff: {1d: 50}}")
    return estate


@pytest.mark.evasion("A stream that is begun again and again")
@pytest.mark.rule("L1", "L2")
async def test_a_stream_begun_again(streaming: Estate) -> None:
    """The same residents come again, and cost nothing new; nobody beyond them comes."""
    async with opened(streaming) as house:
        analyst = await house.analyst()
        runs = [await analyst.stream(selection(ages=ANYBODY)) for _ in range(3)]
        assert [len(run.residents) for run in runs] == [50, 50, 50]
        assert [run.end.reason for run in runs if run.end is not None] == ["BUDGET_EXHAUSTED"] * 3
        assert len({each for run in runs for each in run.pseudonyms}) == seen(house) == 50


@pytest.mark.evasion("A cursor that is forged")
@pytest.mark.rule("L3")
async def test_a_forged_cursor(streaming: Estate) -> None:
    """A cursor is sealed: with one character changed, cut, or made up, it opens nothing."""
    async with opened(streaming) as house:
        analyst, cursor = await house.analyst(), await _first_cursor(house)
        before = seen(house)
        changed = cursor[:10] + ("A" if cursor[10] != "A" else "B") + cursor[11:]
        for forged in (changed, cursor[:-4], cursor[::-1], "A" * len(cursor)):
            pages = await analyst.stream(selection(ages=ANYBODY, cursor=forged))
            assert pages.end is not None
            assert (pages.pages, pages.end.reason, pages.end.places) == ([], "REQUEST_MALFORMED", ["cursor"])
        assert seen(house) == before


@pytest.mark.evasion("A cursor that is moved to a colleague, or to another selection")
@pytest.mark.rule("L3")
async def test_a_moved_cursor(streaming: Estate) -> None:
    """A cursor holds for the person, purpose, selection and mask that it was given for."""
    async with opened(streaming) as house:
        cursor = await _first_cursor(house)
        colleague = await house.desk(colleagues_of(streaming, house.cast.analyst)[0])
        analyst = await house.analyst()
        for pages in (
            await colleague.stream(selection(ages=ANYBODY, cursor=cursor)),
            await analyst.stream(selection(ages=(20, None), cursor=cursor)),
            await analyst.stream(selection(ages=ANYBODY, mask=["name"], cursor=cursor)),
        ):
            assert pages.end is not None
            assert (pages.pages, pages.end.reason) == ([], "REQUEST_MALFORMED")


@pytest.mark.evasion("A cursor that is replayed")
@pytest.mark.rule("L1", "R2")
async def test_a_replayed_cursor(streaming: Estate) -> None:
    """It brings the same page again, recorded again; where the budget ends, it ends there each time."""
    async with opened(streaming) as house:
        analyst, cursor = await house.analyst(), await _first_cursor(house)
        records = len(house.disclosures())
        runs = [await analyst.stream(selection(ages=ANYBODY, cursor=cursor)) for _ in range(3)]
        assert {tuple(run.pseudonyms) for run in runs} == {tuple(runs[0].pseudonyms)}
        assert len(runs[0].residents) == 30
        assert len(house.disclosures()) == records + 3 * 2
        assert seen(house) == 50
    assert verified(streaming).faults == []


@pytest.mark.evasion("A grant that is used again: for more, for others, by others, after it was taken back")
@pytest.mark.rule("W7", "L3")
async def test_a_reused_grant(estate: Estate) -> None:
    """It opens its own selection to its requester, up to its ceiling and until it ends; again, it opens the same."""
    rewrite(estate, STATISTICS, ("stream: {page: 500}", BULK))
    colleague = colleagues_of(estate, estate.cast().analyst)[0]
    async with opened(estate) as house:
        analyst, head = await people(house)
        grant = await asks(analyst, wanted(50))
        assert await approves(head, grant) == "OK"
        runs = [await analyst.stream(by(grant)) for _ in range(3)]
        assert [len(run.residents) for run in runs] == [50, 50, 50]
        assert len({each for run in runs for each in run.pseudonyms}) == seen(house) == 50
        for refused in (
            await analyst.stream(by(grant, (20, 69))),  # another selection
            await (await house.desk(colleague)).stream(by(grant)),  # another person
        ):
            assert refused.end is not None
            assert (refused.pages, refused.end.reason) == ([], "GRANT_NOT_ACTIVE")
        assert await approves(head, grant) == "GRANT_NOT_ACTIVE"  # approved already: once more renews nothing
        assert await revokes(head, grant) == "OK"
        again = await analyst.stream(by(grant))
        assert again.end is not None
        assert (again.pages, again.end.reason) == ([], "GRANT_NOT_ACTIVE")
        assert seen(house) == 50
