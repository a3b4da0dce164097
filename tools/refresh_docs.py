"""The parts of the documentation that come from the code: written here, and held to the code by tests/docs.

Rule: what can be read from the code is not typed again. `python -m tools.refresh_docs` writes tables and help texts
anew; `--demo` also runs the demo and writes down what it printed, cut where it is long and nowhere changed; `--bench`
also writes down what the last `make bench` measured, `--service` the last `make bench-service`, `--timing` the last
`make bench-timing`, `--loadtest` the last `make loadtest`, with its picture, `--masking` the last `make attack`, with
its picture, and `make bench-masking`.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from gateway.ledger.ledger import Condition, State
from gateway.measures import Measures
from gateway.metrics import GatewayCollector
from gateway.refusal import REASONS, Reason
from loadtest.masking.attack.show import table as attack_table
from loadtest.masking.bench.table import table as masking_table
from loadtest.scenario import Scenario, shipped
from loadtest.table import over
from loadtest.timing.result import told as timing
from loadtest.verdict import Verdict
from tools.evasions import table
from tools.rule_coverage import table as shown

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "docs/operating.md",
    "docs/departments.md",
    "docs/importing.md",
    "docs/loadtest.md",
    "docs/rules.md",
    "masking/README.md",
)

_HELP = re.compile(r"^```text help: ([a-z -]+)\n.*?^```$", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"^([a-z-]+):.*## (.*)$", re.MULTILINE)
_ACT = re.compile(r"^ ?\d+  (\S.*?)  ─+$")
_LONG = {("One resident, three departments", "Who tries what"), ("One field too many", "Who tries what")} | {
    ("What to try next", ".venv/bin/register-gateway lookup --dir var/demo --as counter-clerk")
}
"""Acts, and how the line begins from which on the README leaves them out."""
_WIDTH = 100


def reasons() -> str:
    """The published table: gRPC codes, and the reasons under each."""
    lines = ["| gRPC code | reasons |", "|---|---|"]
    for code, members in groupby(Reason, key=lambda reason: REASONS[reason].code):
        lines.append(f"| {code} | {', '.join(each.value for each in members)} |")
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
        f"One by a grant of two people brings {result['granted_stream_rows_per_s']:,.0f}.",
    ]
    return "\n".join(lines)


def service(result: dict[str, Any]) -> str:
    """What `make bench-service` measured, as it wrote it to var/bench/service.json."""
    sizes = [str(size) for size in result["residents"]]
    lines = ["| question | " + " | ".join(f"{int(size):,} residents" for size in sizes) + " |", "|---|---|---|"]
    for name, cells in result["kinds"].items():
        figures = (f"{cells[size]['p50_us']:,.0f} / {cells[size]['p99_us']:,.0f}" for size in sizes)
        lines.append(f"| {name.replace('*', chr(92) + '*')} | {' | '.join(figures)} |")
        if all("p50_us_a_resident" in cell for cell in cells.values()):
            each = (f"{cells[size]['p50_us_a_resident']:,.0f}" for size in sizes)
            lines.append(f"| … a resident | {' | '.join(each)} |")
    for name, cells in result["streams"].items():
        rates = (f"{cells[size]['rows_per_s']:,.0f} ({cells[size]['echo_rows_per_s']:,.0f})" for size in sizes)
        lines.append(f"| stream, {name}: residents/s (echo of the same messages) | {' | '.join(rates)} |")
    said = {
        "lookup_p50_ratio": "A lookup in the large city takes {got:.2f} × that of the small one (aim: {aim}): {met}.",
        "slowest_search_p50_us": "The slowest kind of search there takes {got:,.0f} µs (aim: {aim:,}): {met}.",
    }
    lines.append("")
    for name, aim in result["aims"].items():
        lines.append(said[name].format(got=aim["got"], aim=aim["aim"], met="met" if aim["met"] else "**missed**"))
    missed = result["aims"]["slowest_search_p50_us"]["missed_by"]
    if missed:
        lines.append(f"Above it: {'; '.join(each.replace('*', chr(92) + '*') for each in missed)}.")
    load, cores = result["load_average"], result["machine"]["cores"]
    lines.append(f"Load average of the {cores} cores before and after: {load['before']:.1f} and {load['after']:.1f}.")
    return "\n".join(lines)


def state(result: dict[str, Any]) -> str:
    """What `make bench-state` measured, as it wrote it to var/bench/state.json."""
    seen, aims = result["seen_a_year"], result["aims"]
    met = {name: "met" if aim["met"] else "**missed**" for name, aim in aims.items()}
    rows = (
        ("records", f"{result['records']:,}"),
        ("different residents that one of the staff has seen", f"{seen['least']:,} to {seen['most']:,}"),
        ("settled with all limits judged, records of two residents a second", f"{result['settled_per_s']:,}"),
        ("memory that it takes", f"{result['state_mb']:g} MB (aim: {aims['state_mb']['aim']:g}): {met['state_mb']}"),
        (
            "from opening the ledger until it takes the next record",
            f"{result['ready_s']:.2f} s (aim: {aims['ready_s']['aim']:g}): {met['ready_s']}",
        ),
        ("snapshot on the disk", f"{result['snapshot_mb']:g} MB"),
        ("longest slice of taking one, while others wait", f"{result['snapshot_slice_ms']:g} ms"),
    )
    return "\n".join(["| a year | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def loadtest(result: dict[str, Any]) -> str:
    """What `make loadtest` showed, as it wrote it to var/loadtest/verdict.json."""
    lines = [
        "| scenario | verdict | offered | answered | refused | lost | over the allowance, by answers and by ledger |",
        "|---|---|---|---|---|---|---|",
    ]
    aims = []
    for verdict in map(Verdict.model_validate, result["scenarios"].values()):
        sends, (answers, ledger) = verdict.sends, over(verdict)
        refused, lost = sum(sends.refused.values()), sum(sends.lost.values())
        more = f", killed {len(verdict.kills)} times" if verdict.kills else ""
        more += f", {verdict.days} simulated days" if verdict.days else ""
        lines.append(
            f"| {verdict.title}{more} | {verdict.result} | {sends.offered:,} | {sends.admitted:,} | {refused:,} "
            f"| {lost:,} | {answers} and {ledger} |"
        )
        aims += [
            f"{aim.name}: {aim.got:g} {aim.unit}".rstrip()
            + f" (aim: {aim.aim:g}): {'met' if aim.met else '**missed**'}."
            for aim in verdict.aims
            if aim.got is not None
        ]
    return "\n".join([*lines, "", *aims])


def scenarios() -> str:
    """The load tests' scenarios that ship."""
    lines = ["| scenario | what it shows | seconds | short |", "|---|---|---|---|"]
    for name, path in shipped().items():
        each = Scenario.read(path)
        days = f", {each.days} simulated days" if each.days else ""
        kills = f", {each.kills} kills" if each.kills else ""
        lines.append(f"| `{name}` | {each.title}: {each.shows} | {each.seconds:g}{days}{kills} | {each.short:g} |")
    return "\n".join(lines)


