"""The documentation as tests read it: pages, their blocks, tables and links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = tuple(
    path.relative_to(ROOT).as_posix()
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
    if path.name != "CHANGELOG.md"
)

_BLOCK: Final = re.compile(
    r"(?:^<!-- (?P<mark>[^\n]*) -->\n)?^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_HEADING: Final = re.compile(r"^#+ (.*)$", re.MULTILINE)
_COMMENT: Final = re.compile(r"\s{2,}# (.*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the HTML comment right above it ("" if none), its text and its page's line."""

    kind: str
    mark: str
    text: str
    line: int


@dataclass(frozen=True)
class Command:
    """A command of a console block; the comment behind it may be `exit code N`."""

    text: str
    comment: str
    mark: str

    @property
    def exit_code(self) -> int:
        """What the command is to leave with: 0 unless the comment is another one."""
        said = re.fullmatch(r"exit code (\d)", self.comment)
        return int(said[1]) if said else 0


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, kind: str | None = None) -> list[Block]:
    """The fenced blocks of a page, all or those of one kind."""
    text = page(name)
    found = [
        Block(each["kind"], each["mark"] or "", each["text"], text.count("\n", 0, each.start()) + 1)
        for each in _BLOCK.finditer(text)
    ]
    return [block for block in found if kind in {None, block.kind}]


def commands(name: str) -> list[Command]:
    """The commands of a page's console blocks: lines after `$ `, or every line where none begins so."""
    found = []
    for block in blocks(name, "console"):
        lines = block.text.splitlines()
        prompted = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in prompted or [line for line in lines if line.strip()]:
            comment = _COMMENT.search(line)
            text = line[: comment.start()] if comment else line
            found.append(Command(text.strip(), comment[1] if comment else "", block.mark))
    return found


def rows(text: str) -> list[list[str]]:
    """The rows of all tables in a text, cell by cell, without their headings."""
    found = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line[:1] == "|"
    ]
    rules = [number for number, row in enumerate(found) if all(re.fullmatch(":?-+:?", cell) for cell in row)]
    headings = {number - 1 for number in rules} | set(rules)
    return [row for number, row in enumerate(found) if number not in headings]


def section(name: str, title: str) -> str:
    """What stands under a heading, up to the next one."""
    text = without_blocks(page(name))
    start = re.search(rf"^#+ {re.escape(title)}$", text, re.MULTILINE)
    assert start is not None, f"{name} has no heading {title!r}"
    following = _HEADING.search(text, start.end())
    return text[start.end() : following.start() if following else None]


def without_blocks(text: str) -> str:
    """The text with its fenced blocks taken out."""
    return _BLOCK.sub("", text)


def words(text: str) -> list[str]:
    """All that stands in backticks, in order."""
    return re.findall(r"`([^`\n]+)`", text)


def anchors(name: str) -> set[str]:
    """What a link may name behind `#`: headings as GitHub spells them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in _HEADING.findall(without_blocks(page(name)))
    }
