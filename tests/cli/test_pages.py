"""What the pages tell to type where a demo is being served, typed into one."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from tests.cli.serving import City
from tests.docs.pages import PAGES, ROOT, commands

MARK = "not run: tests/cli/test_pages.py types it into a demo that is being served"
TYPED = {
    name: [command for command in commands(name) if command.mark == MARK]
    for name in PAGES
    if MARK in (ROOT / name).read_text()
}
BY_CHANCE = {"TOO_MANY_RESULTS", "STEP_UP_REQUIRED"}
"""What a search may be answered with for no other reason than who happens to live in the city of the day."""


def test_there_is_something_to_type() -> None:
    """A mark that is spelt in another way would leave its commands untyped."""
    assert {name: len(typed) > 2 for name, typed in TYPED.items()} == {"README.md": True, "docs/departments.md": True}


@pytest.mark.rule("S6")
@pytest.mark.parametrize("name", TYPED)
def test_what_a_page_tells_to_ask_is_answered(name: str, city: City, tmp_path: Path) -> None:
    """Line by line, in the page's order; a grant that one line asks for is the next one's."""
    program = tmp_path / "register-gateway"
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m gateway "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    shell = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    shell |= {"RESIDENT": city.cast.parent, "STRANGER": city.cast.bystander, "CASE": city.cast.childcare_case}
    for command in TYPED[name]:
        text = command.text.replace("var/demo", str(city.estate.path))
        if shutil.which("jq") is None:
            text = text.partition(" | jq ")[0]
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", text],
            env=shell,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        reason = done.stderr.partition(" ")[0]
        by_chance = done.returncode == Exit.REFUSED and " search " in text and reason in BY_CHANCE
        assert done.returncode == Exit.DONE or by_chance, (text, done.stdout + done.stderr)
        grant = re.search(r"\bg-[a-z2-7]{16}\b", done.stdout)
        if grant is not None:
            shell["GRANT"] = grant[0]
