"""The gateway assembled: what keeps it from starting, and what it does when the ground gives way while it serves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from gateway.app import CannotStart, assemble, check
from gateway.app.upkeep import Garbage
from gateway.clock import DAY, SECOND, SystemClock
from gateway.demo.estate import Estate
from gateway.finding import Findings
from gateway.logs import make_log
from gateway.register.sql import SqlRegister
from gateway.settings import Settings
from gateway.subject import Restriction, Row
from gateway.v1 import register_pb2 as pb
from gateway.view import Answer, View
from tests.estates import (
    COUNTER,
    House,
    change,
    copied,
    opened,
    receipts_kept,
    rewrite,
    selection,
    setting,
    told,
    until,
    verified,
)
from tests.rpc.identities import StillClock

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass
class Health:
    """What the health service has said of a gateway, all of it, as a watching client hears it."""

    said: list[int]
    stub: health_pb2_grpc.HealthStub

    async def heard(self, *states: int) -> None:
        """Wait until the last things said are these."""

        async def is_so() -> bool:
            return tuple(self.said[-len(states) :]) == states

        await until(is_so)


@contextlib.asynccontextmanager
async def watched(house: House, service: str = "gateway.v1.RegisterService") -> AsyncIterator[Health]:
    """A client that watches; it needs a certificate and no token."""
    reach = house.access(house.cast.clerk)
    credentials = grpc.ssl_channel_credentials(
        reach.authority.read_bytes(), reach.key.read_bytes(), reach.certificate.read_bytes()
    )
    async with grpc.aio.secure_channel(reach.address, credentials) as channel:
        health = Health([], health_pb2_grpc.HealthStub(channel))

        async def listen() -> None:
            async for response in health.stub.Watch(health_pb2.HealthCheckRequest(service=service)):
                health.said.append(response.status)

        listening = asyncio.create_task(listen())
        try:
            await health.heard(SERVING)
            yield health
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def released(house: House) -> list[str]:
    """Asks by every way there is; the reasons for which nothing came."""
    clerk = await house.clerk()
    outcomes = [await clerk.tried(house.at_the_counter(house.cast.bystander))]
    outcomes += [await clerk.tried(house.at_the_counter(house.cast.bystander, mask=["income"]))]
    pages = await (await house.analyst()).stream(selection(ages=(0, None)))
    assert pages.end is not None
    assert pages.pages == []
    return [*outcomes, pages.end.reason]


def answers(house: House) -> Callable[[], Awaitable[bool]]:
    """Whether an ordinary lookup is answered."""

    async def ask() -> bool:
        return await (await house.clerk()).tried(house.at_the_counter(house.cast.bystander)) == "OK"

    return ask


# --------------------------------------------------------------------------------------------- the ledger gives way


def removed(state: Path) -> None:
    """The file goes."""
    (state / "ledger.db").unlink()


def replaced(state: Path) -> None:
    """Another file takes its name, octet for octet the same."""
    shutil.copy(state / "ledger.db", state / "copy.db")
    (state / "copy.db").rename(state / "ledger.db")


def wal_removed(state: Path) -> None:
    """The write-ahead log goes."""
    (state / "ledger.db-wal").unlink()


def appended_to(state: Path) -> None:
    """Somebody else moves the head."""
    with contextlib.closing(sqlite3.connect(state / "ledger.db")) as connection:
        connection.execute("UPDATE head SET size = size + 1")
        connection.commit()


@pytest.mark.rule("L4", "R4", "E")
@pytest.mark.parametrize("harm", [removed, replaced, wal_removed, appended_to])
async def test_a_ledger_that_is_not_ours_any_more_stops_everything(house: House, harm: Callable[[Path], None]) -> None:
    """UNAVAILABLE/LEDGER_UNAVAILABLE for whatever is asked, nothing released, NOT_SERVING for good, and the log says
    why.
    """
    async with watched(house) as health:
        assert await answers(house)()
        harm(house.estate.state)
        assert await released(house) == ["LEDGER_UNAVAILABLE"] * 3
        await health.heard(SERVING, NOT_SERVING)
        for _ in range(5):  # several rounds of chores later
            await asyncio.sleep(0.02)
        assert await released(house) == ["LEDGER_UNAVAILABLE"] * 3
        assert health.said[-1] == NOT_SERVING
    assert '"state": "stopped"' in house.said.getvalue()


def full(connection: sqlite3.Connection) -> None:
    """No page more: SQLite answers as on a full disk (SQLITE_FULL)."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


