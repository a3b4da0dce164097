"""What all commands have in common."""

import os
import signal
import subprocess
import sys
import tomllib

import pytest

from gateway.cli.exits import Exit
from gateway.cli.japanese import REMARK
from tests.cli.serving import City, typed
from tests.demo.running import ROOT, gateway


def test_one_version() -> None:
    """The one that pyproject.toml says, in every command."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert f"{version}\n" == gateway("--version").stdout == gateway("pki", "--version").stdout


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        # left out
        ("pki token: --staff is missing", ("pki", "token", "--dir", "x", "--post", "p", "--role", "r")),
        # left out, and it has no dashes
        ("purpose show: NAME is missing", ("purpose", "show")),
        # there, without a value
        ("--staff requires an argument", ("pki", "token", "--dir", "x", "--staff")),
        # mistyped
        ("--purpose instead of --purpos?", ("lookup", "--purpos", "x")),
    ],
)
def test_what_is_missing_is_called_missing(expected: str, arguments: tuple[str, ...]) -> None:
    """An option left out, one without its value and one mistyped are told apart."""
    done = gateway(*arguments)
    assert done.returncode == 2
    assert expected in " ".join(f"{done.stdout}{done.stderr}".replace("│", " ").split())


def test_a_terminal_without_japanese_is_told_so_once() -> None:
    """Question marks on standard output, the reason for them on the other; no remark where nothing was lost."""

    def said(*arguments: str) -> tuple[str, str]:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "purpose", "list", *arguments],
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONIOENCODING": "ascii"},
            check=True,
        )
        return done.stdout.decode("ascii"), done.stderr.decode("ascii")

    text, remark = said()
    assert "\t?????" in text
    assert remark == REMARK
    assert said("--language", "en")[1] == ""


def test_who_has_read_enough_ends_it_quietly() -> None:
    """`| head` is no fault: no traceback, and the exit code of the signal that it would have been."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "purpose", "list"],
            stdout=closed,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


@pytest.mark.parametrize("option", ["--name", "--lives", "--resident", "--justification"])
def test_what_is_no_text_is_not_asked(city: City, capsys: pytest.CaptureFixture[str], option: str) -> None:
    """Octets that a terminal of another encoding sends: no traceback, which would repeat what was typed."""
    done = typed(capsys, "search", *city.counter(option, "\udc8d\udc82\udc8b\udcb4", "--born", "1970"))
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert done.err == "something that was typed is no text in UTF-8\n"


def test_commands_that_ask_say_where_in_the_same_words(capsys: pytest.CaptureFixture[str]) -> None:
    """One set of options, explained alike."""
    where = {
        typed(capsys, command, "--help").out.partition("Where and as whom")[2]
        for command in ("lookup", "search", "stream", "allowed")
    }
    assert len(where) == 1
    assert "--token-file" in where.pop()
