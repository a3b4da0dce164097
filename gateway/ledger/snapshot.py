"""Snapshots of the fold, for a fast start: sealed, written whole or not at all, and never trusted over the log.

Rule: a snapshot that is missing, damaged or foreign is no snapshot; the log is then read from its beginning. One that
is ahead of its log says that the log was cut.
"""

from __future__ import annotations

import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError

from gateway.allowance import Window
from gateway.ledger.fold import Fold, SeenKey
from gateway.ledger.grants import Grant, Grants
from gateway.ledger.merkle import Frontier
from gateway.ledger.overrides import BOTH, Override, Overrides
from gateway.ledger.record import COMMITMENT_SIZE
from gateway.ledger.seen import DayTally, Looks, Seen
from gateway.ledger.v1 import record_pb2
from gateway.ledger.v1 import snapshot_pb2 as pb

_MAGIC: Final = b"register-gateway snapshot 2\n"
_ID: Final = 16
_NONCE: Final = 12
_LENGTH: Final = 4
_PART: Final = 1 << 20
"""Octets of a part, about: sealing one takes a millisecond."""
_MOST: Final = 1 << 28
"""Octets of a part at most: 20 a subject stand in the first one."""
_UNUSABLE: Final = (OSError, InvalidTag, DecodeError, ValueError, OverflowError)
"""What reading raises of one that is damaged, foreign or of another version."""


