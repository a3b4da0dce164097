"""What an import found: every fault is counted, and the first of them are kept to be shown.

Rule: memory does not grow with the faults. A fault keeps what is imported from being written; advice does not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.finding import Finding, is_advice


@dataclass(slots=True)
class Report:
    """Findings in the order in which they are made; the first `most` of them are in `findings`.

    `counts` has all of them, by file and code; `lines` the number of lines of each table whose file could be read.
    """

    most: int
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: dict[str, int] = field(default_factory=dict)
    faults: int = 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it if there is room."""
        self.counts[finding.file, finding.code] += 1
        self.faults += not is_advice(finding)
        if len(self.findings) < self.most:
            self.findings.append(finding)

    @property
    def unsaid(self) -> int:
        """Findings that were counted and not kept."""
        return self.counts.total() - len(self.findings)
