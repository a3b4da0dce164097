"""Plots as SVG: drawn once, shown in the report as they are and in the README as a picture.

Rule: no script, no style sheet and no font from elsewhere; every colour is written out, so that what draws it need know
no CSS. A plot says in words what it shows, for those who cannot see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

INK, FAINT, PAPER = "#1c2733", "#8a97a5", "#ffffff"
BLUE, ORANGE, RED, GREEN, GREY = "#2f6fb0", "#d9822b", "#c23b3b", "#3c8d5a", "#c3ccd5"
FONT: Final = "DejaVu Sans, Verdana, sans-serif"

Point = tuple[float, float]


@dataclass(slots=True)
class Canvas:
    """A drawing of `width` by `height` units; `what` says in words what it shows."""

    width: float
    height: float
    what: str
    parts: list[str] = field(default_factory=list)

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = 12,
        anchor: str = "start",
        fill: str = INK,
        bold: bool = False,
    ) -> None:
        """A line of text, its baseline at y."""
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}" fill="{fill}"{weight}>'
            f"{escape(said)}</text>"
        )

    def line(self, start: Point, end: Point, *, stroke: str = FAINT, width: float = 1, dashes: str = "") -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self.parts.append(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" stroke="{stroke}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def path(self, points: Sequence[Point], *, stroke: str, width: float = 2) -> None:
        """A line through points."""
        if points:
            steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            self.parts.append(
                f'<polyline points="{steps}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
                'stroke-linejoin="round"/>'
            )

    def box(self, x: float, y: float, width: float, height: float, *, fill: str) -> None:
        """A filled rectangle."""
        if width > 0 and height > 0:
            self.parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'
            )

    def place(self, other: Canvas, x: float, y: float) -> None:
        """Put another drawing on this one."""
        self.parts.append(f'<g transform="translate({x:g} {y:g})">{"".join(other.parts)}</g>')

    def svg(self) -> str:
        """The whole drawing."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'font-family="{FONT}"><title>{escape(self.what)}</title>'
            f'<rect width="{self.width:g}" height="{self.height:g}" fill="{PAPER}"/>{"".join(self.parts)}</svg>'
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a plot's area lies on its canvas, and how values become places on it."""

    left: float
    top: float
    right: float
    bottom: float
    x: Callable[[float], float]
    y: Callable[[float], float]


def framed(canvas: Canvas, title: str, *, most_x: float, most_y: float, x_said: str, y_said: str) -> Frame:
    """A frame with both axes from 0, straight ones."""
    left, top, right, bottom = 62.0, 40.0, canvas.width - 16, canvas.height - 44
    most_x, most_y = most_x or 1, nice(most_y)
    frame = Frame(
        left,
        top,
        right,
        bottom,
        lambda value: left + (right - left) * value / most_x,
        lambda value: bottom - (bottom - top) * min(value, most_y) / most_y,
    )
    canvas.text(left, 22, title, size=14, bold=True)
    for step in range(5):
        value = most_y * step / 4
        canvas.line((left, frame.y(value)), (right, frame.y(value)), stroke=GREY, width=0.6)
        canvas.text(left - 6, frame.y(value) + 4, short(value), size=11, anchor="end", fill=FAINT)
    for step in range(5):
        value = most_x * step / 4
        canvas.text(frame.x(value), bottom + 16, short(value), size=11, anchor="middle", fill=FAINT)
    canvas.text(right, bottom + 34, x_said, size=11, anchor="end", fill=FAINT)
    canvas.text(left, top - 4, y_said, size=11, fill=FAINT)
    return frame


def percentiles(title: str, lines: Sequence[tuple[str, str, Sequence[Point]]]) -> Canvas:
    """Latencies by percentile, both scales logarithmic: (name, colour, (percentile below 100, ms) …)."""
    canvas = Canvas(720, 300, f"{title}: latency by percentile, " + ", ".join(name for name, *_ in lines))
    left, top, right, bottom = 62.0, 40.0, canvas.width - 16, canvas.height - 44
    values = [ms for *_, points in lines for _, ms in points if ms > 0]
    low = 10 ** math.floor(math.log10(min(values, default=1)))
    high = 10 ** math.ceil(math.log10(max(values, default=10)))
    high = high if high > low else low * 10

    def x(percentile: float) -> float:
        return left + (right - left) * min(1.0, -math.log10(1 - min(percentile, 99.99) / 100) / 4)

    def y(ms: float) -> float:
        return bottom - (bottom - top) * math.log10(max(ms, low) / low) / math.log10(high / low)

    canvas.text(left, 22, title, size=14, bold=True)
    decade = low
    while decade <= high * 1.001:
        canvas.line((left, y(decade)), (right, y(decade)), stroke=GREY, width=0.6)
        canvas.text(left - 6, y(decade) + 4, f"{decade:g}", size=11, anchor="end", fill=FAINT)
        decade *= 10
    for percentile in (0, 50, 90, 99, 99.9, 99.99):
        canvas.text(x(percentile), bottom + 16, f"{percentile:g} %", size=11, anchor="middle", fill=FAINT)
    canvas.text(left, top - 4, "ms from the moment due", size=11, fill=FAINT)
    for place, (name, colour, points) in enumerate(lines):
        canvas.path([(x(percentile), y(ms)) for percentile, ms in points], stroke=colour)
        canvas.text(left + 12, top + 16 + place * 16, name, fill=colour, bold=True)
    return canvas


def bars(title: str, rows: Sequence[tuple[str, float, str]], said: Sequence[str]) -> Canvas:
    """Shares of a whole, one a row: (name, share 0 to 1, colour), and what is said behind each."""
    height, wide = 22.0, 720.0
    canvas = Canvas(wide, 44 + height * len(rows), f"{title}: " + "; ".join(row[0] for row in rows))
    left, right = 300.0, wide - 130
    canvas.text(12, 22, title, size=14, bold=True)
    for place, ((name, share, colour), told) in enumerate(zip(rows, said, strict=True)):
        top = 36 + place * height
        canvas.text(left - 8, top + 12, name, size=11, anchor="end")
        canvas.box(left, top + 2, right - left, height - 8, fill="#eef1f4")
        canvas.box(left, top + 2, (right - left) * min(1.0, share), height - 8, fill=colour)
        canvas.text(right + 8, top + 12, told, size=11)
    canvas.line((right, 34), (right, 36 + height * len(rows)), stroke=RED, width=1.4)
    return canvas


def nice(value: float) -> float:
    """The next of 1, 2, 5, 10, … at or above the value."""
    if value <= 0:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value * 0.999))


def short(value: float) -> str:
    """A number as short as it can be read."""
    for limit, letter in ((1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e6 if letter == 'M' else 1e3):g} {letter}"
    return f"{value:g}"
