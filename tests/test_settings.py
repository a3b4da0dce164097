"""The settings file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.demo.estate import Estate
from gateway.finding import Findings
from gateway.settings import Settings

WHOLE = """\
listen: 127.0.0.1:50051
tls: {certificate: pki/server.crt, private_key: pki/server.key, client_authorities: pki/ca.crt}
identity:
  trust_domain: shiomi.example
  issuer: https://identity.shiomi.example
  audience: spiffe://shiomi.example/register-gateway
  jwks: pki/jwks.json
register: {url: "sqlite:///city/register.db", map: register-map.yaml}
standing: {url: "sqlite:///city/standing.db"}
purposes: purposes
limits: limits.yaml
keyring: /etc/register-gateway/keyring
ledger: {state: state, origin: shiomi.example/disclosures}
"""

Read = Callable[[str], Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a text as gateway.yaml of a folder."""

    def reading(text: str) -> Settings:
        path = tmp_path / "gateway.yaml"
        path.write_text(text, encoding="utf-8")
        return Settings.read(path)

    return reading


def test_paths_are_beside_the_file(read: Read, tmp_path: Path) -> None:
    """Wherever the gateway is started from; absolute ones stay what they are, SQLite files among them."""
    settings = read(WHOLE)
    assert settings.tls.certificate == tmp_path / "pki" / "server.crt"
    assert settings.keyring == Path("/etc/register-gateway/keyring")
    assert settings.register_.url == f"sqlite:///{tmp_path}/city/register.db"
    assert read(WHOLE.replace("sqlite:///city/register.db", "postgresql+psycopg://h/r")).register_.url.startswith(
        "post"
    )


def test_what_is_not_said_is_the_safe_side(read: Read) -> None:
    """No operators, metrics or reflection; a minute for the directory, two seconds for the clock, a week for a gap."""
    settings = read(WHOLE)
    assert (settings.metrics, settings.reflection, settings.capacity) == ("none", False, 256)
    assert settings.operators == ()
    assert (settings.standing.max_age, settings.ledger.clock_tolerance, settings.ledger.max_gap) == (60, 2, 7)


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("listen: 127.0.0.1:50051", "listen: 50051", "1:1", "type"),
        ("listen: 127.0.0.1:50051", "listen: 127.0.0.1", "1:1", "value-error"),
        ("listen: 127.0.0.1:50051", "listen: 127.0.0.1:65536", "1:1", "value-error"),
        ("listen: 127.0.0.1:50051\n", "", "1:1", "missing-key"),
        ("purposes: purposes", "purpose: purposes", "10:1", "unknown-key"),
        ("purposes: purposes", "purposes: [purposes]", "10:1", "value-error"),
        ('"sqlite:///city/standing.db"', "city/standing.db", "9:12", "value-error"),
        ("trust_domain: shiomi.example", "trust_domain: Shiomi", "4:3", "value-error"),
        ("shiomi.example/disclosures", "two words", "13:24", "value-error"),
        ("keyring: /etc", "clock: frozen\nkeyring: /etc", "12:1", "unknown-key"),  # time is no setting
        ("limits: limits.yaml", "limits: limits.yaml\nreflection: 1", "12:1", "type"),
        ("limits: limits.yaml", "limits: limits.yaml\ncapacity: 0", "12:1", "range"),
        ("state: state,", "state: state, clock_tolerance: 3600,", "13:24", "range"),
        ("state: state,", "state: state, max_gap: 400,", "13:24", "range"),
        # an operator of no role would be nobody: whoever means nobody leaves it out
        ("purposes: purposes", "operators: [{department: d, roles: []}]\npurposes: purposes", "10:29", "value-error"),
        ("purposes: purposes", "operators: [{department: d}]\npurposes: purposes", "10:13", "missing-key"),
        ("purposes: purposes", "operators: [{department: D, roles: [r]}]\npurposes: purposes", "10:14", "value-error"),
    ],
)
def test_what_cannot_be_right_is_found_with_its_place(read: Read, old: str, new: str, place: str, code: str) -> None:
    """`file:line:col: code: message`."""
    assert old in WHOLE
    with pytest.raises(Findings) as caught:
        read(WHOLE.replace(old, new, 1))
    assert any(f"gateway.yaml:{place}: {code}: " in str(each) for each in caught.value.findings), str(caught.value)


def test_all_faults_at_once(read: Read) -> None:
    """Three wrong things are three findings, in the order of the file."""
    text = WHOLE.replace("127.0.0.1:50051", "nowhere").replace("limits: limits.yaml", "limit: limits.yaml")
    with pytest.raises(Findings) as caught:
        read(text)
    assert [each.code for each in caught.value.findings] == ["missing-key", "value-error", "unknown-key"]


def test_a_demo_estate_s_settings_are_settings(built: Estate) -> None:
    """What the demo writes is what an operator would."""
    assert Settings.read(built.settings).ledger.origin == "shiomi.example/disclosures"
