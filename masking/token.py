"""`token`: a keyed hash in place of the value; the same value gives the same token inside one domain.

Claim: without the domain's key a token cannot be turned back, guessed or linked to another domain's (HMAC-SHA256
cut to 128 bits, RFC 2104). Known attack: equality shows, so the frequency of tokens tells the frequency of
values; that is why it fits texts and identifiers and not dates, amounts or areas.

Octets are hashed as they are: two spellings of a name are two values.

Null and blank are EMPTY; what is no text, or torn Unicode, is MALFORMED.
"""

from __future__ import annotations

from typing import Final

from masking.keyring import DomainKeys
from masking.masker import Masker, NoSettings, keyed
from masking.pseudonym import tokens
from masking.text import text_of
from masking.value import Masked, Occasion, Pseudonym, Value, ValueKind


def _bind(_settings: NoSettings, keys: DomainKeys) -> Masker:
    token_of = tokens(keys)

    def token(value: Value | None, _occasion: Occasion) -> Masked:
        text = text_of(value)
        return Pseudonym(token_of(text.encode())) if isinstance(text, str) else text

    return token


TOKEN: Final = keyed(
    "token",
    fits=frozenset({ValueKind.ID, ValueKind.NAME, ValueKind.TEXT, ValueKind.CODE}),
    settings=NoSettings,
    bind=_bind,
)
