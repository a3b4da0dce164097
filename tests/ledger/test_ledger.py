import asyncio
import contextlib
import os
import resource
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.allowance import Owner, Rate, Window
from gateway.clock import DAY, SECOND
from gateway.ledger import keeper, seen
from gateway.ledger import store as store_module
from gateway.ledger.acts import ABSENT, Circumstances, Reloading
from gateway.ledger.guard import ClockRefused
from gateway.ledger.keys import KeysInvalid
from gateway.ledger.ledger import Condition, Ledger, LedgerUnavailable, State, Tolerances
from gateway.ledger.loading import LogTroubled
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import Record, commit
from gateway.ledger.store import SqliteStore, StateInvalid, StoreTroubled
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Exhausted, Reason
from tests.ledger.desk import (
    HANA,
    JIRO,
    LIMITS_TEXT,
    ORIGIN,
    PLENTY,
    PURPOSE_TEXT,
    SAID,
    SNAPSHOT,
    START,
    THREE_A_DAY,
    WRAPPING,
    Firm,
    Office,
    SetClock,
    enter,
    left,
    look,
    refuse,
    resident,
    shared,
    terms,
)

OPENING = ["GENESIS", "START", "BOOK"]


@pytest.fixture
async def ledger(office: Office) -> AsyncIterator[Ledger]:
    """An open ledger with three residents a day, and plenty, in force."""
    ledger = await office.open(THREE_A_DAY, PLENTY)
    yield ledger
    await ledger.close()


def names(directory: Path) -> set[str]:
    """What stands in a directory."""
    return {path.name for path in directory.iterdir()}


def outcomes(record: Record) -> list[tuple[bytes, int, int]]:
    """The lines of a record."""
    return [(line.commitment, line.outcome, line.before) for line in record.lines]


# ------------------------------------------------------------------------------------------------- settlement


@pytest.mark.rule("R3", "R4")
async def test_a_disclosure_is_on_the_disk_when_it_is_settled(office: Office, ledger: Ledger) -> None:
    """The record tells all that a record has to tell, and the receipt where it stands."""
    (settled,) = await ledger.settle([look(1, 2)])

    record = office.records()[3]
    assert (settled.admitted, settled.refusal) == (2, None)
    assert f"3.{leaf_hash(record.leaf)[:8].hex()}" == settled.receipt
    header, private = record.header, record.private
    assert (
        pb.Header(
            kind=pb.KIND_DISCLOSURE,
            wall=START,
            department="welfare",
            purpose="fee-arrears",
            purpose_digest=shared(THREE_A_DAY).digest,
            case_reference="CASE-1",
            fields_read=["name", "fee_arrears"],
            fields_delivered=["name"],
        )
        == header
    )
    assert (
        pb.Private(
            system="welfare-desk",
            staff="hana",
            post="welfare-1",
            reason_code=1,
            justification=SAID.justification,
            search_keys=["resident_id"],
            budgets_after=[2],
            meter=pb.METER_INTERACTIVE,
            request_id="0b9d",
            terms_digest=THREE_A_DAY.digest(),
        )
        == private
    )
    key = office.ledger_keys().commitment
    assert [(commit(key, resident(n)), pb.OUTCOME_DELIVERED, 0) for n in (1, 2)] == outcomes(record)


async def test_a_batch_is_settled_in_order_and_written_in_one_commit(office: Office, ledger: Ledger) -> None:
    """Each act sees what those before it have spent; outcomes come in the order of the acts."""
    batches = ledger.committed_batches
    settled = await ledger.settle([look(1, 2), look(3, 4), refuse(5), look(3, outcome=ABSENT), look(1)])

    assert [each.admitted for each in settled] == [2, 0, 0, 1, 1]
    assert [each.refusal.reason if each.refusal else None for each in settled] == [
        None,
        Reason.BUDGET_EXHAUSTED,
        Reason.STEP_UP_REQUIRED,
        None,
        None,
    ]
    assert [each.receipt.partition(".")[0] for each in settled] == ["3", "4", "5", "6", "7"]
    assert batches + 1 == ledger.committed_batches
    assert [*OPENING, "DISCLOSURE", "REFUSAL", "REFUSAL", "DISCLOSURE", "DISCLOSURE"] == office.kinds()
    # Lines count on: resident 3 was refused before, resident 1 disclosed.
    assert [[line.before for line in record.lines] for record in office.records()[6:]] == [[1], [1]]
    assert [line.outcome for line in office.records()[6].lines] == [pb.OUTCOME_ABSENT]


@pytest.mark.rule("L2", "L5")
async def test_the_refusal_is_recorded_instead(office: Office, ledger: Ledger) -> None:
    """All or nothing: the record of a refused request says under which terms, and that nothing was told."""
    await ledger.settle([look(1, 2)])
    (settled,) = await ledger.settle([look(3, 4)])

    assert settled.refusal is not None
    assert (Exhausted("staff", "1d", 3, START + DAY),) == settled.refusal.exhausted
    record = office.records()[4]
    assert ("BUDGET_EXHAUSTED", 1, THREE_A_DAY.digest()) == (
        record.private.refusal,
        record.private.refusals,
        record.private.terms_digest,
    )
    assert {pb.OUTCOME_REFUSED} == {line.outcome for line in record.lines}


