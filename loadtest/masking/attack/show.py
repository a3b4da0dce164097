"""The attacks as a table and as a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from loadtest.plot import BLUE, FAINT, GREEN, GREY, INK, RED, Canvas

Told = Mapping[str, Any]
"""An outcome as JSON has it."""

_WIDE, _ROW, _LEFT, _TOP = 1180.0, 24.0, 560.0, 64.0
_COLOURS: Final = {"claim": GREEN, "remains": BLUE, "control": FAINT}


def verdict(told: Told) -> str:
    """What the outcome says of the claim, in a word or two."""
    if not told["holds"]:
        return "CLAIM BROKEN" if told["sort"] == "claim" else "no attack"
    return {"claim": "claim holds", "remains": "remains", "control": "the attack works"}[told["sort"]]


def percent(rate: float) -> str:
    """A share as people read it: 0, 0.003 %, 12.3 %, 100 %."""
    if rate in {0.0, 1.0}:
        return f"{rate:.0%}".replace("%", " %")
    shown = f"{rate * 100:.3f}" if rate < 0.001 else f"{rate * 100:.1f}"
    return f"{shown} %"


def table(outcomes: Sequence[Told]) -> str:
    """In Markdown."""
    lines = ["| attack | on | tries | success (95 %) | at most | |", "|---|---|---:|---|---:|---|"]
    for each in outcomes:
        allowed = "" if each["bound"] is None or each["sort"] == "control" else percent(each["bound"])
        rate = f"{percent(each['rate'])} ({percent(each['low'])} – {percent(each['high'])})"
        lines.append(
            f"| {each['attack']}: {each['says']} | {each['mask']} | {each['trials']:,} | {rate} | {allowed} | "
            f"{verdict(each)} |"
        )
    return "\n".join(lines)


def drawing(outcomes: Sequence[Told]) -> Canvas:
    """A row an attack: its rate as a dot, the interval as a line, what the claim allows as a mark."""
    height = _TOP + _ROW * len(outcomes) + 20
    broken = [each["attack"] for each in outcomes if not each["holds"]]
    canvas = Canvas(_WIDE, height, f"Attacks on masked releases; broken claims: {', '.join(broken) or 'none'}")
    canvas.text(20, 26, "Attacks on masked releases: share that succeeds, with 95 % interval", size=15, bold=True)
    wide = _WIDE - _LEFT - 40
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _LEFT + share * wide
        canvas.line((x, _TOP - 14), (x, height - 16), stroke=GREY)
        canvas.text(x, _TOP - 18, f"{share:.0%}", size=11, anchor="middle", fill=FAINT)
    for number, each in enumerate(outcomes):
        y = _TOP + number * _ROW
        colour = RED if not each["holds"] else _COLOURS[each["sort"]]
        canvas.text(20, y + 4, f"{each['attack']} – {each['mask']}", size=12, fill=INK)
        canvas.text(_LEFT - 14, y + 4, verdict(each), size=11, anchor="end", fill=colour)
        low, high, rate = (_LEFT + each[key] * wide for key in ("low", "high", "rate"))
        canvas.line((low, y), (max(high, low + 1), y), stroke=colour, width=3)
        canvas.line((rate, y - 6), (rate, y + 6), stroke=colour, width=3)
    return canvas
