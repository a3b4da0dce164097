"""What a pseudonym looks like, for all kinds of it, and how it is opened, refused and traced.

Rule: a pseudonym means something in one domain only. Its tag is keyed by that domain and covers the whole
of it, so that another domain refuses it (M3), nobody can move the tag to another body, and the keyholder can
tell where a leaked one came from (M4) without opening it.

Text form, version 1: the kind, `tk1` (token) or `sk1` (sealed token), followed by the octets below in
base64url (RFC 4648, section 5). Their number is a multiple of three: no padding, and one text for one token.

    octet  0          epoch, 1..255
    octets 1..10      tag     = first 10 octets of HMAC-SHA256(subkey "tag", kind ‖ epoch ‖ payload)
    octets 11..       payload
      tk1  16         first 16 octets of HMAC-SHA256(subkey "token", value)
      sk1  16 + 15n   AES-256-SIV (RFC 5297; SIV, then ciphertext) under subkey "seal" of 64 octets, with the
                      associated data (kind ‖ the domain's `context`), of: value ‖ 0x80 ‖ 0x00 … up to 15n octets

The value is UTF-8. The padding (ISO/IEC 7816-4) keeps the length of short values to itself. `kind` is the
three ASCII characters of the text form. Keys: see `masking.keyring`.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from masking.keyring import DomainKeys, Keyring, PseudonymDomain

TOKEN_KIND: Final = b"tk1"
SEALED_KIND: Final = b"sk1"

SEALED_VALUE_OCTETS: Final = 254
"""The longest value that can be sealed, octets of UTF-8: far more than any identifier, little enough to refuse fast."""

_TAG: Final = 10
_TOKEN_PAYLOAD: Final = 16
_BLOCK: Final = 15
_PAYLOAD_AT: Final = 1 + _TAG
_SEALED_OCTETS: Final = _PAYLOAD_AT + 16 + (SEALED_VALUE_OCTETS // _BLOCK + 1) * _BLOCK
_TEXT: Final = re.compile(rf"(tk1|sk1)((?:[A-Za-z0-9_-]{{4}}){{1,{_SEALED_OCTETS // 3}}})", re.ASCII)


class ForeignToken(Exception):
    """Not a pseudonym of this domain: another's, of another epoch, forged or malformed; which, is not said."""


def tokens(keys: DomainKeys) -> Callable[[bytes], str]:
    """Make the function that gives a value's token (kind `tk1`): same value, same token; no way back."""
    key = keys.subkey("token")
    stamp = _stamp(TOKEN_KIND, keys)
    digest = hmac.digest

    def token(value: bytes) -> str:
        return stamp(digest(key, value, "sha256")[:_TOKEN_PAYLOAD])

    return token


class SealedTokens:
    """Pseudonyms of one domain and epoch that its keyholder can open again (kind `sk1`)."""

    __slots__ = ("_associated", "_cipher", "_epoch", "_stamp", "_tag_key")

    def __init__(self, keys: DomainKeys) -> None:
        self._epoch = keys.epoch
        self._cipher = AESSIV(keys.subkey("seal", 64))
        self._associated = [SEALED_KIND + keys.context]
        self._stamp = _stamp(SEALED_KIND, keys)
        self._tag_key = keys.subkey("tag")

    def seal(self, value: str) -> str:
        """Give the value's sealed token: same value, same token.

        Raises ValueError for an empty value, one beyond `SEALED_VALUE_OCTETS`, or one that is no Unicode text.
        """
        octets = value.encode()  # UnicodeEncodeError is a ValueError
        if not 0 < len(octets) <= SEALED_VALUE_OCTETS:
            raise ValueError(f"a value of 1 to {SEALED_VALUE_OCTETS} octets can be sealed")
        padded = octets + b"\x80" + bytes(-(len(octets) + 1) % _BLOCK)
        return self._stamp(self._cipher.encrypt(padded, self._associated))

    def open(self, token: str) -> str:
        """Give the value that was sealed. Raises ForeignToken for whatever this domain did not issue, without a why."""
        read = _read(token)
        if read is None:
            raise ForeignToken
        kind, epoch, tag, payload = read
        if kind != SEALED_KIND or epoch != self._epoch:
            raise ForeignToken
        if not hmac.compare_digest(tag, _tag(self._tag_key, kind, epoch, payload)):
            raise ForeignToken
        try:
            padded = self._cipher.decrypt(payload, self._associated)
        except (InvalidTag, ValueError):
            raise ForeignToken from None
        return padded[: padded.rindex(b"\x80")].decode()  # authentic, so it is what `seal` wrote


