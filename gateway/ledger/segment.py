"""Encryption at rest: a record's body under its segment's key.

Rule: AES-256-GCM with a random 96-bit nonce each time (a doubtful commit may be written again at the same place with
other contents, so the place must not be the nonce), bound to the ledger and to the record's place in it.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.ledger.record import RecordInvalid

_NONCE: Final = 12


class Segment:
    """Seals and opens the bodies of one segment."""

    def __init__(self, ledger_id: bytes, key: bytes) -> None:
        self._ledger_id = ledger_id
        self._cipher = AESGCM(key)

    def seal(self, seq: int, body: bytes) -> bytes:
        """nonce ‖ ciphertext and tag."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, body, self._ledger_id + seq.to_bytes(8, "big"))

    def open(self, seq: int, sealed: bytes) -> bytes:
        """The body. Raises RecordInvalid if it was changed, moved, or sealed under another key."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._ledger_id + seq.to_bytes(8, "big"))
        except (InvalidTag, ValueError):
            raise RecordInvalid("the body does not open under the segment's key") from None