def purposes() -> str:
    """What `register-gateway purpose table` prints."""
    said = subprocess.run(
        [sys.executable, "-m", "gateway", "purpose", "table", "--language", "en"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return f"\n{_stripped(said)}\n"


PARTS: dict[str, Callable[[], str]] = {
    "reasons": reasons,
    "metrics": metrics,
    "make": targets,
    "purposes": purposes,
    "shown": partial(shown, "W"),
    "evasions": table,
    "scenarios": scenarios,
}


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
    """What the demo prints in a pipe, from nothing, without what is long and said elsewhere."""
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
    act, leaving_out = "", False
    for line in said.splitlines():
        heading = _ACT.match(line)
        if heading is not None:
            act = heading[1]
        if leaving_out and line.lstrip().startswith(("✓", "All of this")):
            leaving_out = False
        elif any(act == long and line.lstrip().startswith(first) for long, first in _LONG):
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
    parser.add_argument("--service", action="store_true", help="write down what var/bench/service.json says")
    parser.add_argument("--timing", action="store_true", help="write down what var/bench/timing.json says")
    parser.add_argument("--state", action="store_true", help="write down what var/bench/state.json says")
    parser.add_argument("--loadtest", action="store_true", help="write down what var/loadtest/verdict.json says")
    parser.add_argument("--masking", action="store_true", help="write down what make attack and bench-masking measured")
    asked = parser.parse_args(arguments)
    parts = {name: part() for name, part in PARTS.items()}
    if asked.demo:
        parts["demo"] = f"```text\n{transcript()}\n```"
    if asked.bench:
        parts["bench"] = bench(json.loads((ROOT / "var" / "bench" / "lookup.json").read_text(encoding="utf-8")))
    if asked.service:
        parts["service"] = service(json.loads((ROOT / "var" / "bench" / "service.json").read_text(encoding="utf-8")))
    if asked.timing:
        parts["timing"] = timing(json.loads((ROOT / "var" / "bench" / "timing.json").read_text(encoding="utf-8")))
    if asked.state:
        parts["state"] = state(json.loads((ROOT / "var" / "bench" / "state.json").read_text(encoding="utf-8")))
    if asked.loadtest:
        told = ROOT / "var" / "loadtest"
        parts["loadtest"] = loadtest(json.loads((told / "verdict.json").read_text(encoding="utf-8")))
        shutil.copy(told / "loadtest.png", ROOT / "docs" / "loadtest.png")
    if asked.masking:
        told = ROOT / "var" / "attack"
        outcomes = json.loads((told / "attack.json").read_text(encoding="utf-8"))["outcomes"]
        parts["attack"] = attack_table(outcomes)
        shutil.copy(told / "attack.svg", ROOT / "masking" / "attack.svg")
        figures = json.loads((ROOT / "var" / "bench" / "masking.json").read_text(encoding="utf-8"))
        parts["bench-masking"] = masking_table(figures)
    for page in PAGES:
        path = ROOT / page
        path.write_text(refreshed(path.read_text(encoding="utf-8"), parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
