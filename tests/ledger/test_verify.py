import asyncio
import shutil
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.allowance import Owner, Terms, Window
from gateway.clock import DAY, SECOND
from gateway.ledger.acts import Act
from gateway.ledger.keys import KeysInvalid
from gateway.ledger.ledger import Tolerances
from gateway.ledger.loading import open_record
from gateway.ledger.merkle import Frontier, leaf_hash
from gateway.ledger.note import Checkpoint
from gateway.ledger.record import pack_lines, write
from gateway.ledger.segment import Segment
from gateway.ledger.store import SqliteStore, StateInvalid
from gateway.ledger.v1 import record_pb2 as pb
from gateway.ledger.verify import verify
from tests.ledger.desk import (
    HANA,
    JIRO,
    SNAPSHOT,
    START,
    THREE_A_DAY,
    WRAPPING,
    Office,
    flipped,
    look,
    refuse,
    terms,
)

GENEROUS = terms((Owner.STAFF, Window.DAY, 100))
LAST = 10


async def day(office: Office) -> None:
    """Eleven records: a founding, disclosures, a refusal, repeats, counts, a second start."""
    ledger = await office.open(THREE_A_DAY)  # 0 genesis, 1 start, 2 book
    await ledger.settle([look(1, 2)])  # 3
    await ledger.settle([look(3, 4)])  # 4, refused
    await ledger.settle([refuse(5), refuse(6)])  # 5, and 6 at the tick
    await ledger.tick()  # 7 counts
    await ledger.close()
    office.clock.go(SECOND)
    ledger = await office.open(THREE_A_DAY)  # 8 start
    await ledger.settle([look(3)])  # 9
    await ledger.settle([look(1, 2, caller=JIRO)])  # 10
    await ledger.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """A ledger that holds."""
    office = Office(tmp_path_factory.mktemp("whole") / "state")
    office.found()
    asyncio.run(day(office))
    return office


@pytest.fixture
def copy(whole: Office, tmp_path: Path) -> Office:
    """A copy of it that may be spoilt."""
    return Office(Path(shutil.copytree(whole.state, tmp_path / "copy")))


@pytest.mark.rule("R5")
def test_what_holds_is_told_in_numbers(whole: Office) -> None:
    """Records by kind, residents, lines, decisions, checkpoints, times and head."""
    report = whole.verify()

    assert report.faults == []
    assert report.kinds == {"genesis": 1, "start": 2, "book": 1, "disclosure": 3, "refusal": 3, "counts": 1}
    assert (report.records, report.subjects, report.lines, report.decisions) == (LAST + 1, 6, 9, 4)
    assert (report.first, report.last, report.checkpoints) == (START, START + SECOND, 2)
    assert report.head == Checkpoint("shiomi.example/ledger", LAST + 1, whole.value("SELECT root FROM head"))


def test_progress_is_told(monkeypatch: pytest.MonkeyPatch, whole: Office) -> None:
    """Records done, and records in all."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr("gateway.ledger.verify._STEP", 4)
    verify(whole.state, wrapping=WRAPPING, snapshot=SNAPSHOT, progress=lambda done, total: told.append((done, total)))

    assert told == [(4, 11), (8, 11)]


# ---------------------------------------------------------------------------------------- what an intruder could do


def flip_leaf(office: Office) -> None:
    """A bit of a leaf."""
    leaf = office.value("SELECT leaf FROM record WHERE seq = 3")
    office.edit("UPDATE record SET leaf = ? WHERE seq = 3", flipped(leaf))


def flip_body(office: Office) -> None:
    """A bit of a body."""
    body = office.value("SELECT body FROM record WHERE seq = 3")
    office.edit("UPDATE record SET body = ? WHERE seq = 3", flipped(body, 40))


def flip_root(office: Office) -> None:
    """A bit of the head's root."""
    office.edit("UPDATE head SET root = ?", flipped(office.value("SELECT root FROM head")))


def move_head(office: Office) -> None:
    """The head says one record less."""
    office.edit("UPDATE head SET size = size - 1")


def lose_head(office: Office) -> None:
    """There is none."""
    office.edit("DELETE FROM head")


