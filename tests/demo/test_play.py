"""`make demo`, played twice in one folder by a process of its own."""

import re
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.demo.running import RESIDENTS, gateway, is_running, server_of


@dataclass(frozen=True)
class Played:
    """A run of the demo, and the folder it played in."""

    folder: Path
    first: subprocess.CompletedProcess[str]
    city: tuple[int, int]
    second: subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Two runs, one after the other."""
    folder = tmp_path_factory.mktemp("demo") / "d"
    first = gateway("demo", "--residents", RESIDENTS, "--dir", folder)
    city = _identity(folder)
    return Played(folder, first, city, gateway("demo", "--residents", RESIDENTS, "--dir", folder))


def _identity(folder: Path) -> tuple[int, int]:
    found = (folder / "city" / "register.db").stat()
    return found.st_ino, found.st_mtime_ns


@pytest.mark.parametrize(
    "verdict",
    [
        "a city of 2,600 residents, built in",
        "the gateway is in service at 127.0.0.1:",
        "three answers about one resident, each with its own fields: 7, 12, 6",
        "a pseudonym leads back to its row in the purpose that gave it out, and means nothing anywhere else",
        "five ways of writing find the same resident",
        "whoever is found is charged once, by number or by name",
        "髙 written out does not find 高",
        "a surname alone is not a search that this purpose allows, and costs nobody",
        "to the other party nobody is there, for the price of a question in vain",
        "8 attempts, 8 refusals, nobody seen",
        "one resident was opened to one person by a superior, and closed again",
        "refused by name: fee_arrears, sex; asking for less is always possible",
        "of 5 names, numbers and days that lead to somebody 0 are left",
        "高木美咲さん and 高木さん are one person there, too",
        "where the resident is looked after stays: the purpose says why it needs that",
        "the address is withheld from every department",
        "hidden and absent are one and the same answer, byte for byte",
        "the clerk asked for 45 residents and saw 40: the day's allowance is 40, 0 are left, and the other 5",
        "that makes 1000 different residents, the day's allowance, and not one more",
        "SIGTERM: drained in",
        "everything holds",
        "one changed byte is found out, and where: record 6",
        "octets of ledger and process log: 0 found (in the register:",
    ],
)
def test_every_act_shows_what_it_promises(played: Played, verdict: str) -> None:
    """Each verdict is printed, and ticked."""
    said = re.sub(r"\s*\n(?! *✓)", " ", played.first.stdout)
    ticked = [line for line in said.splitlines() if line.lstrip().startswith("✓")]
    assert any(verdict in line for line in ticked), played.first.stdout
    assert "✗" not in said


@pytest.mark.rule("E")
@pytest.mark.parametrize(
    "reason",
    [
        "CASE_NOT_VALID",
        "STEP_UP_REQUIRED",
        "POST_NOT_IN_FORCE",
        "IDENTITY_INVALID",
        "PURPOSE_NOT_GRANTED",
        "SEARCH_NOT_GRANTED",
        "FIELD_NOT_GRANTED",
        "FIELD_UNKNOWN",
        "RESIDENT_NOT_FOUND",
        "BUDGET_EXHAUSTED",
    ],
)
def test_refusals_are_shown_by_their_reason(played: Played, reason: str) -> None:
    """The reasons of the published table, as they came over the wire."""
    assert reason in played.first.stdout


@pytest.mark.parametrize("run", ["first", "second"])
def test_it_ends_well_and_leaves_no_process(played: Played, run: str) -> None:
    """Exit code 0, nothing on standard error, and the server it started is gone."""
    done: subprocess.CompletedProcess[str] = getattr(played, run)
    assert (done.returncode, done.stderr) == (0, "")
    assert not is_running(server_of(done.stdout))
    assert not (played.folder / "address").exists()


def test_a_pipe_gets_plain_text(played: Played) -> None:
    """No escape codes, no control characters, no secrets."""
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", played.first.stdout)
    assert "eyJ" not in played.first.stdout  # how every token begins


def test_a_second_run_has_fresh_budgets_in_the_same_city(played: Played) -> None:
    """The ledger begins anew, the one before is put aside, and the city is not built again."""
    assert "found as it was left" in played.second.stdout
    assert played.city == _identity(played.folder)
    assert "residents and saw 40" in re.sub(r"\s+", " ", played.second.stdout)
    assert {"state", "state.before"} <= {path.name for path in played.folder.iterdir()}
    assert gateway("ledger", "verify", "--config", played.folder / "gateway.yaml").returncode == 0


@pytest.mark.rule("R6")
def test_nobody_pseudonymous_clear_beside_the_register(played: Played) -> None:
    """No id and no name of any resident, and no token, in what ledger and process log keep."""
    with closing(sqlite3.connect(played.folder / "city" / "register.db")) as connection:
        people = connection.execute("SELECT atena_no, shimei, shimei_kana FROM juki_resident").fetchall()
    state = [path for name in ("state", "state.before") for path in (played.folder / name).rglob("*")]
    kept = b"\n".join(path.read_bytes() for path in (*state, played.folder / "server.log") if path.is_file())
    assert len(kept) > 100_000
    assert [each for each in _flat(people) if each.encode() in kept] == []
    assert b"eyJ" not in kept


def _flat(people: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    return {part for person in people for part in person}


def test_everything_is_its_owners_alone(played: Played) -> None:
    """The folder is closed, and so is every secret in it."""
    assert played.folder.stat().st_mode & 0o077 == 0
    secrets = [*played.folder.rglob("*.key"), played.folder / "keyring", *played.folder.rglob("*.db")]
    assert [path.name for path in secrets if path.stat().st_mode & 0o077] == []
