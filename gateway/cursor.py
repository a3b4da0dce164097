"""Cursors: where a stream goes on, sealed so that they tell nothing and cannot be moved.

Rule: a cursor holds for the same caller, purpose, selection and mask only; whatever else comes is refused, and a
cursor of an older text of the purpose is told apart so that the caller knows to start again.
"""

from __future__ import annotations

import binascii
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.refusal import Reason, Refusal, Violation

_layout: Final = struct.Struct(">32sI10s")
_LONGEST: Final = 200

CURSOR_LABEL: Final = "hallway/cursor"


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which resident a stream goes on, and its next page's number, from 1; "" and 1 at the beginning."""

    after: str
    page: int


START: Final = Position("", 1)


class Cursors:
    """Seals and opens cursors under one key (AES-SIV, RFC 5297: same place, same cursor, and no nonce to reuse)."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def seal(self, position: Position, digest: bytes, bound: list[bytes]) -> str:
        """The cursor for a position under the purpose text `digest`, bound to `bound`."""
        plain = _layout.pack(digest, position.page, position.after.encode())
        return _spelled(self._cipher.encrypt(plain, bound))

    def open(self, cursor: str, digest: bytes, bound: list[bytes]) -> Position:
        """The position. Raises Refusal: REQUEST_MALFORMED for a cursor not made here for this, or PURPOSE_CHANGED."""
        if not cursor:
            return START
        try:
            if len(cursor) > _LONGEST:
                raise ValueError
            sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            if _spelled(sealed) != cursor:  # Python ignores spare bits and strange characters: one place, one cursor
                raise ValueError
            made_under, page, after = _layout.unpack(self._cipher.decrypt(sealed, bound))
        except (ValueError, binascii.Error, InvalidTag, struct.error):
            raise Refusal(
                Reason.REQUEST_MALFORMED,
                violations=(Violation("cursor", "not a cursor of this caller, purpose, selection and mask"),),
            ) from None
        if made_under != digest:
            raise Refusal(Reason.PURPOSE_CHANGED)
        return Position(after.decode(), page)


def _spelled(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()
