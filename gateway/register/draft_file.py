"""A database file in the making: what it has from the first moment, and what it must have before it is given its name.

Rule: nobody but its owner ever reads it, and its octets are on the disk before its name is.
"""

from __future__ import annotations

import os
from pathlib import Path


def begun(path: Path) -> None:
    """Make an empty file, mode 0600. Raises FileExistsError, OSError.

    To be called before SQLite opens the path: it would make the file for others to read, too.
    """
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def synced(path: Path) -> None:
    """Wait until a file, or a directory's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
