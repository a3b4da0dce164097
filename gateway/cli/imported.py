"""What an import found, as every command that imports tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from gateway.cli.show import as_json, note
from gateway.sheet.report import Report


def tell(report: Report, what: str, out: str | None, *, json: bool, more: Mapping[str, object] | None = None) -> None:
    """Say it: `out` is where it was written (None: nowhere), and in JSON called `what`; `more` goes beside it there."""
    lines = sum(report.lines.values())
    if json:
        as_json(
            {
                what: None if report.faults else out,
                "lines": report.lines,
                "faults": report.faults,
                "advice": report.counts.total() - report.faults,
                "counts": [{"file": file, "code": code, "count": n} for (file, code), n in report.counts.items()],
                "findings": [asdict(finding) for finding in report.findings],
                **(more or {}),
            }
        )
        return
    for finding in report.findings:
        print(finding)
    if report.unsaid:
        note(f"and {report.unsaid} more; of all there are")
        for (file, code), count in report.counts.most_common():
            note(f"{file}: {code}: {count}")
    if report.faults:
        note(f"{report.faults} faults in {lines} lines; nothing was written")
    else:
        note(f"{out or 'nothing was written'}: {lines} lines in {len(report.lines)} tables, without a fault")
