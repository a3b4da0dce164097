import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.ledger import app
from gateway.ledger.note import Verifier

ORIGIN = "shiomi.example/ledger"

SETTINGS = """\
listen: 127.0.0.1:0
tls: {certificate: a.pem, private_key: a.key, client_authorities: ca.pem}
identity: {trust_domain: shiomi.example, issuer: https://idp.example, audience: gateway, jwks: jwks.json}
register: {url: "sqlite:///register.db", map: map.yaml}
standing: {url: "sqlite:///standing.db"}
purposes: purposes
limits: limits.yaml
keyring: root.key
ledger: {state: state, origin: shiomi.example/ledger}
"""


def run(*arguments: object) -> int:
    """The exit code of `register-gateway ledger …`."""
    with pytest.raises(SystemExit) as left:
        app([str(argument) for argument in arguments])
    return int(left.value.code or 0)


@pytest.fixture
def place(tmp_path: Path) -> list[object]:
    """The options that name a new ledger."""
    place: list[object] = ["--state", tmp_path / "state", "--keyring", tmp_path / "root.key"]
    assert run("init", *place, "--origin", ORIGIN) == Exit.DONE
    return place


def test_init_makes_ledger_and_root_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verifier key of its heads is the result; both secrets are private, and nothing of them is said."""
    assert (
        run("init", "--state", tmp_path / "state", "--keyring", tmp_path / "root.key", "--origin", ORIGIN) == Exit.DONE
    )

    spoken = capsys.readouterr()
    assert Verifier.read(spoken.out.strip()).name == ORIGIN
    assert "a new root key" in spoken.err
    assert "verification key (publish it):" in spoken.err
    assert (tmp_path / "root.key").stat().st_mode & 0o777 == 0o600
    secret = (tmp_path / "root.key").read_text(encoding="ascii").split()[-1]
    assert secret not in spoken.out + spoken.err


def test_init_takes_a_root_key_that_is_there(tmp_path: Path, place: list[object]) -> None:
    """Another ledger under the same root key; the key stays as it is."""
    before = (tmp_path / "root.key").read_bytes()

    assert run("init", "--state", tmp_path / "two", "--keyring", place[3], "--origin", "two.example") == Exit.DONE
    assert (tmp_path / "root.key").read_bytes() == before


@pytest.mark.parametrize(
    ("expected", "said", "arguments"),
    [
        (Exit.CANNOT, "never overwritten", ["--state", "state", "--keyring", "root.key", "--origin", ORIGIN]),
        (Exit.CANNOT, "cannot name a ledger", ["--state", "new", "--keyring", "root.key", "--origin", "two words"]),
        (Exit.CANNOT, "cannot be made", ["--state", "root.key/in", "--keyring", "root.key", "--origin", ORIGIN]),
        (Exit.CANNOT, "cannot write the root key", ["--state", "new", "--keyring", "no/root.key", "--origin", ORIGIN]),
        (Exit.USAGE, "--origin", ["--state", "new", "--keyring", "root.key"]),
        (Exit.USAGE, "--state and --keyring", ["--origin", ORIGIN]),
        (Exit.USAGE, "leave the other options out", ["--config", "gateway.yaml", "--origin", ORIGIN]),
        (Exit.CANNOT, "gateway.yaml", ["--config", "gateway.yaml"]),  # there is none
    ],
)
def test_init_says_why_not(
    expected: Exit,
    said: str,
    arguments: list[str],
    place: list[object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And no ledger is made."""
    monkeypatch.chdir(tmp_path)
    assert run("init", *arguments) == expected

    assert said in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "new" / "ledger.db").exists()


def test_settings_name_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--config` instead of the other options, for both commands."""
    settings = tmp_path / "gateway.yaml"
    settings.write_text(SETTINGS, encoding="utf-8")

    assert run("init", "--config", settings) == Exit.DONE
    assert run("verify", "--config", settings) == Exit.DONE
    assert (tmp_path / "state" / "ledger.db").exists()
    assert "everything holds" in capsys.readouterr().err


@pytest.mark.rule("R5")
def test_verify_tells_what_holds(place: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    """As lines in a pipe, or as one JSON document."""
    capsys.readouterr()
    assert run("verify", *place) == Exit.DONE
    assert f"origin\t{ORIGIN}" in capsys.readouterr().out.splitlines()

    assert run("verify", *place, "--json") == Exit.DONE
    told = json.loads(capsys.readouterr().out)
    assert told["faults"] == []
    assert (told["records"], told["first"], told["kinds"]) == (0, None, {})


@pytest.mark.rule("R5")
def test_verify_tells_each_fault(tmp_path: Path, place: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, and exit code 1."""
    with closing(sqlite3.connect(tmp_path / "state" / "ledger.db")) as connection, connection:
        connection.execute("UPDATE head SET size = 1")
    capsys.readouterr()

    assert run("verify", *place) == Exit.FAULTS
    spoken = capsys.readouterr()
    assert spoken.out.splitlines()[-1].startswith("the head says 1 records")
    assert "1 fault(s)" in spoken.err
    assert run("verify", *place, "--json") == Exit.FAULTS
    assert len(json.loads(capsys.readouterr().out)["faults"]) == 1


@pytest.mark.parametrize(
    ("said", "spoil"),
    [
        ("no ledger here", "state/ledger.db"),
        ("there is no root key file", "root.key"),
        ("commitment.key: cannot be read", "state/keys/commitment.key"),
    ],
)
def test_verify_says_when_it_cannot(
    said: str, spoil: str, tmp_path: Path, place: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    """Without keys or ledger there is neither a fault nor its absence: exit code 3."""
    (tmp_path / spoil).unlink()

    assert run("verify", *place) == Exit.CANNOT
    assert said in " ".join(capsys.readouterr().err.split())