class AcceptedTokens:
    """The sealed tokens that a domain takes as input: its own of the epoch in force and, up to and including the last
    day of the `overlap`, of the one before (None: of none). Only the new ones are issued.
    """

    __slots__ = ("_current", "_last", "overlap")

    def __init__(self, keyring: Keyring, domain: PseudonymDomain) -> None:
        last = keyring.last(domain)
        self._current = SealedTokens(keyring.domain(domain))
        self._last = None if last is None else SealedTokens(last)
        self.overlap = keyring.overlap

    def open(self, token: str, today: date) -> str:
        """Give the value that was sealed. Raises ForeignToken for whatever is not accepted today, without a why."""
        try:
            return self._current.open(token)
        except ForeignToken:
            if self._last is None or self.overlap is None or today > self.overlap:
                raise
            return self._last.open(token)

    def seal(self, value: str) -> str:
        """Give the value's token of the epoch in force. Raises ValueError, see `SealedTokens.seal`."""
        return self._current.seal(value)


class Origin(NamedTuple):
    """Where a pseudonym came from."""

    domain: PseudonymDomain
    epoch: int


def trace(token: str, keyring: Keyring, domains: Iterable[PseudonymDomain]) -> Origin | None:
    """Name the one domain, of those given, that issued the token, and the epoch; None if none of them did.

    Opens nothing: which resident or value it stands for stays sealed. A chance match with a wrong domain has
    a probability of 2**-80 for each.
    """
    read = _read(token)
    if read is None:
        return None
    kind, epoch, tag, payload = read
    if not 1 <= epoch <= keyring.epoch:
        return None
    for domain in domains:
        key = keyring.domain(domain, epoch).subkey("tag")
        if hmac.compare_digest(tag, _tag(key, kind, epoch, payload)):
            return Origin(domain, epoch)
    return None


def _tag(key: bytes, kind: bytes, epoch: int, payload: bytes) -> bytes:
    return hmac.digest(key, kind + epoch.to_bytes(1, "big") + payload, "sha256")[:_TAG]


def _stamp(kind: bytes, keys: DomainKeys) -> Callable[[bytes], str]:
    """Make the function that puts epoch, tag and kind around a payload."""
    key = keys.subkey("tag")
    epoch = keys.epoch.to_bytes(1, "big")
    head = kind + epoch
    prefix = kind.decode("ascii")
    digest = hmac.digest

    def stamp(payload: bytes) -> str:
        tag = digest(key, head + payload, "sha256")[:_TAG]
        return prefix + urlsafe_b64encode(epoch + tag + payload).decode("ascii")

    return stamp


def _read(token: str) -> tuple[bytes, int, bytes, bytes] | None:
    """Take a token's text apart into kind, epoch, tag and payload; None if it cannot be a token. Proves nothing."""
    found = _TEXT.fullmatch(token)
    if found is None:
        return None
    kind, octets = found[1].encode("ascii"), urlsafe_b64decode(found[2])
    payload = octets[_PAYLOAD_AT:]
    sound = len(payload) == _TOKEN_PAYLOAD if kind == TOKEN_KIND else len(payload) % _BLOCK == 1 and len(payload) > 16
    return (kind, octets[0], octets[1:_PAYLOAD_AT], payload) if sound else None
