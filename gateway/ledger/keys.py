"""The ledger's keys: each for one thing, in a file of its own, readable by the gateway alone.

Rule: the commitment key is a key of its own (it must outlive rotations of the root key); a segment's key is random,
wrapped by the root key and kept out of backups of the log, so that destroying it erases the segment's bodies and
nothing else.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.note import Signer

KEY_SIZE: Final = 32
_NONCE: Final = 12
WRAPPING_LABEL: Final = "ledger/segment-wrapping"
SNAPSHOT_LABEL: Final = "ledger/snapshot"


class KeysInvalid(Exception):
    """A key of the ledger is missing, malformed or open to others; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """All keys of one ledger. `wrapping` and `snapshot` come from the root key; the rest are files."""

    commitment: bytes = field(repr=False)
    segment: bytes = field(repr=False)
    snapshot: bytes = field(repr=False)
    signer: Signer = field(repr=False)

    @classmethod
    def create(cls, directory: Path, *, name: str, wrapping: bytes, snapshot: bytes) -> LedgerKeys:
        """Make new keys in `directory`, which must not exist yet. `name` is the note key's name. Raises KeysInvalid."""
        if directory.exists():
            raise KeysInvalid(
                f"{directory}: there are keys already; they are never overwritten: "
                "only if no ledger was ever made with them, remove them"
            )
        fresh = directory.with_name(f"{directory.name}.new")
        try:
            shutil.rmtree(fresh, ignore_errors=True)  # A making that broke off; no ledger knows of it.
            fresh.mkdir(mode=0o700)
            write_secret(fresh / "commitment.key", os.urandom(KEY_SIZE))
            write_secret(fresh / "checkpoint.key", os.urandom(KEY_SIZE))
            nonce = os.urandom(_NONCE)
            wrapped = nonce + AESGCM(wrapping).encrypt(nonce, os.urandom(KEY_SIZE), b"segment 0")
            write_secret(fresh / "segment-0.key", wrapped)
            fresh.rename(directory)
        except OSError as error:
            raise KeysInvalid(f"{directory}: cannot be made: {error.strerror}") from None
        return cls.open(directory, name=name, wrapping=wrapping, snapshot=snapshot)

    @classmethod
    def open(cls, directory: Path, *, name: str, wrapping: bytes, snapshot: bytes) -> LedgerKeys:
        """Read the keys. Raises KeysInvalid."""
        wrapped = read_secret(directory / "segment-0.key", _NONCE + KEY_SIZE + 16)
        try:
            segment = AESGCM(wrapping).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], b"segment 0")
        except InvalidTag:
            raise KeysInvalid(
                f"{directory / 'segment-0.key'}: wrapped by another root key; configure the ledger's own keyring"
            ) from None
        return cls(
            read_secret(directory / "commitment.key", KEY_SIZE),
            segment,
            snapshot,
            Signer(name, read_secret(directory / "checkpoint.key", KEY_SIZE)),
        )


def write_secret(path: Path, secret: bytes) -> None:
    """Write a new secret file, mode 0600, its octets on the disk before it returns. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(descriptor)


def read_secret(path: Path, size: int) -> bytes:
    """Read a secret of `size` octets from a file that nobody else may open. Raises KeysInvalid."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise KeysInvalid(f"{path}: cannot be read: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
            raise KeysInvalid(f"{path}: must be a plain file with mode 0600; run chmod 600 on it")
        secret = file.read(size + 1)
    if len(secret) != size:
        raise KeysInvalid(f"{path}: not a key of {size} octets; restore it from where keys are kept")
    return secret
