"""The evidence: what the ledger says of a run, read after the gateway has gone, with the gateway's own verifier.

Rule: nothing here is taken from what the load remembers; the two are compared elsewhere.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from gateway.allowance import Allowance, Coverage, Owner, Terms, Window
from gateway.clock import DAY
from gateway.demo.estate import Estate
from gateway.ledger.acts import DELIVERED
from gateway.ledger.keys import SNAPSHOT_LABEL, WRAPPING_LABEL, LedgerKeys
from gateway.ledger.ledger import KEYS_DIRECTORY, LEDGER_FILE
from gateway.ledger.loading import open_record, terms_of
from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import commit
from gateway.ledger.segment import Segment
from gateway.ledger.store import SqliteStore
from gateway.ledger.v1 import record_pb2
from gateway.ledger.verify import Report, verify
from masking.keyring import Keyring

WIDTHS: Final = {Window.DAY: DAY, Window.MONTH: 30 * DAY, Window.YEAR: 365 * DAY, Window.TENURE: None}
"""µs of each window; None is without end."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One disclosure of the ledger: when (µs), by whom, the subjects it was charged, how many of them were delivered,
    under which terms, by which bulk grant ("" on the interactive meter), and how many residents there were then.
    """

    receipt: str
    wall: int
    department: str
    staff: str
    purpose: str
    subjects: tuple[bytes, ...]
    delivered: int
    terms: bytes
    grant: str = ""
    register: int = 0


@dataclass(frozen=True, slots=True)
class Evidence:
    """All of one ledger: the verifier's report, disclosures in order, refusals by (staff, reason), the terms by digest,
    and how long verification took, seconds.
    """

    report: Report
    entries: list[Entry]
    refusals: Counter[tuple[str, str]]
    terms: dict[bytes, Terms]
    seconds: float
    commitment_key: bytes

    def subject(self, resident_id: str) -> bytes:
        """How a resident stands in this ledger."""
        return commit(self.commitment_key, resident_id)


def read_evidence(estate: Estate) -> Evidence:
    """Verify and read an estate's ledger, whether or not a gateway still writes to it."""
    keyring = Keyring.open(estate.keyring)
    wrapping, snapshot = keyring.derive(WRAPPING_LABEL), keyring.derive(SNAPSHOT_LABEL)
    start = perf_counter()
    report = verify(estate.state, wrapping=wrapping, snapshot=snapshot)
    seconds = perf_counter() - start
    store = SqliteStore.open(estate.state / LEDGER_FILE, read_only=True)
    try:
        keys = LedgerKeys.open(
            estate.state / KEYS_DIRECTORY, name=store.meta("origin"), wrapping=wrapping, snapshot=snapshot
        )
        segment = Segment(bytes.fromhex(store.meta("ledger_id")), keys.segment)
        entries: list[Entry] = []
        refusals: Counter[tuple[str, str]] = Counter()
        for stored in store.records():
            record = open_record(stored, segment)
            header, private = record.header, record.private
            if header.kind == record_pb2.KIND_DISCLOSURE:
                entries.append(
                    Entry(
                        f"{stored.seq}.{leaf_hash(stored.leaf)[:8].hex()}",
                        header.wall,
                        header.department,
                        private.staff,
                        header.purpose,
                        tuple(line.commitment for line in record.lines),
                        sum(line.outcome == DELIVERED for line in record.lines),
                        private.terms_digest,
                        private.grant if private.meter == record_pb2.METER_GRANTED else "",
                        private.register_size,
                    )
                )
            elif header.kind == record_pb2.KIND_REFUSAL:
                refusals[private.staff, private.refusal] += private.refusals
        return Evidence(report, entries, refusals, terms_of(store), seconds, keys.commitment)
    finally:
        store.close()


def most_at_once(seen: Iterable[tuple[int, Iterable[Hashable], bool]], window: Window, *, slack: int = 0) -> int:
    """The most distinct subjects that a window of this width held whenever its limit counted; `seen` is (µs, subjects,
    whether the limit counted then) in order of time. Whoever holds two posts has the limits of the one they act in.

    Reckoned from scratch: the gateway counts in another way. `slack` (µs) makes the window narrower, for whoever knows
    only when an answer arrived.
    """
    width, most = WIDTHS[window], 0
    width = None if width is None else width - slack
    last: OrderedDict[Hashable, int] = OrderedDict()
    for moment, subjects, counts in seen:
        if width is not None:
            while last and next(iter(last.values())) <= moment - width:
                last.popitem(last=False)
        for subject in subjects:
            last[subject] = moment
            last.move_to_end(subject)
        most = max(most, len(last)) if counts else most
    return most


@dataclass(frozen=True, slots=True)
class Held:
    """One allowance of one owner, and the most residents that its window held."""

    owner: Owner
    who: str
    allowance: Allowance
    most: int


def held_by_ledger(entries: list[Entry], terms: dict[bytes, Terms], *, granted: bool = False) -> list[Held]:
    """Every allowance that disclosures of one meter were decided by, for each owner, against what the ledger holds."""
    entries = [each for each in entries if bool(each.grant) is granted]
    owners: dict[tuple[Owner, str, Allowance], None] = {}
    bounds = {digest: frozenset(each.counted(granted=granted)) for digest, each in terms.items()}
    for digest, department, staff in dict.fromkeys((each.terms, each.department, each.staff) for each in entries):
        for allowance in terms[digest].counted(granted=granted):
            owners[allowance.owner, who(allowance.owner, department, staff), allowance] = None
    return [
        Held(
            owner,
            name,
            allowance,
            most_at_once(
                (
                    (each.wall, each.subjects, allowance in bounds[each.terms])
                    for each in entries
                    if who(owner, each.department, each.staff) == name
                    and (not allowance.purpose or allowance.purpose == each.purpose)
                ),
                allowance.window,
            ),
        )
        for owner, name, allowance in owners
    ]


@dataclass(frozen=True, slots=True)
class Share:
    """What one owner may have seen of the register within a year, on both meters, and the most that they had."""

    owner: Owner
    who: str
    limit: int
    most: int


def shares_held(entries: list[Entry], terms: dict[bytes, Terms]) -> list[Share]:
    """Every coverage that disclosures were decided by, for each owner, against what the ledger holds (rule L7)."""
    owners: dict[tuple[Owner, str, Coverage], int] = {}
    for entry in entries:
        for coverage in terms[entry.terms].coverage:
            if not coverage.shadow:
                name = who(coverage.owner, entry.department, entry.staff)
                owners[coverage.owner, name, coverage] = coverage.residents(entry.register)
    return [
        Share(
            owner,
            name,
            limit,
            most_at_once(
                (
                    (each.wall, each.subjects, coverage in terms[each.terms].coverage)
                    for each in entries
                    if who(owner, each.department, each.staff) == name
                ),
                Window.YEAR,
            ),
        )
        for (owner, name, coverage), limit in owners.items()
    ]


def who(owner: Owner, department: str, staff: str) -> str:
    """The name of whoever an allowance bounds."""
    return {Owner.STAFF: staff, Owner.DEPARTMENT: department, Owner.CITY: "city"}[owner]
