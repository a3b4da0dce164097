"""What the service bench saw, as figures: medians, 99th percentiles, and whether the aims are met.

Rule: a figure is reckoned from the questions themselves, never from other figures; a ratio is of two medians of one
run, whose rounds took turns.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import grpc

from loadtest.service.questions import BATCH, Kind

LOOKUP_AIM: Final = 1.1
"""Median lookup of one caller in the large city, as a multiple of the small one's, at most."""
SEARCH_AIM_US: Final = 3_000
"""Median of each kind of search in the large city, µs, at most."""


@dataclass(slots=True)
class Taken:
    """µs of each counted question of one kind in one city, and how many of them were answered with too many."""

    us: list[float] = field(default_factory=list)
    too_many: int = 0

    def add(self, more: Taken) -> None:
        """Count another round."""
        self.us += more.us
        self.too_many += more.too_many


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share (0 to 1) of the values stays below."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def figures(kinds: Sequence[Kind], sizes: Sequence[int], taken: Mapping[tuple[str, int], Taken]) -> dict[str, Any]:
    """Of each kind and size (residents): median and 99th percentile in µs, and what they are made of."""
    return {kind.name: {str(size): _cell(kind, taken[kind.name, size]) for size in sizes} for kind in kinds}


def _cell(kind: Kind, taken: Taken) -> dict[str, float]:
    cell = {
        "p50_us": round(median(taken.us), 1),
        "p99_us": round(percentile(taken.us, 0.99), 1),
        "questions": len(taken.us),
        "too_many": taken.too_many,
    }
    if kind.method == "BatchGetResidents":
        cell["p50_us_a_resident"] = round(median(taken.us) / BATCH, 1)
    return cell


def aims(kinds: Mapping[str, Mapping[str, Mapping[str, float]]], sizes: Sequence[int]) -> dict[str, Any]:
    """What was aimed at, what came of it, and by which kinds of search it was missed."""
    small, large = str(min(sizes)), str(max(sizes))
    lookup = kinds["lookup by id"]
    ratio = round(lookup[large]["p50_us"] / lookup[small]["p50_us"], 3)
    # A refusal leaves at a set time (gateway.disclosure.hold): what it took does not show.
    searches = {
        name: cells[large]["p50_us"]
        for name, cells in kinds.items()
        if name.startswith("search") and cells[large]["too_many"] < cells[large]["questions"]
    }
    slowest = max(searches.values())
    return {
        "lookup_p50_ratio": {"aim": LOOKUP_AIM, "got": ratio, "met": ratio <= LOOKUP_AIM},
        "slowest_search_p50_us": {
            "aim": SEARCH_AIM_US,
            "got": slowest,
            "met": slowest <= SEARCH_AIM_US,
            "missed_by": sorted(name for name, p50 in searches.items() if p50 > SEARCH_AIM_US),
        },
    }


def machine() -> dict[str, Any]:
    """What the figures belong to."""
    processors = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in processors if line.startswith("model name"))
    return {
        "processor": next(named, platform.machine()),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "grpcio": grpc.__version__,
        "sqlite": sqlite3.sqlite_version,
    }
