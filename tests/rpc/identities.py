"""A city's identities for the tests: an authority, a provider, one department system, one caseworker; a still clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.caller import Caller
from gateway.clock import DAY, SECOND
from gateway.pki.authority import Authority, Issued
from gateway.pki.provider import Provider, jwks
from gateway.rpc.certificate import TrustBundle, thumbprint_of
from gateway.rpc.doubt import Doubt
from gateway.rpc.identity import Identity
from gateway.rpc.jwks import SigningKeys, parse_jwks
from gateway.rpc.token import TokenTerms

TRUST_DOMAIN: Final = "shiomi.example"
NOW: Final = int(datetime(2026, 11, 2, 9, 0, tzinfo=UTC).timestamp()) * SECOND
TERMS: Final = TokenTerms(issuer="https://identity.shiomi.example", audience="register-gateway")
CASEWORKER: Final = Caller(
    department="child-welfare", system="fee-desk", staff="s-0107", post="cw-3", role="caseworker"
)


@dataclass
class StillClock:
    """A clock that moves only when told to."""

    now: int = NOW

    def wall(self) -> int:
        return self.now

    def elapsed(self) -> int:
        return self.now


@dataclass
class Keys:
    """The token keys in force; assign others to change them."""

    keys: SigningKeys


@dataclass
class Trust:
    """The trust bundle in force; assign another to change it."""

    trust: TrustBundle


@dataclass
class City:
    """Everything that one identity rests on, and the means to forge it."""

    authority: Authority = field(default_factory=lambda: Authority.create(TRUST_DOMAIN, NOW))
    provider: Provider = field(default_factory=lambda: Provider.create(issuer=TERMS.issuer, audience=TERMS.audience))
    clock: StillClock = field(default_factory=StillClock)
    doubts: list[Doubt] = field(default_factory=list)
    revision: int = 1

    def __post_init__(self) -> None:
        self.client = self.authority.issue_client("child-welfare", "fee-desk", NOW, days=30)
        self.keys = Keys(parse_jwks(jwks(self.provider)))
        self.trust = Trust(TrustBundle(self.authority.issued.certificate))
        self.identity = Identity(
            trust_domain=TRUST_DOMAIN,
            terms=TERMS,
            keys=self.keys,
            trust=self.trust,
            clock=self.clock,
            revision=lambda: self.revision,
            doubted=self.doubts.append,
        )

    def caller(self, certificate: bytes, token: str) -> Caller:
        return self.identity.caller_of({"x509_pem_cert": [certificate]}, (("authorization", f"Bearer {token}"),))

    def claims(self, **changes: object) -> dict[str, Any]:
        """The caseworker's claims with some changed; a change to `...` leaves the claim out."""
        issued = NOW // SECOND
        claims: dict[str, Any] = {
            "iss": TERMS.issuer,
            "aud": TERMS.audience,
            "sub": CASEWORKER.staff,
            "department": CASEWORKER.department,
            "post": CASEWORKER.post,
            "role": CASEWORKER.role,
            "iat": issued,
            "nbf": issued,
            "exp": issued + 3600,
            "cnf": {"x5t#S256": thumbprint(self.client.certificate)},
        } | changes
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, **changes: object) -> str:
        return self.forge(self.claims(**changes))

    def forge(self, claims: object, key: bytes | None = None, /, **header: object) -> str:
        """Any claims (or bytes) under any header, signed with `key` or the provider's."""
        members = {"alg": "ES256", "kid": self.provider.public_key()["kid"], "typ": "JWT"} | header
        return compact(
            json.dumps({name: value for name, value in members.items() if value is not ...}).encode(),
            claims if isinstance(claims, bytes) else json.dumps(claims).encode(),
            key or self.provider.key,
        )


def compact(header: bytes, payload: bytes, key: bytes) -> str:
    """A JWS compact serialization made by hand, so that the library is not judged by itself."""
    signing_input = f"{b64(header)}.{b64(payload)}"
    opened = load_pem_private_key(key, None)
    if isinstance(opened, ed25519.Ed25519PrivateKey):
        signature = opened.sign(signing_input.encode())
    else:
        assert isinstance(opened, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(opened.sign(signing_input.encode(), ec.ECDSA(SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"{signing_input}.{b64(signature)}"


def b64(octets: bytes) -> str:
    """Base64url without padding, as JOSE writes it."""
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def thumbprint(pem: bytes) -> str:
    """What a token bound to this certificate carries."""
    return thumbprint_of(x509.load_pem_x509_certificate(pem))


def certificate(
    issuer: Issued | None,
    names: Sequence[x509.GeneralName] | None,
    *,
    days: int = 30,
    issued: int = NOW,
    is_authority: bool = False,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> Issued:
    """A certificate of `issuer` (None: of its own) with whatever names one likes."""
    own = ec.generate_private_key(ec.SECP256R1())
    signer = load_pem_private_key(issuer.key, None) if issuer else own
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"made up {x509.random_serial_number():x}"[:64])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(x509.load_pem_x509_certificate(issuer.certificate).subject if issuer else name)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.fromtimestamp(issued // SECOND - 1, UTC))
        .not_valid_after(datetime.fromtimestamp((issued + days * DAY) // SECOND, UTC))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        builder = builder.add_extension(_SIGNS_CERTIFICATES, critical=True)
    else:
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return Issued(
        builder.sign(signer, SHA256()).public_bytes(Encoding.PEM),
        own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
    )


_SIGNS_CERTIFICATES: Final = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