def flip_content(office: Office) -> None:
    """A bit of the terms."""
    office.edit("UPDATE content SET text = CAST(replace(text, '3]', '4]') AS BLOB) WHERE kind = 'terms'")


def lose_terms(office: Office) -> None:
    """The terms that decisions were made under are gone."""
    office.edit("DELETE FROM content WHERE kind = 'terms'")


def lose_purpose(office: Office) -> None:
    """The text of a purpose in force is gone."""
    office.edit("DELETE FROM content WHERE kind = 'purpose'")


def edit_checkpoint(office: Office) -> None:
    """A signed head is rewritten."""
    office.edit("UPDATE checkpoint SET note = replace(note, 'shiomi.example/ledger' || char(10) || '8', 'x')")


def move_checkpoint(office: Office) -> None:
    """A signed head of another size."""
    office.edit("UPDATE checkpoint SET size = 7 WHERE size = 8")


def foreign_checkpoint(office: Office) -> None:
    """A head that our key signed, with another root: a second story."""
    note = office.ledger_keys().signer.sign(Checkpoint("shiomi.example/ledger", 8, bytes(32)))
    office.edit("UPDATE checkpoint SET note = ? WHERE size = 8", note)


def sign_nothing(office: Office) -> None:
    """A signed head of an empty log that was not empty."""
    note = office.ledger_keys().signer.sign(Checkpoint("shiomi.example/ledger", 0, bytes(32)))
    office.edit("INSERT INTO checkpoint VALUES (0, ?)", note)


def strange_terms(office: Office) -> None:
    """Terms with their digest, which nobody could read."""
    office.edit("INSERT INTO content VALUES (?, 'terms', ?)", sha256(b"{}").digest(), b"{}")


def edit_ledger_id(office: Office) -> None:
    """What bodies are bound to."""
    office.edit("UPDATE meta SET value = replace(value, substr(value, 1, 1), 'f') || '0' WHERE key = 'ledger_id'")


def edit_origin(office: Office) -> None:
    """The ledger's name."""
    office.edit("UPDATE meta SET value = 'other.example/ledger' WHERE key = 'origin'")


def edit_verifier(office: Office) -> None:
    """The key that heads are said to verify with."""
    office.edit("UPDATE meta SET value = value || 'A' WHERE key = 'verifier'")


def lose_meta(office: Office) -> None:
    """The ledger does not say what it is bound to."""
    office.edit("DELETE FROM meta WHERE key = 'ledger_id'")


def remove_last(office: Office) -> None:
    """The last record, with the head moved back to fit: only the signed head knows."""
    office.edit("DELETE FROM record WHERE seq = ?", LAST)
    chain(office)


def remove_middle(office: Office) -> None:
    """A record in the middle."""
    office.edit("DELETE FROM record WHERE seq = 5")


def close_the_gap(office: Office) -> None:
    """A record in the middle, those behind it moved up, and the head to fit."""
    office.edit("DELETE FROM record WHERE seq = 5")
    office.edit("UPDATE record SET seq = -seq WHERE seq > 5")
    office.edit("UPDATE record SET seq = -seq - 1 WHERE seq < 0")
    chain(office)


def reorder(office: Office) -> None:
    """Two records change places."""
    office.edit("UPDATE record SET seq = CASE seq WHEN 4 THEN -5 WHEN 5 THEN -4 ELSE seq END")
    office.edit("UPDATE record SET seq = -seq WHERE seq < 0")


def append_beyond(office: Office) -> None:
    """A record that the head does not know."""
    office.edit("INSERT INTO record SELECT seq + 1, segment, leaf, body FROM record WHERE seq = ?", LAST)


def other_segment(office: Office) -> None:
    """A record said to be of another segment."""
    office.edit("UPDATE record SET segment = 1 WHERE seq = 3")


def swap_commitment_key(office: Office) -> None:
    """Another commitment key."""
    (office.keys / "commitment.key").write_bytes(bytes(32))


def swap_note_key(office: Office) -> None:
    """Another note key."""
    (office.keys / "checkpoint.key").write_bytes(bytes(32))


