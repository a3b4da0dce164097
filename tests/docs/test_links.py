import re
import tomllib

import pytest

from gateway.measures import Step
from tests.docs.pages import PAGES, ROOT, anchors, blocks, page, rows, section, without_blocks, words

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAMED = re.compile(r"^(gateway|masking|tests|loadtest|tools|proto|purposes|config|docs)(/[\w./-]*)?$")
_WORD = re.compile(r"\w+")


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """A file that is not there, or a heading that was renamed, fails here. The world outside is not asked."""
    broken = []
    for link in _LINK.findall(without_blocks(page(name))):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.resolve().relative_to(ROOT).as_posix())):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_are_there(name: str) -> None:
    """Every path of this repository in backticks, on every page."""
    named = {word for word in words(without_blocks(page(name))) if _NAMED.match(word)}

    assert sorted(word for word in named if not (ROOT / word).exists()) == []


def test_the_house_is_drawn_as_it_is_checked() -> None:
    """The README's drawing has the layers of import-linter's contract, in their order, with the modules that exist."""
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "layers")
    checked = [{name for name in _WORD.findall(layer) if _exists(name)} for layer in layers]
    (drawing,) = (block for block in blocks("README.md", "") if "the wings" in block.text)
    drawn: list[set[str]] = []
    carried: set[str] = set()
    for line in drawing.text.splitlines():
        carried |= set(_WORD.findall(line.strip().split("  ")[0]))
        if not line.endswith(","):
            drawn.append(carried)
            carried = set()

    assert [layer for layer in checked if layer] + [{"masking"}] == drawn


def _exists(name: str) -> bool:
    """Whether the gateway has this module; the generated contract is no layer of the drawing."""
    there = (ROOT / "gateway" / f"{name}.py").exists() or (ROOT / "gateway" / name / "__init__.py").exists()
    return there and name != "v1"


def test_the_steps_of_the_readme_are_those_that_are_measured() -> None:
    """Eight numbered steps, by the names that metrics and bench use; relating is measured apart from the rest of
    reading, and encoding is no step of the hallway.
    """
    told = re.findall(r"^\d\. \*\*(\w+)\*\*", page("README.md"), re.MULTILINE)

    assert [step.value for step in Step if step not in {Step.RELATE, Step.ENCODE}] == told


def test_the_word_table_names_what_exists() -> None:
    """A word of the README that the code does not use is no word of this house."""
    code = "\n".join(
        path.read_text(encoding="utf-8") for folder in ("gateway", "masking") for path in (ROOT / folder).rglob("*.py")
    )
    told = [word.strip().split()[-1] for row in rows(section("README.md", "Words")) for word in row[0].split(",")]

    assert [word for word in told if not re.search(rf"\b{word}", code, re.IGNORECASE)] == []
