"""Which tests show which rule of docs/rules.md, read from the tests' source without running them.

Rule: a marker with an id that docs/rules.md does not have is an error; a rule without a test is only listed.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_ROW = re.compile(r"^\| ([A-Z]\d*) \| ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Claim:
    """A place in the tests that says it shows a rule; a marked class or module claims for all its tests."""

    rule: str
    place: str


def rule_ids(text: str) -> list[str]:
    """The ids of the rules in the text of docs/rules.md, in its order. Raises ValueError if one is there twice."""
    ids = _ROW.findall(text)
    twice = sorted({rule for rule in ids if ids.count(rule) > 1})
    if twice:
        raise ValueError(f"docs/rules.md: {', '.join(twice)} stands there twice; give the later rule an id of its own")
    return ids


def published_rules(root: Path = ROOT) -> list[str]:
    """The ids of docs/rules.md as it stands."""
    return rule_ids((root / "docs" / "rules.md").read_text(encoding="utf-8"))


def claims(source: str, path: str) -> Iterator[Claim]:
    """Every `pytest.mark.rule(…)` on a test, a class or a module's `pytestmark`; ids must be written out as strings."""
    module = ast.parse(source, path)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for decorator in node.decorator_list:
                yield from _claims_of(decorator, f"{path}::{node.name}")
        elif isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
        ):
            for marker in node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]:
                yield from _claims_of(marker, path)


def _claims_of(marker: ast.expr, place: str) -> Iterator[Claim]:
    if not isinstance(marker, ast.Call) or ast.unparse(marker.func) != "pytest.mark.rule":
        return
    for argument in marker.args:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            raise ValueError(f'{place}: write the rule out, as in @pytest.mark.rule("F1"), not {ast.unparse(argument)}')
        yield Claim(argument.value, place)


def collect(tests: Path) -> list[Claim]:
    """All claims under a folder of tests, by file and line."""
    return [
        claim
        for path in sorted(tests.rglob("*.py"))
        for claim in claims(path.read_text(encoding="utf-8"), path.relative_to(tests.parent).as_posix())
    ]


def table(series: str, root: Path = ROOT) -> str:
    """The rules of a series in their order, each with the tests that show it, as Markdown for a page in docs/.

    Raises ValueError for a rule without a test: a table with a gap is not written.
    """
    found = collect(root / "tests")
    lines = ["| rule | shown by |", "|---|---|"]
    for rule in (each for each in published_rules(root) if each.startswith(series)):
        by_file: dict[str, list[str]] = {}
        for place in dict.fromkeys(claim.place for claim in found if claim.rule == rule):
            path, _, test = place.partition("::")
            by_file.setdefault(path, []).append(test.removeprefix("test_").replace("_", " ") or "all of it")
        if not by_file:
            raise ValueError(f"no test shows {rule}")
        tests = (f"[{path.removeprefix('tests/')}](../{path}): {'; '.join(names)}" for path, names in by_file.items())
        lines.append(f"| **{rule}** | {'<br>'.join(tests)} |")  # not as a rule's own row is written
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the listing; 0, or 1 if a test claims a rule that does not exist."""
    parser = argparse.ArgumentParser(description="Which tests show which rule of docs/rules.md.")
    parser.add_argument("--missing", action="store_true", help="only the rules that no test shows")
    parser.add_argument("--table", metavar="SERIES", help="the rules of a series with their tests, as Markdown")
    asked = parser.parse_args(arguments)
    only_missing: bool = asked.missing
    if asked.table:
        print(table(asked.table))
        return 0

    rules = published_rules()
    found = collect(ROOT / "tests")
    if not only_missing:
        for rule in rules:
            for place in dict.fromkeys(claim.place for claim in found if claim.rule == rule):
                print(f"{rule:3} {place}")
    shown = {claim.rule for claim in found}
    missing = [rule for rule in rules if rule not in shown]
    print(f"rules: {len(rules) - len(missing)} of {len(rules)} shown by a test")
    if missing:
        print(f"rules: no test yet for {', '.join(missing)}")

    unknown = [claim for claim in found if claim.rule not in rules]
    for claim in unknown:
        print(f"{claim.place}: docs/rules.md has no rule {claim.rule}", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
