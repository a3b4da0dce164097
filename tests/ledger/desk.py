"""A desk that asks: a clock that tests set, terms, acts, and a ledger under keys that are no secret."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.allowance import Allowance, Emergencies, Owner, Rate, Terms, Window
from gateway.caller import Caller
from gateway.clock import DAY, SECOND
from gateway.grant.id import grant_id
from gateway.ledger.acts import (
    DELIVERED,
    Circumstances,
    Deciding,
    Disclosing,
    Foothold,
    Glass,
    Refusing,
    Renewing,
    Requesting,
    Share,
    share,
)
from gateway.ledger.fold import Fold
from gateway.ledger.founding import ledger_id
from gateway.ledger.keys import LedgerKeys
from gateway.ledger.ledger import KEYS_DIRECTORY, LEDGER_FILE, SNAPSHOT_FILE, Ledger, Tolerances
from gateway.ledger.loading import open_record
from gateway.ledger.record import Record
from gateway.ledger.segment import Segment
from gateway.ledger.store import SqliteStore
from gateway.ledger.v1 import record_pb2 as pb
from gateway.ledger.verify import Report, verify
from gateway.refusal import Reason

ORIGIN = "shiomi.example/ledger"
WRAPPING = bytes(range(32))
SNAPSHOT = bytes(range(32, 64))
START = 1_790_000_000 * SECOND
PURPOSE_TEXT = b"purpose: fee-arrears\n"
LIMITS_TEXT = b"staff: {1d: 3}\n"
HANA = Caller("welfare", "welfare-desk", "hana", "welfare-1", "caseworker")
JIRO = Caller("welfare", "welfare-desk", "jiro", "welfare-2", "caseworker")
BOSS = Caller("welfare", "welfare-desk", "boss", "welfare-9", "manager")
SAID = Circumstances("CASE-1", 1, "家計の相談のため", "0b9d")


@dataclass
class SetClock:
    """A clock that stands until it is told to go; `step` moves the wall and not the steady time."""

    time: int = START
    offset: int = 0

    def wall(self) -> int:
        """µs since the epoch."""
        return self.time + self.offset

    def elapsed(self) -> int:
        """µs since some moment."""
        return self.time - START

    def go(self, microseconds: int) -> None:
        """Time passes."""
        self.time += microseconds

    def step(self, microseconds: int) -> None:
        """Somebody sets the clock."""
        self.offset += microseconds


def terms(
    *allowances: tuple[Owner, Window, int],
    rate: Rate | None = None,
    repeats: int = 100,
    refusals: int = 50,
    emergencies: Emergencies | None = None,
) -> Terms:
    """Terms of the purpose `fee-arrears`, counted over all purposes."""
    counted = tuple(Allowance("", owner, window, residents) for owner, window, residents in allowances)
    return Terms("fee-arrears", counted, rate, repeats, refusals, emergencies=emergencies)


THREE_A_DAY = terms((Owner.STAFF, Window.DAY, 3))
PLENTY = terms(
    *((owner, window, 1_000_000) for owner in Owner for window in Window),
    repeats=1_000_000,
    emergencies=Emergencies(3, DAY),
)


def left(ledger: Ledger, under: Terms, caller: Caller) -> list[tuple[int, int | None]]:
    """What is left of each allowance on the interactive meter, and when it reopens."""
    used = ledger.used(under, caller.department, caller.staff)
    return [(each.left, each.reopens) for each in used if each.meter == pb.METER_INTERACTIVE]


def shared(under: Terms) -> Share:
    """What a plan under these terms fixes of its records."""
    return share(
        under,
        under.digest(),
        department="welfare",
        digest=hashlib.sha256(PURPOSE_TEXT).digest(),
        read=["name", "fee_arrears"],
        delivered=["name"],
    )


def resident(number: int) -> str:
    """A made-up resident id."""
    return f"{number:010d}"


@dataclass
class Firm:
    """A foothold that is not lost, or from a moment on for a reason."""

    reason: Reason | None = None
    at: int = 0

    def lost(self, now: int) -> Reason | None:
        """The reason, once it is time."""
        return self.reason if now >= self.at else None


FIRM = Firm()


def look(
    *numbers: int,
    under: Terms = THREE_A_DAY,
    caller: Caller = HANA,
    outcome: int = DELIVERED,
    divisible: bool = False,
    page: int = 0,
    foothold: Foothold = FIRM,
) -> Disclosing:
    """A disclosure of these residents."""
    return Disclosing(
        caller,
        shared(under),
        SAID,
        ("resident_id",),
        [resident(number) for number in numbers],
        [outcome] * len(numbers),
        foothold,
        divisible=divisible,
        page=page,
    )


def renew(
    *numbers: int, grant: str, under: Terms = THREE_A_DAY, caller: Caller = HANA, foothold: Foothold = FIRM
) -> Renewing:
    """New pseudonyms for those of these residents, and for one that is none."""
    digest = hashlib.sha256(PURPOSE_TEXT).digest()
    ours = share(
        under, under.digest(), department="welfare", digest=digest, read=(), delivered=(), kind=pb.KIND_RENEWAL
    )
    return Renewing(caller, ours, SAID, tuple(resident(number) for number in numbers), 1, foothold, grant)


def broken(number: int, *, grant: str, under: Terms = PLENTY, caller: Caller = HANA) -> Disclosing:
    """A look that breaks the glass, for Boss to review under this id."""
    return replace(look(number, under=under, caller=caller), glass=Glass(grant, BOSS.staff))


def ask(
    grant: str,
    *numbers: int,
    kind: pb.GrantKind.ValueType = pb.GRANT_KIND_STEP_UP,
    until: int = START + 30 * DAY,
    ceiling: int = 1,
    fields: Sequence[str] = (),
    caller: Caller = HANA,
) -> Requesting:
    """A grant is asked for: about these residents, or for so many."""
    digest, residents = hashlib.sha256(PURPOSE_TEXT).digest(), tuple(resident(number) for number in numbers)
    asked = pb.GrantTerms(kind=kind, until=until, ceiling=len(residents) or ceiling, fields=fields)
    return Requesting(caller, grant, "fee-arrears", digest, SAID, residents, asked, FIRM)


def decide(grant: str, step: pb.GrantStep.ValueType, *numbers: int, caller: Caller = BOSS) -> Deciding:
    """Somebody decides on a grant, or takes it back, and says whom it is about."""
    return Deciding(caller, grant, step, "", "r", tuple(resident(number) for number in numbers), FIRM)


async def granted(ledger: Ledger, kind: pb.GrantKind.ValueType, *, ceiling: int = 1000) -> str:
    """A grant of Hana's for so many, whoever they are, approved."""
    grant = grant_id()
    await ledger.settle([ask(grant, kind=kind, until=ledger.now() + 30 * DAY, ceiling=ceiling)])
    await ledger.settle([decide(grant, pb.GRANT_STEP_APPROVED)])
    return grant


