"""Signed checkpoints: C2SP tlog-checkpoint in a C2SP signed-note, Ed25519.

Rule: what is signed is the text that everyone can read; a signature that does not verify is no signature.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_ED25519: Final = b"\x01"
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


class NoteInvalid(Exception):
    """The note is not a checkpoint of this log, or not signed by this key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: `origin` names it, `size` counts its records, `root` is the RFC 6962 root (32 octets)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's text: origin, size, root, each on a line."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def is_key_name(text: str) -> bool:
    """Whether `text` may name a note key: not empty, neither spaces nor +."""
    return bool(text) and "+" not in text and not any(c.isspace() for c in text)


class Signer:
    """A note key under a name."""

    def __init__(self, name: str, seed: bytes) -> None:
        """`seed` is the Ed25519 private key, 32 octets."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note."""
        text = checkpoint.text()
        signature = b64encode(self.verifier.key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.verifier.name} {signature}\n"


class Verifier:
    """The public half of a note key: `str()` is the C2SP verifier key `name+hash+key`."""

    def __init__(self, name: str, public: bytes) -> None:
        if not is_key_name(name):
            raise ValueError("a key name is not empty and holds neither spaces nor +")
        self.name = name
        self.public = public
        self.key_id = sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> Verifier:
        """The inverse of `str()`. Raises NoteInvalid."""
        try:
            name, key_id, key = text.split("+", 2)
            raw = b64decode(key, validate=True)
            verifier = cls(name, raw[1:])
        except ValueError:
            raise NoteInvalid("not a verifier key") from None
        if raw[:1] != _ED25519 or len(raw) != 33 or key_id != verifier.key_id.hex():
            raise NoteInvalid("not an Ed25519 verifier key")
        return verifier

    def verify(self, note: str) -> Checkpoint:
        """The checkpoint that `note` carries. Raises NoteInvalid; signatures of other keys are passed over."""
        text, found, signatures = note.rpartition("\n\n")
        text += "\n"
        if not found or not signatures.endswith("\n"):
            raise NoteInvalid("not a signed note")
        for line in signatures.removesuffix("\n").split("\n"):
            if self._signed(line, text):
                return _checkpoint(text)
        raise NoteInvalid("no signature by this key")

    def _signed(self, line: str, text: str) -> bool:
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—" or not encoded:
            raise NoteInvalid("not a signature line")
        try:
            raw = b64decode(encoded, validate=True)
        except ValueError:
            raise NoteInvalid("not a signature line") from None
        if name != self.name or raw[:4] != self.key_id:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(raw[4:], text.encode())
        except (InvalidSignature, UnicodeEncodeError):
            raise NoteInvalid("the signature does not verify") from None
        return True


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteInvalid("not a checkpoint")
    try:
        root = b64decode(lines[2], validate=True)
    except ValueError:
        raise NoteInvalid("not a checkpoint") from None
    if len(root) != 32:
        raise NoteInvalid("not a checkpoint")
    return Checkpoint(lines[0], int(lines[1]), root)
