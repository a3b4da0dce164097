"""docs/importing.md, done as it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from gateway.finding import parse_yaml
from gateway.register.intake.layout import tables_of
from gateway.register.intake.questions import questions
from gateway.register.schema_reading import schema_map_of
from tests.docs.pages import ROOT, blocks, commands, rows, section, words
from tests.register.intake.hamlet import MAP

PAGE = "docs/importing.md"
SCHEMA = schema_map_of(parse_yaml(MAP.encode(), "map.yaml"))
_GIVEN = re.compile(r'Fault\(\s*"([a-z-]+)"|_(?:CODE|ADDRESS): Final = \(\s*"([a-z-]+)"|(?:0, 0|loc), "([a-z-]+)"')


def typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command of the page, typed beside its files."""
    program, *arguments = shlex.split(command)
    assert program == "register-gateway"
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_does_what_the_page_says(tmp_path: Path) -> None:
    """The trial finds what is shown; with the one change of the map the import, the check and the index work."""
    (tmp_path / "export").mkdir()
    for block in blocks(PAGE):
        if block.mark.startswith("file: "):
            (tmp_path / block.mark.removeprefix("file: ")).write_text(block.text, encoding="utf-8")
    (said,) = (block.text for block in blocks(PAGE) if block.mark == "said")
    trial, *others = commands(PAGE)
    done = typed(trial.text, tmp_path)
    assert (trial.exit_code, said) == (done.returncode, done.stdout)
    path = tmp_path / "small-map.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("code: kind", "form: digits\n    code: kind"), encoding="utf-8"
    )
    for command in others:
        done = typed(command.text, tmp_path)
        assert (command.exit_code, "") == (done.returncode, done.stdout), done.stderr
    assert "3 entries" in done.stderr


def test_every_code_of_a_finding_is_told() -> None:
    """Each that an import can give, and no other."""
    folders = (ROOT / "gateway/register/intake", ROOT / "gateway/sheet")
    sources = "".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("*.py"))
    given = {code for found in _GIVEN.findall(sources) for code in found if code}
    given |= {question.code for question in questions(SCHEMA, tables_of(SCHEMA))}

    assert sorted(given) == sorted(word for row in rows(section(PAGE, "What is checked")) for word in words(row[0]))
