"""Settlement: one append that records the disclosure and spends the budget, and the states the ledger can be in.

Rule: nothing is answered before its record is on the disk. A commit that failed or is doubtful answers nobody: the
provisional fold is thrown away, and the log is read again. What can heal by itself waits; what cannot stays stopped
until an operator acts.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.allowance import Allowance, Terms
from gateway.caller import Caller
from gateway.clock import DAY, SECOND, Clock
from gateway.ledger.acts import Act, Settled
from gateway.ledger.admission import held_up
from gateway.ledger.fold import CountsRoot, Fold
from gateway.ledger.founding import found, ledger_id, strangers
from gateway.ledger.guard import ClockGuard, ClockRefused
from gateway.ledger.keys import LedgerKeys
from gateway.ledger.loading import LogTroubled, load, terms_of
from gateway.ledger.note import Checkpoint, NoteInvalid
from gateway.ledger.refusals import LikeRefusals
from gateway.ledger.segment import Segment
from gateway.ledger.settlement import Settlement
from gateway.ledger.snapshot import write_snapshot
from gateway.ledger.store import DirectoryLock, SqliteStore, StateInvalid, Stored, StoreTroubled
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Refusal

LEDGER_FILE: Final = "ledger.db"
SNAPSHOT_FILE: Final = "fold.snapshot"
KEYS_DIRECTORY: Final = "keys"
_SNAPSHOT_EVERY: Final = 50_000
SIGN_EVERY: Final = 60 * SECOND
"""A signed head is kept for ever: one a minute, and one at the end, is enough to hold the log to."""
_COUNTS_SLICE: Final = 300
"""Subjects a slice when counts are committed: well under a millisecond."""


class State(StrEnum):
    """SERVING; WAITING (will go on by itself); STOPPED (an operator has to act)."""

    SERVING = "serving"
    WAITING = "waiting"
    STOPPED = "stopped"


class LedgerUnavailable(Exception):
    """Nothing can be settled now, so nothing may be answered."""


@dataclass(frozen=True, slots=True)
class Condition:
    """The ledger's state, and for operators why, and what to do."""

    state: State
    why: str


@dataclass(frozen=True, slots=True)
class Tolerances:
    """`clock`: how far wall time may step, µs; `max_gap`: how long a gateway may have been down before an operator is
    asked, µs; `accept_gap`: an operator said that a longer gap is right.
    """

    clock: int = 2 * SECOND
    max_gap: int = 7 * DAY
    accept_gap: bool = False


