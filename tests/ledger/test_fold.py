import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Owner, Rate, Window
from gateway.clock import DAY, SECOND
from gateway.ledger import seen as seen_module
from gateway.ledger import snapshot as module
from gateway.ledger.acts import Act, Settled
from gateway.ledger.fold import CountsRoot, Fact, Fold
from gateway.ledger.loading import fold_in, open_record
from gateway.ledger.refusals import LikeRefusals
from gateway.ledger.segment import Segment
from gateway.ledger.settlement import Settlement
from gateway.ledger.snapshot import Capture, read_snapshot, write_snapshot
from gateway.ledger.store import Stored
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import HANA, JIRO, SNAPSHOT, facts, flipped, look, naive_root, refuse, shared, terms

KEY = bytes(range(32))
SEGMENT = Segment(bytes(16), bytes(32))
TERMS = terms((Owner.STAFF, Window.DAY, 4), (Owner.CITY, Window.MONTH, 9), rate=Rate.per_second(2, 2), repeats=3)
BOOK = [shared(TERMS).digest, TERMS.digest()]

acts = st.one_of(
    st.builds(
        lambda numbers, caller, divisible: look(*numbers, under=TERMS, caller=caller, divisible=divisible),
        st.lists(st.integers(0, 9), max_size=4),
        st.sampled_from([HANA, JIRO]),
        st.booleans(),
    ),
    st.builds(lambda numbers: refuse(*numbers), st.lists(st.integers(0, 9), max_size=2)),
)
steps = st.sampled_from([0, 1, SECOND, DAY - 1, DAY, 30 * DAY, 400 * DAY])
days = st.lists(st.tuples(steps, st.lists(acts, max_size=4)), max_size=8)


@pytest.fixture(autouse=True)
def _packed_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen_module, "_FEW", 1)


class Desk:
    """Settles in memory, and keeps what it would have written."""

    def __init__(self) -> None:
        self.fold, self.like, self.now = Fold(), LikeRefusals(), SECOND
        self.rows: list[Stored] = []
        self.note(pb.KIND_GENESIS, pb.Private())
        self.note(pb.KIND_BOOK, pb.Private(book=BOOK))

    def batch(self) -> Settlement:
        """A batch at this time."""
        return Settlement(self.fold, self.like, KEY, SEGMENT, now=self.now, elapsed=0)

    def note(self, kind: pb.Kind.ValueType, private: pb.Private) -> None:
        """A record about nobody."""
        batch = self.batch()
        batch.note(kind, private)
        self.rows += batch.rows

    def settle(self, step: int, asked: list[Act]) -> list[Settled]:
        """A batch, `step` µs later, and the repeats that it left."""
        self.now += step
        batch = self.batch()
        settled = [batch.settle(act) for act in asked]
        for kind, repeats in self.like.due():
            batch.repeats(kind, repeats)
        self.like.certain()
        self.rows += batch.rows
        return settled

    def read_again(self, fold: Fold) -> Fold:
        """The fold of what was written, from where `fold` stands."""
        for stored in self.rows[fold.size :]:
            fold_in(fold, stored, open_record(stored, SEGMENT), {TERMS.digest(): TERMS})
        return fold


def desk_after(asked: list[tuple[int, list[Act]]]) -> Desk:
    """A desk with these days behind it."""
    desk = Desk()
    for step, batch in asked:
        desk.settle(step, batch)
    return desk


@pytest.mark.rule("L4", "R1")
@given(days)
def test_a_restart_is_as_if_there_had_been_none(asked: list[tuple[int, list[Act]]]) -> None:
    """What was folded while settling is what reading the records gives: budgets, rates, repeats, attempts, tree."""
    desk = desk_after(asked)

    assert facts(desk.fold, desk.now) == facts(desk.read_again(Fold()), desk.now)


@pytest.mark.rule("L4")
@given(days, days)
def test_a_snapshot_saves_reading_and_changes_nothing(
    before: list[tuple[int, list[Act]]], after: list[tuple[int, list[Act]]]
) -> None:
    """A snapshot and the records after it give the fold that all records give."""
    desk = desk_after(before)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "fold.snapshot"
        write_snapshot(path, desk.fold, SNAPSHOT)
        for step, batch in after:
            desk.settle(step, batch)
        restored = read_snapshot(path, SNAPSHOT)

    assert restored is not None
    assert facts(desk.fold, desk.now) == facts(desk.read_again(restored), desk.now)


@pytest.mark.rule("L4")
@given(days, days, st.integers(0, 3))
def test_a_snapshot_taken_while_the_fold_goes_on_is_of_one_moment(
    before: list[tuple[int, list[Act]]], after: list[tuple[int, list[Act]]], owners: int
) -> None:
    """What is settled and packed between its slices is not in it; what was there before is, whole."""
    desk = desk_after(before)
    with TemporaryDirectory() as directory:
        path = Path(directory) / "fold.snapshot"
        write_snapshot(path, desk.fold, SNAPSHOT)
        at_once = read_snapshot(path, SNAPSHOT)
        capture = Capture(desk.fold)
        for step, batch in after:
            desk.settle(step, batch)
            capture.advance(owners)
            for _ in desk.fold.pack():
                pass
        while capture.advance(1):
            pass
        capture.write(path, SNAPSHOT)
        restored = read_snapshot(path, SNAPSHOT)

    assert restored is not None
    assert at_once is not None
    # At a later time: looks may have left their windows before they were taken.
    assert facts(at_once, desk.now) == facts(restored, desk.now)
    assert facts(desk.fold, desk.now) == facts(desk.read_again(restored), desk.now)