def read_only(connection: sqlite3.Connection) -> None:
    """SQLite answers as on a read-only disk (SQLITE_READONLY)."""
    connection.execute("PRAGMA query_only = ON")


@pytest.mark.rule("L4", "R4")
@pytest.mark.parametrize("harm", [full, read_only])
async def test_a_ledger_that_cannot_be_written_releases_nothing_and_comes_back_by_itself(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, harm: Callable[[sqlite3.Connection], None]
) -> None:
    """While the disk is full or read-only nothing leaves; when it is not, all is as before and what was spent is
    spent.
    """
    rewrite(estate, COUNTER, ("staff: {1d: 90000}", "staff: {1d: 30}"))
    receipts: list[str] = []
    async with opened(estate) as house:
        harmed = [house.gateway._ledger._store._connection]
        healed = asyncio.Event()
        opening = sqlite3.connect

        def still_harmed(*args: object, **options: object) -> sqlite3.Connection:
            connection: sqlite3.Connection = opening(*args, **options)  # type: ignore[call-overload]  # passed on
            if not healed.is_set() and "mode=rw" in str(args[0]):
                harm(connection)
                harmed.append(connection)
            return connection

        async with watched(house) as health:
            clerk = await house.clerk()
            request = house.at_the_counter(house.cast.bystander, justification="x" * 400)

            async def ask() -> str:
                try:
                    receipts.append((await clerk.get(request)).receipt.disclosure_id)
                except grpc.aio.AioRpcError as error:
                    return told(error).reason
                return "OK"

            assert await ask() == "OK"
            monkeypatch.setattr("gateway.ledger.store.sqlite3.connect", still_harmed)
            harm(harmed[0])
            # A full file may have room for a record or two in its last page; those are answered, and kept.
            outcomes = [await ask() for _ in range(40)]
            assert set(outcomes) - {"OK"} == {"LEDGER_UNAVAILABLE"}
            assert outcomes.count("LEDGER_UNAVAILABLE") > 20
            await health.heard(SERVING, NOT_SERVING)
            healed.set()

            async def recovered() -> bool:
                return await ask() == "OK" and house.gateway._ledger._store._connection not in harmed

            await until(recovered)
            await health.heard(NOT_SERVING, SERVING)
            assert await ask() == "OK"
            assert (await clerk.left(COUNTER))["staff", "1d", False] == 29
    assert receipts_kept(estate, receipts)
    assert verified(estate).faults == []
    assert '"state": "waiting"' in house.said.getvalue()


class SetClock(StillClock):
    """A clock that somebody sets: wall time moves, elapsed time does not."""

    set_by: int = 0

    def wall(self) -> int:
        return self.now + self.set_by


