"""One root key, and every other key derived from it.

Rule M1: root key → HKDF-SHA256 (RFC 5869) → one key for each (department, purpose, field, epoch). There
is no default domain: whoever has no `DomainKeys` cannot bind a keyed masker. No key is ever printed.

The key file (format 1) is ASCII text of exactly two lines, each ended by a newline:

    masking-root-key-v1 epoch=001 encoding=hex
    <the 32 octets of the root key, as 64 lower-case hexadecimal digits>

`epoch` is three decimal digits, 001 to 255: the epoch that new pseudonyms are issued in. It is part of
the derivation, so one root key serves all epochs up to the one written here. The derivation, with
`lp(x)` the length of x in two octets (big-endian) followed by x, and all text in ASCII:

    domain key = HKDF(root, no salt, info = lp("masking domain") lp(0x01)
                                            lp(department) lp(purpose) lp(field) lp(epoch))
    subkey     = HKDF-Expand(domain key, info = lp("masking use") lp(0x01) lp(use))
    own key    = HKDF(root, no salt, info = lp("masking own") lp(0x01) lp(label))

where epoch is one octet, and every key has 32 octets unless its use says otherwise.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

KEY_OCTETS: Final = 32
FIRST_EPOCH: Final = 1
LAST_EPOCH: Final = 255

_DERIVATION: Final = b"\x01"  # version of the derivation; a new one gives new keys, and old tokens stop opening
_FILE: Final = re.compile(rb"masking-root-key-v1 epoch=([0-9]{3}) encoding=hex\n([0-9a-f]{64})\n")
_FILE_OCTETS: Final = len("masking-root-key-v1 epoch=001 encoding=hex\n") + 2 * KEY_OCTETS + 1
# No upper case and no leading dot: two domains that look alike to a person must not be two domains.
_PART: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class KeyringError(Exception):
    """A key file that cannot be trusted, read or made. The message names the file, the fault and what to do."""


@dataclass(frozen=True, slots=True)
class PseudonymDomain:
    """Where pseudonyms may link: one field of one purpose in the hands of one department.

    Each part is 1 to 64 characters of `a-z 0-9 . _ -`, beginning with a letter or digit. Raises ValueError otherwise.
    """

    department: str
    purpose: str
    field: str

    def __post_init__(self) -> None:
        for name in ("department", "purpose", "field"):
            if _PART.fullmatch(getattr(self, name)) is None:
                raise ValueError(
                    f"{name} of a pseudonym domain: write 1 to 64 of a-z 0-9 . _ - beginning with a letter or digit"
                )


@dataclass(frozen=True, slots=True, eq=False)
class DomainKeys:
    """The key of one domain in one epoch, and the subkeys that maskers draw from it. Its repr shows no key."""

    domain: PseudonymDomain
    epoch: int
    _key: bytes = field(repr=False)

    def subkey(self, use: str, octets: int = KEY_OCTETS) -> bytes:
        """Derive the key for one `use` (a fixed word of the masker's own), 16 to 64 octets long.

        Two uses share no key: what one masker of a domain shows says nothing about another's.
        """
        if not use or not use.isascii():
            raise ValueError("a use is ASCII text, not empty")
        info = encode_parts(b"masking use", _DERIVATION, use.encode("ascii"))
        return HKDFExpand(SHA256(), length=octets, info=info).derive(self._key)

    @property
    def context(self) -> bytes:
        """Domain and epoch as octets, for binding into whatever the domain's keys protect."""
        return _domain_info(self.domain, self.epoch)


@dataclass(frozen=True, slots=True, eq=False)
class Keyring:
    """The root key, opened. Ask it for a domain's keys; it never hands out the root. Its repr shows no key.

    `epoch` (1..255) is the one that new pseudonyms are issued in.
    """

    epoch: int
    _root: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self._root) != KEY_OCTETS:
            raise ValueError(f"a root key has {KEY_OCTETS} octets")
        if not FIRST_EPOCH <= self.epoch <= LAST_EPOCH:
            raise ValueError(f"epoch out of range {FIRST_EPOCH}..{LAST_EPOCH}")

    @classmethod
    def generate(cls, path: Path) -> Keyring:
        """Make a new root key in epoch 1, write it to `path` (mode 0600, on disk before this returns), and open it.

        Raises KeyringError if there is a file already (it is never overwritten) or it cannot be written.
        """
        keyring = cls(FIRST_EPOCH, secrets.token_bytes(KEY_OCTETS))
        text = f"masking-root-key-v1 epoch={keyring.epoch:03d} encoding=hex\n{keyring._root.hex()}\n"
        try:
            _write_new(path, text.encode("ascii"))
        except FileExistsError:
            raise KeyringError(
                f"{path}: there is a file already: use it, or choose another path; a lost root key cannot be replaced"
            ) from None
        except OSError as fault:
            raise KeyringError(
                f"{path}: cannot write the root key ({fault.strerror}): check that the directory exists and is writable"
            ) from fault
        return keyring

    @classmethod
    def open(cls, path: Path) -> Keyring:
        """Read the root key from `path`, trusting nothing about it.

        Raises KeyringError unless it is a regular file (no symbolic link), ours, with mode exactly 0600 and a whole
        key inside.
        """
        found = _FILE.fullmatch(_read_private(path))
        if found is None or not FIRST_EPOCH <= int(found[1]) <= LAST_EPOCH:
            raise KeyringError(
                f"{path}: not a root key file of format 1, or cut short: restore it from its backup; "
                "only if nothing was ever pseudonymised with it, remove it and generate a new one"
            )
        return cls(int(found[1]), bytes.fromhex(found[2].decode("ascii")))

    def domain(self, domain: PseudonymDomain, epoch: int | None = None) -> DomainKeys:
        """Derive the keys of one domain, in the current epoch or an earlier one. Raises ValueError for a later one."""
        chosen = self.epoch if epoch is None else epoch
        if not FIRST_EPOCH <= chosen <= self.epoch:
            raise ValueError(f"epoch out of range {FIRST_EPOCH}..{self.epoch}")
        return DomainKeys(domain, chosen, self._hkdf(_domain_info(domain, chosen)))

    def derive(self, label: str) -> bytes:
        """Derive 32 octets for a need outside masking, such as signing cursors; `label` (ASCII) names the need.

        Shares no key with any domain, and does not change with the epoch: what is signed or committed under it
        must be verifiable for as long as it is kept.
        """
        if not label or not label.isascii():
            raise ValueError("a label is ASCII text, not empty")
        return self._hkdf(encode_parts(b"masking own", _DERIVATION, label.encode("ascii")))

    def _hkdf(self, info: bytes) -> bytes:
        return HKDF(SHA256(), length=KEY_OCTETS, salt=None, info=info).derive(self._root)


def encode_parts(*parts: bytes) -> bytes:
    """Join octet strings so that no two different lists give the same result: each after its length in two octets."""
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def _domain_info(domain: PseudonymDomain, epoch: int) -> bytes:
    names = (domain.department, domain.purpose, domain.field)
    return encode_parts(
        b"masking domain", _DERIVATION, *(name.encode("ascii") for name in names), epoch.to_bytes(1, "big")
    )


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
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)  # without it the name itself may be lost with the power
        finally:
            os.close(directory)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


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
        return os.read(handle, _FILE_OCTETS + 1)  # one more than a key file has: a longer file does not match
    finally:
        os.close(handle)
