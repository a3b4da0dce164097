"""The parts of the documentation that come from the code: written here, and held to the code by tests/docs.

Rule: what can be read from the code is not typed again. `python -m tools.refresh_docs` writes tables and help texts
anew; `--demo` also runs the demo and writes down what it printed, cut where it is long and nowhere changed; `--bench`
also writes down what the last `make bench` measured.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from gateway.ledger.ledger import Condition, State
from gateway.measures import Measures
from gateway.metrics import GatewayCollector
from gateway.refusal import REASONS, Reason

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/operating.md", "docs/departments.md")
TO_COME = frozenset({Reason.GRANT_REQUIRED, Reason.GRANT_NOT_ACTIVE, Reason.COST_IMPOSSIBLE, Reason.TOO_MANY_RESULTS,
                     Reason.COVERAGE_STOP})  # fmt: skip
"""Reasons that no call of today can give."""

_HELP = re.compile(r"^```text help: ([a-z -]+)\n.*?^```$", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
_ACT = re.compile(r"^ (\d)  \S.* ─+$")
_WIDTH = 100


def reasons() -> str:
    """The published table: gRPC codes, and the reasons under each; those that are to come in brackets."""
    lines = ["| gRPC code | reasons |", "|---|---|"]
    for code, members in groupby(Reason, key=lambda reason: REASONS[reason].code):
        named = ", ".join(f"({each.value})" if each in TO_COME else each.value for each in members)
        lines.append(f"| {code} | {named} |")
    return "\n".join(lines)


def metrics() -> str:
    """Every metric as Prometheus gets it."""
    collector = GatewayCollector(Measures(), lambda: Condition(State.SERVING, ""), lambda: 0)
    lines = ["| metric | labels | meaning |", "|---|---|---|"]
    for metric in collector.collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = ", ".join(f"`{label}`" for label in getattr(metric, "_labelnames", ()))
        lines.append(f"| `{name}` | {labels} | {metric.documentation} |")
    return "\n".join(lines)


def targets() -> str:
    """What make can do, as `make` lists it."""
    found = _TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8"))
    return "\n".join(["| target | |", "|---|---|", *(f"| `make {name}` | {what} |" for name, what in found)])


def bench(result: dict[str, Any]) -> str:
    """What `make bench` measured, as it wrote it to var/bench/lookup.json."""
    heading = (
        "| callers | echo, calls/s | lookup, calls/s | ratio | echo p50 / p99, µs | lookup p50 / p99, µs "
        "| server CPU a call, µs (echo) |"
    )
    lines = [heading, "|---|---|---|---|---|---|---|"]
    for callers in (1, 8, 64):
        echo, ours = result["cells"][f"echo_{callers}"], result["cells"][f"gateway_{callers}"]
        lines.append(
            f"| {callers} | {echo['per_second']:,.0f} | {ours['per_second']:,.0f} "
            f"| {result[f'lookup_ratio_{callers}']:.2f} | {echo['p50_us']:,.0f} / {echo['p99_us']:,.0f} "
            f"| {ours['p50_us']:,.0f} / {ours['p99_us']:,.0f} | {ours['cpu_us']:,.0f} ({echo['cpu_us']:,.0f}) |"
        )
    steps = ", ".join(f"{step} {spent:.0f}" for step, spent in result["steps_us"].items())
    lines += [
        "",
        f"Time of a lookup by step, µs: {steps}.",
        f"Lookups that shared a walk: {result['mean_batch']:.1f} on average.",
        f"One sync of the disk takes {result['fsync_us']:,.0f} µs.",
        f"A stream with durable records brings {result['stream_rows_per_s']:,.0f} residents a second.",
    ]
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {"reasons": reasons, "metrics": metrics, "make": targets}


def help_text(command: str) -> str:
    """What `register-gateway COMMAND --help` says, in 100 columns without colours."""
    plain = {name: value for name, value in os.environ.items() if name not in {"FORCE_COLOR", "CLICOLOR_FORCE"}}
    said = subprocess.run(
        [sys.executable, "-m", "gateway", *command.split(), "--help"],
        cwd=ROOT,
        env={**plain, "COLUMNS": str(_WIDTH), "NO_COLOR": "1", "TERM": "dumb"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return _stripped(said.replace("Usage: __main__.py", "Usage: register-gateway"))


def transcript(*options: str) -> str:
    """What the demo prints in a pipe, from nothing, without the tables that acts 2 and 4 end with and most of act 8."""
    with tempfile.TemporaryDirectory() as folder:
        # As from a clone: the commands that it ends with name the clone's own .venv.
        (Path(folder) / ".venv").symlink_to(sys.prefix)
        said = subprocess.run(
            [f"{folder}/.venv/bin/python", "-m", "gateway", "demo", *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return cut(_stripped(said))


def cut(said: str) -> str:
    """Leave out what is long; each place is marked."""
    kept: list[str] = []
    act, leaving_out = 0, False
    for line in said.splitlines():
        heading = _ACT.match(line)
        if heading is not None:
            act = int(heading[1])
        if leaving_out and line.lstrip().startswith(("✓", "All of this")):
            leaving_out = False
        elif (act in {2, 4} and line.lstrip().startswith("Who tries what")) or (act == 8 and "counter-clerk" in line):
            kept += ["[…]", ""]
            leaving_out = True
        if not leaving_out:
            kept.append(line)
    return "\n".join(kept)


def refreshed(text: str, parts: dict[str, str]) -> str:
    """The page with these parts between their marks, and with its help texts anew."""
    for name, part in parts.items():
        marks = re.compile(rf"(<!-- {name}:start -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        text = marks.sub(lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text)  # type: ignore[misc]
    return _HELP.sub(lambda found: f"```text help: {found[1]}\n{help_text(found[1])}\n```", text)


def _stripped(text: str) -> str:
    """Without blanks at the ends of lines, and without empty lines in a row."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write all pages anew."""
    parser = argparse.ArgumentParser(description="Write the parts of the documentation that come from the code.")
    parser.add_argument("--demo", action="store_true", help="run the demo as well, and write down what it prints")
    parser.add_argument("--bench", action="store_true", help="write down what var/bench/lookup.json says")
    asked = parser.parse_args(arguments)
    parts = {name: part() for name, part in PARTS.items()}
    if asked.demo:
        parts["demo"] = f"```text\n{transcript()}\n```"
    if asked.bench:
        parts["bench"] = bench(json.loads((ROOT / "var" / "bench" / "lookup.json").read_text(encoding="utf-8")))
    for page in PAGES:
        path = ROOT / page
        path.write_text(refreshed(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