@pytest.mark.rule("L1")
@pytest.mark.parametrize("jump", [3 * SECOND, -3 * SECOND, 2 * DAY])
async def test_setting_the_clock_opens_no_window(estate: Estate, jump: int) -> None:
    """Forward or back, by more than the tolerance: nothing is answered until an operator has looked."""
    clock = SetClock(SystemClock().wall())
    async with opened(estate, clock) as house:
        assert await answers(house)()
        clock.set_by = jump // 3
        assert await answers(house)() is (abs(jump) // 3 <= 2 * SECOND)
        clock.set_by = jump
        assert await released(house) in (["LEDGER_UNAVAILABLE"] * 3, ["IDENTITY_INVALID"] * 3)
        clock.set_by = 0
        assert await answers(house)() is False  # putting it back is not enough


@pytest.mark.rule("L4", "R6")
@pytest.mark.parametrize(
    "step",
    [
        "gateway.ledger.keeper.Keeper._fold_wal",
        "gateway.standing.directory.SqlDirectory.refresh",
    ],
)
async def test_a_chore_that_breaks_off_is_not_the_last(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The log says type and place, and nothing of the text; next time it is done again, and all is well once it can
    be.
    """

    def breaks(*_: object) -> None:
        raise ZeroDivisionError("of 9999999999")

    async def said_again() -> bool:
        return house.said.getvalue().count('"unforeseen"') >= 3

    with monkeypatch.context() as broken:
        broken.setattr(step, breaks)
        await until(said_again)
    await until(answers(house))
    said = [json.loads(line) for line in house.said.getvalue().splitlines()]
    (line,) = {(each["error"], each["place"].partition(":")[0]) for each in said if each["event"] == "unforeseen"}
    assert line == ("ZeroDivisionError", "test_app.py")
    assert "9999999999" not in house.said.getvalue()
    assert not any(task.done() for task in house.gateway._running[:3])
    await house.stop()
    assert verified(house.estate).faults == []


# ------------------------------------------------------------------------------------- register and standing give way


@pytest.mark.rule("E")
@pytest.mark.parametrize("file", ["register.db", "standing.db"])
async def test_a_database_that_is_away_is_unavailable_until_it_is_back(house: House, file: str) -> None:
    """REGISTER_UNAVAILABLE, recorded and charged to nobody; by itself it goes on."""
    caseworker = await house.caseworker()
    before = await caseworker.left("childcare-fee-reduction")
    path = house.estate.path / "city" / file
    path.rename(path.with_suffix(".away"))
    assert await caseworker.tried(house.parent()) == "REGISTER_UNAVAILABLE"
    assert ("REGISTER_UNAVAILABLE", caseworker.person.staff, 1) in house.refusals()
    path.with_suffix(".away").rename(path)
    assert await caseworker.left("childcare-fee-reduction") == before
    assert await caseworker.tried(house.parent()) == "OK"


async def test_a_directory_that_has_grown_old_answers_nothing(house: House) -> None:
    """A minute without a look at the staff directory, and nobody stands on what it said before."""
    standing = house.estate.path / "city" / "standing.db"
    assert await answers(house)()
    standing.rename(standing.with_suffix(".away"))
    house.clock.now += 61 * SECOND
    clerk = await house.clerk()
    assert await clerk.tried(house.at_the_counter(house.cast.bystander)) == "REGISTER_UNAVAILABLE"
    pages = await (await house.analyst()).stream(selection(ages=(0, None)))
    assert pages.end is not None
    assert (pages.pages, pages.end.reason) == ([], "REGISTER_UNAVAILABLE")
    standing.with_suffix(".away").rename(standing)
    await until(answers(house))


async def test_a_register_that_loses_a_column_while_serving_is_unavailable(house: House) -> None:
    """Nothing half read is delivered."""
    with contextlib.closing(sqlite3.connect(house.estate.path / "city" / "register.db")) as register:
        register.execute("ALTER TABLE juki_resident RENAME COLUMN shimei TO onamae")
    assert await (await house.caseworker()).tried(house.parent()) == "REGISTER_UNAVAILABLE"


# -------------------------------------------------------------------------------------------------- lookups under way


@dataclass
class Door:
    """Where lookups stand still on their way until it opens: the register was read, nothing is settled."""

    came: asyncio.Event
    opens: asyncio.Event


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """A door that is shut."""
    door, restrictions = Door(asyncio.Event(), asyncio.Event()), SqlRegister.restrictions

    async def waits(register: SqlRegister, ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        door.came.set()
        await door.opens.wait()
        return await restrictions(register, ids, today)

    monkeypatch.setattr(SqlRegister, "restrictions", waits)
    return door


@pytest.mark.rule("L5")
async def test_overload_is_told_from_a_budget(estate: Estate, door: Door) -> None:
    """With room for one, the others hear OVERLOADED at once, are recorded and not charged."""
    setting(estate, "capacity", "1")
    async with opened(estate) as house:
        clerk, request = await house.clerk(), house.at_the_counter(house.cast.bystander)
        first = asyncio.create_task(clerk.tried(request))
        await door.came.wait()
        refused = await clerk.denied(house.at_the_counter(house.cast.parent))
        assert (refused.reason, refused.denial.code) == ("OVERLOADED", "UNAVAILABLE")
        door.opens.set()
        assert await first == "OK"
        assert await clerk.tried(request) == "OK"
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 89_999
        assert ("OVERLOADED", clerk.person.staff, 1) in house.refusals()


@pytest.mark.rule("L5")
async def test_streams_take_nobody_elses_room(estate: Estate, door: Door) -> None:
    """One person may have four open: a fifth is turned away, and when they have ended there is room again."""
    async with opened(estate) as house:
        analyst = await house.analyst()
        running = [asyncio.create_task(analyst.stream(selection(ages=(0, None)))) for _ in range(4)]
        opened_now = house.gateway._server._reception.hallway._steps._bulk

        async def all_open() -> bool:
            return opened_now[analyst.person.staff] == 4

        await until(all_open)
        turned_away = await analyst.stream(selection(ages=(0, None)))
        assert turned_away.end is not None
        assert (turned_away.pages, turned_away.end.reason) == ([], "OVERLOADED")
        door.opens.set()
        assert [each.end for each in await asyncio.gather(*running)] == [None] * 4
        assert (await analyst.stream(selection(ages=(0, None)))).end is None


async def under_way(house: House, count: int) -> None:
    """Wait until so many lookups wait or walk."""
    steps = house.gateway._server._reception.hallway._steps

    async def is_so() -> bool:
        return steps.inside == count

    await until(is_so)


@pytest.mark.rule("L5")
async def test_who_hangs_up_keeps_their_place_until_they_have_walked(estate: Estate, door: Door) -> None:
    """Sending and cancelling makes no room: past the capacity a flood is turned away, and afterwards nothing of it is
    left.
    """
    setting(estate, "capacity", "4")
    async with opened(estate) as house:
        clerk, request = await house.clerk(), house.at_the_counter(house.cast.bystander)
        for place in range(4):
            call = asyncio.create_task(clerk.tried(request))
            await under_way(house, place + 1)
            call.cancel()
            await asyncio.gather(call, return_exceptions=True)
        assert [await clerk.tried(request) for _ in range(20)] == ["OVERLOADED"] * 20
        door.opens.set()
        await under_way(house, 0)
        assert len(house.disclosures()) == 4
        assert [await clerk.tried(request) for _ in range(5)] == ["OK"] * 5
        lookups = house.gateway._server._reception.hallway._lookups
        assert (lookups._window.waiting, lookups._company) == (0, 0)


async def together(house: House, door: Door, ids: Sequence[str]) -> list[str]:
    """Outcomes of lookups that walk in one group, behind one that was before them."""
    clerk = await house.clerk()
    first = asyncio.create_task(clerk.tried(house.at_the_counter(house.cast.bystander)))
    await door.came.wait()
    calls = [asyncio.create_task(clerk.tried(house.at_the_counter(each))) for each in ids]
    await under_way(house, 1 + len(calls))
    door.opens.set()
    assert await first == "OK"
    outcomes = await asyncio.gather(*calls)
    assert house.gateway.measures.batches == 2
    return outcomes


@pytest.mark.rule("M2")
async def test_a_text_that_cannot_be_decoded_costs_nobody_else_their_answer(house: House, door: Door) -> None:
    """Octets that are no UTF-8 are MALFORMED in that resident's answer; whoever walks along is answered as ever."""
    cast = house.cast
    change(
        house.estate,
        "register",
        f"UPDATE juki_resident SET shimei = CAST(x'ff' AS TEXT), banchi = CAST(x'80' AS TEXT) "
        f"WHERE atena_no = '{cast.parent}'",
    )
    assert await together(house, door, [cast.parent, *[cast.bystander] * 10]) == ["OK"] * 11
    resident = (await (await house.clerk()).get(house.at_the_counter(cast.parent))).resident
    assert (resident.name.absent, resident.address.absent) == (pb.ABSENCE_MALFORMED, pb.ABSENCE_MALFORMED)
    assert resident.birth_date.exact.year
    pages = await (await house.analyst()).stream(selection(ages=(0, None)))
    assert pages.end is None
    assert sum(each.name.absent == pb.ABSENCE_MALFORMED for each in pages.residents) == 1


async def test_one_who_cannot_be_masked_costs_nobody_else_their_answer(
    house: House, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A masker that raises makes its own request fail, said in the log by type and place, and no other."""
    cast, mask = house.cast, View.mask

    def raises(view: View, row: Row, today: date, **said: Any) -> Answer:
        if row.resident_id == cast.parent:
            raise ArithmeticError(f"of {row.resident_id}")
        return mask(view, row, today, **said)

    monkeypatch.setattr(View, "mask", raises)
    outcomes = await together(house, door, [cast.bystander, cast.parent, *[cast.bystander] * 5])
    assert outcomes == ["OK", "REGISTER_UNAVAILABLE", *["OK"] * 5]
    assert '"error": "ArithmeticError"' in house.said.getvalue()
    assert cast.parent not in house.said.getvalue()


@pytest.mark.rule("L3")
async def test_who_hangs_up_on_the_way_has_been_told_nothing_and_is_recorded(house: House, door: Door) -> None:
    """The look that was under way is settled, charged and recorded; others in the same walk get their answers."""
    clerk = await house.clerk()
    gone = asyncio.create_task(clerk.tried(house.at_the_counter(house.cast.bystander)))
    await door.came.wait()
    gone.cancel()
    stays = asyncio.create_task(clerk.tried(house.at_the_counter(house.cast.parent)))
    await asyncio.gather(gone, return_exceptions=True)
    door.opens.set()
    assert await stays == "OK"
    assert gone.cancelled()
    assert len(house.disclosures()) == 2
    assert (await clerk.left(COUNTER))["staff", "1d", False] == 89_998


@pytest.mark.rule("E")
async def test_draining_finishes_what_is_under_way_and_turns_the_rest_away(house: House, door: Door) -> None:
    """A lookup that was on its way is answered; one that comes later hears DRAINING, and health says NOT_SERVING."""
    async with watched(house) as health:
        clerk = await house.clerk()
        first = asyncio.create_task(clerk.tried(house.at_the_counter(house.cast.bystander)))
        await door.came.wait()
        stopping = asyncio.create_task(house.stop())
        await health.heard(NOT_SERVING)
        refused = await clerk.denied(house.at_the_counter(house.cast.parent))
        assert (refused.reason, refused.denial.code) == ("DRAINING", "UNAVAILABLE")
        door.opens.set()
        assert await first == "OK"
    await stopping
    assert verified(house.estate).faults == []


# ---------------------------------------------------------------------------------------------------- before it serves


async def faults_of(estate: Estate) -> list[str]:
    """What keeps an estate from being served."""
    try:
        return await check(Settings.read(estate.settings))
    except Findings as findings:
        return [str(each) for each in findings.findings]


async def test_a_sound_estate_has_no_faults(estate: Estate) -> None:
    """Checking writes nothing and finds nothing."""
    before = (estate.state / "ledger.db").read_bytes()
    assert await faults_of(estate) == []
    assert (estate.state / "ledger.db").read_bytes() == before


async def test_all_that_is_wrong_is_found_at_once(estate: Estate) -> None:
    """Keys open to others, a column gone, a purpose misspelt, a certificate cut off, no ledger: one list, each with its
    place; and a gateway does not start.
    """
    estate.keyring.chmod(0o644)
    change(estate, "register", "UPDATE city SET residents = residents")
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "register.db")) as register:
        register.execute("ALTER TABLE tax_income RENAME COLUMN shotoku_gaku TO shotoku")
    rewrite(estate, COUNTER, ("name_kana: keep", "nama_kana: keep"))
    certificate = estate.pki.server.certificate
    certificate.write_bytes(certificate.read_bytes()[:-40])
    (estate.path / "pki" / "jwks.json").write_text("{}")
    shutil.rmtree(estate.state)
    faults = await faults_of(estate)
    for expected in (
        "keyring",
        "register-map.yaml:",
        "shotoku_gaku",
        "resident-card-counter.yaml:",
        "nama_kana",
        "server.crt",
        "jwks.json",
        "no ledger here",
    ):
        assert any(expected in fault for fault in faults), (expected, faults)
    with pytest.raises(CannotStart) as caught:
        await assemble(Settings.read(estate.settings))
    assert list(caught.value.faults) == faults


@pytest.mark.parametrize(
    "secret", ["keyring", "pki/server.key", "state/keys/commitment.key", "state/keys/segment-0.key"]
)
async def test_keys_that_others_can_read_are_refused(estate: Estate, secret: str) -> None:
    """Mode 0600 or no start; the message names the file and what to do, and never its contents."""
    path = estate.path / secret
    path.chmod(0o644)
    with pytest.raises(CannotStart) as caught:
        await assemble(Settings.read(estate.settings))
    assert any(path.name in fault and "600" in fault for fault in caught.value.faults), caught.value.faults


async def test_a_start_that_fails_leaves_nothing_open(built: Estate, estate: Estate) -> None:
    """The port is taken: nothing stays locked, and with a free one the same estate starts."""
    async with opened(estate) as house:
        twin = copied(built, estate.path.parent / "twin")
        setting(twin, "listen", f"127.0.0.1:{house.gateway.port}")
        with pytest.raises(CannotStart, match="another program has this port"):
            await assemble(Settings.read(twin.settings))
        with pytest.raises(CannotStart, match="another gateway is using this state directory"):
            await assemble(Settings.read(estate.settings))
    setting(twin, "listen", "127.0.0.1:0")
    async with opened(twin) as house:
        assert await answers(house)()


@pytest.mark.rule("L1")
async def test_a_ledger_of_long_ago_waits_for_an_operator(estate: Estate) -> None:
    """Eight days after the last record the clock might be wrong: `--accept-gap` says that it is not, on the record."""
    async with opened(estate) as house:
        last = house.clock.now
    later = StillClock(last + 8 * DAY)
    with pytest.raises(CannotStart, match="--accept-gap"):
        await assemble(Settings.read(estate.settings), clock=later)
    with pytest.raises(CannotStart, match="before the ledger's last record"):
        await assemble(Settings.read(estate.settings), clock=StillClock(last - 60 * SECOND))
    gateway = await assemble(Settings.read(estate.settings), clock=later, accept_gap=True)
    await gateway.start()
    await gateway.stop()
    assert verified(estate).faults == []


@pytest.mark.rule("R4")
async def test_what_serving_would_refuse_of_the_ledger_checking_finds(estate: Estate) -> None:
    """A log behind its own snapshot; looking changes nothing."""
    settings = Settings.read(estate.settings)
    log = estate.state / "ledger.db"
    early = log.read_bytes()
    gateway = await assemble(settings, log=make_log(StringIO()))
    await gateway.start()
    await gateway.stop()
    assert await check(settings) == []
    log.write_bytes(early)
    faults = await check(settings)
    assert ["behind its own snapshot" in fault for fault in faults] == [True]
    assert log.read_bytes() == early


async def test_old_garbage_waits_until_nobody_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody would wait for it, so it is looked through once an hour, between questions."""
    collected, inside = list[int](), 1
    monkeypatch.setattr("gateway.app.upkeep.gc.collect", lambda: collected.append(inside))
    monkeypatch.setattr("gateway.app.upkeep._GARBAGE", 0.0)
    garbage = Garbage(lambda: inside)
    await garbage.collect()
    assert collected == []
    inside = 0
    await garbage.collect()
    monkeypatch.setattr("gateway.app.upkeep._GARBAGE", 3600.0)
    await garbage.collect()
    assert collected == [0]
