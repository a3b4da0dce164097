"""Measures: how long each step takes and how requests end, counted where it happens and read when somebody asks.

Rule: numbers only, under names from closed lists; nothing here can tell one resident or one request from another.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from time import perf_counter_ns


class Step(StrEnum):
    """The steps of a lookup, as the hallway numbers them (relations are a part of reading, told apart because they cost
    a read of their own), and the encoding of the answer.
    """

    IDENTIFY = "identify"
    PURPOSE = "purpose"
    SHED = "shed"
    STANDING = "standing"
    RESTRICT = "restrict"
    READ = "read"
    RELATE = "relate"
    SETTLE = "settle"
    MASK = "mask"
    ENCODE = "encode"


class Measures:
    """Counts of one gateway. `steps` sums ns, `requests` counts (purpose, outcome), `residents` those disclosed by
    purpose, `limits` lines crossed (which line, owner kind, window, meter),
    `former` refusals of who asked by a post that had ended, `remarks` what became of those that were to be read.
    """

    def __init__(self) -> None:
        self.steps: dict[Step, int] = dict.fromkeys(Step, 0)
        self.passes: dict[Step, int] = dict.fromkeys(Step, 0)
        self.requests: Counter[tuple[str, str]] = Counter()
        self.residents: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()
        self.limits: Counter[tuple[str, str, str, str]] = Counter()
        self.former: Counter[str] = Counter()
        self.remarks: Counter[str] = Counter()
        self.batches = 0
        self.batched = 0

    def doubt(self, why: str) -> None:
        """An identity was doubted; `why` is a word of a closed list."""
        self.doubts[why] += 1

    def since(self, step: Step, start: int, requests: int = 1) -> int:
        """Book the time from `start` (perf_counter_ns) under `step` for so many requests; the time now, to go on
        from.
        """
        now = perf_counter_ns()
        self.steps[step] += now - start
        self.passes[step] += requests
        return now
