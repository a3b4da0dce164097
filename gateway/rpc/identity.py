"""Who calls: one call's client certificate and staff token, turned into a Caller or one refusal.

Rule W1, W2: both identities or nothing; they agree on the department; the token is bound to this very certificate; and
every failure is IDENTITY_INVALID without detail.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypeVar

from grpc.aio import ServicerContext

from gateway.caller import Caller
from gateway.clock import Clock, day_of
from gateway.refusal import Reason, Refusal
from gateway.rpc.certificate import ClientCertificate, TrustBundle, read_certificate, verify_certificate
from gateway.rpc.doubt import Doubt, Doubtful
from gateway.rpc.jwks import SigningKeys
from gateway.rpc.spiffe import UNKNOWN_SYSTEM
from gateway.rpc.token import TokenTerms, verify_token

_MOST: Final = 4096
_SCHEME: Final = "bearer "
_Context = ServicerContext[Any, Any]
_K = TypeVar("_K")
_V = TypeVar("_V")


class KeySource(Protocol):
    """Where the token keys in force are."""

    @property
    def keys(self) -> SigningKeys:
        """Another object after each change."""


class TrustSource(Protocol):
    """Where the trust bundle in force is."""

    @property
    def trust(self) -> TrustBundle:
        """Another object after each change."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A verified identity, good from `since` on and before `until` (µs)."""

    caller: Caller
    since: int
    until: int


class Identity:
    """Verifies callers and remembers them until their token or certificate expires.

    Remembered by the call's own certificate and token, never by its peer address (ports are used again), at most 4,096,
    and only under the very keys, trust bundle and staff directory, and on the very day, that they were verified with: a
    post that ends takes what its tokens were known by with it.
    """

    def __init__(
        self,
        *,
        trust_domain: str,
        terms: TokenTerms,
        keys: KeySource,
        trust: TrustSource,
        clock: Clock,
        revision: Callable[[], int],
        doubted: Callable[[Doubt], None],
    ) -> None:
        """`revision` is another number after each change of the staff directory. `doubted` hears why a caller was
        refused; it is for counters, and must not reach the caller.
        """
        self._trust_domain = trust_domain
        self._terms = terms
        self._key_source = keys
        self._trust_source = trust
        self._clock = clock
        self._doubted = doubted
        self._revision = revision
        self._posts = (0, date.min)
        self._keys = keys.keys
        self._trust = trust.trust
        self._known: dict[tuple[bytes, str], _Known] = {}
        self._certificates: dict[tuple[bytes, bytes], ClientCertificate] = {}

    def caller(self, context: _Context) -> Caller:
        """Whoever makes this call. Raises Refusal(IDENTITY_INVALID). About 4 µs for one who is remembered."""
        return self.caller_of(context.auth_context(), context.invocation_metadata() or ())

    def caller_of(
        self, transport: Mapping[str, Iterable[bytes]], metadata: Iterable[tuple[str, str | bytes]]
    ) -> Caller:
        """Whom gRPC's authentication context and the request's metadata name. Raises Refusal(IDENTITY_INVALID)."""
        try:
            pem = _only(transport.get("x509_pem_cert", ()))
            authorization = _authorization(metadata)
            now = self._clock.wall()
            if self._keys is not self._key_source.keys or self._trust is not self._trust_source.trust:
                self._forget()
            posts = (self._revision(), day_of(now))
            if posts != self._posts:
                self._known.clear()
                self._posts = posts
            known = self._known.get((pem, authorization))
            if known is not None and known.since <= now < known.until:
                return known.caller
            known = self._verify(pem, b"".join(transport.get("x509_pem_cert_chain", ())), authorization, now)
        except Doubtful as doubtful:
            doubt = doubtful.doubt
        else:
            _remember(self._known, (pem, authorization), known)
            return known.caller
        self._doubted(doubt)
        # Raised out here so that no cause hangs on it: all refusals of identities are equal.
        raise Refusal(Reason.IDENTITY_INVALID)

    def knows(self, context: _Context) -> bool:
        """Whether this call's certificate and token were verified before; that they still hold is for `caller`."""
        try:
            pem = _only(context.auth_context().get("x509_pem_cert", ()))
            return (pem, _authorization(context.invocation_metadata() or ())) in self._known
        except Doubtful:
            return False

    @staticmethod
    def certificate_of(context: _Context) -> bytes:
        """The client certificate as the transport has it, b"" where there is none; for counting, not for trusting."""
        return b"".join(context.auth_context().get("x509_pem_cert", ()))

    def system_of(self, context: _Context) -> str:
        """The system's word, or "unknown"; for recording a refusal, on the transport's word for the certificate."""
        try:
            certificate = read_certificate(_only(context.auth_context().get("x509_pem_cert", ())))
        except Doubtful:
            return UNKNOWN_SYSTEM
        return certificate.system.system if certificate.system.trust_domain == self._trust_domain else UNKNOWN_SYSTEM

    def _forget(self) -> None:
        self._known.clear()
        self._certificates.clear()
        self._keys = self._key_source.keys
        self._trust = self._trust_source.trust

    def _verify(self, pem: bytes, chain: bytes, authorization: str, now: int) -> _Known:
        certificate = self._certificates.get((pem, chain))
        if certificate is None or not certificate.since <= now < certificate.until:
            certificate = verify_certificate(pem, chain, self._trust_domain, self._trust, now)
            _remember(self._certificates, (pem, chain), certificate)
        if authorization[: len(_SCHEME)].lower() != _SCHEME:
            raise Doubtful(Doubt.NO_TOKEN)
        token = verify_token(authorization[len(_SCHEME) :], self._keys, self._terms, now)
        if not hmac.compare_digest(token.thumbprint, certificate.thumbprint):
            raise Doubtful(Doubt.BOUND_TO_ANOTHER_CERTIFICATE)
        if token.department != certificate.system.department:
            raise Doubtful(Doubt.DEPARTMENTS_DIFFER)
        return _Known(
            Caller(
                department=token.department,
                system=certificate.system.system,
                staff=token.staff,
                post=token.post,
                role=token.role,
            ),
            since=max(token.since, certificate.since),
            until=min(token.until, certificate.until),
        )


def _only(values: Iterable[bytes]) -> bytes:
    found = list(values)
    if len(found) != 1:
        raise Doubtful(Doubt.NO_CERTIFICATE)
    return found[0]


def _authorization(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    """The one `authorization` entry: of two, nobody can say which one others have judged."""
    found: str | None = None
    for key, value in metadata:
        if key == "authorization":
            if found is not None or not isinstance(value, str):
                raise Doubtful(Doubt.NO_TOKEN)
            found = value
    if found is None:
        raise Doubtful(Doubt.NO_TOKEN)
    return found


def _remember(store: dict[_K, _V], key: _K, value: _V) -> None:
    store.pop(key, None)
    if len(store) >= _MOST:
        del store[next(iter(store))]  # the oldest: a dict keeps the order of arrival
    store[key] = value
