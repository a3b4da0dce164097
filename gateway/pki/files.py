"""Writing keys and certificates.

Rule: a secret is born private (mode 0600, never chmod-ed afterwards), nothing is overwritten unasked, and what has been
written is on disk.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def write_all(*, secrets: Mapping[Path, bytes], public: Mapping[Path, bytes]) -> None:
    """New files, secrets with mode 0600 and the others with 0644: all of them or none.

    Raises FileExistsError if one is there already, OSError if one cannot be written.
    """
    written: list[Path] = []
    try:
        for mode, texts in ((0o600, secrets), (0o644, public)):
            for path, text in texts.items():
                _write(path, text, mode)
                written.append(path)
    except OSError:
        for path in written:
            path.unlink()
        raise


def replace_secret(path: Path, text: bytes) -> None:
    """The file, new or in place of the old one, whole at any moment; mode 0600. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    _write(fresh, text, 0o600)
    try:
        fresh.replace(path)
    except OSError:
        fresh.unlink()
        raise


def _write(path: Path, text: bytes, mode: int) -> None:
    descriptor = os.open(path, _CREATE, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink()
        raise
