"""What was measured, as a table, and whether it is what it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ROWS: Final = 150_000
"""Rows a second with name, income, birth date and address, on one core."""
TIMES: Final = 10
"""As many as presidio-structured masks, times."""
IMPORT: Final = 0.3
"""Seconds for importing the catalogue, which imports all of masking but the reading of remarks."""
REMARK_MS: Final = 2.0
"""Of a remark without a model, at the 95th percentile."""
NAMES_MB: Final = 60.0
"""Memory for the names of 32,000 residents."""


def verdicts(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each figure beside what it has to be."""
    known = result["rows_per_second"]["known"]
    times = known / result["peers"]["presidio-structured"]["rows_per_second"]
    remark, whole = result["remark"], result["import_seconds"]["masking.catalogue"]
    return [
        _verdict("rows a second", f"{known:,}", f"{ROWS:,} or more", holds=known >= ROWS),
        _verdict("times presidio-structured", f"{times:.1f}", f"{TIMES} or more", holds=times >= TIMES),
        _verdict(
            "importing masking with all maskers, s",
            f"{whole:.2f}",
            f"{IMPORT} or less",
            holds=whole <= IMPORT,
        ),
        _verdict(
            "a remark at p95, ms",
            f"{remark['ms_p95']:.2f}",
            f"{REMARK_MS:g} or less",
            holds=remark["ms_p95"] <= REMARK_MS,
        ),
        _verdict(
            f"names of {result['residents']:,} residents, MB",
            f"{remark['names_mb']:.0f}",
            f"{NAMES_MB:g} or less",
            holds=remark["names_mb"] <= NAMES_MB,
        ),
    ]


def _verdict(what: str, figure: str, wanted: str, *, holds: bool) -> dict[str, Any]:
    return {"what": what, "is": figure, "wanted": wanted, "holds": holds}


def table(result: Mapping[str, Any]) -> str:
    """In Markdown: rows by package, then what has to hold."""
    machine, rows = result["machine"], result["rows_per_second"]
    lines = [
        "| rows with name, income, birth date, address | rows/s | × |",
        "|---|---:|---:|",
        f"| masking, everybody named | {rows['known']:,} | 1 |",
        f"| masking, names looked up in the file by the page (after a restart) | {rows['restarted']:,} | |",
        f"| masking, names given and written to the file by the page (a domain's first day) | {rows['first']:,} | |",
    ]
    for peer, made in result["peers"].items():
        figure = made["rows_per_second"]
        lines.append(f"| {peer} {made['version']} | {figure:,} | 1/{rows['known'] / figure:.0f} |")
    lines += [
        "",
        "| what has to hold | measured | |",
        "|---|---|---|",
        *(
            f"| {each['what']}: {each['wanted']} | {each['is']} | {'holds' if each['holds'] else '**missed**'} |"
            for each in result["verdicts"]
        ),
        "",
        _circumstances(machine, result["residents"]),
    ]
    return "\n".join(lines)


def _circumstances(machine: Mapping[str, Any], residents: int) -> str:
    return (
        f"Processor time on one core of {machine['cpus']} (load {machine['load']}), CPython {machine['python']}, "
        f"{residents:,} residents of the synthetic city. The peers' columns were named for them beforehand."
    )
