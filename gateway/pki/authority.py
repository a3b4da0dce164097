"""A certificate authority for development: EC P-256, one server certificate, a client certificate a department system.

Rule: what it issues has the form that the gateway demands of a real authority (RFC 5280; X509-SVID: one URI SAN, and
the authority itself is named by its trust domain), so that nothing passes here which fails in earnest.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.clock import DAY, SECOND
from gateway.rpc.spiffe import SystemId, is_trust_domain

LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")
"""A server certificate always holds these."""

_EARLY: Final = 60 * SECOND  # clocks of one machine room differ


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its private key, both PEM. The repr shows no key."""

    certificate: bytes
    key: bytes = field(repr=False)


class Authority:
    """A certificate authority of one trust domain. Moments are µs since the epoch."""

    def __init__(self, certificate: bytes, key: bytes) -> None:
        """Open one from PEM. Raises ValueError if the two are not an authority of this module's making."""
        self._certificate = x509.load_pem_x509_certificate(certificate)
        opened = load_pem_private_key(key, password=None)
        if not isinstance(opened, ec.EllipticCurvePrivateKey) or opened.public_key() != self._certificate.public_key():
            raise ValueError("the key is not the key of this certificate")
        self._key = opened
        self.trust_domain = trust_domain_of(certificate)
        self.issued = Issued(certificate, key)

    @classmethod
    def create(cls, trust_domain: str, now: int, days: int = 3650) -> Authority:
        """A new authority. Raises ValueError if `trust_domain` is not well-formed."""
        if not is_trust_domain(trust_domain):
            raise ValueError("a trust domain is written like shiomi.example: lower-case letters, digits, dots, hyphens")
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("Development CA", trust_domain)
        builder = (
            _builder(name, name, key.public_key(), key.public_key(), now, days)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectAlternativeName([_uri(f"spiffe://{trust_domain}")]), critical=False)
        )
        return cls(_pem(builder.sign(key, SHA256())), _pem_key(key))

    def issue_server(self, names: Sequence[str], now: int, days: int = 825) -> Issued:
        """A server certificate for this machine and the given names and addresses. Raises ValueError for bad ones."""
        alternatives: list[x509.GeneralName] = [_host(name) for name in dict.fromkeys((*LOCAL_NAMES, *names))]
        return self._issue(alternatives, ExtendedKeyUsageOID.SERVER_AUTH, "gateway", now, days)

    def issue_client(self, department: str, system: str, now: int, days: int = 365) -> Issued:
        """A client certificate for a department system. Raises ValueError if either is not a word."""
        uri = _uri(SystemId(self.trust_domain, department, system).uri)
        return self._issue([uri], ExtendedKeyUsageOID.CLIENT_AUTH, system, now, days)

    def _issue(
        self, alternatives: list[x509.GeneralName], usage: x509.ObjectIdentifier, common: str, now: int, days: int
    ) -> Issued:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(common, self.trust_domain)
        builder = (
            _builder(subject, self._certificate.subject, key.public_key(), self._key.public_key(), now, days)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        )
        return Issued(_pem(builder.sign(self._key, SHA256())), _pem_key(key))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
    now: int,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_moment(now - _EARLY))
        .not_valid_after(_moment(now + days * DAY))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _moment(wall: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=wall // SECOND * SECOND)


def _name(common: str, trust_domain: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{trust_domain} (development only)"[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _uri(text: str) -> x509.UniformResourceIdentifier:
    return x509.UniformResourceIdentifier(text)


def _host(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def trust_domain_of(certificate: bytes) -> str:
    """The trust domain that an authority's certificate (PEM) carries. Raises ValueError if there is none."""
    try:
        names = (
            x509.load_pem_x509_certificate(certificate)
            .extensions.get_extension_for_class(x509.SubjectAlternativeName)
            .value
        )
    except x509.ExtensionNotFound:
        raise ValueError("the certificate names no trust domain") from None
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    trust_domain = uris[0].removeprefix("spiffe://") if len(uris) == 1 else ""
    if not is_trust_domain(trust_domain):
        raise ValueError("the certificate names no trust domain")
    return trust_domain


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
