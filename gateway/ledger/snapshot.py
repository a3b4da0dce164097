"""Snapshots of the fold, for a fast start: sealed, written whole or not at all, and never trusted over the log.

Rule: a snapshot that is missing, damaged or foreign is no snapshot; the log is then read from its beginning. One that
is ahead of its log says that the log was cut.
"""

from __future__ import annotations

import os
import sys
from array import array
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import DecodeError

from gateway.ledger.fold import Fold
from gateway.ledger.merkle import Frontier
from gateway.ledger.record import COMMITMENT_SIZE
from gateway.ledger.seen import DayTally, Seen
from gateway.ledger.v1 import snapshot_pb2 as pb

_MAGIC: Final = b"register-gateway snapshot 1\n"
_NONCE: Final = 12


def write_snapshot(path: Path, fold: Fold, key: bytes) -> None:
    """Write the fold to `path` by way of a new file. A disk that will not take it is no harm: the log has it all."""
    nonce = os.urandom(_NONCE)
    sealed = _MAGIC + nonce + AESGCM(key).encrypt(nonce, _dump(fold), _MAGIC)
    fresh = path.with_suffix(".new")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):  # On a file system that has become read-only not even that.
            fresh.unlink(missing_ok=True)


def read_snapshot(path: Path, key: bytes) -> Fold | None:
    """The fold in `path`, or None."""
    try:
        sealed = path.read_bytes()
    except OSError:
        return None
    if not sealed.startswith(_MAGIC):
        return None
    body = sealed[len(_MAGIC) :]
    try:
        return _restore(pb.Snapshot.FromString(AESGCM(key).decrypt(body[:_NONCE], body[_NONCE:], _MAGIC)))
    except (InvalidTag, DecodeError, ValueError):
        return None


def _dump(fold: Fold) -> bytes:
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
    for (meter, purpose, owner, name), seen in fold.seen.items():
        times, subjects = seen.looks
        snapshot.seen.add(
            key=(str(meter), purpose, owner, name),
            times=_packed(times),
            subjects=_packed(subjects),
            older=_packed(array("I", seen.older)),
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
    return snapshot.SerializeToString()


def _restore(snapshot: pb.Snapshot) -> Fold:
    fold = Fold()
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
    for seen in snapshot.seen:
        meter, purpose, owner, name = seen.key
        fold.seen[(int(meter), purpose, owner, name)] = Seen(
            _unpacked("q", seen.times), _unpacked("I", seen.subjects), _unpacked("I", seen.older)
        )
    for arrival in snapshot.arrivals:
        fold.arrivals[(arrival.purpose, arrival.staff)] = arrival.time
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