def refuse(*numbers: int, reason: Reason = Reason.STEP_UP_REQUIRED, caller: Caller | None = HANA) -> Refusing:
    """A refusal of a request for these residents."""
    return Refusing(reason, caller, "welfare-desk", "fee-arrears", SAID, tuple(resident(number) for number in numbers))


@dataclass
class Office:
    """One state directory with its clock."""

    state: Path
    clock: SetClock = field(default_factory=SetClock)
    tolerances: Tolerances = field(default_factory=Tolerances)

    @property
    def file(self) -> Path:
        """The ledger's file."""
        return self.state / LEDGER_FILE

    @property
    def snapshot(self) -> Path:
        """The snapshot's file."""
        return self.state / SNAPSHOT_FILE

    @property
    def keys(self) -> Path:
        """The directory of keys."""
        return self.state / KEYS_DIRECTORY

    def found(self) -> str:
        """Make the ledger."""
        return Ledger.create(self.state, origin=ORIGIN, wrapping=WRAPPING, snapshot=SNAPSHOT)

    async def open(self, *book: Terms) -> Ledger:
        """Open it, and put these terms in force."""
        ledger = await Ledger.open(
            self.state,
            origin=ORIGIN,
            wrapping=WRAPPING,
            snapshot=SNAPSHOT,
            clock=self.clock,
            tolerances=self.tolerances,
        )
        if book:
            enter(ledger, *book)
        return ledger

    def verify(self) -> Report:
        """Verify it."""
        return verify(self.state, wrapping=WRAPPING, snapshot=SNAPSHOT)

    def faults(self) -> list[str]:
        """What verification finds."""
        return [str(fault) for fault in self.verify().faults]

    def ledger_keys(self) -> LedgerKeys:
        """The keys at hand."""
        return LedgerKeys.open(self.keys, name=ORIGIN, wrapping=WRAPPING, snapshot=SNAPSHOT)

    def segment(self) -> Segment:
        """What seals and opens bodies."""
        keys = self.ledger_keys()
        return Segment(ledger_id(keys, ORIGIN), keys.segment)

    def records(self) -> list[Record]:
        """All records, opened."""
        segment = self.segment()
        with closing(SqliteStore.open(self.file, read_only=True)) as store:
            return [open_record(stored, segment) for stored in store.records()]

    def kinds(self) -> list[str]:
        """What each record is evidence of."""
        return [pb.Kind.Name(record.header.kind).removeprefix("KIND_") for record in self.records()]

    def edit(self, sql: str, *values: object) -> None:
        """Change the file behind everybody's back."""
        with closing(sqlite3.connect(self.file)) as connection, connection:
            connection.execute(sql, values)

    def value(self, sql: str, *values: object) -> bytes:
        """One cell of the file."""
        with closing(sqlite3.connect(self.file)) as connection:
            found = connection.execute(sql, values).fetchone()
        return bytes(found[0])


def enter(ledger: Ledger, *book: Terms) -> None:
    """Put these terms in force."""
    texts = [("purpose", PURPOSE_TEXT), ("limits", LIMITS_TEXT)]
    ledger.enter_book([(kind, hashlib.sha256(text).digest(), text) for kind, text in texts], list(book))


def flipped(octets: bytes, place: int = -1, bit: int = 1) -> bytes:
    """The same octets with one bit changed."""
    changed = bytearray(octets)
    changed[place] ^= bit
    return bytes(changed)


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


def facts(fold: Fold, now: int) -> dict[str, object]:
    """All that a fold says at `now`, however it came to say it."""
    subjects = list(range(len(fold.numbers)))
    for seen in fold.seen.values():
        seen.expire(now)
    for tally in (*fold.repeats.values(), *fold.refusals.values()):
        tally.expire(now)
    return {
        "tree": (fold.size, fold.frontier.root()),
        "wall": fold.wall,
        "counted": fold.counted,
        "book": fold.book,
        "numbers": fold.numbers,
        "commitments": bytes(fold.commitments),
        "lines": list(fold.lines),
        "arrivals": fold.arrivals,
        "sole": fold.sole,
        "seen": {
            key: [(seen.count(w), seen.new(w, subjects), seen.reopens(w)) for w in Window]
            for key, seen in fold.seen.items()
            if seen.count(Window.TENURE)
        },
        "repeats": {staff: sorted(tally.events) for staff, tally in fold.repeats.items() if list(tally.events)},
        "refusals": {staff: sorted(tally.events) for staff, tally in fold.refusals.items() if list(tally.events)},
    }