class Ledger:
    """One ledger, open for writing by this gateway alone."""

    def __init__(
        self,
        directory: Path,
        store: SqliteStore,
        keys: LedgerKeys,
        clock: Clock,
        tolerances: Tolerances,
    ) -> None:
        """Use `Ledger.open`."""
        self._directory = directory
        self._lock: DirectoryLock | None = None
        self._keys = keys
        self._guard = ClockGuard(clock, tolerances.clock)
        self._tolerances = tolerances
        self._store = store
        self.origin = store.meta("origin")
        this = ledger_id(keys, self.origin)
        self._segment = Segment(this, keys.segment)
        # Bound to this ledger: a snapshot that opens is one of its own, and may say that the log is behind it.
        self._snapshot_key = hmac.digest(keys.snapshot, this, "sha256")
        self._fold: Fold = Fold()
        self._size, self._root = 0, self._fold.frontier.root()
        self._like = LikeRefusals()
        self._snapshot_size = 0
        self._checkpoint_size = -1
        self._sign_at = 0
        self._folded_size = 0
        self._condition = Condition(State.WAITING, "opening")
        self.on_condition: Callable[[Condition], None] | None = None
        self.committed_batches = 0
        self.committed_records = 0

    @staticmethod
    def create(directory: Path, *, origin: str, wrapping: bytes, snapshot: bytes) -> str:
        """Make a new, empty ledger with its keys; returns the verifier key of its heads. Raises StateInvalid or
        KeysInvalid; an old one is never touched.
        """
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StateInvalid(f"{directory}: cannot be made: {error.strerror}") from None
        lock = DirectoryLock(directory)
        try:
            file, keys = directory / LEDGER_FILE, directory / KEYS_DIRECTORY
            return found(file, keys, origin=origin, wrapping=wrapping, snapshot=snapshot)
        finally:
            lock.release()

    @classmethod
    async def open(
        cls, directory: Path, *, origin: str, wrapping: bytes, snapshot: bytes, clock: Clock, tolerances: Tolerances
    ) -> Ledger:
        """Open for writing: take the lock, read the log, hold the clock against it, record the start.

        Raises StateInvalid, KeysInvalid, ClockRefused or LogTroubled; then nothing was written.
        """
        with ExitStack() as undo:
            require_ledger(directory)
            lock = DirectoryLock(directory)
            undo.callback(lock.release)
            keys = LedgerKeys.open(directory / KEYS_DIRECTORY, name=origin, wrapping=wrapping, snapshot=snapshot)
            with _troubles_of(directory):
                store = _own_store(directory, keys, origin, undo, read_only=False)
                ledger = cls(directory, store, keys, clock, tolerances)
                gap = await ledger._read()
                ledger._start(lock, gap)
            undo.pop_all()
        return ledger

    @classmethod
    async def check(
        cls, directory: Path, *, origin: str, wrapping: bytes, snapshot: bytes, clock: Clock, tolerances: Tolerances
    ) -> None:
        """Read everything as `open` does, without the lock and without writing; also beside a gateway that serves.

        Raises what `open` raises, but for a lock that is taken.
        """
        with ExitStack() as undo:
            require_ledger(directory)
            keys = LedgerKeys.open(directory / KEYS_DIRECTORY, name=origin, wrapping=wrapping, snapshot=snapshot)
            with _troubles_of(directory):
                store = _own_store(directory, keys, origin, undo, read_only=True)
                ledger = cls(directory, store, keys, clock, tolerances)
                await ledger._read()

    async def _read(self) -> int:
        """Read the log up to its head and hold the clock against it; the gap that an operator accepted, µs."""
        # The last head that was signed is the last that is known to have been acknowledged.
        signed = self._store.last_checkpoint()
        if signed is not None:
            try:
                acknowledged = self._keys.signer.verifier.verify(signed)
            except NoteInvalid as error:
                raise LogTroubled(f"the last checkpoint: {error}; run `register-gateway ledger verify`") from None
            self._size, self._root = acknowledged.size, acknowledged.root
        await self._load()
        if not self._size:
            return 0
        return self._guard.gap(self._fold.wall, self._tolerances.max_gap, accept=self._tolerances.accept_gap)

    def _start(self, lock: DirectoryLock, gap: int) -> None:
        """Serve, and record that."""
        self._lock = lock
        self._enter(Condition(State.SERVING, ""))
        if not self._size:
            self._note(pb.KIND_GENESIS, pb.Private())
        self._note(pb.KIND_START, pb.Private(accepted_gap=gap))

    @property
    def condition(self) -> Condition:
        """The state now."""
        return self._condition

    @property
    def head(self) -> Checkpoint:
        """The head as last committed."""
        return Checkpoint(self.origin, self._size, self._root)

    def now(self) -> int:
        """The time that settlement would use, µs. Raises LedgerUnavailable if the clock has jumped."""
        try:
            return max(self._guard.now(), self._fold.wall)
        except ClockRefused as error:
            raise self._stop(str(error)) from None

    async def settle(self, acts: Sequence[Act]) -> list[Settled]:
        """Settle all acts in one durable append; outcomes in the same order.

        Raises LedgerUnavailable: then none of them may be answered, and whether any was recorded is for the log to say.
        """
        self._require_serving()
        batch = self._settlement()
        try:
            settled = [batch.settle(act) for act in acts]
        except Exception:
            # Half a batch is folded and nothing of it is written: only the log can say where things stand.
            self._trouble(StoreTroubled("a settlement broke off", heals=True))
            raise
        self._append(batch.rows)
        return settled

    def left(self, terms: Terms, caller: Caller) -> list[tuple[Allowance, int, int | None]]:
        """What is left of each allowance for this caller on the interactive meter, and when it reopens (µs)."""
        self._require_serving()
        account = self._fold.account(
            terms, department=caller.department, staff=caller.staff, meter=pb.METER_INTERACTIVE
        )
        return account.left(self.now())

    def held_up(self, terms: Terms, staff: str) -> Refusal | None:
        """What settlement would say now, whoever is asked for: too fast, or too many refused attempts. A glance that
        costs no reading and no writing, so that a flood is turned away early; settlement decides.
        """
        if self._condition.state is not State.SERVING:
            return None
        stopped = held_up(self._fold, terms, staff, self.now(), self._like.attempts(staff))
        if stopped is None or stopped.reason is None:
            return None
        return Refusal(stopped.reason, exhausted=stopped.exhausted, retry_after=stopped.retry_after)

    def enter_book(self, texts: Sequence[tuple[str, bytes, bytes]], terms: Sequence[Terms]) -> None:
        """Purposes and limits come into force: keep (kind, digest, text) and terms by content, and record the book,
        which is the digests of all three. Acts that were decided by others are refused from here on.

        Raises LedgerUnavailable.
        """
        self._require_serving()
        kept = [(digest, kind, text) for kind, digest, text in texts]
        kept += [(each.digest(), "terms", each.text()) for each in terms]
        try:
            self._store.keep(kept)
        except StoreTroubled as error:
            raise self._trouble(error) from None
        book = frozenset(digest for digest, _, _ in kept)
        if book != self._fold.book:
            self._note(pb.KIND_BOOK, pb.Private(book=sorted(book)))

    async def tick(self) -> None:
        """What has to happen every second: heal, flush repeats; now and then: sign the head, commit counts, keep a
        snapshot.
        """
        if self._condition.state is State.WAITING:
            await self._heal()
        if self._condition.state is not State.SERVING:
            return
        try:
            self._flush_repeats()
            await self._commit_counts()
            if self._guard.elapsed() >= self._sign_at:
                self._sign_head()
            self._fold_wal()
            if self._size - self._snapshot_size >= _SNAPSHOT_EVERY:
                self._keep_snapshot()
        except LedgerUnavailable:
            return
        except Exception:
            self._trouble(StoreTroubled("a chore broke off", heals=True))
            raise

    async def close(self) -> None:
        """Flush what waits, sign the head, keep a snapshot and let go."""
        if self._condition.state is State.SERVING:
            try:
                self._flush_repeats()
                self._sign_head()
                self._keep_snapshot()
            except LedgerUnavailable:
                pass  # The condition says why; the log on the disk is what counts.
        self._store.close()
        if self._lock is not None:
            self._lock.release()

    def _settlement(self) -> Settlement:
        return Settlement(
            self._fold,
            self._like,
            self._keys.commitment,
            self._segment,
            now=self.now(),
            elapsed=self._guard.elapsed(),
        )

    def _note(self, kind: pb.Kind.ValueType, private: pb.Private) -> None:
        batch = self._settlement()
        batch.note(kind, private)
        self._append(batch.rows)

    def _append(self, rows: list[Stored]) -> None:
        if not rows:
            return
        root = self._fold.frontier.root()
        try:
            self._store.append(self._size, rows, self._root, root)
        except StoreTroubled as error:
            raise self._trouble(error) from None
        self._size, self._root = self._fold.size, root
        self._like.certain()
        self.committed_batches += 1
        self.committed_records += len(rows)

    def _flush_repeats(self) -> None:
        batch = self._settlement()
        for kind, repeats in self._like.due():
            batch.repeats(kind, repeats)
        self._append(batch.rows)

    async def _commit_counts(self) -> None:
        """Daily: reckon the counts' root in slices, then record it."""
        if self.now() - self._fold.counted < DAY or not self._fold.numbers:
            return
        fold, counts = self._fold, CountsRoot(self._fold)
        while counts.advance(_COUNTS_SLICE):  # noqa: ASYNC110 - nothing is waited for: others get their turn
            await asyncio.sleep(0)
        if fold is not self._fold:
            return  # The log was read anew meanwhile; the next tick counts again.
        self._require_serving()
        self._note(pb.KIND_COUNTS, pb.Private(counted_records=counts.size, counts_root=counts.root()))

    def _sign_head(self) -> None:
        self._sign_at = self._guard.elapsed() + SIGN_EVERY
        if self._checkpoint_size == self._size:
            return
        try:
            self._store.keep_checkpoint(self._size, self._keys.signer.sign(self.head))
        except StoreTroubled as error:
            raise self._trouble(error) from None
        self._checkpoint_size = self._size

    def _fold_wal(self) -> None:
        if self._folded_size == self._size:
            return
        try:
            self._store.fold_wal()
        except StoreTroubled as error:
            raise self._trouble(error) from None
        self._folded_size = self._size

    def _keep_snapshot(self) -> None:
        write_snapshot(self._directory / SNAPSHOT_FILE, self._fold, self._snapshot_key)
        self._snapshot_size = self._size

    def _require_serving(self) -> None:
        if self._condition.state is not State.SERVING:
            raise LedgerUnavailable(self._condition.why)

    def _trouble(self, error: StoreTroubled) -> LedgerUnavailable:
        """The commit is doubtful: nothing of the provisional fold may be used again."""
        self._like.doubtful()
        self._enter(Condition(State.WAITING if error.heals else State.STOPPED, str(error)))
        return LedgerUnavailable(str(error))

    def _stop(self, why: str) -> LedgerUnavailable:
        self._enter(Condition(State.STOPPED, why))
        return LedgerUnavailable(why)

    def _enter(self, condition: Condition) -> None:
        if condition != self._condition:
            self._condition = condition
            if self.on_condition is not None:
                self.on_condition(condition)

    async def _heal(self) -> None:
        """Read the log again, prove that it extends what was acknowledged, and show that it can be written: by a
        record of the new start.
        """
        try:
            self._store.close()
            self._store = SqliteStore.open(self._directory / LEDGER_FILE)
            await self._load()
            self._note(pb.KIND_START, pb.Private())
        except StoreTroubled as error:
            self._trouble(error)
        except (StateInvalid, LogTroubled) as error:
            self._stop(str(error))
        except LedgerUnavailable:
            pass  # The condition says why.
        else:
            self._enter(Condition(State.SERVING, ""))

    async def _load(self) -> None:
        """The fold and the head anew. Raises LogTroubled if the log does not extend what this gateway has
        acknowledged.
        """
        loaded = await load(
            self._store,
            self._segment,
            terms_of(self._store),
            acknowledged=Checkpoint(self.origin, self._size, self._root),
            snapshot=self._directory / SNAPSHOT_FILE,
            snapshot_key=self._snapshot_key,
        )
        self._fold = loaded.fold
        self._snapshot_size = loaded.from_snapshot
        self._size, self._root = self._fold.size, self._fold.frontier.root()


def require_ledger(directory: Path) -> None:
    """Raises StateInvalid if there is no ledger in the state directory."""
    if not (directory / LEDGER_FILE).is_file():
        raise StateInvalid(f"{directory}: no ledger here; make one with `register-gateway ledger init`")


def _own_store(directory: Path, keys: LedgerKeys, origin: str, undo: ExitStack, *, read_only: bool) -> SqliteStore:
    """The store, if it and the keys belong together."""
    store = SqliteStore.open(directory / LEDGER_FILE, read_only=read_only)
    undo.callback(store.close)
    if foreign := strangers(store, keys, origin):
        raise StateInvalid(f"{directory}: {'; '.join(foreign)}")
    return store


@contextmanager
def _troubles_of(directory: Path) -> Iterator[None]:
    """Say which file it is that is in trouble."""
    try:
        yield
    except (StoreTroubled, LogTroubled, LedgerUnavailable) as error:
        raise LogTroubled(f"{directory / LEDGER_FILE}: {error}") from None
