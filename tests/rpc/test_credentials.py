from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.pki.folder import create
from gateway.rpc.credentials import ServerTls, TlsFiles
from gateway.rpc.files import FileFault, read_public, read_secret
from tests.rpc.identities import NOW, TRUST_DOMAIN


@pytest.fixture
def files(tmp_path: Path) -> TlsFiles:
    folder = create(tmp_path / "pki", TRUST_DOMAIN, (), NOW, 30)
    return TlsFiles(folder.server.certificate, folder.server.key, folder.authority.certificate)


def _locked(path: Path) -> None:
    key = load_pem_private_key(path.read_bytes(), None)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")))


def _instead(path: Path, make: Callable[[Path], None]) -> None:
    path.unlink()
    make(path)


FAULTS: Final[dict[str, tuple[str, Callable[[TlsFiles], object]]]] = {
    "key missing": ("{key}: cannot be read: No such file or directory", lambda f: f.private_key.unlink()),
    "key open to the group": (
        "{key}: is open to others (mode 0640); run: chmod 600 {key}",
        lambda f: f.private_key.chmod(0o640),
    ),
    "key open to all": (
        "{key}: is open to others (mode 0604); run: chmod 600 {key}",
        lambda f: f.private_key.chmod(0o604),
    ),
    "key is text": (
        "{key}: is not a PEM private key without a pass phrase",
        lambda f: f.private_key.write_bytes(b"hello"),
    ),
    "key has a pass phrase": (
        "{key}: is not a PEM private key without a pass phrase",
        lambda f: _locked(f.private_key),
    ),
    "key of another certificate": (
        "{key}: is not the key of {certificate}; replace both together",
        lambda f: f.private_key.write_bytes((f.trust.parent / "ca.key").read_bytes()),
    ),
    "certificate empty": (
        "{certificate}: is not a PEM certificate chain",
        lambda f: f.certificate.write_bytes(b""),
    ),
    "certificate is a folder": (
        "{certificate}: is not a regular file",
        lambda f: _instead(f.certificate, Path.mkdir),
    ),
    "certificate is a pipe": (
        "{certificate}: is not a regular file",
        lambda f: _instead(f.certificate, os.mkfifo),
    ),
    "bundle empty": ("{trust}: is not a bundle of PEM certificates", lambda f: f.trust.write_bytes(b"")),
    "bundle half there": (
        "{trust}: is not a bundle of PEM certificates",
        lambda f: f.trust.write_bytes(f.trust.read_bytes() + b"-----BEGIN CERTIFICATE-----\nAAAA\n"),
    ),
    "bundle too large": (
        "{trust}: is larger than 1048576 octets",
        lambda f: f.trust.write_bytes(f.trust.read_bytes() * 2000),
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_files_that_cannot_be_used_stop_the_start(case: str, files: TlsFiles) -> None:
    """Each fault names its file, says what is wrong and, where a command mends it, that command."""
    message, spoil = FAULTS[case]
    spoil(files)
    with pytest.raises(FileFault) as caught:
        ServerTls(files)
    assert str(caught.value) == message.format(key=files.private_key, certificate=files.certificate, trust=files.trust)


@pytest.mark.parametrize("case", FAULTS)
def test_files_that_cannot_be_used_leave_a_running_server_as_it_was(case: str, files: TlsFiles) -> None:
    """The same faults later on: reported at each look, and what was in force stays."""
    _, spoil = FAULTS[case]
    tls = ServerTls(files)
    trust = tls.trust
    spoil(files)
    for _ in range(2):
        with pytest.raises(FileFault):
            tls.refresh()
    assert tls.trust is trust


def test_unchanged_files_are_not_taken_up_again(files: TlsFiles) -> None:
    """A new time stamp alone is no change: remembered identities survive it."""
    tls = ServerTls(files)
    trust = tls.trust
    os.utime(files.trust)
    assert (tls.refresh(), tls.trust is trust) == (False, True)


def test_a_change_that_keeps_size_and_time_is_seen(files: TlsFiles, tmp_path: Path) -> None:
    """Contents decide, so a restored time stamp hides nothing."""
    tls = ServerTls(files)
    before = files.trust.stat()
    other = create(tmp_path / "other", TRUST_DOMAIN, (), NOW, 30).authority.certificate.read_bytes()
    files.trust.write_bytes(other)
    os.utime(files.trust, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (tls.refresh(), tls.refresh()) == (True, False)


def test_a_configuration_is_handed_over_once(files: TlsFiles, tmp_path: Path) -> None:
    """gRPC takes ownership of what it is given: unchanged files give nothing, changed ones one new configuration."""
    tls = ServerTls(files)
    tls.server_credentials()
    assert tls._changed_configuration() is None
    other = create(tmp_path / "other", TRUST_DOMAIN, (), NOW, 30)
    files.trust.write_bytes(other.authority.certificate.read_bytes())
    tls.refresh()
    assert tls._changed_configuration() is not None
    assert tls._changed_configuration() is None


def test_a_private_key_shows_nowhere(files: TlsFiles) -> None:
    """No fault and no repr quotes key material."""
    secret = files.private_key.read_text().splitlines()[1]
    files.certificate.write_bytes(files.private_key.read_bytes())
    with pytest.raises(FileFault) as caught:
        ServerTls(files)
    assert secret not in f"{caught.value!r}{caught.value.__context__!r}{files!r}"


def test_secrets_may_be_open_to_nobody_but_their_owner(tmp_path: Path) -> None:
    """0600 and 0400 are private; anything for group or others is not, not even leave to run it."""
    file = tmp_path / "key"
    file.write_bytes(b"k")
    file.chmod(0o400)
    assert read_secret(file, 1) == b"k"
    file.chmod(0o601)
    with pytest.raises(FileFault):
        read_secret(file, 1)
    assert read_public(file, 1) == b"k"


def test_tls_files_are_values(files: TlsFiles) -> None:
    """Where files are is a value, compared and replaced as one."""
    assert replace(files) == files