def scribble(office: Office) -> None:
    """A byte at the head of the second page: SQLite's own structure."""
    office.file.write_bytes(flipped(office.file.read_bytes(), 4096, 0xFF))


def unmake(office: Office) -> None:
    """Not a database any more."""
    office.file.write_bytes(b"x" * 4096)


def chain(office: Office) -> None:
    """Compute the head anew over the leaves as they stand, as an intruder without keys can."""
    tree = Frontier()
    with closing(SqliteStore.open(office.file, read_only=True)) as store:
        for stored in store.records():
            tree.append(leaf_hash(stored.leaf))
    office.edit("UPDATE head SET size = ?, root = ?", tree.size, tree.root())


@pytest.mark.rule("R5")
@pytest.mark.parametrize(
    ("expected", "spoil"),
    [
        ("record 3: the body is not what the leaf commits to", flip_leaf),
        ("record 3: the body does not open under the segment's key", flip_body),
        ("the head says 11 records and another root than the 11 records give", flip_root),
        ("record 10: stands beyond the head", move_head),
        ("the ledger has no head", lose_head),
        ("a kept text (terms) is not what its digest says", flip_content),
        ("record 3: its terms were not kept", lose_terms),
        ("record 2: texts of its book were not kept", lose_purpose),
        ("the checkpoint of size 8: the signature does not verify", edit_checkpoint),
        ("the checkpoint of size 7 is of another log or size", move_checkpoint),
        ("record 7: the signed checkpoint of size 8 has another root", foreign_checkpoint),
        ("the signed checkpoint of size 0 has another root", sign_nothing),
        ("kept terms cannot be read", strange_terms),
        ("the commitment key is not the one this ledger was made with; restore commitment.key", edit_ledger_id),
        ("the commitment key is not the one this ledger was made with; restore commitment.key", edit_origin),
        ("the note key is not the one this ledger was made with; restore checkpoint.key", edit_verifier),
        ("the ledger's own description is damaged", lose_meta),
        ("a signed checkpoint of size 11 is ahead of the log: records were removed", remove_last),
        ("record 5: is missing; nothing behind it can be verified", remove_middle),
        ("record 5: the body does not open under the segment's key", close_the_gap),
        ("record 4: the body does not open under the segment's key", reorder),
        ("record 11: stands beyond the head", append_beyond),
        ("record 3: the body is not what the leaf commits to", other_segment),
        ("the commitment key is not the one this ledger was made with; restore commitment.key", swap_commitment_key),
        ("the note key is not the one this ledger was made with; restore checkpoint.key", swap_note_key),
        ("the file is damaged (SQLITE_NOTADB)", unmake),
    ],
)
def test_whatever_is_spoilt_is_found(expected: str, spoil: Callable[[Office], None], copy: Office) -> None:
    """Each is named where it is."""
    spoil(copy)

    found = copy.faults()
    assert any(fault.startswith(expected) for fault in found), found


def test_a_damaged_page_is_found(copy: Office) -> None:
    """Damage that is not in any record is damage all the same."""
    scribble(copy)

    assert copy.faults()


