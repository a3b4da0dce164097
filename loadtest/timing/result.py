"""What the timing bench saw, as figures and as a table.

Rule: an attacker's skill is reckoned from the calls themselves, and the verdict is the best one's: nobody asks only
the attackers that fail.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from loadtest.timing.attacker import ATTACKERS, Times, skill

AIM: Final = 0.52
"""AUC of the best simple attacker, at most."""


def figures(hidden: Times, absent: Times) -> dict[str, Any]:
    """Of one kind of question: how many calls, how long they took, and what each attacker makes of that."""
    skills = {each.name: skill(each, hidden, absent) for each in ATTACKERS}
    best = max(skills, key=lambda name: skills[name].auc)
    told = {
        name: {"auc": round(each.auc, 4), "low": round(each.low, 4), "high": round(each.high, 4)}
        for name, each in skills.items()
    }
    return {
        "calls": _calls(hidden) + _calls(absent),
        "residents": len(hidden),
        "p50_us": {"hidden": _middle(hidden), "absent": _middle(absent)},
        "attackers": told,
        "best": {"attacker": best, **told[best]},
        "met": told[best]["auc"] <= AIM,
    }


def _calls(times: Times) -> int:
    return sum(map(len, times.values()))


def _middle(times: Times) -> float:
    return round(median(each for those in times.values() for each in those), 1)


def told(result: Mapping[str, Any]) -> str:
    """The table as a page has it."""
    heading, *rows = table(result)
    lines = [f"| {' | '.join(row)} |" for row in (heading, ("---",) * len(heading), *rows)]
    load, cores = result["load_average"], result["machine"]["cores"]
    lines += [
        "",
        f"{result['callers']} callers, {result['seconds']:.0f} seconds.",
        f"Load average of the {cores} cores before and after: {load['before']:.1f} and {load['after']:.1f}.",
    ]
    return "\n".join(lines)


def table(result: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A heading and a row for each kind of question."""
    rows: list[tuple[str, ...]] = [
        ("question", "calls", "median of hidden / absent, µs", "best attacker", "its AUC (95 %)", f"aim {AIM}")
    ]
    for name, kind in result["kinds"].items():
        best, p50 = kind["best"], kind["p50_us"]
        rows.append(
            (
                name,
                f"{kind['calls']:,}",
                f"{p50['hidden']:,.0f} / {p50['absent']:,.0f}",
                best["attacker"],
                f"{best['auc']:.3f} ({best['low']:.3f} to {best['high']:.3f})",
                "met" if kind["met"] else "missed",
            )
        )
    return rows
