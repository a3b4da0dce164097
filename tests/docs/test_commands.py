import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, Command, blocks, commands, page
from tools.refresh_docs import transcript

FEW = 400
"""Residents of the city that the pages' commands build; the pages' own is 32,000."""
SERVED = "localhost:50051"
"""Where the gateway of a page listens; here it takes a free port."""
ACT = re.compile(r"^\s*\d  (.+?) +─+$")


class Shell:
    """A folder like a clone, and the commands of one page typed into it, one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for needed in ("config", "purposes"):
            shutil.copytree(ROOT / needed, folder / needed)
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "register-gateway"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gateway "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        self._environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "100",
        }
        self._address = SERVED
        self._gateway: subprocess.Popen[str] | None = None

    def write(self, name: str, text: str) -> None:
        """A file that the page tells to write; its ports are free ones."""
        text = text.replace("listen: 0.0.0.0:50051", "listen: 127.0.0.1:0").replace(":9464", ":0")
        (self._folder / name).write_text(text, encoding="utf-8")

    def type(self, command: Command) -> None:
        """Run a command, and hold it to its exit code."""
        text = command.text.replace(SERVED, self._address)
        if text.startswith("register-gateway serve"):
            self._serve(text)
            return
        text = text.replace("register seed", f"register seed --residents {FEW}")
        text = text.replace(".venv/bin/python", shlex.quote(sys.executable))
        cwd = ROOT if "-m tools." in text else self._folder
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=cwd,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (command.text, command.exit_code) == (command.text, done.returncode), done.stdout + done.stderr

    def _serve(self, text: str) -> None:
        assert self._gateway is None
        self._gateway = subprocess.Popen(
            shlex.split(f"exec {text}")[1:],
            cwd=self._folder,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
            executable=self._folder / "bin" / "register-gateway",
        )
        assert self._gateway.stderr is not None
        for line in self._gateway.stderr:
            event = json.loads(line)
            if event["event"] == "serving":
                self._address = f"localhost:{event['address'].rpartition(':')[2]}"
                return
        pytest.fail("the gateway did not come up")

    def close(self) -> None:
        """End what the page left running, as an operator would."""
        if self._gateway is not None:
            self._gateway.terminate()
            self._gateway.communicate(timeout=30)
            assert self._gateway.returncode == 0


@contextmanager
def opened(folder: Path) -> Iterator[Shell]:
    """A shell, closed however the page ends."""
    shell = Shell(folder)
    try:
        yield shell
    finally:
        shell.close()


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_tells_to_type_works(name: str, tmp_path: Path) -> None:
    """Every command of a console block does what the page says, from a clone, in the page's order.

    `make` is only asked what it would do: what its targets run is run by this suite, or is this suite.
    """
    with opened(tmp_path) as shell:
        if "var/demo" in page(name):
            (tmp_path / "var").mkdir()
            shell.type(Command("register-gateway register seed --out var/demo/city", "", ""))
        written = False
        for command in commands(name):
            if not written and "--config" in command.text:
                for block in blocks(name):
                    if block.mark.startswith("file: "):
                        shell.write(block.mark.removeprefix("file: "), block.text)
                written = True
            if command.text.split()[0] == "make":
                subprocess.run([*shlex.split(command.text), "-n"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
            elif not command.mark.startswith("not run: "):
                shell.type(command)


def test_the_demo_in_the_readme_is_the_demo() -> None:
    """What the README shows of `make demo` was printed by it: the same acts, the same verdicts, in the same order.

    Numbers differ between cities and days, so they are not compared. `python -m tools.refresh_docs --demo` writes the
    transcript anew.
    """
    (shown,) = (block.text for block in blocks("README.md", "text") if "✓" in block.text)

    assert told(shown) == told(transcript("--residents", "2000"))


def told(said: str) -> list[str]:
    """Acts by title and verdicts by their beginning, without numbers."""
    found = []
    for line in said.splitlines():
        act = ACT.match(line)
        if act is not None:
            found.append(act[1])
        elif line.lstrip().startswith(("✓", "✗")):
            found.append(re.sub(r"[\d,]+", "#", line.strip())[:40])
    return found
