"""Settlement: one append that records the disclosure and spends the budget, and the states the ledger can be in.

Rule: nothing is answered before its record is on the disk. A commit that failed or is doubtful answers nobody: the
provisional fold is thrown away, and the log is read again. What can heal by itself waits; what cannot stays stopped
until an operator acts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.allowance import Owner, Terms, Window
from gateway.clock import DAY, SECOND, Clock
from gateway.ledger.account import Used
from gateway.ledger.acts import Act, BookTexts, Reloading, Settled
from gateway.ledger.admission import attempts_left, held_up, request_left
from gateway.ledger.crossing import Crossing
from gateway.ledger.fold import CountsRoot, Fold
from gateway.ledger.founding import found, ledger_id, snapshot_key, strangers
from gateway.ledger.grants import Grant
from gateway.ledger.guard import ClockGuard, ClockRefused
from gateway.ledger.keeper import Keeper
from gateway.ledger.keys import LedgerKeys
from gateway.ledger.loading import LogTroubled, load, terms_of
from gateway.ledger.note import Checkpoint, NoteInvalid
from gateway.ledger.overrides import Override
from gateway.ledger.record import commit
from gateway.ledger.refusals import LikeRefusals
from gateway.ledger.segment import Segment
from gateway.ledger.settlement import Settlement
from gateway.ledger.store import DirectoryLock, SqliteStore, StateInvalid, Stored, StoreTroubled
from gateway.ledger.v1 import record_pb2 as pb
from gateway.refusal import Reason, Refusal

LEDGER_FILE: Final = "ledger.db"
SNAPSHOT_FILE: Final = "fold.snapshot"
KEYS_DIRECTORY: Final = "keys"
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
        self._segment = Segment(ledger_id(keys, self.origin), keys.segment)
        sealing = snapshot_key(keys, self.origin)
        self._keeper = Keeper(directory / SNAPSHOT_FILE, sealing, keys.signer.sign)
        self._fold: Fold = Fold()
        self._size, self._root = 0, self._fold.frontier.root()
        self._like = LikeRefusals()
        self._posts = b""
        self._condition = Condition(State.WAITING, "opening")
        self.on_condition: Callable[[Condition], None] | None = None
        self.on_crossing: Callable[[Crossing], None] | None = None
        self.register_size = 0
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
        if self.on_crossing is not None:
            for crossing in batch.crossings:
                self.on_crossing(crossing)
        return settled

    def grant(self, grant: str) -> Grant | None:
        """A grant as the log has left it. A glance: settlement judges it again."""
        return self._fold.grants.get(grant)

    def grants(self, whose: Callable[[Grant], bool]) -> Iterator[Grant]:
        """Grants of those whom `whose` means, latest first; it is asked once for each person and post, with a grant of
        theirs.
        """
        return self._fold.grants.asked_by(whose)

    def undecided_grants(self, now: int) -> list[Grant]:
        """Grants that somebody has to decide, latest first."""
        return self._fold.grants.undecided(now)

    def emergencies(self) -> list[Grant]:
        """Looks that broke the glass, reviewed or not."""
        return self._fold.grants.emergencies()

    def names(self, grant: Grant, resident_id: str) -> bool:
        """Whether a grant names this resident."""
        return commit(self._keys.commitment, resident_id) in grant.subjects

    def decidable(self, grant: Grant, step: int, staff: str, residents: Sequence[str]) -> bool:
        """Whether a grant is still to be decided by this person, and is about exactly these residents as far as they
        have to be named. A glance: settlement judges it again. Raises LedgerUnavailable.
        """
        named = {commit(self._keys.commitment, each) for each in residents}
        return grant.decidable(step, staff, named, self.now())

    def request_left(self, staff: str, kind: int) -> Refusal | None:
        """Why somebody may ask for no grant of this kind now; None: they may. A glance: settlement judges it again.
        Raises LedgerUnavailable.
        """
        spent_up = request_left(self._fold, staff, kind, self.now())
        return Refusal(Reason.BUDGET_EXHAUSTED, exhausted=spent_up.exhausted) if spent_up is not None else None

    def seen_in_30_days(self, staff: str) -> int:
        """Distinct residents whom a staff member has seen in 30 days, on both meters and under all purposes."""
        self._require_serving()
        now, count = self.now(), 0
        for meter in (pb.METER_INTERACTIVE, pb.METER_GRANTED):
            seen = self._fold.of(meter, "", Owner.STAFF, staff)
            seen.expire(now)
            count += seen.count(Window.MONTH)
        return count

    def override(self, override: str) -> Override | None:
        """An override as the log has left it. A glance: settlement judges it again."""
        return self._fold.overrides.get(override)

    def overrides(self) -> list[Override]:
        """All overrides, latest first."""
        return sorted(self._fold.overrides, key=lambda each: each.proposed, reverse=True)

    def used(self, terms: Terms, department: str, staff: str) -> list[Used]:
        """How far the allowances of a staff member of a department are used up: on each meter, then what they have seen
        of the register on both.
        """
        self._require_serving()
        now = self.now()
        raised = self._fold.overrides.raised(now)
        accounts = [
            self._fold.account(terms, department=department, staff=staff, meter=meter)
            for meter in (pb.METER_INTERACTIVE, pb.METER_GRANTED)
        ]
        found = [used for account in accounts for used in account.used(now, raised)]
        return [*found, *accounts[0].covered_of(now, raised, self.register_size)]

    def attempts_left(self, terms: Terms, staff: str) -> tuple[int, int | None]:
        """How many refused attempts a staff member has left today, and when one comes back if none is (µs)."""
        self._require_serving()
        return attempts_left(self._fold, terms, staff, self.now(), self._like.attempts(staff))

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
        self._put_in_force((texts, terms), None, None)

    def enter_directory(self, digest: bytes) -> None:
        """The staff directory of this digest (32 bytes) comes into force. Raises LedgerUnavailable."""
        self._put_in_force(None, digest, None)

    def reload(self, reloading: Reloading) -> str:
        """An operator had everything read anew: what has changed comes into force, and that they did is recorded, in
        one append. Returns the receipt. Raises LedgerUnavailable; then nothing has come into force.
        """
        return self._put_in_force(reloading.book, reloading.directory, reloading)

    def _put_in_force(self, book: BookTexts | None, directory: bytes | None, reloading: Reloading | None) -> str:
        self._require_serving()
        digests = None if book is None else self._kept(*book)
        batch, by = self._settlement(), _signed(reloading)
        receipt = ""
        try:
            if digests is not None and digests != self._fold.book:
                receipt = batch.note(pb.KIND_BOOK, pb.Private(book=sorted(digests)))
            if directory is not None and directory != self._posts:
                receipt = batch.note(pb.KIND_DIRECTORY, pb.Private(directory=directory))
            if reloading is not None:
                receipt = batch.note(pb.KIND_RELOAD, by, reloading.caller.department)
        except Exception:
            self._trouble(StoreTroubled("a settlement broke off", heals=True))
            raise
        self._append(batch.rows)
        self._posts = directory or self._posts
        return receipt

    def _kept(self, texts: Sequence[tuple[str, bytes, bytes]], terms: Sequence[Terms]) -> frozenset[bytes]:
        """Keep the texts of a book by content; their digests."""
        kept = [(digest, kind, text) for kind, digest, text in texts]
        kept += [(each.digest(), "terms", each.text()) for each in terms]
        try:
            self._store.keep(kept)
        except StoreTroubled as error:
            raise self._trouble(error) from None
        return frozenset(digest for digest, _, _ in kept)

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
            await self._keeper.keep(self._store, self.head, self._guard.elapsed())
            for _ in self._fold.pack() if self._keeper.packs(self._guard.elapsed()) else ():
                await asyncio.sleep(0)
            if self._keeper.wants_snapshot(self._size):
                self._require_serving()  # Only then is all that is folded on the disk.
                await self._keeper.take_snapshot(self._fold)
        except StoreTroubled as error:
            self._trouble(error)
        except LedgerUnavailable:
            return
        except Exception:
            self._trouble(StoreTroubled("a chore broke off", heals=True))
            raise

    async def close(self) -> None:
        """Flush what waits, sign the head, keep a snapshot and let go."""
        await self._keeper.settled()
        if self._condition.state is State.SERVING:
            try:
                self._flush_repeats()
                self._keeper.end(self._store, self._fold, self.head)
            except StoreTroubled as error:
                self._trouble(error)
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
            register=self.register_size,
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
            snapshot=self._keeper.snapshot,
            snapshot_key=self._keeper.snapshot_key,
        )
        self._fold = loaded.fold
        self._keeper.begin(loaded.from_snapshot)
        self._size, self._root = self._fold.size, self._fold.frontier.root()


def _signed(reloading: Reloading | None) -> pb.Private:
    """Who had it done."""
    if reloading is None:
        return pb.Private()
    caller = reloading.caller
    return pb.Private(
        system=caller.system,
        staff=caller.staff,
        post=caller.post,
        request_id=reloading.request_id,
        findings=reloading.findings,
    )


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
