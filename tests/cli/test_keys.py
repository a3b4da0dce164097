"""`register-gateway keys` and `trace`, on the files of an estate; no gateway need be there."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.clock import SystemClock, day_of
from gateway.demo.estate import Estate
from gateway.settings import Settings
from masking.allotment_file import SURROGATES_FILE, FileAllotments
from masking.keyring import Keyring, PseudonymDomain
from masking.names import place_of, written
from masking.pseudonym import SealedTokens, tokens
from masking.surrogate_name import SurrogateNames
from masking.value import Occasion, Sex
from tests.cli.serving import typed

Capsys = pytest.CaptureFixture[str]
OWN = PseudonymDomain("planning", "planning-statistics", "resident_id")
NAMES = PseudonymDomain("planning", "planning-statistics", "name")


def config(estate: Estate) -> tuple[str, str]:
    """The option that every command needs."""
    return "--config", str(estate.settings)


@pytest.mark.rule("M4")
@pytest.mark.parametrize("sealed", [True, False])
def test_a_leaked_pseudonym_is_traced(sealed: bool, estate: Estate, capsys: Capsys) -> None:
    """Recipient, purpose, field and epoch, also of an epoch before; as a table and as JSON."""
    keys = Keyring.open(estate.keyring).domain(OWN)
    leaked = SealedTokens(keys).seal("0000000017") if sealed else tokens(keys)(b"0000000017")
    for _ in range(2):
        done = typed(capsys, "trace", leaked, *config(estate))
        assert (done.code, done.rows[1:]) == (Exit.DONE, [["planning", "planning-statistics", "resident_id", "1"]])
        assert done.rows[0] == ["recipient", "purpose", "field", "epoch"]
        said = json.loads(typed(capsys, "trace", leaked, *config(estate), "--json").out)
        assert said == {
            "origins": [{"recipient": "planning", "purpose": "planning-statistics", "field": "resident_id", "epoch": 1}]
        }
        assert typed(capsys, "keys", "rotate", *config(estate), "--overlap", "30").code == Exit.DONE


@pytest.mark.rule("M4")
def test_what_this_city_did_not_issue_has_no_origin(estate: Estate, capsys: Capsys) -> None:
    """Another city's pseudonym, a forged one, a name that nobody was given: none, and exit code 1."""
    foreign = SealedTokens(Keyring(1, bytes(32)).domain(OWN)).seal("0000000017")
    for token in (foreign, foreign[:-1] + "A", "no token", "田中　拓真", ""):
        done = typed(capsys, "trace", token, *config(estate))
        assert (done.code, done.out) == (Exit.FAULTS, "none\n")
        assert "no domain of this gateway" in done.err
        assert json.loads(typed(capsys, "trace", token, *config(estate), "--json").out) == {"origins": []}


@pytest.mark.rule("M4")
def test_a_surrogate_name_leads_to_those_who_were_given_it(estate: Estate, capsys: Capsys) -> None:
    """To the domain that has allotted it, and to no other; however its parts are spaced."""
    keyring = Keyring.open(estate.keyring)
    state = Settings.read(estate.settings).ledger.state
    with closing(FileAllotments(state / SURROGATES_FILE)) as store:
        names = SurrogateNames(keyring.domain(NAMES), store, shared=False)
        (person,) = names.wanting([("葛飾　北斎", Occasion("0000000017", Sex.MALE, date(2026, 11, 22)))])
        number = next(iter(names.offers([person])[person]))
        assert names.take({person: [number]}) == []
    pool, place = place_of(number)
    name, _ = written(pool.parts(place))
    for spelled in (name, name.replace("\u3000", " ")):
        done = typed(capsys, "trace", spelled, *config(estate))
        assert (done.code, done.rows[1:]) == (Exit.DONE, [["planning", "planning-statistics", "name", "1"]])
    other, _ = written(pool.parts(place + 1))
    assert typed(capsys, "trace", other, *config(estate)).code == Exit.FAULTS


def test_a_purpose_that_is_no_more_is_traced_all_the_same(estate: Estate, capsys: Capsys) -> None:
    """The ledger has kept its text."""
    leaked = SealedTokens(Keyring.open(estate.keyring).domain(OWN)).seal("0000000017")
    state = Settings.read(estate.settings).ledger.state
    (estate.path / "purposes" / "planning-statistics.yaml").rename(estate.path / "gone")
    assert typed(capsys, "trace", leaked, *config(estate)).code == Exit.FAULTS
    text = (estate.path / "gone").read_bytes()
    with closing(sqlite3.connect(state / "ledger.db")) as ledger:
        ledger.execute("INSERT INTO content VALUES (?, 'purpose', ?)", (b"digest", text))
        ledger.execute("INSERT INTO content VALUES (?, 'purpose', ?)", (b"another", b"purpose: [of another release]"))
        ledger.commit()
    assert typed(capsys, "trace", leaked, *config(estate)).code == Exit.DONE


def test_keys_are_shown_and_rotated(estate: Estate, capsys: Capsys) -> None:
    """Epoch, and until when the last one counts; never a key."""
    secret = estate.keyring.read_text(encoding="ascii").split()[3]
    assert typed(capsys, "keys", "show", *config(estate)).rows[1:] == [["epoch", "1"]]
    done = typed(capsys, "keys", "rotate", *config(estate), "--overlap", "30")
    until = str(day_of(SystemClock().wall()) + timedelta(days=30))
    assert done.code == Exit.DONE
    assert "register-gateway reload" in done.err
    assert done.rows[1:] == [["epoch", "2"], ["epoch 1 accepted until", until]]
    said = json.loads(typed(capsys, "keys", "show", *config(estate), "--json").out)
    assert said == {"epoch": 2, "accepted": {"epoch": 1, "until": until}}
    typed(capsys, "keys", "rotate", *config(estate), "--overlap", "0")
    said = json.loads(typed(capsys, "keys", "show", *config(estate), "--json").out)
    assert said == {"epoch": 3, "accepted": None}
    assert secret not in done.out + done.err


@pytest.mark.parametrize("days", ["-1", "367"])
def test_an_overlap_has_an_end(days: str, estate: Estate, capsys: Capsys) -> None:
    """A year at most; and nothing is rotated for a typing error."""
    assert typed(capsys, "keys", "rotate", *config(estate), "--overlap", days).code == Exit.USAGE
    assert Keyring.open(estate.keyring).epoch == 1


@pytest.mark.parametrize("command", [("keys", "show"), ("keys", "rotate", "--overlap", "1"), ("trace", "x")])
def test_what_cannot_be_read_is_said(command: tuple[str, ...], estate: Estate, capsys: Capsys, tmp_path: Path) -> None:
    """Exit code 3, with the file and what to do."""
    estate.keyring.chmod(0o644)
    done = typed(capsys, *command, *config(estate))
    assert done.code == Exit.CANNOT
    assert "chmod 0600" in done.err
    assert typed(capsys, *command, "--config", str(tmp_path / "nowhere.yaml")).code == Exit.CANNOT
    estate.keyring.chmod(0o600)
    assert Keyring.open(estate.keyring).epoch == 1
