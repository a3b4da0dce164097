"""`sealed_token`: a pseudonym that the gateway itself can open again, for purposes keyed by their own pseudonyms.

Claim: without the domain's key a sealed token tells nothing but that two are the same, and cannot be made or
changed (AES-256-SIV, RFC 5297: deterministic and authenticated; the domain is associated data and has its own
key). Known attack: whoever holds the key reads all of them, so opening one is only for the gateway (rules M3, M6);
and a value of 15 octets or more shows its length to within 15.

Null and blank are EMPTY; what is no text, torn Unicode or more than 254 octets is MALFORMED.
"""

from __future__ import annotations

from typing import Final

from masking.keyring import DomainKeys
from masking.masker import Masker, NoSettings, keyed
from masking.pseudonym import SealedTokens
from masking.text import text_of
from masking.value import MALFORMED, Masked, Occasion, Pseudonym, Value, ValueKind


def _bind(_settings: NoSettings, keys: DomainKeys) -> Masker:
    seal = SealedTokens(keys).seal

    def sealed_token(value: Value | None, _occasion: Occasion) -> Masked:
        text = text_of(value)
        if not isinstance(text, str):
            return text
        try:
            return Pseudonym(seal(text))
        except ValueError:
            return MALFORMED  # longer than any identifier

    return sealed_token


SEALED_TOKEN: Final = keyed("sealed_token", fits=frozenset({ValueKind.ID}), settings=NoSettings, bind=_bind)
