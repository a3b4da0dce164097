from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import Final

import pytest
from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID

from gateway.clock import DAY, SECOND
from gateway.pki.authority import Authority, Issued, trust_domain_of
from gateway.rpc.certificate import read_certificate
from gateway.rpc.spiffe import SystemId, parse_system_id

NOW: Final = int(datetime(2026, 11, 2, 9, 0, tzinfo=UTC).timestamp()) * SECOND
AUTHORITY: Final = Authority.create("shiomi.example", NOW)


def opened(issued: Issued) -> x509.Certificate:
    """The certificate, read."""
    return x509.load_pem_x509_certificate(issued.certificate)


def test_a_client_certificate_names_its_system() -> None:
    """One URI SAN, in the form that the gateway reads, good for the days asked for."""
    read = read_certificate(AUTHORITY.issue_client("child-welfare", "fee-desk", NOW, days=7).certificate)
    assert read.system == SystemId("shiomi.example", "child-welfare", "fee-desk")
    assert (read.since, read.until) == (NOW - 60 * SECOND, NOW + 7 * DAY + SECOND)


def test_a_server_certificate_holds_for_this_machine_and_the_names_given() -> None:
    """localhost and both loopback addresses always; names and addresses each in their own form, once."""
    issued = opened(AUTHORITY.issue_server(["gw.shiomi.example", "192.0.2.7", "localhost"], NOW))
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "gw.shiomi.example"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address(text) for text in ("127.0.0.1", "::1", "192.0.2.7")
    ]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "gw.shiomi.example"])
def test_a_server_certificate_passes_a_strict_verifier(name: str) -> None:
    """RFC 5280 as the web's verifiers read it."""
    subject: verification.Subject = (
        x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    )
    store = verification.Store([opened(AUTHORITY.issued)])
    builder = verification.PolicyBuilder().store(store).time(datetime.fromtimestamp(NOW // SECOND, UTC))
    leaf = opened(AUTHORITY.issue_server(["gw.shiomi.example"], NOW))
    assert builder.build_server_verifier(subject).verify(leaf, []) == [leaf, opened(AUTHORITY.issued)]


def test_each_certificate_serves_one_side_only() -> None:
    """A client cannot pose as the gateway with its own certificate, nor the gateway as a client."""
    for issued, usage in (
        (AUTHORITY.issue_client("child-welfare", "fee-desk", NOW), ExtendedKeyUsageOID.CLIENT_AUTH),
        (AUTHORITY.issue_server((), NOW), ExtendedKeyUsageOID.SERVER_AUTH),
    ):
        usages = opened(issued).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usages) == [usage]


def test_an_authority_opens_again_from_its_files() -> None:
    """Certificate and key carry all there is, the trust domain too."""
    again = Authority(AUTHORITY.issued.certificate, AUTHORITY.issued.key)
    assert (again.trust_domain, again.issued) == ("shiomi.example", AUTHORITY.issued)


def test_another_s_key_does_not_open_an_authority() -> None:
    """A mismatched pair would issue certificates that nobody believes."""
    with pytest.raises(ValueError, match="not the key of this certificate"):
        Authority(AUTHORITY.issued.certificate, Authority.create("shiomi.example", NOW).issued.key)


def test_a_certificate_without_a_trust_domain_is_no_authority() -> None:
    """A server certificate in place of ca.crt is told apart."""
    with pytest.raises(ValueError, match="names no trust domain"):
        trust_domain_of(AUTHORITY.issue_server((), NOW).certificate)


@pytest.mark.parametrize(
    "trust_domain", ["", "Shiomi.example", "shiomi.example/", "潮見市.example", "a b", ".x", "x" * 256]
)
def test_a_trust_domain_is_well_formed(trust_domain: str) -> None:
    """Nothing that could be read in two ways gets into a certificate."""
    with pytest.raises(ValueError, match="trust domain"):
        Authority.create(trust_domain, NOW)


@pytest.mark.parametrize(
    ("department", "system"),
    [("Child", "fee-desk"), ("child-welfare", ""), ("child/welfare", "fee-desk"), ("child-welfare", "unknown")],
)
def test_only_words_name_systems(department: str, system: str) -> None:
    """`unknown` is kept for records of those who could not be named."""
    with pytest.raises(ValueError, match="department|system"):
        AUTHORITY.issue_client(department, system, NOW)


def test_a_system_id_reads_back_as_written() -> None:
    """Writing and reading the SPIFFE ID are one another's inverse."""
    system = SystemId("shiomi.example", "child-welfare", "fee-desk")
    assert parse_system_id(system.uri) == system


def test_a_key_does_not_show_in_a_repr() -> None:
    """Logs and tracebacks print reprs."""
    assert "PRIVATE" not in repr(AUTHORITY.issued)
