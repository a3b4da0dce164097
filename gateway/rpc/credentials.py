"""The server's side of mutual TLS: its certificate and key, and the authorities whose clients may connect.

Rule: no connection without a client certificate from the trust bundle; new files take effect with the next connection,
without a restart; files that do not fit together change nothing, and it is said aloud.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

import grpc
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from gateway.rpc.certificate import TrustBundle, load_certificates
from gateway.rpc.files import FileFault, read_public, read_secret

_LIMIT: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where they are: the server's certificate chain and private key, and the trust bundle for clients; all PEM."""

    certificate: Path
    private_key: Path
    trust: Path


class ServerTls:
    """The TLS files, read. `trust` is the bundle in force. Raises FileFault if they cannot be used at first."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        texts = self._read()
        self.trust = self._checked(*texts)
        self._texts = texts
        self._digest = _digest(texts)
        self._handed_out = self._digest

    def server_credentials(self) -> grpc.ServerCredentials:
        """Credentials for `add_secure_port`: client certificates required, files renewed by `refresh`."""
        self._handed_out = self._digest
        return grpc.dynamic_ssl_server_credentials(
            self._configuration(),
            # gRPC takes None for "unchanged"; the type stubs do not know.
            cast("Callable[[], grpc.ServerCertificateConfiguration]", self._changed_configuration),
            require_client_authentication=True,
        )

    def refresh(self) -> bool:
        """Read the files again; whether others are in force now. Raises FileFault, and then nothing has changed."""
        texts = self._read()
        digest = _digest(texts)
        if digest == self._digest:
            return False
        self.trust = self._checked(*texts)
        self._texts = texts
        self._digest = digest
        return True

    def _changed_configuration(self) -> grpc.ServerCertificateConfiguration | None:
        """Asked by a thread of gRPC before each handshake. A configuration is used up when it is handed over."""
        digest = self._digest
        if digest == self._handed_out:
            return None
        self._handed_out = digest
        return self._configuration()

    def _configuration(self) -> grpc.ServerCertificateConfiguration:
        certificate, private_key, trust = self._texts
        return grpc.ssl_server_certificate_configuration([(private_key, certificate)], trust)

    def _read(self) -> tuple[bytes, bytes, bytes]:
        return (
            read_public(self._files.certificate, _LIMIT),
            read_secret(self._files.private_key, _LIMIT),
            read_public(self._files.trust, _LIMIT),
        )

    def _checked(self, certificate: bytes, private_key: bytes, trust: bytes) -> TrustBundle:
        """The trust bundle, if all three can be read and the key is the certificate's: gRPC would only log it."""
        try:
            leaf = load_certificates(certificate)[0]
        except ValueError:
            raise FileFault(f"{self._files.certificate}: is not a PEM certificate chain") from None
        try:
            key = load_pem_private_key(private_key, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise FileFault(f"{self._files.private_key}: is not a PEM private key without a pass phrase") from None
        spki = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        if key.public_key().public_bytes(*spki) != leaf.public_key().public_bytes(*spki):
            raise FileFault(
                f"{self._files.private_key}: is not the key of {self._files.certificate}; replace both together"
            )
        try:
            return TrustBundle(trust)
        except ValueError:
            raise FileFault(f"{self._files.trust}: is not a bundle of PEM certificates") from None


def _digest(texts: tuple[bytes, bytes, bytes]) -> bytes:
    return b"".join(hashlib.sha256(text).digest() for text in texts)
