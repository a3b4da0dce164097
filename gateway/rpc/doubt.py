"""Why an identity was not believed: words for operators' counters, never for callers.

Rule W2: the caller learns IDENTITY_INVALID and no more; whoever runs the gateway needs to tell an expired token from a
forged one. The words name no person, system or value.
"""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    """What did not hold."""

    NO_CERTIFICATE = "no_certificate"
    CERTIFICATE_MALFORMED = "certificate_malformed"
    CERTIFICATE_FOREIGN = "certificate_foreign"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    NO_TOKEN = "no_token"  # noqa: S105 - the absence of one
    TOKEN_MALFORMED = "token_malformed"  # noqa: S105 - a word for a counter
    KEY_UNKNOWN = "key_unknown"
    SIGNATURE_WRONG = "signature_wrong"
    ISSUER_WRONG = "issuer_wrong"
    AUDIENCE_WRONG = "audience_wrong"
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a word for a counter
    TOKEN_NOT_YET_VALID = "token_not_yet_valid"  # noqa: S105 - a word for a counter
    TOKEN_LIVES_TOO_LONG = "token_lives_too_long"  # noqa: S105 - a word for a counter
    CLAIMS_MALFORMED = "claims_malformed"
    BOUND_TO_ANOTHER_CERTIFICATE = "bound_to_another_certificate"
    DEPARTMENTS_DIFFER = "departments_differ"


class Doubtful(Exception):
    """An identity that is not believed. Stays inside gateway.rpc: Identity turns it into the one refusal."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.value)
        self.doubt = doubt
