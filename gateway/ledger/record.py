"""A record and its leaf: three parts that can be opened separately, and one hash that commits to them all.

Rule: the leaf says nothing of anyone. Header and private part stand behind salted hashes, each subject's line behind
its own blinding, so a resident can be given the header and *their* line with a proof, and nobody else's.
docs/ledger-format.md is the normative text; its test vectors hold this file to it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from google.protobuf.message import DecodeError

from gateway.ledger.merkle import HASH_SIZE, leaf_hash, root_of
from gateway.ledger.v1 import record_pb2 as pb

VERSION: Final = 1
COMMITMENT_SIZE: Final = 16
SALT_SIZE: Final = 32
_HEADER: Final = b"\x10"
_PRIVATE: Final = b"\x11"
_LINE: Final = b"\x12"
_BLINDING_SIZE: Final = 16
LEAF_SIZE: Final = 1 + 3 * HASH_SIZE

_line: Final = struct.Struct(">16sBI")


class RecordInvalid(Exception):
    """The octets are not a record of this format."""


@dataclass(frozen=True, slots=True)
class Line:
    """One subject of a record: `commitment` (16 octets), what became of it, and how many lines it had before."""

    commitment: bytes
    outcome: int
    before: int


def commit(key: bytes, resident_id: str) -> bytes:
    """The keyed commitment to a resident: HMAC-SHA-256 under a key of its own, cut to 128 bits."""
    return hmac.digest(key, resident_id.encode(), "sha256")[:COMMITMENT_SIZE]


def pack_lines(lines: list[tuple[bytes, int, int]]) -> bytes:
    """Lines as they stand in a body; each is (commitment, outcome, lines before)."""
    pack = _line.pack
    return b"".join([pack(*line) for line in lines])


def unpack_lines(packed: bytes) -> list[Line]:
    """The inverse of pack_lines. Raises RecordInvalid."""
    if len(packed) % _line.size:
        raise RecordInvalid("lines of a wrong length")
    return [Line(*fields) for fields in _line.iter_unpack(packed)]


def lines_root(packed: bytes, seed: bytes) -> bytes:
    """The RFC 6962 root over the blinded lines: leaf i is 0x12 ‖ blinding i ‖ line i."""
    count = len(packed) // _line.size
    blinding = hashlib.shake_256(seed).digest(_BLINDING_SIZE * count)
    size, width = _line.size, _BLINDING_SIZE
    prefix = b"\x00" + _LINE
    return root_of(
        [
            sha256(prefix + blinding[i * width : (i + 1) * width] + packed[i * size : (i + 1) * size]).digest()
            for i in range(count)
        ]
    )


def leaf_of(body: pb.Body) -> bytes:
    """The leaf: version ‖ hash of the header ‖ hash of the private part ‖ root of the lines; 97 octets."""
    return b"".join(
        (
            bytes((VERSION,)),
            sha256(_HEADER + body.header_salt + body.header).digest(),
            sha256(_PRIVATE + body.private_salt + body.private).digest(),
            lines_root(body.lines, body.blinding_seed),
        )
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A record ready to be appended."""

    leaf: bytes
    leaf_hash: bytes
    body: bytes


def write(header: bytes, private: bytes, lines: bytes) -> Written:
    """Salt, blind and hash the three parts."""
    chance = os.urandom(3 * SALT_SIZE)
    body = pb.Body(
        header=header,
        header_salt=chance[:SALT_SIZE],
        private=private,
        private_salt=chance[SALT_SIZE : 2 * SALT_SIZE],
        lines=lines,
        blinding_seed=chance[2 * SALT_SIZE :],
    )
    leaf = leaf_of(body)
    return Written(leaf, leaf_hash(leaf), body.SerializeToString())


@dataclass(frozen=True, slots=True)
class Record:
    """A record, opened."""

    header: pb.Header
    private: pb.Private
    lines: list[Line]
    leaf: bytes


def read(body: bytes) -> Record:
    """Open a body and hash it again. Raises RecordInvalid."""
    try:
        parts = pb.Body.FromString(body)
        header = pb.Header.FromString(parts.header)
        private = pb.Private.FromString(parts.private)
    except DecodeError:
        raise RecordInvalid("not a record") from None
    if any(len(s) != SALT_SIZE for s in (parts.header_salt, parts.private_salt, parts.blinding_seed)):
        raise RecordInvalid("a salt of a wrong length")
    return Record(header, private, unpack_lines(parts.lines), leaf_of(parts))
