"""The public keys that staff tokens are signed with: a JWK Set (RFC 7517) in a file.

Rule: a file that is broken, ambiguous or holds a secret changes nothing: the keys in force stay, and it is said aloud.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey

from gateway.rpc.files import FileFault, read_public

_LIMIT: Final = 256 * 1024
_KID_LIMIT: Final = 128
# RFC 7518 §6.2.2, §6.3.2 and §6.4.1: members that only a private or shared key has.
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

SigningKeys = Mapping[str, Key]
"""Public keys by key id, EC P-256 or Ed25519 only. Another object whenever a key has changed."""


def parse_jwks(text: bytes) -> SigningKeys:
    """The signature keys of a JWK Set. Keys of other kinds are left out, as RFC 7517 §5 advises.

    Raises ValueError (message for operators, without key material) if it is no JWK Set, has no usable key, a usable key
    without a key id, two keys with one id, or a private or shared key.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is not JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError('is not a JWK Set: {"keys": […]}')
    keys: dict[str, Key] = {}
    for index, entry in enumerate(entries):
        if _SECRET_MEMBERS & entry.keys():
            raise ValueError(f"keys[{index}] is a private or shared key: publish public keys only, replace this one")
        key = _public_key(index, entry)
        if key is None:
            continue
        kid = entry.get("kid")
        if not isinstance(kid, str) or not 0 < len(kid) <= _KID_LIMIT:
            raise ValueError(f"keys[{index}] needs a `kid` of 1 to {_KID_LIMIT} characters")
        if kid in keys:
            raise ValueError(f"keys[{index}] has the `kid` of an earlier key; a key id names one key")
        keys[kid] = key
    if not keys:
        raise ValueError("has no key for ES256 (EC P-256) or Ed25519 signatures")
    return MappingProxyType(keys)


def _public_key(index: int, entry: dict[str, object]) -> Key | None:
    try:
        if entry.get("use", "sig") != "sig":
            return None
        match entry.get("kty"), entry.get("crv"), entry.get("alg"):
            case "EC", "P-256", None | "ES256":
                key: Key = ECKey.import_key(_text_members(entry))
            case "OKP", "Ed25519", None | "EdDSA" | "Ed25519":
                key = OKPKey.import_key(_text_members(entry))
            case _:
                return None
        key.public_key  # noqa: B018 - joserfc reads the point only when asked
    except (JoseError, ValueError, TypeError):
        raise ValueError(f"keys[{index}] cannot be read") from None
    return key


def _text_members(entry: dict[str, object]) -> dict[str, str | list[str]]:
    """Only what defines the key: `alg` and `key_ops` of the file do not reach the library."""
    members: dict[str, str | list[str]] = {}
    for name in ("kty", "crv", "x", "y"):
        value = entry.get(name)
        if isinstance(value, str):
            members[name] = value
    return members


class JwksFile:
    """A JWK Set file: `keys` is what was last read well. Raises FileFault if it cannot be read at first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        text = read_public(path, _LIMIT)
        self.keys: SigningKeys = self._parse(text)
        self._digest = hashlib.sha256(text).digest()

    def refresh(self) -> bool:
        """Read the file again; whether other keys are in force now. Raises FileFault, and then nothing has changed."""
        text = read_public(self._path, _LIMIT)
        digest = hashlib.sha256(text).digest()
        if digest == self._digest:
            return False
        self.keys = self._parse(text)
        self._digest = digest
        return True

    def _parse(self, text: bytes) -> SigningKeys:
        try:
            return parse_jwks(text)
        except ValueError as fault:
            raise FileFault(f"{self._path}: {fault}") from None
