"""The book of purposes: a directory of texts and the city's limits, read together, checked together, in force together.

Rule: a book is whole or it is not there; a file that nobody would read (`.yml`, an empty directory) is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Self

from gateway.allowance import Terms
from gateway.field import Mapped
from gateway.finding import Finding, Findings, Source, read_yaml, unreadable
from gateway.purpose.check import Checked, check
from gateway.purpose.compile import compile_plans
from gateway.purpose.limits import Limits, read_limits
from gateway.purpose.plan import Plan
from masking.allotment import Allotments
from masking.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Manuscript:
    """A book before it is bound to keys: what people may check and read who hold none."""

    purposes: tuple[Checked, ...]
    limits: Limits

    @classmethod
    def read(cls, directory: Path, limits_path: Path, mapped: Mapped | None) -> Self:
        """Read and check every `*.yaml` of `directory` and the limits. `mapped`: what the register has.

        Raises Findings: all that is wrong in all files.
        """
        findings: list[Finding] = []
        limits: Limits | None = None
        purposes: tuple[Checked, ...] = ()
        try:
            limits = read_limits(read_yaml(limits_path))
        except Findings as fault:
            findings += fault.findings
        sources, faults = _sources(directory)
        findings += faults
        try:
            purposes = check(sources, limits, mapped)
        except Findings as fault:
            findings += fault.findings
        if findings or limits is None:
            raise Findings(findings)
        return cls(purposes, limits)


@dataclass(frozen=True, slots=True)
class Book:
    """The purposes as compiled, by purpose and department. `texts` holds, by SHA-256, the bytes of every purpose and of
    the limits as they were written, and which epoch of the keys is in force: the ledger keeps them, so that every
    decision can be judged again."""

    plans: Mapping[tuple[str, str], Plan]
    texts: Mapping[bytes, bytes]
    limits_digest: bytes
    keys_digest: bytes

    @classmethod
    def read(
        cls, directory: Path, limits_path: Path, keyring: Keyring, allotments: Allotments, mapped: Mapped | None
    ) -> Self:
        """Read, check and compile. Raises Findings, as `Manuscript.read` does."""
        manuscript = Manuscript.read(directory, limits_path, mapped)
        limits = manuscript.limits
        plans = [
            plan for checked in manuscript.purposes for plan in compile_plans(checked, limits, keyring, allotments)
        ]
        keys = keys_text(keyring)
        written = [limits.text, keys, *(checked.written for checked in manuscript.purposes)]
        return cls(
            plans=MappingProxyType({(plan.purpose, plan.department): plan for plan in plans}),
            texts=MappingProxyType({sha256(text).digest(): text for text in written}),
            limits_digest=limits.digest,
            keys_digest=sha256(keys).digest(),
        )

    @property
    def kept(self) -> list[tuple[str, bytes, bytes]]:
        """What the ledger keeps by content: (`limits`, `keys` or `purpose`, digest, text)."""
        kinds = {self.limits_digest: "limits", self.keys_digest: "keys"}
        return [(kinds.get(digest, "purpose"), digest, text) for digest, text in self.texts.items()]

    @property
    def terms(self) -> list[Terms]:
        """The terms of all plans."""
        return [plan.terms for plan in self.plans.values()]

    def plan(self, purpose: str, department: str) -> Plan | None:
        """The plan of `purpose` for `department`; whether it is in force today, it tells itself."""
        return self.plans.get((purpose, department))

    def plans_of(self, department: str) -> tuple[Plan, ...]:
        """All plans of a department, by purpose."""
        return tuple(plan for (_, recipient), plan in self.plans.items() if recipient == department)


def keys_text(keyring: Keyring) -> bytes:
    """What is said of the keys in force, without any: `epoch 2; epoch 1 is accepted until 2027-03-31`."""
    overlap = keyring.overlap
    before = "" if overlap is None else f"; epoch {keyring.epoch - 1} is accepted until {overlap.isoformat()}"
    return f"epoch {keyring.epoch}{before}\n".encode("ascii")


class InForce:
    """The book in force. It is asked for anew with each question, so that another book counts from the next one on."""

    def __init__(self, book: Book) -> None:
        self.book = book


def _sources(directory: Path) -> tuple[list[Source], list[Finding]]:
    sources: list[Source] = []
    findings: list[Finding] = []
    try:
        paths = sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return [], [Finding(str(directory), 0, 0, "unreadable", unreadable(error))]
    for path in paths:
        if path.suffix == ".yml":
            findings.append(Finding(str(path), 0, 0, "file-name", f"would not be read; call it {path.stem}.yaml"))
        elif path.suffix == ".yaml":
            try:
                sources.append(read_yaml(path))
            except Findings as fault:
                findings += fault.findings
    if not sources and not findings:
        findings.append(Finding(str(directory), 0, 0, "no-purposes", "there is no *.yaml here; write a purpose"))
    return sources, findings
