"""The staff token: which person asks, and in which post.

Rule W2: a signed JWT (RFC 7519) from the city's identity provider, unexpired, for this gateway, bound to one client
certificate (RFC 8705 §3.1). Closed: what is not described here is refused (RFC 8725).
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key, OKPKey

from gateway.caller import is_word
from gateway.clock import SECOND
from gateway.rpc.doubt import Doubt, Doubtful
from gateway.rpc.jwks import SigningKeys

TOKEN_LIMIT: Final = 4096
"""Longest token, in characters."""

# Both signatures, ECDSA P-256 (RFC 7518 §3.4) and Ed25519, have 64 octets.
_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})")
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_TYPES: Final = ("JWT", "at+jwt")  # RFC 7519 §5.1, RFC 9068 §2.1


class _Algorithms(jws.JWSRegistry):
    """ES256 and Ed25519, and nothing else to choose from.

    Providers still write `EdDSA` (RFC 8037) for what RFC 9864 calls `Ed25519`: here both mean that one curve.
    """

    algorithms = {  # noqa: RUF012 - the base class has it so
        "ES256": jws.JWSRegistry.algorithms["ES256"],
        "Ed25519": jws.JWSRegistry.algorithms["Ed25519"],
        "EdDSA": jws.JWSRegistry.algorithms["Ed25519"],
    }


_ALGORITHMS: Final = _Algorithms(algorithms=("ES256", "Ed25519", "EdDSA"))


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """What a token must say. `leeway` (0 to 30 s) allows for clocks that differ; `longest` (s) bounds exp - iat.

    Raises ValueError for an empty issuer or audience, or a number out of range.
    """

    issuer: str
    audience: str
    leeway: int = 30
    longest: int = 12 * 3600

    def __post_init__(self) -> None:
        if not self.issuer or not self.audience:
            raise ValueError("tokens need an issuer and an audience to be held to")
        if not 0 <= self.leeway <= 30:
            raise ValueError("leeway is 0 to 30 seconds")
        if not 0 < self.longest <= 24 * 3600:
            raise ValueError("a token's longest life is 1 second to 24 hours")


@dataclass(frozen=True, slots=True)
class StaffToken:
    """A verified token: good from `since` on and before `until` (µs, leeway included).

    `thumbprint` names the client certificate that it is bound to.
    """

    staff: str
    department: str
    post: str
    role: str
    thumbprint: str
    since: int
    until: int


def verify_token(text: str, keys: SigningKeys, terms: TokenTerms, now: int) -> StaffToken:
    """The token in `text` (JWS compact serialization), held to `terms` at `now` µs. Raises Doubtful."""
    # 1. Shape: three parts of canonical base64url, not too long.
    parts = _COMPACT.fullmatch(text) if len(text) <= TOKEN_LIMIT else None
    if parts is None:
        raise Doubtful(Doubt.TOKEN_MALFORMED)
    header, claims, _ = (_decoded(part) for part in parts.groups())
    # 2. The header is closed: no key of its own (`jwk`, `jku`, `x5c`), no extension (`crit`), nothing unknown.
    kid, algorithm = _header(header)
    # 3. The key says which algorithm; the token only agrees (RFC 8725 §3.1).
    key = keys.get(kid)
    if key is None or algorithm not in _algorithms_of(key):
        raise Doubtful(Doubt.KEY_UNKNOWN)
    # 4. Signature.
    try:
        jws.deserialize_compact(text, key, registry=_ALGORITHMS)
    except (JoseError, ValueError):
        raise Doubtful(Doubt.SIGNATURE_WRONG) from None
    # 5. Claims, then times.
    return _claims(_object(claims), terms, now)


def _algorithms_of(key: Key) -> tuple[str, ...]:
    return ("EdDSA", "Ed25519") if isinstance(key, OKPKey) else ("ES256",)


def _decoded(part: str) -> bytes:
    try:
        octets = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError:
        raise Doubtful(Doubt.TOKEN_MALFORMED) from None
    # Python ignores spare bits at the end; two spellings of one token would be two cache entries.
    if base64.urlsafe_b64encode(octets).rstrip(b"=") != part.encode("ascii"):
        raise Doubtful(Doubt.TOKEN_MALFORMED)
    return octets


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):  # RFC 7519 §4 and RFC 7515 §4 leave a choice here: refuse
        raise ValueError("a name twice")
    return members


def _object(octets: bytes) -> dict[str, object]:
    try:
        value = json.loads(octets.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise Doubtful(Doubt.TOKEN_MALFORMED) from None
    if not isinstance(value, dict):
        raise Doubtful(Doubt.TOKEN_MALFORMED)
    return value


def _header(octets: bytes) -> tuple[str, str]:
    header = _object(octets)
    kid, algorithm = header.get("kid"), header.get("alg")
    if header.keys() - {"alg", "kid", "typ"} or header.get("typ", "JWT") not in _TYPES:
        raise Doubtful(Doubt.TOKEN_MALFORMED)
    if not isinstance(kid, str) or not isinstance(algorithm, str):
        raise Doubtful(Doubt.TOKEN_MALFORMED)
    return kid, algorithm


def _claims(claims: dict[str, object], terms: TokenTerms, now: int) -> StaffToken:
    if claims.get("iss") != terms.issuer:
        raise Doubtful(Doubt.ISSUER_WRONG)
    # A token for several audiences can be replayed by each of them to the others.
    if claims.get("aud") not in (terms.audience, [terms.audience]):
        raise Doubtful(Doubt.AUDIENCE_WRONG)
    since, until = _life(claims, terms, now)
    binding = claims.get("cnf")
    thumbprint = binding.get("x5t#S256") if isinstance(binding, dict) and len(binding) == 1 else None
    if not isinstance(thumbprint, str) or _THUMBPRINT.fullmatch(thumbprint) is None:
        raise Doubtful(Doubt.CLAIMS_MALFORMED)
    return StaffToken(
        staff=_word(claims, "sub"),
        department=_word(claims, "department"),
        post=_word(claims, "post"),
        role=_word(claims, "role"),
        thumbprint=thumbprint,
        since=since,
        until=until,
    )


def _life(claims: dict[str, object], terms: TokenTerms, now: int) -> tuple[int, int]:
    issued = _moment(claims, "iat")
    expires = _moment(claims, "exp")
    starts = max(issued, _moment(claims, "nbf")) if "nbf" in claims else issued
    if not 0 < expires - issued <= terms.longest * SECOND:
        raise Doubtful(Doubt.TOKEN_LIVES_TOO_LONG)
    since, until = starts - terms.leeway * SECOND, expires + terms.leeway * SECOND
    if now < since:
        raise Doubtful(Doubt.TOKEN_NOT_YET_VALID)
    if now >= until:
        raise Doubtful(Doubt.TOKEN_EXPIRED)
    return since, until


def _moment(claims: dict[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):  # NumericDate in whole seconds
        raise Doubtful(Doubt.CLAIMS_MALFORMED)
    return value * SECOND


def _word(claims: dict[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not is_word(value):
        raise Doubtful(Doubt.CLAIMS_MALFORMED)
    return value
