"""`make bench-masking`: masking beside presidio and a Japanese peer, in one run; to var/bench/masking.json."""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from gateway.clock import SystemClock, day_of
from gateway.register.city.build import REGISTER_FILE
from gateway.register.city.build import build_city as build
from gateway.standing.tables import sqlite_schema
from loadtest.masking.attack.population import Resident, population
from loadtest.masking.bench import ours
from loadtest.masking.bench.table import verdicts
from loadtest.masking.remarks import score

ROOT: Final = Path(__file__).resolve().parents[3]


def main() -> int:
    """Measure, print, write. Exit code 1 if a figure is not what it has to be."""
    parser = argparse.ArgumentParser(prog="make bench-masking", description=__doc__)
    parser.add_argument("--residents", type=int, default=32_000)
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where peers and results go")
    asked = parser.parse_args()
    folder: Path = asked.folder
    folder.mkdir(parents=True, exist_ok=True)
    peers = _peers(folder / "peers")
    today = day_of(SystemClock().wall())
    with tempfile.TemporaryDirectory() as city:
        build(Path(city), residents=asked.residents, seed=1, today=today, standing_schema=sqlite_schema())
        people = population(Path(city) / REGISTER_FILE)
        _settle_garbage()
        result: dict[str, Any] = {
            "machine": {
                "cpus": os.cpu_count(),
                "load": round(os.getloadavg()[0], 2),
                "python": platform.python_version(),
            },
            "residents": len(people),
            "rows_per_second": ours.rows(people, today, Path(city)),
            "peers": _measured(peers, people),
            "import_seconds": {module: ours.imported(module) for module in ("masking", "masking.catalogue")},
            "remark": ours.remarks(people),
            "remark_recall": _recall(),
        }
    result["verdicts"] = verdicts(result)
    (folder / "masking.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for each in result["verdicts"]:
        print(f"{'ok  ' if each['holds'] else 'MISS'} {each['what']}: {each['is']} ({each['wanted']})")
    print(f"written to {folder / 'masking.json'}")
    return 0 if all(each["holds"] for each in result["verdicts"]) else 1


def _settle_garbage() -> None:
    """A whole city is in memory here, as in no stream, and not for the collector to look through; what is new is, as
    often as in a gateway (gateway/cli/serve.py).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(3_000, 25, 1_000_000)


def _recall() -> Mapping[str, Any]:
    """What is found in remarks that no rule was made from."""
    from masking.remark.engine import Engine  # noqa: PLC0415 - takes seconds (spaCy, a dictionary)

    return score(Engine(()).spans)["register"]


def _peers(venv: Path) -> Path:
    """The interpreter of an environment that holds what requirements-bench.lock names, by hash."""
    lock, python = ROOT / "requirements-bench.lock", venv / "bin" / "python"
    stamp = venv / "made-from.lock"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        print("installing what requirements-bench.lock names, for the bench alone")
        shutil.rmtree(venv, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
        uv = shutil.which("uv")
        install = [uv, "pip", "install"] if uv else [sys.executable, "-m", "pip", "--python", str(python), "install"]
        chosen = ["--python", str(python)] if uv else []
        subprocess.run([*install, "--quiet", *chosen, "--require-hashes", "-r", str(lock)], check=True)
        stamp.write_bytes(lock.read_bytes())
    return python


def _measured(python: Path, people: Sequence[Resident]) -> Mapping[str, Any]:
    """What peers.py says, run by their own interpreter on the same rows."""
    rows = [[each.name, str(each.income or 0), str(each.born), str(each.address)] for each in people]
    program = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [str(python), str(program)], input=json.dumps(rows), capture_output=True, text=True, check=True
    )
    made: Mapping[str, Any] = json.loads(done.stdout)
    return made


if __name__ == "__main__":
    sys.exit(main())