@pytest.mark.rule("R5")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_edited_byte_of_a_record_is_found(data: st.DataObject, whole: Office, tmp_path: Path) -> None:
    """Any bit of any leaf, body or root, and any size."""
    office = Office(tmp_path / "state")
    shutil.rmtree(office.state, ignore_errors=True)
    shutil.copytree(whole.state, office.state)
    cell = data.draw(st.sampled_from(["leaf FROM record", "body FROM record", "root FROM head"]))
    column, _, table = cell.partition(" FROM ")
    row = data.draw(st.integers(0, LAST)) if table == "record" else 1
    key = "seq" if table == "record" else "one"
    octets = office.value(f"SELECT {cell} WHERE {key} = ?", row)
    edited = flipped(octets, data.draw(st.integers(0, len(octets) - 1)), 1 << data.draw(st.integers(0, 7)))
    office.edit(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", edited, row)

    assert office.faults()


# ---------------------------------------------------------------------------------- what the keyholder could do


Lines = list[tuple[bytes, int, int]]
Change = Callable[[pb.Header, pb.Private, Lines], None]


def rewrite(office: Office, seq: int, change: Change) -> None:
    """Write one record anew with all keys at hand, and head and checkpoints to fit: everything is signed and sealed."""
    segment = office.segment()
    with closing(SqliteStore.open(office.file, read_only=True)) as store:
        stored = next(store.records(seq))
    record = open_record(stored, segment)
    lines = [(line.commitment, line.outcome, line.before) for line in record.lines]
    change(record.header, record.private, lines)
    put(office, segment, seq, record.header, record.private, lines)


def put(
    office: Office,
    segment: Segment,
    seq: int,
    header: pb.Header,
    private: pb.Private,
    lines: Lines,
) -> None:
    """Put a record in place, and sign the log's new head."""
    written = write(header.SerializeToString(), private.SerializeToString(), pack_lines(lines))
    office.edit("DELETE FROM checkpoint")
    office.edit("INSERT OR REPLACE INTO record VALUES (?, 0, ?, ?)", seq, written.leaf, segment.seal(seq, written.body))
    chain(office)
    head = Checkpoint("shiomi.example/ledger", len(office.records()), office.value("SELECT root FROM head"))
    office.edit("INSERT INTO checkpoint VALUES (?, ?)", head.size, office.ledger_keys().signer.sign(head))


def spend_less(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """The budgets after it are made to look smaller."""
    private.budgets_after[:] = [1]


def add_resident(_: pb.Header, private: pb.Private, lines: Lines) -> None:
    """Two more residents are slipped into a disclosure that only covered one."""
    lines += [(bytes(15) + bytes([extra]), pb.OUTCOME_DELIVERED, 0) for extra in (1, 2)]
    private.budgets_after[:] = [5]


def drop_resident(_: pb.Header, private: pb.Private, lines: Lines) -> None:
    """A resident is left out of a disclosure, counts and all: the later lines of that resident know better."""
    del lines[0]
    private.budgets_after[:] = [1]


def renumber(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """A line says that the resident had none before."""
    lines[0] = (lines[0][0], lines[0][1], 0)


def other_terms(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Decided by more generous terms, which are kept, but were never in force."""
    private.terms_digest = GENEROUS.digest()


def other_purpose(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """Another purpose than its terms are for, by a text that was never in force."""
    header.purpose, header.purpose_digest = "resident-card", bytes(32)


def backdate(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """Moved into the day before."""
    header.wall = START - DAY


def admit_instead(header: pb.Header, private: pb.Private, _: Lines) -> None:
    """A refusal is rewritten as the disclosure that it refused."""
    header.kind, private.refusal, private.refusals, private.meter = pb.KIND_DISCLOSURE, "", 0, pb.METER_INTERACTIVE


def refuse_for_nothing(_: pb.Header, private: pb.Private, lines: Lines) -> None:
    """A refusal that its terms do not give."""
    del lines[1:]


def refuse_otherwise(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A refusal for another reason than its terms give."""
    private.refusal = "RATE_EXCEEDED"


def recount(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Counts that the log does not have."""
    private.counts_root = bytes(32)


def count_nowhere(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Counts of no place that there is."""
    private.counted_records = 1000


def create_twice(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """A second beginning."""
    header.kind = pb.KIND_GENESIS


@pytest.mark.rule("R5", "L3")
@pytest.mark.parametrize(
    ("expected", "seq", "forge"),
    [
        ("record 3: the budgets after it are not what the log implies", 3, spend_less),
        ("record 9: disclosed although its terms did not cover it (BUDGET_EXHAUSTED)", 9, add_resident),
        ("record 7: the counts are not what the log implies", 3, drop_resident),
        ("record 10: a subject has other lines before than it says", 3, drop_resident),
        ("record 10: a subject has other lines before than it says", 10, renumber),
        ("record 9: its terms were not in force for its purpose", 9, other_terms),
        ("record 9: its purpose was not in force", 9, other_purpose),
        ("record 9: time goes backward in the log", 9, backdate),
        ("record 4: disclosed although its terms did not cover it (BUDGET_EXHAUSTED)", 4, admit_instead),
        ("record 4: refused as BUDGET_EXHAUSTED, but its terms say that it was covered", 4, refuse_for_nothing),
        ("record 4: refused as RATE_EXCEEDED, but its terms say BUDGET_EXHAUSTED", 4, refuse_otherwise),
        ("record 7: the counts are not what the log implies", 7, recount),
        ("record 7: the counts were fixed at no place that can be checked", 7, count_nowhere),
        ("record 8: a ledger's first record says that it was created, and no other does", 8, create_twice),
    ],
)
def test_a_forgery_with_all_keys_at_hand_is_found(
    expected: str,
    seq: int,
    forge: Change,
    copy: Office,
) -> None:
    """Hashes, seals and signatures are all right; but each decision is judged again."""
    copy.edit("INSERT INTO content VALUES (?, 'terms', ?)", GENEROUS.digest(), GENEROUS.text())
    rewrite(copy, seq, forge)

    assert expected in copy.faults()


@pytest.mark.parametrize(
    ("expected", "why", "wrapping", "missing"),
    [
        (KeysInvalid, "another root key", bytes(32), None),
        (KeysInvalid, "commitment.key: cannot be read", WRAPPING, "keys/commitment.key"),
        (StateInvalid, "no ledger here", WRAPPING, "ledger.db"),
    ],
)
def test_without_keys_or_ledger_nothing_can_be_said(
    expected: type[Exception], why: str, wrapping: bytes, missing: str | None, copy: Office
) -> None:
    """That is neither a fault nor its absence."""
    if missing:
        (copy.state / missing).unlink()
    with pytest.raises(expected, match=why):
        verify(copy.state, wrapping=wrapping, snapshot=SNAPSHOT)


async def test_it_may_run_beside_a_gateway_that_writes(office: Office) -> None:
    """It sees one moment: what is appended while it reads is not a fault."""
    ledger = await office.open(THREE_A_DAY)
    with closing(SqliteStore.open(office.file, read_only=True)) as store:
        size, _ = store.head()
        await ledger.settle([look(1)])
        assert len(list(store.records())) == size
    assert office.faults() == []
    await ledger.close()


acts = st.one_of(
    st.builds(
        lambda numbers, caller, divisible, under: look(*numbers, under=under, caller=caller, divisible=divisible),
        st.lists(st.integers(0, 9), max_size=4),
        st.sampled_from([HANA, JIRO]),
        st.booleans(),
        st.sampled_from([THREE_A_DAY, terms((Owner.CITY, Window.MONTH, 5), repeats=2, refusals=3)]),
    ),
    st.builds(
        lambda numbers, caller: refuse(*numbers, caller=caller),
        st.lists(st.integers(0, 9), max_size=2),
        st.sampled_from([HANA, JIRO, None]),
    ),
)


@pytest.mark.rule("L1", "L2", "L3", "L4")
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.tuples(st.sampled_from([0, SECOND, DAY, 30 * DAY]), st.lists(acts, max_size=4), st.sampled_from("-rtk")),
        max_size=8,
    )
)
def test_whatever_happened_is_judged_the_same_again(days: list[tuple[int, list[Act], str]], tmp_path: Path) -> None:
    """Any acts at any times, with restarts (with and without snapshot), ticks and nothing in between: every decision
    is confirmed, and every disclosure was within its allowance.
    """
    office = Office(tmp_path / "state", tolerances=Tolerances(accept_gap=True))
    shutil.rmtree(office.state, ignore_errors=True)
    office.found()

    async def live() -> None:
        book: list[Terms] = [THREE_A_DAY, terms((Owner.CITY, Window.MONTH, 5), repeats=2, refusals=3)]
        ledger = await office.open(*book)
        for step, batch, then in days:
            office.clock.go(step)
            await ledger.settle(batch)
            if then == "t":
                await ledger.tick()
            elif then in "rk":
                await ledger.close()
                if then == "k":
                    office.snapshot.unlink()
                ledger = await office.open(*book)
        await ledger.close()

    asyncio.run(live())
    assert office.faults() == []