class Capture:
    """A fold as it is now, taken piece by piece while it goes on: what is about to change is taken before it does."""

    def __init__(self, fold: Fold) -> None:
        self.size = fold.size
        self._fold = fold
        self._head = _head(fold)
        self._sole = dict(fold.sole)
        self._waiting = {id(seen): (key, seen) for key, seen in fold.seen.items() if seen.count(Window.TENURE)}
        self._taken: list[tuple[SeenKey, Looks]] = []
        fold.before_add = self._take

    def advance(self, owners: int) -> bool:
        """Take what up to `owners` more have seen; whether there are any left. The fold is let go with the last."""
        for _, seen in list(islice(self._waiting.values(), owners)):
            self._take(seen)
        if not self._waiting:
            self._fold.before_add = None
        return bool(self._waiting)

    def _take(self, seen: Seen) -> None:
        key, _ = self._waiting.pop(id(seen), (None, seen))
        if key is not None:
            self._taken.append((key, seen.looks()))

    def write(self, path: Path, key: bytes) -> None:
        """Write it to `path` by way of a new file, once all is taken; it needs nothing of the fold any more. A disk
        that will not take it is no harm: the log has it all.
        """
        fresh = path.with_suffix(".new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.writelines(_sealed(self._parts(), key))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            with suppress(OSError):  # On a file system that has become read-only not even that.
                fresh.unlink(missing_ok=True)

    def _parts(self) -> Iterator[bytes]:
        yield self._head.SerializeToString()
        part, octets = pb.SeenPart(), 0
        for (meter, purpose, owner, name), looks in self._taken:
            sole = "" if purpose else self._sole.get((meter, owner, name), "")
            part.seen.append(_dump_seen((str(meter), purpose, owner, name), looks, sole))
            octets += 16 * len(looks.times)
            if octets >= _PART:
                yield part.SerializeToString()
                part, octets = pb.SeenPart(), 0
        yield part.SerializeToString()


def write_snapshot(path: Path, fold: Fold, key: bytes) -> None:
    """Write the fold to `path`, all at once."""
    capture = Capture(fold)
    while capture.advance(1000):
        pass
    capture.write(path, key)


def read_snapshot(path: Path, key: bytes) -> Fold | None:
    """The fold in `path`, or None."""
    try:
        with path.open("rb") as file:
            return _restore(_opened(file, key))
    except _UNUSABLE:
        return None


def witnessed(file: BinaryIO, key: bytes) -> tuple[int, bytes] | None:
    """Of how many records a snapshot was made, and their root, without making a fold of it; None if it does not
    open.
    """
    try:
        parts = _opened(file, key)
        head = pb.Snapshot.FromString(next(parts))
        for _ in parts:
            pass
    except _UNUSABLE:
        return None
    return head.size, head.root


def _sealed(parts: Iterator[bytes], key: bytes) -> Iterator[bytes]:
    """A line, an id, and each part with its length and under a seal that says which one it is, and whether the last."""
    this, cipher = os.urandom(_ID), AESGCM(key)
    yield _MAGIC + this
    part = next(parts)
    for number in count():
        following = next(parts, None)
        nonce = os.urandom(_NONCE)
        sealed = nonce + cipher.encrypt(nonce, part, _which(this, number, last=following is None))
        yield len(sealed).to_bytes(_LENGTH, "big") + sealed
        if following is None:
            return
        part = following


def _opened(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    """The parts. Raises ValueError or InvalidTag for what is no whole snapshot of this key."""
    if file.read(len(_MAGIC)) != _MAGIC:
        raise ValueError("not a snapshot")
    this, cipher = file.read(_ID), AESGCM(key)
    length = file.read(_LENGTH)
    for number in count():
        octets = int.from_bytes(length, "big")
        if octets > _MOST:
            raise ValueError("no part is as long")
        sealed = file.read(octets)
        length = file.read(_LENGTH)
        yield cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _which(this, number, last=not length))
        if not length:
            return


def _which(this: bytes, number: int, *, last: bool) -> bytes:
    return _MAGIC + this + number.to_bytes(4, "big") + bytes([last])


def _head(fold: Fold) -> pb.Snapshot:
    """All but what owners have seen."""
    snapshot = pb.Snapshot(
        size=fold.size,
        root=fold.frontier.root(),
        frontier=fold.frontier.hashes,
        wall=fold.wall,
        subjects=bytes(fold.commitments),
        counts=_packed(fold.lines),
        book=sorted(fold.book),
        counted=fold.counted,
    )
    for (purpose, staff), time in fold.arrivals.items():
        snapshot.arrivals.add(purpose=purpose, staff=staff, time=time)
    for tallies, into in ((fold.repeats, snapshot.repeats), (fold.refusals, snapshot.refusals)):
        for staff, tally in tallies.items():
            into.add(
                staff=staff,
                times=_packed(array("q", (time for time, _, _ in tally.events))),
                keys=_packed(array("I", (key for _, key, _ in tally.events))),
                amounts=_packed(array("I", (amount for _, _, amount in tally.events))),
            )
    snapshot.overrides.extend(_dump_override(each) for each in fold.overrides)
    for grant in fold.grants:
        snapshot.grants.append(_dump_grant(grant))
    return snapshot


def _dump_seen(key: tuple[str, ...], looks: Looks, sole: str) -> pb.Seen:
    return pb.Seen(
        key=key,
        times=_packed(looks.times),
        subjects=_packed(looks.subjects),
        order=_packed(looks.order),
        loose=_packed(looks.loose),
        older=_packed(looks.older),
        marks=looks.marks,
        counts=looks.counts,
        sole=sole,
    )


def _restore_seen(seen: pb.Seen) -> Seen:
    return Seen.of(
        Looks(
            _unpacked("q", seen.times),
            _unpacked("I", seen.subjects),
            _unpacked("I", seen.order),
            _unpacked("I", seen.loose),
            _unpacked("I", seen.older),
            tuple(seen.marks),
            tuple(seen.counts),
        )
    )


def _dump_override(override: Override) -> pb.Overriding:
    return pb.Overriding(
        override=record_pb2.Override(
            id=override.id, step=record_pb2.OverrideStep.ValueType(override.step), terms=override.terms
        ),
        proposer=(override.department, override.proposer),
        decider=override.decider,
        proposed=override.proposed,
        justification=override.justification,
    )


def _restore_override(said: pb.Overriding) -> Override:
    department, proposer = said.proposer
    override = said.override
    return Override(
        override.id,
        department,
        proposer,
        said.justification,
        override.terms,
        said.proposed,
        override.step,
        said.decider,
    )


def _dump_grant(grant: Grant) -> pb.Grant:
    return pb.Grant(
        grant=grant.grant,
        requester=(grant.department, grant.staff, grant.post),
        purpose=grant.purpose,
        purpose_digest=grant.purpose_digest,
        case_reference=grant.case,
        reason_code=grant.reason_code,
        justification=grant.justification,
        terms=grant.terms,
        subjects=b"".join(sorted(grant.subjects)),
        step=record_pb2.GrantStep.ValueType(grant.step),
        decider=(grant.decider, grant.decider_post) if grant.decider else (),
        requested=grant.requested,
        seen=_packed(array("I", sorted(grant.seen))),
    )


def _restore_grant(grant: pb.Grant) -> Grant:
    department, staff, post = grant.requester
    decider, decider_post = grant.decider or ("", "")
    subjects = (grant.subjects[at : at + COMMITMENT_SIZE] for at in range(0, len(grant.subjects), COMMITMENT_SIZE))
    return Grant(
        grant.grant,
        department,
        staff,
        post,
        grant.purpose,
        grant.purpose_digest,
        grant.case_reference,
        grant.reason_code,
        grant.justification,
        grant.terms,
        frozenset(subjects),
        grant.requested,
        grant.step,
        decider,
        decider_post,
        set(_unpacked("I", grant.seen)),
    )


def _restore(parts: Iterator[bytes]) -> Fold:
    snapshot, fold = pb.Snapshot.FromString(next(parts)), Fold()
    fold.frontier = Frontier(snapshot.size, snapshot.frontier)
    if fold.frontier.root() != snapshot.root:
        raise ValueError("the frontier does not give the root")
    fold.wall, fold.counted, fold.book = snapshot.wall, snapshot.counted, frozenset(snapshot.book)
    width = COMMITMENT_SIZE
    fold.commitments = bytearray(snapshot.subjects)
    fold.numbers = {snapshot.subjects[i * width : (i + 1) * width]: i for i in range(len(snapshot.subjects) // width)}
    fold.lines = _unpacked("I", snapshot.counts)
    if len(fold.lines) != len(fold.numbers):
        raise ValueError("subjects and counts do not agree")
    for part in parts:
        for seen in pb.SeenPart.FromString(part).seen:
            meter, purpose, owner, name = seen.key
            fold.seen[(int(meter), purpose, owner, name)] = _restore_seen(seen)
            if not purpose and int(meter) != BOTH:
                fold.sole[(int(meter), owner, name)] = seen.sole
    for arrival in snapshot.arrivals:
        fold.arrivals[(arrival.purpose, arrival.staff)] = arrival.time
    fold.overrides = Overrides(map(_restore_override, snapshot.overrides))
    fold.grants = Grants(map(_restore_grant, snapshot.grants))
    for tallies, out_of in ((fold.repeats, snapshot.repeats), (fold.refusals, snapshot.refusals)):
        for each in out_of:
            tally = tallies.setdefault(each.staff, DayTally())
            events = zip(
                _unpacked("q", each.times), _unpacked("I", each.keys), _unpacked("I", each.amounts), strict=True
            )
            for time, key, amount in events:
                tally.add(time, key, amount)
    return fold


def _packed(values: array[int]) -> bytes:
    """Little-endian, whatever the machine."""
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    return values.tobytes()


def _unpacked(code: str, packed: bytes) -> array[int]:
    values: array[int] = array(code)
    values.frombytes(packed)
    if sys.byteorder == "big":
        values.byteswap()
    return values
