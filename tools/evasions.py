"""The table of evasions for the README, read from the tests' source without running them.

Rule: the mark says what is tried, the test's docstring how it ends, and the rules it shows stand beside it; a test with
the mark and without a docstring or a rule is an error.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Evasion:
    """One way that somebody tries to see more than they may."""

    tried: str
    ends: str
    rules: tuple[str, ...]
    test: str


def evasions(source: str, path: str) -> Iterator[Evasion]:
    """Every test with `pytest.mark.evasion`, in the order of the file. Raises ValueError."""
    for node in ast.parse(source, path).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        marks = {ast.unparse(each.func): each for each in node.decorator_list if isinstance(each, ast.Call)}
        mark = marks.get("pytest.mark.evasion")
        if mark is None:
            continue
        rule, ends = marks.get("pytest.mark.rule"), ast.get_docstring(node)
        if rule is None or ends is None:
            raise ValueError(f"{path}::{node.name}: an evasion needs a docstring that says how it ends, and its rules")
        (tried,) = _strings(mark)
        yield Evasion(tried, " ".join(ends.split()), tuple(_strings(rule)), node.name)


def _strings(mark: ast.Call) -> list[str]:
    return [str(ast.literal_eval(argument)) for argument in mark.args]


def table(root: Path = ROOT) -> str:
    """All of tests/evasion and tests/incident as Markdown."""
    lines = ["| what somebody tries | how it ends | rules |", "|---|---|---|"]
    for path in sorted(root.glob("tests/*/test_*.py")):
        if path.parent.name in {"evasion", "incident"}:
            lines += [
                f"| {each.tried} | {each.ends} | {' '.join(each.rules)} |"
                for each in evasions(path.read_text(encoding="utf-8"), str(path.relative_to(root)))
            ]
    return "\n".join(lines)
