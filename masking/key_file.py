"""Where a root key lives, and the one place built in: a file of our own, mode 0600.

Rule: a key file is trusted for nothing that was not checked on the open file, is never overwritten by `make`, and is
replaced whole or not at all by `rotate`. A key management service is another `KeyStore`: one that unwraps the root key
for this process and keeps epoch and overlap beside it.

The file (format 1) is ASCII text of two lines, or three once it was rotated, each ended by a newline:

    masking-root-key-v1 epoch=002 encoding=hex
    <the 32 octets of the root key, as 64 lower-case hexadecimal digits>
    overlap until=2027-03-31

`epoch` is three decimal digits, 001 to 255: the epoch that new pseudonyms are issued in. Up to and including the day
of `overlap` (of Japan's calendar) those of the epoch before are accepted as input, too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Protocol

KEY_OCTETS: Final = 32
FIRST_EPOCH: Final = 1
LAST_EPOCH: Final = 255

_FILE: Final = re.compile(
    rb"masking-root-key-v1 epoch=([0-9]{3}) encoding=hex\n([0-9a-f]{64})\n"
    rb"(?:overlap until=([0-9]{4}-[0-9]{2}-[0-9]{2})\n)?"
)
_FILE_OCTETS: Final = len("masking-root-key-v1 epoch=001 encoding=hex\n") + 2 * KEY_OCTETS + 1
_FILE_OCTETS_ROTATED: Final = _FILE_OCTETS + len("overlap until=2027-03-31\n")


class KeyringError(Exception):
    """A key file that cannot be trusted, read or made. The message names the file, the fault and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class RootKey:
    """What a key store holds: the epoch in force (1..255), the root key (32 octets), and the last day on which
    pseudonyms of the epoch before are accepted (None: they are not). Its repr shows no key.
    """

    epoch: int
    octets: bytes = field(repr=False)
    overlap: date | None


class KeyStore(Protocol):
    """Where one root key lives. Each method may raise KeyringError."""

    def load(self) -> RootKey:
        """The key as it is now."""

    def rotate(self, overlap: date | None) -> RootKey:
        """Begin the next epoch, durable on return; the last one is accepted up to and including `overlap`."""


class KeyFile:
    """A root key in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def make(self) -> RootKey:
        """Make a new root key in epoch 1 and write it, on disk before this returns.

        Raises KeyringError if there is a file already (it is never overwritten) or it cannot be written.
        """
        key = RootKey(FIRST_EPOCH, secrets.token_bytes(KEY_OCTETS), None)
        try:
            _write_new(self._path, _text(key))
        except FileExistsError:
            raise KeyringError(
                f"{self._path}: there is a file already: use it, or choose another path; "
                "a lost root key cannot be replaced"
            ) from None
        except OSError as fault:
            raise KeyringError(
                f"{self._path}: cannot write the root key ({fault.strerror}): "
                "check that the directory exists and is writable"
            ) from fault
        return key

    def load(self) -> RootKey:
        """Read the file, trusting nothing about it.

        Raises KeyringError unless it is a regular file (no symbolic link), ours, with mode exactly 0600 and a whole
        key inside.
        """
        found = _FILE.fullmatch(_read_private(self._path))
        with contextlib.suppress(ValueError):  # a day that no calendar has
            if found is not None and FIRST_EPOCH <= int(found[1]) <= LAST_EPOCH:
                overlap = date.fromisoformat(found[3].decode("ascii")) if found[3] else None
                return RootKey(int(found[1]), bytes.fromhex(found[2].decode("ascii")), overlap)
        raise KeyringError(
            f"{self._path}: not a root key file of format 1, or cut short: restore it from its backup; "
            "only if nothing was ever pseudonymised with it, remove it and generate a new one"
        )

    def rotate(self, overlap: date | None) -> RootKey:
        """Begin the next epoch. The old file is replaced whole, and is there until the new one is on disk.

        Raises KeyringError as `load` does; after epoch 255; if the new file cannot be written.
        """
        key = self.load()
        if key.epoch == LAST_EPOCH:
            raise KeyringError(f"{self._path}: epoch {LAST_EPOCH} is the last one: a new root key is due")
        key = RootKey(key.epoch + 1, key.octets, overlap)
        try:
            made, name = tempfile.mkstemp(dir=self._path.parent, prefix=f"{self._path.name}.")
            os.close(made)
            fresh = Path(name)
            fresh.unlink()
            _write_new(fresh, _text(key))
            fresh.replace(self._path)
            _sync_directory(self._path.parent)
        except OSError as fault:
            raise KeyringError(
                f"{self._path}: the next epoch cannot be written ({fault.strerror}): the file is as it was"
            ) from fault
        return key


def _text(key: RootKey) -> bytes:
    text = f"masking-root-key-v1 epoch={key.epoch:03d} encoding=hex\n{key.octets.hex()}\n"
    if key.overlap is not None:
        text += f"overlap until={key.overlap.isoformat()}\n"
    return text.encode("ascii")


def _write_new(path: Path, octets: bytes) -> None:
    """Create `path` with mode 0600 and these octets, durable before it returns; leave nothing behind on failure."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        try:
            os.fchmod(handle, 0o600)  # a tight umask may have taken our own bits away
            if os.write(handle, octets) != len(octets):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
        _sync_directory(path.parent)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def _sync_directory(path: Path) -> None:
    """Without it the name itself may be lost with the power."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _read_private(path: Path) -> bytes:
    """Read a small file that must be ours alone. Every check is on the open file, so nobody can swap it between."""
    try:
        # O_NONBLOCK: a pipe in the key's place must be refused, not waited for.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        if fault.errno == errno.ENOENT:
            raise KeyringError(f"{path}: there is no root key file: check the path, or generate one") from None
        if fault.errno == errno.ELOOP:
            raise KeyringError(f"{path}: is a symbolic link: give the path of the key file itself") from None
        raise KeyringError(f"{path}: cannot open the root key file: {fault.strerror}") from fault
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise KeyringError(f"{path}: is not a regular file: give the path of the key file itself")
        if status.st_uid != os.geteuid():
            raise KeyringError(
                f"{path}: belongs to another account (uid {status.st_uid}): "
                "run as the account that owns the key, or give the file to this one"
            )
        if (mode := stat.S_IMODE(status.st_mode)) != 0o600:
            raise KeyringError(
                f"{path}: has mode {mode:04o}, must be 0600: run chmod 0600 on it; "
                "if others could read it, treat the key as known to them"
            )
        return os.read(handle, _FILE_OCTETS_ROTATED + 1)  # one more than a key file has: a longer file does not match
    finally:
        os.close(handle)