@pytest.mark.rule("L2", "R2")
async def test_a_page_is_cut_at_the_allowance(office: Office, ledger: Ledger) -> None:
    """Exactly what remains is recorded as delivered; those behind it were never asked for by name and get no line."""
    (settled,) = await ledger.settle([look(1, 2, 3, 4, 5, divisible=True, page=2)])

    assert settled.refusal is not None
    assert (settled.admitted, settled.refusal.reason) == (3, Reason.BUDGET_EXHAUSTED)
    page, refusal = office.records()[3:]
    assert (len(page.lines), page.private.page, list(page.private.budgets_after)) == (3, 2, [3])
    assert (refusal.lines, refusal.private.terms_digest) == ([], b"")
    assert office.faults() == []


async def test_a_page_of_nobody_is_recorded_too(office: Office, ledger: Ledger) -> None:
    """That a selection is empty is an answer."""
    (settled,) = await ledger.settle([look(divisible=True, page=1)])

    assert (settled.admitted, settled.refusal) == (0, None)
    assert settled.receipt
    assert [*OPENING, "DISCLOSURE"] == office.kinds()


async def test_a_rate_is_kept_across_requests_and_restarts(office: Office) -> None:
    """One a second: refused at once, told how long, answered then; a restart does not help."""
    under = terms(rate=Rate.per_second(1, 1))
    ledger = await office.open(under)
    (first, second) = await ledger.settle([look(1, under=under), look(1, under=under)])
    await ledger.close()
    office.clock.go(SECOND // 2)
    ledger = await office.open(under)
    (third,) = await ledger.settle([look(1, under=under)])
    office.clock.go(SECOND // 2)
    (fourth,) = await ledger.settle([look(1, under=under)])
    await ledger.close()

    assert [each.refusal and each.refusal.retry_after for each in (first, second, third, fourth)] == [
        None,
        SECOND,
        SECOND // 2,
        None,
    ]
    assert office.faults() == []


@pytest.mark.rule("R1")
async def test_of_like_refusals_the_first_is_durable_and_the_rest_are_counted(office: Office, ledger: Ledger) -> None:
    """Three refusals alike: one record before its answer, one more at the next tick that counts two and keeps whom
    they were about.
    """
    settled = await ledger.settle([refuse(1), refuse(2), refuse(3)])
    assert [bool(each.receipt) for each in settled] == [True, False, False]
    assert [*OPENING, "REFUSAL"] == office.kinds()

    await ledger.tick()
    key = office.ledger_keys().commitment
    first, repeats = office.records()[3:5]
    assert [first.private.refusals, repeats.private.refusals] == [1, 2]
    assert [commit(key, resident(n)) for n in (2, 3)] == [line.commitment for line in repeats.lines]
    assert [first.private.refusal, repeats.private.refusal] == ["STEP_UP_REQUIRED"] * 2
    assert office.faults() == []


@pytest.mark.rule("R1")
async def test_refusals_of_nobody_known_are_recorded(office: Office, ledger: Ledger) -> None:
    """Who could not be identified has no name in the record."""
    await ledger.settle([refuse(reason=Reason.IDENTITY_INVALID, caller=None)])

    record = office.records()[3]
    assert (record.header.department, record.private.staff, record.private.system) == ("", "", "welfare-desk")


@pytest.mark.rule("L1")
async def test_refused_attempts_are_held_against_the_very_next_look(office: Office) -> None:
    """Repeats that still wait to be flushed count already, and stand in the log before what they decide."""
    under = terms(refusals=3)
    ledger = await office.open(under)
    await ledger.settle([refuse(1), refuse(2), refuse(3)])
    mine, others = await ledger.settle([look(4, under=under), look(4, under=under, caller=JIRO)])
    await ledger.close()

    assert mine.refusal is not None
    assert (Exhausted("staff", "1d", 3, START + DAY, "refused attempts"),) == mine.refusal.exhausted
    assert (others.admitted, others.refusal) == (1, None)
    assert office.faults() == []


@pytest.mark.rule("L2")
async def test_a_glance_says_what_settlement_would(office: Office) -> None:
    """Too fast, or too many attempts: told before anything is read, with the same wait; a glance spends nothing, and
    where the ledger does not serve it has nothing to say.
    """
    under = terms(rate=Rate.per_second(1, 1), refusals=1)
    ledger = await office.open(under)
    assert ledger.held_up(under, "hana") is None
    await ledger.settle([look(1, under=under), refuse(2, caller=JIRO)])
    fast, often = ledger.held_up(under, "hana"), ledger.held_up(under, "jiro")
    decided = await ledger.settle([look(1, under=under), look(1, under=under, caller=JIRO)])

    assert fast is not None
    assert often is not None
    assert (fast.reason, fast.retry_after) == (Reason.RATE_EXCEEDED, SECOND)
    assert [(each.reason, each.retry_after, each.exhausted) for each in (fast, often)] == [
        (each.refusal.reason, each.refusal.retry_after, each.refusal.exhausted) for each in decided if each.refusal
    ]
    office.clock.step(DAY)
    with pytest.raises(LedgerUnavailable):
        ledger.now()
    assert ledger.held_up(under, "hana") is None
    await ledger.close()


@pytest.mark.rule("R1")
async def test_what_was_decided_by_another_book_is_refused(office: Office, ledger: Ledger) -> None:
    """Terms or a text that are no longer in force disclose nothing: the caller has to start again."""
    enter(ledger, PLENTY)
    under_old_terms = look(1)
    under_old_text = replace(look(1, under=PLENTY), share=replace(shared(PLENTY), digest=bytes(32)))

    for act in (under_old_terms, under_old_text):
        (settled,) = await ledger.settle([act])
        assert settled.refusal is not None
        assert (settled.admitted, settled.refusal.reason) == (0, Reason.PURPOSE_CHANGED)
    assert [each.admitted for each in await ledger.settle([look(1, under=PLENTY)])] == [1]


@pytest.mark.rule("W3", "R1")
async def test_what_a_foothold_gave_ends_with_it(office: Office, ledger: Ledger) -> None:
    """Asked at the time of settlement: from the moment on at which it is lost nothing is disclosed or spent, whole or
    page; the refusal is recorded instead, as one of a former post.
    """
    gone = Firm(Reason.POST_NOT_IN_FORCE, office.clock.wall() + SECOND)
    (before,) = await ledger.settle([look(1, foothold=gone)])
    office.clock.go(SECOND)
    whole, page = await ledger.settle([look(2, foothold=gone), look(3, 4, foothold=gone, divisible=True, page=1)])
    await ledger.tick()

    assert before.admitted == 1
    for settled in (whole, page):
        assert settled.refusal is not None
        assert (settled.admitted, settled.refusal.reason) == (0, Reason.POST_NOT_IN_FORCE)
    refused = [each for each in office.records() if each.header.kind == pb.KIND_REFUSAL]
    assert [(each.private.refusals, each.private.former_post, len(each.lines)) for each in refused] == [
        (1, True, 1),
        (1, True, 0),
    ]
    assert left(ledger, THREE_A_DAY, HANA) == [(2, None)]
    assert office.faults() == []


@pytest.mark.rule("R1")
async def test_a_directory_is_recorded_when_it_changes_and_not_otherwise(office: Office, ledger: Ledger) -> None:
    """By its digest; and a reload by who had it done, after what it changed, in one append."""
    for digest in (b"1" * 32, b"1" * 32, b"2" * 32):
        ledger.enter_directory(digest)
    commits = ledger.committed_batches
    receipt = ledger.reload(Reloading(HANA, "0b9d", None, b"3" * 32, findings=4))
    ledger.reload(Reloading(HANA, "0b9e", None, b"3" * 32))

    assert ledger.committed_batches == commits + 2
    kinds = ["DIRECTORY", "DIRECTORY", "DIRECTORY", "RELOAD", "RELOAD"]
    assert office.kinds()[-5:] == kinds
    last = office.records()[-5:]
    assert [each.private.directory[:1] for each in last] == [b"1", b"2", b"3", b"", b""]
    assert (last[3].header.department, last[3].private.staff, last[3].private.findings) == ("welfare", "hana", 4)
    assert receipt.startswith(f"{len(office.records()) - 2}.")
    assert office.faults() == []


async def test_the_book_is_recorded_when_it_changes_and_not_otherwise(office: Office) -> None:
    """The digests of purposes, limits and terms; a start with the same book adds none."""
    for book, kinds in [
        ([THREE_A_DAY], OPENING),
        ([THREE_A_DAY], [*OPENING, "START"]),
        ([PLENTY], [*OPENING, "START", "START", "BOOK"]),
    ]:
        ledger = await office.open(*book)
        await ledger.close()
        assert kinds == office.kinds()

    texts = set(office.records()[-1].private.book)
    with closing(SqliteStore.open(office.file, read_only=True)) as store:
        kept = {text for digest, _, text in store.contents() if digest in texts}
    assert {PURPOSE_TEXT, LIMITS_TEXT, PLENTY.text()} == kept


async def test_what_is_left_is_told(office: Office, ledger: Ledger) -> None:
    """Remaining residents, and when the allowance reopens once there are none."""
    await ledger.settle([look(1, 2)])
    assert left(ledger, THREE_A_DAY, HANA) == [(1, None)]

    await ledger.settle([look(3)])
    assert left(ledger, THREE_A_DAY, HANA) == [(0, START + DAY)]
    assert left(ledger, THREE_A_DAY, JIRO) == [(3, None)]


@pytest.mark.rule("L1", "L4")
@pytest.mark.parametrize("window", list(Window))
async def test_budgets_survive_restarts_and_reopen_to_the_microsecond(window: Window, office: Office) -> None:
    """A year of restarts, a snapshot lost in between: what was seen counts until exactly a window later."""
    under = terms((Owner.STAFF, window, 1))
    length = {Window.DAY: DAY, Window.MONTH: 30 * DAY, Window.YEAR: 365 * DAY, Window.TENURE: 4000 * DAY}[window]
    office.tolerances = Tolerances(accept_gap=True)
    admitted = []
    for at in (START, START + length // 2, START + length - 1, START + length):
        office.clock.time = at
        ledger = await office.open(under)
        (settled,) = await ledger.settle([look(at, under=under)])
        admitted.append(settled.admitted)
        await ledger.close()
        if at == START + length // 2:
            office.snapshot.unlink()

    assert [1, 0, 0, 0 if window is Window.TENURE else 1] == admitted
    assert office.faults() == []


async def test_acts_that_contradict_themselves_settle_nothing(office: Office, ledger: Ledger) -> None:
    """A programming error in one act throws the whole batch away, and the ledger reads its log again."""
    with pytest.raises(ValueError, match="zip"):
        await ledger.settle([look(1), replace(look(1, 2), outcomes=[1])])

    assert State.WAITING is ledger.condition.state
    await ledger.tick()
    assert (State.SERVING, [*OPENING, "START"]) == (ledger.condition.state, office.kinds())
    assert left(ledger, THREE_A_DAY, HANA) == [(3, None)]


# ------------------------------------------------------------------------------------------------------ chores


@pytest.mark.rule("R2")
async def test_counts_are_committed_daily(office: Office, ledger: Ledger) -> None:
    """Once there is a subject, and then again a day later; verification recomputes them."""
    await ledger.tick()
    await ledger.settle([look(1)])
    await ledger.tick()
    office.clock.go(DAY - 1)
    await ledger.tick()
    assert [*OPENING, "DISCLOSURE", "COUNTS"] == office.kinds()

    office.clock.go(1)
    await ledger.tick()
    assert office.kinds()[-1] == "COUNTS"
    assert office.faults() == []


@pytest.mark.rule("R2")
async def test_lookups_go_on_while_counts_are_reckoned(office: Office, ledger: Ledger) -> None:
    """Reckoning yields between slices; what is settled meanwhile is not among the counts, and verification knows."""
    await ledger.settle([look(*range(700), under=PLENTY)])
    reckoning = asyncio.create_task(ledger.tick())
    await asyncio.sleep(0)
    await ledger.settle([look(1, 1000, under=PLENTY)])
    await reckoning

    assert [*OPENING, "DISCLOSURE", "DISCLOSURE", "COUNTS"] == office.kinds()
    assert office.records()[-1].private.counted_records == 4
    assert office.faults() == []


@pytest.mark.rule("R5")
async def test_the_head_is_signed_when_it_has_moved(office: Office, ledger: Ledger) -> None:
    """A tick signs the head once; the note verifies under the key that was told at the founding."""
    for _ in range(2):
        await ledger.tick()

    with closing(SqliteStore.open(office.file, read_only=True)) as store:
        checkpoints = list(store.checkpoints())
    assert [size for size, _ in checkpoints] == [3]
    assert ledger.head == office.ledger_keys().signer.verifier.verify(checkpoints[0][1])


async def test_a_tick_folds_the_write_ahead_log_in(office: Office, ledger: Ledger) -> None:
    """So that it does not grow without end, and that an error in doing so is seen."""
    await ledger.settle([look(1)])
    await ledger.tick()
    size = office.file.with_name("ledger.db-wal").stat().st_size
    for number in range(3):
        await ledger.settle([look(number)])
        await ledger.tick()

    assert size == office.file.with_name("ledger.db-wal").stat().st_size


async def test_a_write_ahead_log_does_not_grow_under_load(
    office: Office, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is appended while it is being folded in comes too late for that, every time."""
    monkeypatch.setattr(keeper, "_LONG", 64)
    log, ticks, fold = office.file.with_name("ledger.db-wal"), 100, SqliteStore.fold_wal_beside
    begun, appended = threading.Event(), threading.Event()

    def beside(store: SqliteStore) -> int:
        # A reader keeps what is appended from here on out of the fold, as the time that a large one takes would.
        with closing(SqliteStore.open(office.file, read_only=True)):
            begun.set()
            assert appended.wait(10)
            return fold(store)

    monkeypatch.setattr(SqliteStore, "fold_wal_beside", beside)
    before = log.stat().st_size
    await ledger.settle([refuse(1)])
    each = log.stat().st_size - before
    for number in range(ticks):
        begun.clear()
        appended.clear()
        ticking = asyncio.create_task(ledger.tick())
        assert await asyncio.to_thread(begun.wait, 10)
        office.clock.go(61 * SECOND)  # Or it is one of several like refusals, and has no record of its own.
        await ledger.settle([refuse(number)])
        appended.set()
        await ticking

    assert State.SERVING is ledger.condition.state
    assert log.stat().st_size < ticks * each / 2


# ------------------------------------------------------------------------------------------------------ states


def connection(ledger: Ledger) -> sqlite3.Connection:
    """The ledger's own connection, to spoil."""
    return ledger._store._connection


def fill_disk(ledger: Ledger) -> None:
    """SQLite may not take another page: its own SQLITE_FULL, as from a full disk."""
    (pages,) = connection(ledger).execute("PRAGMA page_count").fetchone()
    connection(ledger).execute(f"PRAGMA max_page_count = {pages}")


def make_read_only(ledger: Ledger) -> None:
    """SQLite's own SQLITE_READONLY."""
    connection(ledger).execute("PRAGMA query_only = ON")


@pytest.mark.rule("R4", "L4")
@pytest.mark.parametrize(("why", "spoil"), [("SQLITE_FULL", fill_disk), ("SQLITE_READONLY", make_read_only)])
async def test_what_can_heal_waits_and_goes_on_by_itself(
    why: str, spoil: Callable[[Ledger], None], office: Office, ledger: Ledger
) -> None:
    """A full or read-only disk: nothing is settled, nothing is spent; once it is there again the ledger proves that it
    can write, by a record, and serves.
    """
    conditions = list[Condition]()
    ledger.on_condition = conditions.append
    await ledger.settle([look(1)])
    spoil(ledger)
    big = replace(look(2), circumstances=Circumstances("CASE-1", 1, "長い理由" * 5000, "0b9e"))
    with pytest.raises(LedgerUnavailable, match=why):
        await ledger.settle([big])
    with pytest.raises(LedgerUnavailable, match=why):
        await ledger.settle([look(3)])
    with pytest.raises(LedgerUnavailable):
        left(ledger, THREE_A_DAY, HANA)
    await ledger.tick()

    assert [condition.state for condition in conditions] == [State.WAITING, State.SERVING]
    assert [each.admitted for each in await ledger.settle([look(2, 3)])] == [2]
    assert [*OPENING, "DISCLOSURE", "START", "COUNTS", "DISCLOSURE"] == office.kinds()
    assert office.faults() == []


async def test_it_waits_as_long_as_another_holds_the_file(
    monkeypatch: pytest.MonkeyPatch, office: Office, ledger: Ledger
) -> None:
    """Each tick tries; it serves as soon as a record can be written, and not before."""
    monkeypatch.setattr(store_module, "_BUSY_TIMEOUT", 1)
    connection(ledger).execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(office.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="SQLITE_BUSY"):
            await ledger.settle([look(1)])
        for _ in range(3):
            await ledger.tick()
            assert State.WAITING is ledger.condition.state
        other.execute("ROLLBACK")
    await ledger.tick()

    assert State.SERVING is ledger.condition.state
    assert [*OPENING, "START"] == office.kinds()


@pytest.mark.rule("R4")
async def test_a_failing_disk_stops(office: Office) -> None:
    """The system refuses a write: whether a failed disk holds what it says is not for waiting to find out."""
    ledger = await office.open(THREE_A_DAY)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    written = office.file.with_name("ledger.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (written, hard))
    try:
        with pytest.raises(LedgerUnavailable, match="the disk failed"):
            await ledger.settle([look(1)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    await ledger.tick()

    assert State.STOPPED is ledger.condition.state
    await ledger.close()
    assert office.kinds() == OPENING


def remove(file: Path) -> None:
    """Somebody deletes it."""
    file.unlink()


def replace_file(file: Path) -> None:
    """Somebody puts a copy in its place."""
    copy = file.with_name("copy")
    copy.write_bytes(file.read_bytes())
    copy.rename(file)


@pytest.mark.rule("R4", "L4")
@pytest.mark.parametrize("name", ["ledger.db", "ledger.db-wal"])
@pytest.mark.parametrize(("why", "act"), [("removed", remove), ("replaced", replace_file)])
async def test_a_file_that_is_removed_or_replaced_stops(
    why: str, act: Callable[[Path], None], name: str, office: Office, ledger: Ledger
) -> None:
    """Neither the file nor its write-ahead log can be taken away unnoticed: writing into a name that is gone would
    succeed, and be lost.
    """
    await ledger.settle([look(1)])
    act(office.state / name)
    for _ in range(2):
        with pytest.raises(LedgerUnavailable, match=f"{name} has been {why}"):
            await ledger.settle([look(2)])
        await ledger.tick()

    assert State.STOPPED is ledger.condition.state


@pytest.mark.rule("R4", "L4")
async def test_a_write_ahead_log_that_is_cut_stops(office: Office, ledger: Ledger) -> None:
    """Made shorter in its place, it takes acknowledged records with it: nothing more is answered."""
    for number in range(20):
        await ledger.settle([look(number % 3)])
    os.truncate(office.state / "ledger.db-wal", 0)
    with pytest.raises(LedgerUnavailable, match="has been cut"):
        await ledger.settle([look(2)])
    await ledger.tick()

    assert State.STOPPED is ledger.condition.state


@pytest.mark.rule("R4")
async def test_a_log_that_lacks_an_end_behind_its_snapshot_does_not_open(office: Office) -> None:
    """A snapshot spares reading the records before it, not having them."""
    ledger = await office.open(THREE_A_DAY)
    await ledger.settle([look(1)])
    await ledger.close()
    office.edit("DELETE FROM record WHERE seq = 0")
    with pytest.raises(LogTroubled, match="records are missing at an end"):
        await office.open(THREE_A_DAY)


@pytest.mark.rule("L3", "R4")
async def test_a_head_that_another_has_moved_stops(office: Office, ledger: Ledger) -> None:
    """Two writers would each spend the same allowance: the one who finds the head elsewhere stops."""
    office.edit("UPDATE head SET size = size + 1")
    with pytest.raises(LedgerUnavailable, match="not where this gateway left it"):
        await ledger.settle([look(1)])
    await ledger.tick()

    assert State.STOPPED is ledger.condition.state


@pytest.mark.rule("L3")
async def test_two_gateways_never_share_a_state_directory(office: Office) -> None:
    """The second says so and touches nothing; when the first lets go, it may."""
    ledger = await office.open(THREE_A_DAY)
    with pytest.raises(StateInvalid, match="another gateway is using"):
        await office.open()
    assert office.kinds() == OPENING

    await ledger.close()
    second = await office.open()
    await second.close()
    assert [*OPENING, "START"] == office.kinds()


class Doubtful(SqliteStore):
    """A store whose first commit lands on the disk although it is reported as failed."""

    def append(self, start: int, rows: object, before: bytes, after: bytes) -> None:
        """Commit, and say that it did not work."""
        super().append(start, rows, before, after)  # type: ignore[arg-type] # handed through unread
        self.__class__ = SqliteStore  # type: ignore[assignment] # doubtful only once
        raise StoreTroubled("the line went dead", heals=True)


@pytest.mark.rule("L3", "R4")
async def test_a_doubtful_commit_is_spent_if_and_only_if_it_is_in_the_log(office: Office, ledger: Ledger) -> None:
    """Nobody was answered, but the log has it: on return it is read, and counts once."""
    ledger._store.__class__ = Doubtful
    with pytest.raises(LedgerUnavailable, match="dead"):
        await ledger.settle([look(1, 2), refuse(7), refuse(8)])
    await ledger.tick()

    assert State.SERVING is ledger.condition.state
    assert left(ledger, THREE_A_DAY, HANA) == [(1, None)]
    assert [*OPENING, "DISCLOSURE", "REFUSAL", "START", "REFUSAL"] == office.kinds()[:7]
    assert office.faults() == []


@pytest.mark.rule("R4")
async def test_a_log_that_lost_what_was_acknowledged_is_not_used_again(office: Office, ledger: Ledger) -> None:
    """While it waits, the last record and the head are taken back: that is another log, and the ledger stops."""
    await ledger.settle([look(1)])
    size, root = ledger.head.size, office.value("SELECT root FROM head")
    await ledger.settle([look(2)])
    make_read_only(ledger)
    with pytest.raises(LedgerUnavailable):
        await ledger.settle([look(3)])
    office.edit("DELETE FROM record WHERE seq = ?", size)
    office.edit("UPDATE head SET size = ?, root = ?", size, root)
    await ledger.tick()

    assert State.STOPPED is ledger.condition.state
    assert "behind what this gateway has acknowledged" in ledger.condition.why


# ------------------------------------------------------------------------------------------------------- clock


@pytest.mark.rule("L1")
@pytest.mark.parametrize("jump", [-DAY, -3 * SECOND, 3 * SECOND, 31 * DAY])
async def test_a_clock_that_is_set_while_running_stops(jump: int, office: Office, ledger: Ledger) -> None:
    """Either way: no window opens because somebody sets the clock, and setting it back does not help."""
    await ledger.settle([look(1, 2, 3)])
    office.clock.step(jump)
    with pytest.raises(LedgerUnavailable, match="the clock was set by"):
        await ledger.settle([look(4)])
    office.clock.step(-jump)
    await ledger.tick()
    with pytest.raises(LedgerUnavailable):
        await ledger.settle([look(4)])

    assert State.STOPPED is ledger.condition.state


async def test_small_corrections_are_lived_with(office: Office, ledger: Ledger) -> None:
    """Within tolerance time goes on, and in the log it never goes back."""
    await ledger.settle([look(1)])
    office.clock.step(-SECOND)
    assert ledger.now() == START
    await ledger.settle([look(2)])

    assert [record.header.wall for record in office.records()] == [START] * 5
    assert office.faults() == []


@pytest.mark.rule("L1")
@pytest.mark.parametrize(
    ("why", "step", "accept"),
    [
        ("before the ledger's last record", -3 * SECOND, False),
        ("before the ledger's last record", -DAY, True),  # backward is never accepted
        ("7.0 days after", 7 * DAY + 1, False),
    ],
)
async def test_a_clock_that_is_off_at_the_start_is_refused(
    why: str, step: int, office: Office, *, accept: bool
) -> None:
    """Nothing is written then."""
    await (await office.open()).close()
    office.clock.time += step
    office.tolerances = Tolerances(accept_gap=accept)
    with pytest.raises(ClockRefused, match=why):
        await office.open()

    assert office.kinds() == ["GENESIS", "START"]


@pytest.mark.parametrize(
    ("expected", "gap", "accept"),
    [
        (0, -2 * SECOND, False),  # within tolerance
        (0, 7 * DAY, False),  # a week's holiday
        (7 * DAY + 1, 7 * DAY + 1, True),  # longer, and an operator said that it is right
        (0, DAY, True),  # nothing to accept
    ],
)
async def test_a_gap_that_an_operator_accepts_is_recorded(
    expected: int, gap: int, office: Office, *, accept: bool
) -> None:
    """In the record of the start."""
    await (await office.open()).close()
    office.clock.time += gap
    office.tolerances = Tolerances(accept_gap=accept)
    await (await office.open()).close()

    assert expected == office.records()[-1].private.accepted_gap


# ------------------------------------------------------------------------------------------------------- start


async def test_an_empty_directory_is_no_ledger(tmp_path: Path) -> None:
    """It says what to do, and makes nothing."""
    with pytest.raises(StateInvalid, match="ledger init"):
        await Office(tmp_path).open()

    assert names(tmp_path) == set()


def swap_commitment_key(office: Office) -> None:
    """Under another one, everybody would count as never seen."""
    (office.keys / "commitment.key").write_bytes(bytes(32))


def swap_note_key(office: Office) -> None:
    """Heads would be signed by somebody else."""
    (office.keys / "checkpoint.key").write_bytes(bytes(32))


def lose_segment_key(office: Office) -> None:
    """Bodies could not be opened."""
    (office.keys / "segment-0.key").unlink()


def open_key(office: Office) -> None:
    """Others could read it."""
    (office.keys / "commitment.key").chmod(0o640)


def shorten_key(office: Office) -> None:
    """Not a key."""
    (office.keys / "commitment.key").write_bytes(bytes(31))


def link_key(office: Office) -> None:
    """A key elsewhere."""
    (office.keys / "commitment.key").rename(office.state / "elsewhere")
    (office.keys / "commitment.key").symlink_to(office.state / "elsewhere")


def rename_ledger(office: Office) -> None:
    """Another name than it was made with."""
    office.edit("UPDATE meta SET value = 'other.example/ledger' WHERE key = 'origin'")


def forget_head(office: Office) -> None:
    """The head is another than the records give."""
    office.edit("UPDATE head SET root = ?", bytes(32))


def forget_text(office: Office) -> None:
    """A kept text was changed."""
    office.edit("UPDATE content SET text = x'7b7d' WHERE kind = 'terms'")


def cut_log(office: Office) -> None:
    """The log ends before the last head that was signed."""
    office.edit("DELETE FROM record WHERE seq > 0")
    office.edit("UPDATE head SET size = 1, root = ?", leaf_hash(office.value("SELECT leaf FROM record")))
    office.snapshot.unlink()


def forge_signature(office: Office) -> None:
    """The last signed head is not signed."""
    office.edit("UPDATE checkpoint SET note = replace(note, char(10) || size || char(10), char(10) || 9 || char(10))")


def break_file(office: Office) -> None:
    """Not a database any more."""
    office.file.write_bytes(b"x" * 8192)


@pytest.mark.rule("R4", "L4")
@pytest.mark.parametrize(
    ("expected", "why", "spoil"),
    [
        (StateInvalid, "commitment key is not the one", swap_commitment_key),
        (StateInvalid, "note key is not the one", swap_note_key),
        (KeysInvalid, "segment-0.key: cannot be read", lose_segment_key),
        (KeysInvalid, "mode 0600", open_key),
        (KeysInvalid, "not a key of 32 octets", shorten_key),
        (KeysInvalid, "commitment.key: cannot be read", link_key),
        (StateInvalid, "is called other.example/ledger, not", rename_ledger),
        (LogTroubled, "does not end in its own head", forget_head),
        (LogTroubled, "not what its digest says", forget_text),
        (LogTroubled, "behind what this gateway has acknowledged", cut_log),
        (LogTroubled, "the signature does not verify", forge_signature),
        (LogTroubled, "the file is damaged", break_file),
    ],
)
async def test_a_ledger_that_is_not_whole_does_not_open(
    expected: type[Exception], why: str, spoil: Callable[[Office], None], office: Office
) -> None:
    """Each is a clear error at the start; the lock is free again, so that it can be put right."""
    ledger = await office.open(THREE_A_DAY)
    await ledger.close()
    spoil(office)
    for _ in range(2):
        with pytest.raises(expected, match=why):
            await office.open()


async def test_another_root_key_opens_nothing(office: Office) -> None:
    """The segment's key is wrapped by its own root key."""
    with pytest.raises(KeysInvalid, match="wrapped by another root key"):
        await Ledger.open(
            office.state,
            origin=ORIGIN,
            wrapping=bytes(32),
            snapshot=SNAPSHOT,
            clock=SetClock(),
            tolerances=Tolerances(),
        )


@contextlib.contextmanager
def read_only(directory: Path) -> Iterator[None]:
    """A directory that may be read and not written; root, whom modes do not bind, becomes nobody for a while."""
    nobody = 65534
    directory.parent.chmod(0o755)
    if os.getuid() == 0:
        for path in (directory, *directory.rglob("*")):
            os.chown(path, nobody, nobody)
        os.seteuid(nobody)
    directory.chmod(0o555)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        directory.chmod(0o755)


@pytest.mark.rule("R4")
async def test_a_read_only_directory_serves_nobody_and_can_be_verified() -> None:
    """A gateway does not start on it, and says why; an auditor's copy on such a medium verifies all the same."""
    with TemporaryDirectory() as top:
        office = Office(Path(top) / "state")
        office.found()
        await (await office.open()).close()
        with read_only(office.state):
            assert office.faults() == []
            with pytest.raises(LogTroubled, match="may not be written|cannot be opened"):
                await office.open()
            with pytest.raises(StateInvalid, match="cannot be made|cannot be used"):
                Ledger.create(office.state / "inner", origin=ORIGIN, wrapping=WRAPPING, snapshot=SNAPSHOT)


def test_a_founding_is_private(office: Office) -> None:
    """Nobody else may even list what there is, and nothing is left of the making."""
    assert {path.name: path.stat().st_mode & 0o777 for path in office.state.iterdir()} == {
        "keys": 0o700,
        "ledger.db": 0o600,
        "lock": 0o600,
    }
    assert {path.name: path.stat().st_mode & 0o777 for path in office.keys.iterdir()} == {
        "commitment.key": 0o600,
        "checkpoint.key": 0o600,
        "segment-0.key": 0o600,
    }
    assert office.state.stat().st_mode & 0o777 == 0o700


def test_nothing_old_is_ever_overwritten(office: Office) -> None:
    """Neither a ledger, nor keys whose ledger is gone: they may be all that opens a backup."""
    before = {path: path.read_bytes() for path in office.state.rglob("*.*")}
    with pytest.raises(StateInvalid, match="a ledger already"):
        office.found()
    assert before == {path: path.read_bytes() for path in office.state.rglob("*.*")}

    office.file.unlink()
    with pytest.raises(KeysInvalid, match="keys already"):
        office.found()


@pytest.mark.parametrize("origin", ["", "two words", "a+b"])
def test_a_founding_that_fails_leaves_nothing(origin: str, tmp_path: Path) -> None:
    """A name that cannot be signed under is refused before anything is made."""
    with pytest.raises(StateInvalid, match="cannot name a ledger"):
        Ledger.create(tmp_path, origin=origin, wrapping=WRAPPING, snapshot=SNAPSHOT)

    assert names(tmp_path) == {"lock"}


def test_a_founding_on_a_full_disk_can_be_made_again(tmp_path: Path) -> None:
    """The keys that were made with a ledger that was not are taken back."""
    office = Office(tmp_path / "state")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # enough for keys
    try:
        with pytest.raises(StateInvalid, match="cannot be made: the disk"):
            office.found()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert not office.keys.exists()
    assert not office.file.exists()
    office.found()


def test_a_founding_that_broke_off_is_made_again(tmp_path: Path) -> None:
    """What a killed founding left was never used by any ledger."""
    office = Office(tmp_path / "state")
    (office.state / "keys.new").mkdir(parents=True)
    (office.state / "keys.new" / "commitment.key").write_bytes(b"half")
    (office.state / "ledger.new").write_bytes(b"half")
    office.found()

    assert names(office.state) == {"keys", "ledger.db", "lock"}


# --------------------------------------------------------------------------------------------------- snapshots


@pytest.mark.rule("L4")
@pytest.mark.parametrize("snapshot", ["own", "none", "damaged", "of another ledger", "older"])
async def test_whatever_the_snapshot_the_log_decides(snapshot: str, office: Office, tmp_path: Path) -> None:
    """A good one saves reading; any other is passed over, and the budgets are the same."""
    ledger = await office.open(THREE_A_DAY)
    await ledger.settle([look(1)])
    await ledger.close()
    early = office.snapshot.read_bytes()
    ledger = await office.open(THREE_A_DAY)
    await ledger.settle([look(2)])
    await ledger.close()
    if snapshot == "none":
        office.snapshot.unlink()
    elif snapshot == "damaged":
        office.snapshot.write_bytes(b"x" + office.snapshot.read_bytes())
    elif snapshot == "older":
        office.snapshot.write_bytes(early)
    elif snapshot == "of another ledger":
        other = Office(tmp_path / "other")
        other.found()
        await (await other.open(THREE_A_DAY)).close()
        office.snapshot.write_bytes(other.snapshot.read_bytes())
    ledger = await office.open(THREE_A_DAY)

    assert left(ledger, THREE_A_DAY, HANA) == [(1, None)]
    await ledger.close()
    assert office.faults() == []


@pytest.mark.rule("R4")
async def test_a_log_behind_its_own_snapshot_is_not_written_to(office: Office) -> None:
    """Restored from a backup, or cut: nothing is appended, and the operator is told what to do."""
    await (await office.open(THREE_A_DAY)).close()
    backup = office.file.read_bytes()
    ledger = await office.open(THREE_A_DAY)
    await ledger.settle([look(1)])
    await ledger.close()
    office.file.write_bytes(backup)

    with pytest.raises(LogTroubled, match="behind its own snapshot.*make a new ledger"):
        await office.open(THREE_A_DAY)

    assert office.file.read_bytes() == backup


# ----------------------------------------------------------------------------------------------------- privacy


@pytest.mark.rule("R6")
async def test_nothing_of_anyone_is_in_clear_on_the_disk(office: Office, ledger: Ledger) -> None:
    """Ids, justifications, cases, staff and commitments stand in no file of the state directory that is not a key."""
    await ledger.settle([look(1, 2), refuse(3), look(4, 5)])
    await ledger.tick()
    await ledger._keeper.take_snapshot(ledger._fold)

    planted = [resident(number).encode() for number in range(1, 6)]
    planted += [text.encode() for text in (SAID.justification, SAID.case, HANA.staff, HANA.post)]
    planted += [commit(office.ledger_keys().commitment, resident(number)) for number in range(1, 6)]
    files = [path for path in office.state.iterdir() if path.is_file()]
    assert {"ledger.db", "ledger.db-wal", "fold.snapshot"} <= {path.name for path in files}
    for path in files:
        octets = path.read_bytes()
        assert [each for each in planted if each in octets] == [], path.name


@pytest.mark.rule("R6")
async def test_errors_name_nobody(office: Office, ledger: Ledger) -> None:
    """Why the ledger waits is told to operators: no id, no justification."""
    make_read_only(ledger)
    with pytest.raises(LedgerUnavailable) as failed:
        await ledger.settle([look(1)])

    assert "the file may not be written (SQLITE_READONLY)" == str(failed.value) == ledger.condition.why


def test_keys_are_never_shown(office: Office) -> None:
    """Not even by accident, in a traceback or a log."""
    keys = office.ledger_keys()

    assert keys.commitment.hex() not in repr(keys)
    assert repr(keys.commitment) not in repr(keys)


@pytest.mark.rule("R4")
async def test_no_snapshot_is_ahead_of_the_log(office: Office, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that fails while looks are being packed leaves a fold that is not on the disk: it is not kept."""
    monkeypatch.setattr(keeper, "_SNAPSHOT_EVERY", 1)
    monkeypatch.setattr(seen, "_FEW", 1)
    await ledger.settle([look(1), look(2)])
    ticking = asyncio.create_task(ledger.tick())
    await asyncio.sleep(0)
    assert not ticking.done()  # between two slices
    make_read_only(ledger)
    with pytest.raises(LedgerUnavailable):
        await ledger.settle([look(3)])
    await ticking
    assert not office.snapshot.exists()
