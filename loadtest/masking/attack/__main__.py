"""`make attack`: every attack on the city, to var/attack/attack.json and attack.svg. Exit code 1: a claim broke."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from gateway.clock import SystemClock, day_of
from gateway.register.city.build import REGISTER_FILE
from gateway.register.city.build import build_city as build
from gateway.standing.tables import sqlite_schema
from loadtest.masking.attack.run import attack
from loadtest.masking.attack.show import drawing, percent, verdict


def main() -> int:
    """Build the city, attack it, write down what came of it."""
    parser = argparse.ArgumentParser(prog="make attack", description=__doc__)
    parser.add_argument("--residents", type=int, default=32_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("var/attack"))
    asked = parser.parse_args()
    today = day_of(SystemClock().wall())
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), residents=asked.residents, seed=asked.seed, today=today, standing_schema=sqlite_schema())
        outcomes = [each.told() for each in attack(Path(folder) / REGISTER_FILE, today, seed=asked.seed)]
    asked.out.mkdir(parents=True, exist_ok=True)
    result = {"residents": asked.residents, "day": today.isoformat(), "outcomes": outcomes}
    (asked.out / "attack.json").write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    (asked.out / "attack.svg").write_text(drawing(outcomes).svg(), encoding="utf-8")
    for each in outcomes:
        print(f"{percent(each['rate']):>9}  {verdict(each):17} {each['attack']} – {each['mask']}")
    broken = [each for each in outcomes if not each["holds"]]
    print(f"{len(outcomes)} attacks, {len(broken)} broken claims; {asked.out / 'attack.json'}")
    print("What remains: age band, town and income band of one resident narrow each other down, in every release.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
