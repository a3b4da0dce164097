"""An identity provider for development: signs staff tokens for whoever holds its key file.

Rule: its tokens have the form that the gateway demands (gateway.rpc.token), and the same life: hours.
"""

from __future__ import annotations

import json
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jws
from joserfc.jwk import ECKey

from gateway.clock import SECOND
from gateway.rpc.certificate import thumbprint_of

EIGHT_HOURS: Final = 8 * 3600
"""The usual life of a token: a working day, in seconds."""


class Provider:
    """Signs tokens (ES256) in the name of `issuer`, for `audience`."""

    def __init__(self, key: bytes, *, issuer: str, audience: str) -> None:
        """Open one from its PEM key. Raises ValueError if that is not an EC P-256 key."""
        self._key = ECKey.import_key(key)
        if self._key.curve_name != "P-256":
            raise ValueError("the provider's key must be EC P-256")
        self._kid = self._key.thumbprint()  # RFC 7638
        self.key = key
        self.issuer = issuer
        self.audience = audience

    @classmethod
    def create(cls, *, issuer: str, audience: str) -> Provider:
        """One with a new key."""
        key = ec.generate_private_key(ec.SECP256R1())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(pem, issuer=issuer, audience=audience)

    def public_key(self) -> dict[str, Any]:
        """The public key as a JWK, to stand in a JWK Set."""
        public = self._key.as_dict(private=False)
        return {name: public[name] for name in ("kty", "crv", "x", "y")} | {
            "kid": self._kid,
            "alg": "ES256",
            "use": "sig",
        }

    def issue_token(
        self,
        *,
        staff: str,
        post: str,
        department: str,
        role: str,
        certificate: bytes,
        now: int,
        lifetime: int = EIGHT_HOURS,
    ) -> str:
        """A token that acts for `staff` in `post`, only beside this client certificate (PEM).

        `now` is in µs, `lifetime` in s.
        Raises ValueError if the certificate cannot be read. The words are not checked: tests issue wrong ones too.
        """
        issued = now // SECOND
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": staff,
            "department": department,
            "post": post,
            "role": role,
            "iat": issued,
            "nbf": issued,
            "exp": issued + lifetime,
            "cnf": {"x5t#S256": thumbprint_of(x509.load_pem_x509_certificate(certificate))},
        }
        return self.sign(claims)

    def sign(self, claims: dict[str, Any]) -> str:
        """Any claims, signed."""
        header = {"alg": "ES256", "kid": self._kid, "typ": "JWT"}
        return jws.serialize_compact(header, json.dumps(claims, separators=(",", ":")), self._key)


def jwks(*providers: Provider) -> bytes:
    """The JWK Set of these providers; during a rotation there are two."""
    return json.dumps({"keys": [provider.public_key() for provider in providers]}, indent=2).encode() + b"\n"
