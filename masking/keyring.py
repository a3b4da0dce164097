"""One root key, and every other key derived from it.

Rule M1: root key → HKDF-SHA256 (RFC 5869) → one key for each (department, purpose, field, epoch). There
is no default domain: whoever has no `DomainKeys` cannot bind a keyed masker. No key is ever printed.

The epoch is part of the derivation, so one root key serves all epochs up to the one in force (`masking.key_file` says
where key and epoch are kept). The derivation, with `lp(x)` the length of x in two octets (big-endian) followed by x,
and all text in ASCII:

    domain key = HKDF(root, no salt, info = lp("masking domain") lp(0x01)
                                            lp(department) lp(purpose) lp(field) lp(epoch))
    subkey     = HKDF-Expand(domain key, info = lp("masking use") lp(0x01) lp(use))
    own key    = HKDF(root, no salt, info = lp("masking own") lp(0x01) lp(label))

where epoch is one octet, and every key has 32 octets unless its use says otherwise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand

from masking.key_file import FIRST_EPOCH, KEY_OCTETS, LAST_EPOCH, KeyFile, KeyringError, KeyStore, RootKey

__all__ = ["DomainKeys", "Keyring", "KeyringError", "PseudonymDomain", "encode_parts"]

_DERIVATION: Final = b"\x01"  # version of the derivation; a new one gives new keys, and old tokens stop opening
# No upper case and no leading dot: two domains that look alike to a person must not be two domains.
_PART: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


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

    `epoch` (1..255) is the one that new pseudonyms are issued in; up to and including the day of `overlap` those of the
    epoch before are accepted as input, too (None: they are not).
    """

    epoch: int
    _root: bytes = field(repr=False)
    overlap: date | None = None

    def __post_init__(self) -> None:
        if len(self._root) != KEY_OCTETS:
            raise ValueError(f"a root key has {KEY_OCTETS} octets")
        if not FIRST_EPOCH <= self.epoch <= LAST_EPOCH:
            raise ValueError(f"epoch out of range {FIRST_EPOCH}..{LAST_EPOCH}")

    @classmethod
    def generate(cls, path: Path) -> Keyring:
        """Make a new root key in epoch 1, write it to `path` (mode 0600), and open it. Raises KeyringError."""
        return cls._of(KeyFile(path).make())

    @classmethod
    def open(cls, path: Path) -> Keyring:
        """Read the root key from a file. Raises KeyringError, see `KeyFile.load`."""
        return cls.load(KeyFile(path))

    @classmethod
    def load(cls, store: KeyStore) -> Keyring:
        """Read the root key from wherever it lives. Raises KeyringError."""
        return cls._of(store.load())

    @classmethod
    def _of(cls, key: RootKey) -> Keyring:
        return cls(key.epoch, key.octets, key.overlap)

    def after(self, before: Keyring) -> Keyring:
        """This keyring, if it is `before` in the same or a later epoch. Raises KeyringError."""
        if self._root != before._root:
            raise KeyringError("another root key than the one in use: put the old one back, or stop and start anew")
        if self.epoch < before.epoch:
            raise KeyringError(f"epoch {self.epoch} lies before epoch {before.epoch}, which is in use: an old copy?")
        return self

    def last(self, domain: PseudonymDomain) -> DomainKeys | None:
        """The keys of the epoch before, if its pseudonyms are accepted until some day; that day is `overlap`."""
        return self.domain(domain, self.epoch - 1) if self.overlap is not None and self.epoch > FIRST_EPOCH else None

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
