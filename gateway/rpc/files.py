"""Reading the files that identities rest on: certificates, key sets and private keys.

Rule: a private key that others may read is no longer private, and is not used.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class FileFault(Exception):
    """A file that cannot be used. The message names the file, the fault and what to do; it never shows contents."""


def read_public(path: Path, limit: int) -> bytes:
    """The bytes of a regular file of at most `limit` octets. Raises FileFault."""
    return _read(path, limit, secret=False)


def read_secret(path: Path, limit: int) -> bytes:
    """The bytes of a file that only its owner can read. Raises FileFault, also where the mode lets others in."""
    return _read(path, limit, secret=True)


def _read(path: Path, limit: int, *, secret: bool) -> bytes:
    try:
        # O_NONBLOCK: opening a named pipe must not hang the server.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            # The opened file is asked, not the path: a path can be swapped in between.
            _check(path, os.fstat(descriptor).st_mode, secret=secret)
            with open(descriptor, "rb", closefd=False) as file:
                text = file.read(limit + 1)
        finally:
            os.close(descriptor)
    except OSError as fault:
        raise FileFault(f"{path}: cannot be read: {fault.strerror}") from None
    if len(text) > limit:
        raise FileFault(f"{path}: is larger than {limit} octets")
    return text


def _check(path: Path, mode: int, *, secret: bool) -> None:
    if not stat.S_ISREG(mode):
        raise FileFault(f"{path}: is not a regular file")
    if secret and mode & 0o077:
        raise FileFault(f"{path}: is open to others (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}")
