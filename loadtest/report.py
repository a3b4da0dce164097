"""The report of a run: one HTML file with its plots inside, for a desk or a telephone.

Rule: nothing is loaded from anywhere; what the page says is what the verdict says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # shipped without types

from loadtest.plot import BLUE, GREEN, GREY, ORANGE, RED, Canvas, bars, framed, percentiles
from loadtest.table import fullest
from loadtest.verdict import AllowanceUse, Latency, Verdict

_COLOURS: Final = {"quiet": BLUE, "under bulk": ORANGE, "under flood": RED}
_PERCENTILES: Final = (1, 5, 10, 25, 50, 75, 90, 95, 97, 98, 99, 99.5, 99.9, 99.95, 99.99)

_PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #1c2733; background: #f4f6f8 }}
body {{ margin: 0 auto; max-width: 60rem; padding: 1rem }}
h1 {{ font-size: 1.4rem; margin: 0 }}
h2 {{ font-size: 1.1rem; margin: 1.6rem 0 .4rem }}
.result {{ display: inline-block; padding: .1rem .7rem; border-radius: .3rem; color: #fff; font-weight: bold }}
.PASS {{ background: #2e7747 }}
.FAIL {{ background: #b03030 }}
figure {{ margin: 1rem 0; background: #fff; border-radius: .4rem; overflow: hidden }}
figure svg {{ display: block; width: 100%; height: auto }}
.wide {{ overflow-x: auto }}
table {{ border-collapse: collapse; background: #fff; width: 100%; font-size: .9rem }}
th, td {{ text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #e3e8ed; vertical-align: top }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }}
.good {{ color: #2e7747; font-weight: bold }}
.bad {{ color: #b03030; font-weight: bold }}
small {{ color: #5b6875 }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(verdicts: Sequence[Verdict]) -> str:
    """One page about all of these runs."""
    title = verdicts[0].title if len(verdicts) == 1 else "Load tests"
    return _PAGE.format(title=escape(title), body="\n".join(_run(each) for each in verdicts))


def write(verdict: Verdict, folder: Path) -> None:
    """The verdict as JSON, and its report, side by side."""
    (folder / "verdict.json").write_text(verdict.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(page([verdict]), encoding="utf-8")


def _run(verdict: Verdict) -> str:
    days = f", {verdict.days} simulated days" if verdict.days else ""
    capacity = f", measured capacity {verdict.capacity:,.0f} lookups/s" if verdict.capacity else ""
    parts = [
        f"<h1>{escape(verdict.title)} <span class='result {verdict.result}'>{verdict.result}</span></h1>",
        f"<p>{escape(verdict.shows)}</p>",
        f"<p><small>{escape(verdict.scenario)}, {verdict.started}, {verdict.seconds:g} s{days}, seed {verdict.seed}, "
        f"a city of {verdict.residents:,} residents{capacity}; "
        + escape(", ".join(f"{key} {value}" for key, value in verdict.machine.items()))
        + "</small></p>",
        *(f"<figure>{canvas.svg()}</figure>" for canvas in plots(verdict)),
        "<h2>Invariants</h2>",
        _table(
            ("", "invariant", "rules", "found"),
            (
                (_mark(check.holds), escape(check.name), " ".join(check.rules), escape(check.found))
                for check in verdict.checks
            ),
        ),
        "<h2>Questions</h2>",
        _table(
            ("load", "offered", "missed", "answered", "refused", "lost"),
            (
                (
                    escape(name),
                    f"{sends.offered:,}",
                    f"{sends.missed:,}",
                    f"{sends.admitted:,}",
                    _counts(sends.refused),
                    _counts(sends.lost),
                )
                for name, sends in {**verdict.loads, "all": verdict.sends}.items()
            ),
            numbers={1, 2, 3},
        ),
    ]
    if verdict.latencies:
        parts += [
            "<h2>Interactive latency from the moment due, ms</h2>",
            _table(
                ("phase", "answers", "p50", "p90", "p99", "p99.9", "most"),
                ((each.phase, f"{each.count:,}", *_ms(each)) for each in verdict.latencies),
                numbers={1, 2, 3, 4, 5, 6},
            ),
        ]
    if verdict.aims:
        parts += [
            "<h2>Aims</h2>",
            _table(
                ("aim", "at most", "got", ""),
                (
                    (
                        escape(aim.name),
                        f"{aim.aim:g} {aim.unit}",
                        "–" if aim.got is None else f"{aim.got:g} {aim.unit}",
                        {True: "met", False: "missed", None: "not measured"}[aim.met],
                    )
                    for aim in verdict.aims
                ),
                numbers={1, 2},
            ),
        ]
    parts += ["<h2>Allowances</h2>", _allowances(verdict.allowances)]
    return "\n".join(parts)


def _allowances(uses: Sequence[AllowanceUse]) -> str:
    return _table(
        ("owner", "who", "purpose", "window", "limit", "most by answers", "by ledger"),
        (
            (
                use.owner,
                escape(use.who),
                escape(use.purpose) or "all",
                use.window,
                f"{use.limit:,}",
                f"{use.by_answers:,}",
                "–" if use.by_ledger is None else f"{use.by_ledger:,}",
            )
            for use in uses
        ),
        numbers={4, 5, 6},
    )


def plots(verdict: Verdict) -> list[Canvas]:
    """All plots that this verdict has figures for."""
    found = [timeline(verdict)]
    if verdict.latencies:
        found.append(latency(verdict.latencies))
    found.append(budgets(verdict.allowances))
    if verdict.server is not None and verdict.server.samples:
        found.append(memory(verdict))
    return found


def timeline(verdict: Verdict) -> Canvas:
    """Questions by the second: answered, refused, neither."""
    canvas = Canvas(720, 260, "Questions by the second of the run: answered, refused, lost or missed")
    seconds = verdict.timeline
    most = max((each.admitted + each.refused + each.lost + each.missed for each in seconds), default=1)
    frame = framed(
        canvas,
        "Questions by the second they were due",
        most_x=float(len(seconds)),
        most_y=float(most),
        x_said="seconds",
        y_said="questions",
    )
    width = (frame.right - frame.left) / max(1, len(seconds))
    for place, each in enumerate(seconds):
        base = 0.0
        for count, colour in ((each.admitted, BLUE), (each.refused, GREY), (each.lost + each.missed, RED)):
            top = frame.y(base + count)
            canvas.box(frame.x(place), top, width * 0.85, frame.y(base) - top, fill=colour)
            base += count
    for kill in verdict.kills:
        canvas.line((frame.x(kill.at), frame.top), (frame.x(kill.at), frame.bottom), stroke=RED, dashes="3 3")
    keys = (("answered", BLUE), ("refused", FAINT_GREY), ("lost or missed", RED))
    for place, (name, colour) in enumerate(keys):
        canvas.text(frame.right - 300 + place * 90, 22, name, size=11, fill=colour, bold=True)
    return canvas


FAINT_GREY: Final = "#8a97a5"


def latency(told: Sequence[Latency]) -> Canvas:
    """Latencies by percentile, a line a phase."""
    lines = []
    for each in told:
        seen = HdrHistogram.decode(each.histogram)
        points = [(percentile, seen.get_value_at_percentile(percentile) / 1000) for percentile in _PERCENTILES]
        name = f"{each.phase}: p50 {each.p50_us / 1000:.1f}, p99 {each.p99_us / 1000:.1f} ms"
        lines.append((name, _COLOURS[each.phase], points))
    return percentiles("Interactive lookups and searches", lines)


def budgets(uses: tuple[AllowanceUse, ...]) -> Canvas:
    """Residents seen against the allowance, for those that tell most."""
    rows, said = [], []
    for use in fullest(uses):
        seen = max(use.by_answers, use.by_ledger or 0)
        colour = RED if seen > use.limit else GREEN if use.exceeded else BLUE
        rows.append((f"{use.who} {use.purpose or 'all purposes'} {use.window}", seen / use.limit, colour))
        said.append(f"{seen:,} of {use.limit:,}")
    return bars("Residents seen, of those allowed (green: more was wanted)", rows, said)


def memory(verdict: Verdict) -> Canvas:
    """The server's memory and processor share over time."""
    canvas = Canvas(720, 260, "Memory and processor share of the server over the run")
    samples = verdict.server.samples if verdict.server is not None else ()
    last = samples[-1].at
    frame = framed(
        canvas,
        "The server: memory, and share of one core",
        most_x=last,
        most_y=max(sample.rss for sample in samples) / 2**20,
        x_said="seconds",
        y_said="MiB",
    )
    canvas.path([(frame.x(max(0.0, each.at)), frame.y(each.rss / 2**20)) for each in samples], stroke=BLUE)
    shares = [
        (after.at, (after.cpu_seconds - before.cpu_seconds) / (after.at - before.at))
        for before, after in zip(samples[:-4], samples[4:], strict=True)
        if after.at > before.at and after.at >= 0
    ]
    height = frame.bottom - frame.top
    canvas.path(
        [(frame.x(at), frame.bottom - height * min(1.0, share)) for at, share in shares], stroke=ORANGE, width=1.4
    )
    canvas.text(frame.right - 210, 22, "memory", size=11, fill=BLUE, bold=True)
    canvas.text(frame.right - 140, 22, "processor (top: 100 %)", size=11, fill=ORANGE, bold=True)
    return canvas


def _ms(each: Latency) -> list[str]:
    return [f"{value / 1000:.2f}" for value in (each.p50_us, each.p90_us, each.p99_us, each.p999_us, each.max_us)]


def _mark(holds: bool | None) -> str:
    return {
        True: "<span class='good'>✓</span>",
        False: "<span class='bad'>✗</span>",
        None: "–",
    }[holds]


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{escape(name)} {times:,}" for name, times in counts.items())


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], numbers: set[int] | None = None) -> str:
    """Cells are HTML already."""
    places = numbers or set()

    def cells(row: Sequence[str], tag: str) -> str:
        return "".join(
            f"<{tag}{' class=n' if place in places else ''}>{cell}</{tag}>" for place, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    return f"<div class='wide'><table><thead><tr>{cells(heads, 'th')}</tr></thead><tbody>{body}</tbody></table></div>"
