"""Checking purposes: all texts in, every finding of every text at once, or all of them faultless. Pure.

Rule: nothing is half accepted. One fault in one purpose, and none is put in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Final

from gateway.field import FIELDS, Mapped
from gateway.finding import Finding, Findings, Source
from gateway.purpose.limits import Limits
from gateway.purpose.masks import Mask, read_masks
from gateway.purpose.model import PurposeText
from gateway.purpose.reading import Reading
from gateway.purpose.rules import judge
from gateway.purpose.shape import shape
from gateway.purpose.words import nearest

_BLANK: Final = {
    "purpose": "blank",
    "title": {"ja": "-", "en": "-"},
    "legal_basis": {"ja": "-", "en": "-"},
    "steward": "blank",
    "recipients": [{"department": "blank", "roles": ["blank"]}],
    "case": "none",
    "search_by": ["resident_id"],
    "fields": {"name": "keep"},
    "budget": {"residents": {"staff": {"1d": 1}}},
    "valid": {"from": date.min, "until": date.min},
}
"""A stand-in for the sections that cannot be read; nothing is ever judged by it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A purpose without a fault: its text, its masks in the order of the catalogue, and the bytes as written."""

    text: PurposeText
    masks: Mapping[str, Mask]
    written: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes as written, 32 bytes."""
        return hashlib.sha256(self.written).digest()


def check(sources: Iterable[Source], limits: Limits | None, mapped: Mapped | None) -> tuple[Checked, ...]:
    """Every purpose, by name. `limits` and `mapped` (what the register has) None leave out what depends on them. Raises
    Findings: all that is wrong in all texts.
    """
    findings: set[Finding] = set()
    checked: list[Checked] = []
    names: dict[str, str] = {}
    successors: list[tuple[Source, str]] = []
    for source in sources:
        shaped = shape(source, PurposeText, _BLANK, {})
        masks, faults = read_masks(source, shaped.text.fields) if "fields" in shaped.sound else ({}, [])
        findings.update(shaped.findings, faults)
        findings.update(judge(Reading(source, shaped.text, masks, limits, mapped), shaped.sound))
        if "purpose" in shaped.sound:
            findings.update(_naming(source, shaped.text.purpose, names))
        deprecated = shaped.text.deprecated if "deprecated" in shaped.sound else None
        if deprecated is not None and deprecated.successor is not None:
            successors.append((source, deprecated.successor))
        checked.append(Checked(shaped.text, masks, source.text))
    findings.update(_succession(successors, names))
    if findings:
        raise Findings(findings)
    return tuple(sorted(checked, key=lambda each: each.text.purpose))


def closed_fields(checked: Sequence[Checked], mapped: Mapped) -> tuple[str, ...]:
    """Mapped fields that no purpose names, in the order of the catalogue: they are closed (rule F8)."""
    named = {field for each in checked for field in each.masks}
    return tuple(field for field in FIELDS if field in mapped.fields and field not in named)


def _naming(source: Source, purpose: str, names: dict[str, str]) -> Iterable[Finding]:
    first = names.setdefault(purpose, source.file)
    if first != source.file:
        message = f"{purpose} is also the purpose of {first}; two texts cannot answer to one name"
        yield source.finding(("purpose",), "duplicate-purpose", message)
    if PurePath(source.file).stem != purpose:
        yield source.finding(("purpose",), "file-name", f"the file of this purpose must be called {purpose}.yaml")


def _succession(successors: Sequence[tuple[Source, str]], names: Mapping[str, str]) -> Iterable[Finding]:
    for source, successor in successors:
        if successor not in names:
            message = f"no purpose {successor}: {nearest(successor, names)} Write `none` if nothing follows"
            yield source.finding(("deprecated", "successor"), "deprecated", message)
