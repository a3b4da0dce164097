"""What a snapshot witnesses of the log beside it, to verification."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.ledger.fold import Fold
from gateway.ledger.loading import LogTroubled
from gateway.ledger.snapshot import write_snapshot
from gateway.ledger.store import SqliteStore
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import THREE_A_DAY, Office, flipped, look
from tests.ledger.test_verify import LAST, Lines, chain, day, rewrite


@pytest.fixture
async def lived(office: Office) -> Office:
    """A ledger that holds, with its snapshot."""
    await day(office)
    return office


def cut(office: Office, size: int) -> None:
    """The last records and every later signed head are gone, and the head is moved back to fit: no key is needed."""
    office.edit("DELETE FROM record WHERE seq >= ?", size)
    office.edit("DELETE FROM checkpoint WHERE size > ?", size)
    chain(office)


@pytest.mark.rule("R4", "R5")
async def test_a_log_that_was_cut_behind_its_own_snapshot_is_found(lived: Office) -> None:
    """Nothing else tells: the log that is left holds. It is what a gateway refuses to write to."""
    cut(lived, 8)

    assert lived.faults() == [
        "the log is behind its own snapshot, which is of 11 records: it was cut, or restored from a backup"
    ]
    with pytest.raises(LogTroubled, match="behind its own snapshot"):
        await lived.open()


def empty(office: Office) -> None:
    """Nothing is left of it."""
    office.snapshot.write_bytes(b"")


def flip(office: Office) -> None:
    """A bit of it."""
    office.snapshot.write_bytes(flipped(office.snapshot.read_bytes()))


def shorten(office: Office) -> None:
    """Its end is missing."""
    office.snapshot.write_bytes(office.snapshot.read_bytes()[:-1])


def foreign(office: Office) -> None:
    """It is sealed under another key."""
    write_snapshot(office.snapshot, Fold(), bytes(32))


@pytest.mark.rule("R4", "R5")
@pytest.mark.parametrize("spoil", [empty, flip, shorten, foreign])
def test_a_snapshot_that_does_not_open_is_noted(spoil: Callable[[Office], None], lived: Office) -> None:
    """It is no fault of the log, which a gateway reads without it; but nothing was held against it, which is said."""
    spoil(lived)

    report = lived.verify()
    assert (report.faults, report.snapshot) == ([], None)
    assert [note.partition(":")[0] for note in report.notes] == ["fold.snapshot does not open"]


def test_a_snapshot_that_cannot_be_read_is_noted(lived: Office) -> None:
    """Whatever stands in its place."""
    lived.snapshot.unlink()
    lived.snapshot.mkdir()

    report = lived.verify()
    assert (report.faults, report.snapshot) == ([], None)
    assert [note.partition(" (")[0] for note in report.notes] == ["fold.snapshot cannot be read"]


@pytest.mark.rule("R5")
def test_without_a_snapshot_nothing_is_missing(lived: Office) -> None:
    """It is made again from the log; one that is behind the log holds, too."""
    assert lived.verify().snapshot == LAST + 1
    lived.snapshot.unlink()

    report = lived.verify()
    assert (report.faults, report.notes, report.snapshot) == ([], [], None)


@pytest.mark.rule("R5")
def test_a_log_that_was_written_anew_contradicts_its_snapshot(lived: Office) -> None:
    """By whoever has all keys and forgot it."""
    rewrite(lived, LAST, reworded)

    assert lived.faults() == ["record 10: the snapshot of 11 records has another root"]


def reworded(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Other words than were said."""
    private.justification = "because"


async def test_a_snapshot_that_is_made_meanwhile_is_no_fault(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway that stops while the log is verified keeps a snapshot of more than was there at the beginning."""
    ledger = await office.open(THREE_A_DAY)
    await ledger.settle([look(1)])
    write_snapshot(office.snapshot, ledger._fold, ledger._keeper.snapshot_key)
    size = ledger.head.size
    open_store = SqliteStore.open

    def meanwhile(path: Path, *, read_only: bool = False) -> SqliteStore:
        store = open_store(path, read_only=read_only)
        ledger._note(pb.KIND_START, pb.Private())
        write_snapshot(office.snapshot, ledger._fold, ledger._keeper.snapshot_key)
        return store

    monkeypatch.setattr(SqliteStore, "open", meanwhile)
    report = office.verify()
    await ledger.close()

    assert (report.faults, report.records, report.snapshot) == ([], size, size)
