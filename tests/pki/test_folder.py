from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from gateway.clock import SECOND
from gateway.pki.files import replace_secret, write_all
from gateway.pki.folder import create
from gateway.rpc.certificate import TrustBundle, load_certificates, read_certificate
from gateway.rpc.jwks import JwksFile
from gateway.rpc.token import TokenTerms, verify_token

NOW: Final = int(datetime(2026, 11, 2, 9, 0, tzinfo=UTC).timestamp()) * SECOND


def tree(path: Path) -> dict[str, str]:
    """Every file and folder below, with its mode."""
    return {str(p.relative_to(path)): stat.filemode(p.stat().st_mode) for p in sorted(path.rglob("*"))}


def test_every_file_has_its_place_and_mode(tmp_path: Path) -> None:
    """Private keys 0600, folders 0700, from the first moment."""
    folder = create(tmp_path / "new" / "pki", "shiomi.example", (), NOW, 30)
    folder.issue_client("child-welfare", "fee-desk", NOW, 30)
    assert tree(folder.path) == {
        "ca.crt": "-rw-r--r--",
        "ca.key": "-rw-------",
        "clients": "drwx------",
        "clients/child-welfare.fee-desk.crt": "-rw-r--r--",
        "clients/child-welfare.fee-desk.key": "-rw-------",
        "jwks.json": "-rw-r--r--",
        "provider.key": "-rw-------",
        "server.crt": "-rw-r--r--",
        "server.key": "-rw-------",
        "tokens": "drwx------",
    }
    assert stat.filemode(folder.path.stat().st_mode) == "drwx------"


@pytest.mark.rule("W2")
def test_the_provider_s_tokens_are_what_the_gateway_demands(tmp_path: Path) -> None:
    """From files alone: key set, issuer and audience that follow from the trust domain, bound to the certificate."""
    folder = create(tmp_path / "pki", "shiomi.example", (), NOW, 30)
    pem = folder.issue_client("child-welfare", "fee-desk", NOW, 30).certificate.read_bytes()
    provider = folder.open_provider()
    text = provider.issue_token(
        staff="s-0107", post="cw-3", department="child-welfare", role="caseworker", certificate=pem, now=NOW
    )
    token = verify_token(text, JwksFile(folder.jwks).keys, TokenTerms(provider.issuer, provider.audience), NOW)
    assert (token.staff, token.post, token.department, token.role) == ("s-0107", "cw-3", "child-welfare", "caseworker")
    assert token.thumbprint == read_certificate(pem).thumbprint
    assert (token.since, token.until) == (NOW - 30 * SECOND, NOW + (8 * 3600 + 30) * SECOND)


@pytest.mark.parametrize("present", ["ca.key", "server.crt", "jwks.json"])
def test_a_folder_is_never_overwritten_nor_half_written(present: str, tmp_path: Path) -> None:
    """One file in the way, and none is written; not even through a dangling link."""
    (tmp_path / present).symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        create(tmp_path, "shiomi.example", (), NOW, 30)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(["clients", "tokens", present])


def test_a_system_s_pair_is_not_overwritten(tmp_path: Path) -> None:
    """Issuing anew under the same name needs the old pair moved first."""
    folder = create(tmp_path / "pki", "shiomi.example", (), NOW, 30)
    pair = folder.issue_client("child-welfare", "fee-desk", NOW, 30)
    before = pair.certificate.read_bytes(), pair.key.read_bytes()
    with pytest.raises(FileExistsError):
        folder.issue_client("child-welfare", "fee-desk", NOW, 30)
    assert (pair.certificate.read_bytes(), pair.key.read_bytes()) == before


def test_all_files_or_none(tmp_path: Path) -> None:
    """A fault at the last file takes the others back."""
    with pytest.raises(FileNotFoundError):
        write_all(secrets={tmp_path / "a.key": b"a"}, public={tmp_path / "missing" / "a.crt": b"b"})
    assert list(tmp_path.iterdir()) == []


def test_a_replaced_secret_is_whole_and_private(tmp_path: Path) -> None:
    """An old token with a looser mode gives way to a private one, and nothing is left lying about."""
    file = tmp_path / "token.jwt"
    file.write_bytes(b"old")
    file.chmod(0o644)
    replace_secret(file, b"new")
    assert (file.read_bytes(), tree(tmp_path)) == (b"new", {"token.jwt": "-rw-------"})


def test_a_secret_that_cannot_be_put_in_place_leaves_nothing(tmp_path: Path) -> None:
    """A folder in the way is reported, and the fresh copy removed."""
    (tmp_path / "token.jwt").mkdir()
    with pytest.raises(IsADirectoryError):
        replace_secret(tmp_path / "token.jwt", b"new")
    assert tree(tmp_path) == {"token.jwt": "drwxr-xr-x"}


def test_both_sides_trust_the_one_authority(tmp_path: Path) -> None:
    """ca.crt is a trust bundle as it stands; it believes the clients, and not the server as one."""
    folder = create(tmp_path / "pki", "shiomi.example", (), NOW, 30)
    bundle = TrustBundle(folder.authority.certificate.read_bytes())
    client = folder.issue_client("child-welfare", "fee-desk", NOW, 30)
    assert bundle.believes(load_certificates(client.certificate.read_bytes())[0], [], NOW)
    assert not bundle.believes(load_certificates(folder.server.certificate.read_bytes())[0], [], NOW)