def test_a_snapshot_of_many_parts_is_whole_or_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each part says which one it is, and the last that it is the last: none can be left out or change places."""
    monkeypatch.setattr(module, "_PART", 1)
    desk = desk_after([(SECOND, [look(1, 2, under=TERMS)])])
    path = tmp_path / "fold.snapshot"
    write_snapshot(path, desk.fold, SNAPSHOT)
    restored = read_snapshot(path, SNAPSHOT)
    assert restored is not None
    assert facts(desk.fold, desk.now) == facts(restored, desk.now)

    whole = path.read_bytes()
    start = len(b"register-gateway snapshot 2\n") + 16
    head, rest, parts = whole[:start], whole[start:], []
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        parts.append(rest[:length])
        rest = rest[length:]
    assert len(parts) > 3
    first, second, third, *others = parts
    for spoilt in (parts[:-1], [first, *others], [first, third, second, *others], [first], []):
        path.write_bytes(head + b"".join(spoilt))
        assert read_snapshot(path, SNAPSHOT) is None
    path.write_bytes(head + b"\xff" + first[1:])
    assert read_snapshot(path, SNAPSHOT) is None


@pytest.mark.parametrize("obstacle", ["a file for a directory", "a directory for the new file", "no directory"])
def test_a_snapshot_that_cannot_be_written_is_no_harm(obstacle: str, tmp_path: Path) -> None:
    """Nor if what was begun cannot be cleared away: nothing is raised, and an old one stays what it was."""
    path = tmp_path / "state" / "fold.snapshot"
    fold = desk_after([(SECOND, [look(1, under=TERMS)])]).fold
    if obstacle == "a file for a directory":
        path.parent.write_bytes(b"")
    elif obstacle == "a directory for the new file":
        path.parent.mkdir()
        write_snapshot(path, fold, SNAPSHOT)
        path.with_suffix(".new").mkdir()
    before = path.read_bytes() if path.is_file() else b""
    write_snapshot(path, fold, SNAPSHOT)
    assert (path.read_bytes() if path.is_file() else b"") == before


@pytest.mark.parametrize("damage", ["missing", "another key", "cut", "empty", "another version", "flipped", "extended"])
def test_a_snapshot_that_is_off_is_none(damage: str, tmp_path: Path) -> None:
    """Damaged, foreign or of another version: there is no snapshot, and nothing is raised."""
    path, key = tmp_path / "fold.snapshot", SNAPSHOT
    write_snapshot(path, desk_after([(SECOND, [look(1, under=TERMS)])]).fold, SNAPSHOT)
    sealed = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "another key":
        key = flipped(SNAPSHOT)
    else:
        path.write_bytes(
            {
                "cut": sealed[:-1],
                "empty": b"",
                "another version": sealed.replace(b"snapshot 2\n", b"snapshot 3\n"),
                "flipped": flipped(sealed, len(sealed) // 2),
                "extended": sealed + b"\0",
            }[damage]
        )

    assert read_snapshot(path, key) is None


def test_a_snapshot_is_private_and_whole(tmp_path: Path) -> None:
    """Mode 0600, no half-written file beside it, and a directory that is gone does no harm."""
    path = tmp_path / "fold.snapshot"
    write_snapshot(path, Fold(), SNAPSHOT)

    assert path.stat().st_mode & 0o777 == 0o600
    assert [path] == list(tmp_path.iterdir())
    write_snapshot(tmp_path / "gone" / "fold.snapshot", Fold(), SNAPSHOT)


def test_a_snapshot_reads_the_same_on_every_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Numbers are little-endian whatever the processor: packing on the other kind swaps them."""
    desk = desk_after([(SECOND, [look(1, 2, under=TERMS)])])
    path = tmp_path / "fold.snapshot"
    monkeypatch.setattr(sys, "byteorder", {"little": "big", "big": "little"}[sys.byteorder])
    write_snapshot(path, desk.fold, SNAPSHOT)
    restored = read_snapshot(path, SNAPSHOT)

    assert restored is not None
    assert facts(desk.fold, desk.now) == facts(restored, desk.now)


def test_time_never_goes_backward_in_the_log() -> None:
    """A record older than the one before it is no record of this log."""
    fold = Fold()
    fold.take(Fact(pb.KIND_START, SECOND, "", "", "", 0, (), None))

    with pytest.raises(ValueError, match="backward"):
        fold.take(Fact(pb.KIND_START, SECOND - 1, "", "", "", 0, (), None))


@pytest.mark.rule("R2")
@given(st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=8), st.integers(0, 8), st.integers(1, 7))
def test_the_counts_say_how_many_lines_each_subject_has(asked: list[list[int]], behind: int, slice_size: int) -> None:
    """Leaf i is 0x13, the commitment of the subject met i-th, and its lines; records that came after the counts were
    fixed can be taken back, and slices change nothing.
    """
    fold = Fold()
    numbers, written = list[list[int]](), dict[bytes, int]()
    for subjects in asked:
        commitments = [number.to_bytes(16, "big") for number in subjects]
        fold.take(Fact(pb.KIND_REFUSAL, 1, "", "", "", 0, commitments, None))
        fold.frontier.append(bytes(32))
        numbers.append([fold.number(commitment) for commitment in commitments])
    kept = max(0, len(asked) - behind)
    for subjects in asked[:kept]:
        for number in subjects:
            key = number.to_bytes(16, "big")
            written[key] = written.get(key, 0) + 1
    counts = CountsRoot(fold, without=numbers[kept:])
    while counts.advance(slice_size):
        pass

    expected = naive_root([b"\x13" + key + lines.to_bytes(4, "big") for key, lines in written.items()])
    assert (kept, expected) == (counts.size, counts.root())
