"""The demo's server: left open to try, interrupted, or not possible at all."""

import asyncio
import json
import os
import re
import shlex
import signal
import socket
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.estate import Estate, Wishes, prepare
from gateway.demo.people import people
from gateway.demo.stage import CannotServe, served
from masking.japanese.era import in_era
from masking.value import PartialDate
from tests.demo.running import ROOT, gateway, is_running, read_until, server_of, started
from tests.docs.pages import commands


@dataclass(frozen=True)
class Open:
    """A demo that is being served: its folder, and what it printed."""

    folder: Path
    said: str


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    """`demo --serve`, ended by SIGTERM."""
    folder = tmp_path_factory.mktemp("open") / "d"
    with started("--dir", folder, "--serve") as process:
        yield Open(folder, read_until(process, "gateway.yaml"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0


def _pasted(said: str, first: str, last: str) -> subprocess.CompletedProcess[str]:
    """A printed snippet, run as it stands."""
    found = re.search(rf"^\S*{first}.*?{last}$", said, re.MULTILINE | re.DOTALL)
    assert found is not None, said
    return subprocess.run(["bash"], input=found[0], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


@pytest.mark.parametrize(
    ("expected", "first", "last"),
    [
        ("ageBand", "buf curl", r"RegisterService/GetResident"),  # over reflection
        ("age_band", "python -", "EOF"),  # with the stubs
        ("18歳以上", r"register-gateway lookup\b", r"--resident \d+"),  # as a table
        ("everything holds", "register-gateway ledger verify", "gateway.yaml"),  # beside a gateway that writes
    ],
)
def test_printed_commands_work_when_pasted(opened: Open, expected: str, first: str, last: str) -> None:
    """Nothing needs to be filled in."""
    done = _pasted(opened.said, first, last)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout + done.stderr


@pytest.mark.rule("S6")
def test_the_searches_of_the_readme_find_a_variant(opened: Open) -> None:
    """By plain spelling and a month of the era, by half-width kana, by an address in short: each finds the 髙橋 of this
    city, whose month and address take the place of those on the page.
    """
    cast = Estate(opened.folder).cast()
    why = ("--purpose", "resident-card-counter", "--reason", "application", "--applicant", cast.bystander)
    asked = ("--dir", opened.folder, "--as", "counter-clerk", *why, "--resident", cast.variant, "--json")
    resident = json.loads(gateway("lookup", *asked).stdout)["resident"]
    year, month, day = (resident["birth_date"]["exact"][part] for part in ("year", "month", "day"))
    era = in_era(PartialDate(year, month, day))
    lives = re.sub("丁目|番地?", "-", resident["address"]["exact"]["text"].removeprefix("潮見市")).rstrip("号-")
    known = {
        "var/demo": str(opened.folder),
        "$RESIDENT": cast.bystander,
        "昭和45年8月": re.sub("月.*", "月", era),
        "1970-08": f"{year}-{month:02}",
        "水神2-3-18": lives,
    }
    searches = [shlex.split(each.text) for each in commands("README.md") if "gateway search" in each.text]
    assert len(searches) == 3
    for _, *words in searches:
        done = gateway(*(known.get(word, word) for word in words))
        assert done.returncode == 0, done.stderr
        assert resident["name"]["exact"] in done.stdout, words


def test_tokens_are_in_files_that_only_their_owner_reads(opened: Open) -> None:
    """Mode 0600 each; none is printed."""
    tokens = list((opened.folder / "pki" / "tokens").iterdir())
    assert len(tokens) == 2 * len(people(Estate(opened.folder).cast()))  # a token and a header each
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in tokens}
    assert "eyJ" not in opened.said


def test_a_second_demo_in_the_same_folder_is_turned_away(opened: Open) -> None:
    """It would take the ledger from under the first one's gateway."""
    done = gateway("demo", "--dir", opened.folder)
    assert (3, f"{opened.folder}: another demo is using this folder; end it, or choose another --dir\n") == (
        done.returncode,
        done.stderr,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_an_interrupted_demo_takes_its_server_along(tmp_path: Path, number: signal.Signals) -> None:
    """The exit code tells the signal, as shells do, and nothing is left running."""
    with started("--dir", tmp_path / "d") as process:
        server = server_of(read_until(process, "in service"))
        process.send_signal(number)
        assert 128 + number == process.wait(timeout=30)
    assert not is_running(server)


def test_a_taken_port_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    """What the gateway says reaches the person, with exit code 3."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = gateway("demo", "--residents", "2000", "--dir", tmp_path / "d", "--port", str(port))
    assert done.returncode == 3
    assert f"127.0.0.1:{port}: cannot be listened on" in done.stderr


@pytest.mark.parametrize(
    ("expected", "message", "arguments"),
    [
        (2, "residents", ("--residents", "1999")),  # fewer than the planner may see
        (2, "port", ("--port", "70000")),  # no such port
        (3, "cannot be used", ("--dir", "{}/file")),  # a file where the folder should be
        (3, "not the register of a built city", ("--dir", "{}/other")),  # files of something else
    ],
)
def test_what_cannot_be_played_is_said(tmp_path: Path, expected: int, message: str, arguments: tuple[str, ...]) -> None:
    """An exit code of the table and one clear message, no traceback."""
    (tmp_path / "file").touch()
    (tmp_path / "other" / "city").mkdir(parents=True)
    for name in ("register.db", "standing.db"):
        (tmp_path / "other" / "city" / name).write_text("precious")
    done = gateway("demo", *(argument.replace("{}", str(tmp_path)) for argument in arguments))
    assert expected == done.returncode
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def test_a_server_that_is_killed_is_noticed(tmp_path: Path) -> None:
    """Whoever waits for it learns of its end; leaving the stage then is no error."""
    estate = prepare(tmp_path / "d", Wishes(residents=2_000))
    async with served(estate) as server:
        os.kill(server.pid, signal.SIGKILL)
        assert await asyncio.wait_for(server.ended(), 30) == -signal.SIGKILL
    assert not estate.address.exists()


async def test_a_server_that_cannot_start_tells_why(tmp_path: Path) -> None:
    """Its own words, not a time-out."""
    estate = prepare(tmp_path / "d", Wishes(residents=2_000))
    estate.keyring.chmod(0o644)
    with pytest.raises(CannotServe, match="keyring"):
        async with served(estate):
            raise AssertionError("it must not serve")


def test_a_city_of_another_release_is_built_anew(tmp_path: Path) -> None:
    """Of the same day and size, but without those whom this release shows: nobody has to remove it by hand."""
    path = tmp_path / "d"
    estate = prepare(path, Wishes(residents=2_000))
    before = estate.cast()
    with closing(sqlite3.connect(path / "city" / "standing.db")) as standing:
        standing.execute("UPDATE staff SET resident_id = NULL")
        standing.commit()
    with pytest.raises(LookupError):
        estate.cast()
    assert prepare(path, Wishes(residents=2_000)).cast() == before
