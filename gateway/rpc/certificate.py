"""The client certificate: which department system speaks, and whether its issuer is trusted now.

Rule: the certificate itself is read, not what the transport made of it. gRPC hands names over as C strings, which end
at the first NUL; and it judged the chain when the connection opened, which may be weeks and a trust bundle ago.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from gateway.clock import SECOND
from gateway.rpc.doubt import Doubt, Doubtful
from gateway.rpc.spiffe import SystemId, parse_system_id

_UNREADABLE: Final = (
    ValueError,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """What a client certificate says. Valid from `since` on and before `until` (µs since the epoch).

    `thumbprint` is the SHA-256 of its DER in base64url without padding, as `x5t#S256` (RFC 8705 §3.1).
    """

    system: SystemId
    thumbprint: str
    since: int
    until: int


class TrustBundle:
    """The certificate authorities whose clients are believed. Immutable."""

    def __init__(self, pem: bytes) -> None:
        """Read one or more PEM certificates. Raises ValueError if there is none or one cannot be read."""
        self._store = Store(load_certificates(pem))

    def believes(self, leaf: x509.Certificate, intermediates: list[x509.Certificate], at: int) -> bool:
        """Whether a chain leads from `leaf` to this bundle at `at` µs, for client authentication (RFC 5280 §6)."""
        moment = datetime.fromtimestamp(at // SECOND, UTC)
        verifier = PolicyBuilder().store(self._store).time(moment).build_client_verifier()
        try:
            verifier.verify(leaf, intermediates)
        except VerificationError:
            return False
        return True


def load_certificates(pem: bytes) -> list[x509.Certificate]:
    """All certificates of a PEM text, at least one. Raises ValueError, also for a text cut off in the middle of one."""
    certificates = x509.load_pem_x509_certificates(pem)
    if pem.count(b"-----BEGIN ") != len(certificates):  # the library skips what it cannot make out
        raise ValueError("not every part is a certificate")
    return certificates


def thumbprint_of(certificate: x509.Certificate) -> str:
    """RFC 8705 §3.1: SHA-256 of the DER, base64url without padding."""
    return base64.urlsafe_b64encode(certificate.fingerprint(SHA256())).rstrip(b"=").decode("ascii")


def read_certificate(pem: bytes) -> ClientCertificate:
    """What the first certificate in `pem` says, whoever issued it. Raises Doubtful."""
    try:
        return _read(x509.load_pem_x509_certificate(pem))
    except _UNREADABLE:
        raise Doubtful(Doubt.CERTIFICATE_MALFORMED) from None


def verify_certificate(pem: bytes, chain: bytes, trust_domain: str, trust: TrustBundle, now: int) -> ClientCertificate:
    """The certificate in `pem`, believed by `trust` at `now` µs by way of those in `chain`. Raises Doubtful."""
    try:
        leaf = x509.load_pem_x509_certificate(pem)
        intermediates = x509.load_pem_x509_certificates(chain) if chain else []
        certificate = _read(leaf)
    except _UNREADABLE:
        raise Doubtful(Doubt.CERTIFICATE_MALFORMED) from None
    if certificate.system.trust_domain != trust_domain:
        raise Doubtful(Doubt.CERTIFICATE_FOREIGN)
    if not trust.believes(leaf, [other for other in intermediates if other != leaf], now):
        raise Doubtful(Doubt.CERTIFICATE_UNTRUSTED)
    return certificate


def _read(certificate: x509.Certificate) -> ClientCertificate:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if len(uris) != 1:  # X509-SVID §2: exactly one URI SAN
        raise ValueError("exactly one URI SAN")
    return ClientCertificate(
        system=parse_system_id(uris[0]),
        thumbprint=thumbprint_of(certificate),
        since=int(certificate.not_valid_before_utc.timestamp()) * SECOND,
        until=(int(certificate.not_valid_after_utc.timestamp()) + 1) * SECOND,  # RFC 5280 §4.1.2.5: inclusive
    )
