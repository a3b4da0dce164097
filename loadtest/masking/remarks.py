"""How much of what leads to a person is found in remarks, and how much else is taken for it.

Rule: recall is counted in whole names, each character of which has to be covered; a false span is one that touches
nothing that was marked. The corpus was written by somebody other than the author of the rules (tests/masking/remarks).
"""

from __future__ import annotations

import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from masking.remark.span import Span, SpanType
from tests.masking.remarks.corpus import Remark, split
from tests.masking.remarks.corpus import Span as Mark

Find = Callable[[str], list[Span]]
Split = Literal["tune", "judge"]
FULL: Final = "full"


@dataclass
class Score:
    """Counts of one corpus, and what was asked for."""

    remarks: int = 0
    marked: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false_persons: int = 0
    false_others: int = 0
    exact: int = 0
    person_spans: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def recall(self, *kinds: str) -> float:
        """Of the kinds of mark (`full`, `alone`, or a type): the share found; 1 where none was marked."""
        marked = sum(self.marked[kind] for kind in kinds)
        return sum(self.found[kind] for kind in kinds) / marked if marked else 1.0

    def figures(self) -> dict[str, float]:
        """As `var/bench/masking.json` has them."""
        return {
            "remarks": self.remarks,
            "recall_full": round(self.recall(FULL), 4),
            "recall_alone": round(self.recall("alone"), 4),
            "recall_others": round(self.recall(*(set(self.marked) - {FULL, "alone"})), 4),
            "false_persons_a_remark": round(self.false_persons / max(1, self.remarks), 4),
            "false_others_a_remark": round(self.false_others / max(1, self.remarks), 4),
            "exact_precision": round(self.exact / max(1, self.person_spans), 4),
            "ms_p50": round(statistics.median(self.milliseconds), 3),
            "ms_p95": round(statistics.quantiles(self.milliseconds, n=20)[-1], 3),
        }


def measure(find: Find, remarks: Iterable[Remark], missed: Callable[[str, str], None] | None = None) -> Score:
    """Count a corpus; `missed` is told of each mark that was missed or false span (for the split `tune`)."""
    score = Score()
    for remark in remarks:
        began = time.perf_counter()
        spans = find(remark.text)
        score.milliseconds.append((time.perf_counter() - began) * 1000)
        score.remarks += 1
        covered = {at for span in spans for at in range(span.start, span.end)}
        for mark in remark.spans:
            kind = (FULL if mark.kind.startswith(FULL) else "alone") if mark.type == SpanType.PERSON else mark.type
            score.marked[kind] += 1
            whole = all(at in covered for at in range(mark.start, mark.end) if not remark.text[at].isspace())
            score.found[kind] += whole
            if missed and not whole:
                missed(f"missed {kind}: {remark.of(mark)}", remark.text)
        marks = {at for mark in remark.spans for at in range(mark.start, mark.end)}
        exact = {(mark.start, mark.end) for mark in remark.spans if mark.type == SpanType.PERSON}
        for span in spans:
            false = marks.isdisjoint(range(span.start, span.end))
            if span.type == SpanType.PERSON:
                score.person_spans += 1
                score.exact += (span.start, span.end) in exact
                score.false_persons += false
            else:
                score.false_others += false
            if missed and false:
                missed(f"false {span.type}: {remark.text[span.start : span.end]}", remark.text)
    return score


def score(find: Find, of: Split = "judge", general: Path | None = None) -> dict[str, dict[str, float]]:
    """Figures of the register remarks of a split, and of a corpus of general text if one is given."""
    figures = {"register": measure(find, split(of)).figures()}
    if general is not None:
        figures["general"] = measure(find, general_corpus(general)).figures()
    return figures


def general_corpus(path: Path) -> list[Remark]:
    """Sentences of `[{"text": …, "persons": [[start, end], …]}]` as remarks with full names."""
    return [
        Remark(
            one["text"],
            tuple(Mark(start, end, SpanType.PERSON, FULL) for start, end in one["persons"]),
            "judge",
            number,
        )
        for number, one in enumerate(json.loads(path.read_text("utf-8")), 1)
    ]
