"""The picture for the README: what all scenarios showed, on one canvas, as PNG."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from resvg_py import svg_to_bytes

from loadtest.plot import BLUE, FAINT, GREEN, INK, RED, Canvas
from loadtest.report import budgets, latency, timeline
from loadtest.table import over
from loadtest.verdict import Verdict

_WIDE: Final = 1480.0
_ROW: Final = 26.0


def picture(verdicts: Sequence[Verdict]) -> bytes:
    """As PNG."""
    return svg_to_bytes(svg_string=drawing(verdicts).svg(), sans_serif_family="DejaVu Sans")


def drawing(verdicts: Sequence[Verdict]) -> Canvas:
    """A row a scenario, and below it three plots that tell most."""
    top = 66 + _ROW * len(verdicts)
    plots = _plots({verdict.scenario: verdict for verdict in verdicts})
    rows = [plots[place : place + 2] for place in range(0, len(plots), 2)]
    heights = [max(plot.height for plot in row) + 12 for row in rows]
    said = "; ".join(f"{verdict.scenario} {verdict.result}" for verdict in verdicts)
    canvas = Canvas(_WIDE, top + sum(heights) + 12, f"Load tests: {said}")
    _summary(canvas, verdicts)
    for row, height in zip(rows, heights, strict=True):
        for column, plot in enumerate(row):
            canvas.place(plot, 12 + column * (_WIDE / 2), top)
        top += height
    return canvas


def _plots(by_name: dict[str, Verdict]) -> list[Canvas]:
    found = []
    if "mixed" in by_name and by_name["mixed"].latencies:
        found.append(latency(by_name["mixed"].latencies))
    if "slow-drip" in by_name:
        found.append(budgets(by_name["slow-drip"].allowances))
    if "chaos" in by_name:
        found.append(timeline(by_name["chaos"]))
    if "flood" in by_name:
        found.append(timeline(by_name["flood"]))
    return found


def _summary(canvas: Canvas, verdicts: Sequence[Verdict]) -> None:
    columns = (20.0, 380.0, 540.0, 650.0, 760.0, 870.0, 900.0, 940.0)
    heads = (
        "scenario",
        "verdict",
        "offered",
        "answered",
        "refused",
        "lost",
        "",
        "over the allowance, by answers and by ledger",
    )
    for place, (x, head) in enumerate(zip(columns, heads, strict=True)):
        canvas.text(x, 30, head, size=13, fill=FAINT, anchor="end" if place in {2, 3, 4, 5} else "start")
    for place, verdict in enumerate(verdicts):
        y, sends = 56 + place * _ROW, verdict.sends
        passed = verdict.result == "PASS"
        canvas.text(columns[0], y, verdict.title, size=14, bold=True)
        canvas.text(columns[1], y, verdict.result, size=14, bold=True, fill=GREEN if passed else RED)
        numbers = (sends.offered, sends.admitted, sum(sends.refused.values()), sum(sends.lost.values()))
        for x, number in zip(columns[2:6], numbers, strict=True):
            canvas.text(x, y, f"{number:,}", size=14, anchor="end")
        worst = over(verdict)
        killed = f"; killed {len(verdict.kills)} times" if verdict.kills else ""
        days = f"; {verdict.days} simulated days" if verdict.days else ""
        colour = RED if any(worst) else INK
        canvas.text(columns[7], y, f"{worst[0]} and {worst[1]} residents{killed}{days}", size=14, fill=colour)
    canvas.line((20, 40), (_WIDE - 20, 40), stroke=BLUE, width=1)
