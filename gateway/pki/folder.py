"""The folder that `register-gateway pki` works on: one place for each file.

    ca.crt, ca.key                          the authority; ca.crt is the trust bundle of both sides
    server.crt, server.key                  the gateway's own
    jwks.json, provider.key                 the identity provider
    clients/<department>.<system>.crt/.key  one pair a department system
    tokens/<staff>.<post>.jwt               staff tokens

Rule: everything follows from the trust domain that ca.crt carries; a folder is made once and never overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.pki.authority import Authority, trust_domain_of
from gateway.pki.files import write_all
from gateway.pki.provider import Provider, jwks
from gateway.rpc.files import read_public, read_secret

_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Where a certificate and its private key are."""

    certificate: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Folder:
    """The files below `path`, there or not."""

    path: Path

    @property
    def authority(self) -> KeyPair:
        """ca.crt and ca.key."""
        return KeyPair(self.path / "ca.crt", self.path / "ca.key")

    @property
    def server(self) -> KeyPair:
        """server.crt and server.key."""
        return KeyPair(self.path / "server.crt", self.path / "server.key")

    @property
    def jwks(self) -> Path:
        """jwks.json."""
        return self.path / "jwks.json"

    @property
    def provider_key(self) -> Path:
        """provider.key."""
        return self.path / "provider.key"

    def client(self, department: str, system: str) -> KeyPair:
        """A department system's pair. Words have no dots, so no two systems share a file."""
        name = f"{department}.{system}"
        return KeyPair(self.path / "clients" / f"{name}.crt", self.path / "clients" / f"{name}.key")

    def token(self, staff: str, post: str) -> Path:
        """A staff member's token for one post."""
        return self.path / "tokens" / f"{staff}.{post}.jwt"

    def trust_domain(self) -> str:
        """What ca.crt carries. Raises FileFault or ValueError."""
        return trust_domain_of(read_public(self.authority.certificate, _LIMIT))

    def open_authority(self) -> Authority:
        """The authority in this folder. Raises FileFault or ValueError."""
        pair = self.authority
        return Authority(read_public(pair.certificate, _LIMIT), read_secret(pair.key, _LIMIT))

    def open_provider(self) -> Provider:
        """The identity provider in this folder. Raises FileFault or ValueError."""
        trust_domain = self.trust_domain()
        key = read_secret(self.provider_key, _LIMIT)
        return Provider(key, issuer=issuer_of(trust_domain), audience=audience_of(trust_domain))

    def issue_client(self, department: str, system: str, now: int, days: int) -> KeyPair:
        """A new client pair. Raises FileExistsError if there is one, FileFault, ValueError or OSError."""
        pair = self.client(department, system)
        issued = self.open_authority().issue_client(department, system, now, days)
        write_all(secrets={pair.key: issued.key}, public={pair.certificate: issued.certificate})
        return pair


def issuer_of(trust_domain: str) -> str:
    """The issuer (`iss`) of a development provider's tokens."""
    return f"https://identity.{trust_domain}"


def audience_of(trust_domain: str) -> str:
    """The audience (`aud`) of a development provider's tokens."""
    return f"spiffe://{trust_domain}/register-gateway"


def create(path: Path, trust_domain: str, hosts: Sequence[str], now: int, days: int) -> Folder:
    """A new folder (mode 0700) with authority, server certificate and identity provider.

    `days` is how long the server's certificate is good. Raises FileExistsError if any of the files is there already
    (then nothing is written), ValueError for bad names, OSError if it cannot be written.
    """
    folder = Folder(path)
    authority = Authority.create(trust_domain, now)
    server = authority.issue_server(hosts, now, days)
    provider = Provider.create(issuer=issuer_of(trust_domain), audience=audience_of(trust_domain))
    for directory in (path, path / "clients", path / "tokens"):
        directory.mkdir(mode=0o700, parents=directory == path, exist_ok=True)
    write_all(
        secrets={
            folder.authority.key: authority.issued.key,
            folder.server.key: server.key,
            folder.provider_key: provider.key,
        },
        public={
            folder.authority.certificate: authority.issued.certificate,
            folder.server.certificate: server.certificate,
            folder.jwks: jwks(provider),
        },
    )
    return folder
