"""The `fields` of a purpose, one by one: which register field, which mask, with which settings.

Rule: nothing is masked by default. Each field says its mask, `keep` included, and the mask must fit what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from gateway.field import FIELDS
from gateway.finding import Finding, Loc, Source
from gateway.purpose.words import nearest
from masking.catalogue import CATALOGUE
from masking.masker import MaskerKind, Settings


@dataclass(frozen=True, slots=True)
class Mask:
    """A mask as chosen for a field: its kind and its checked settings, not yet bound to keys."""

    kind: MaskerKind
    settings: Settings

    @property
    def name(self) -> str:
        return self.kind.name

    @property
    def needs(self) -> frozenset[str]:
        """The register fields that it must be given beside the one that it masks."""
        return self.kind.needs | self.settings.needs

    def setting(self, name: str) -> Any:
        """The value of a setting that this kind is known to have."""
        return getattr(self.settings, name)

    @property
    def written(self) -> str:
        """The settings as people read them, those that were left out among them: `width=5 top=90`; "" for none."""
        settings = self.settings.model_dump(mode="json", exclude_none=True)
        return " ".join(f"{name}={value}" for name, value in settings.items())

    def __str__(self) -> str:
        return f"{self.name} {self.written}".rstrip()


def read_masks(source: Source, fields: Mapping[str, object]) -> tuple[dict[str, Mask], list[Finding]]:
    """All fields that could be read, in the order of the catalogue, and what is wrong with the others."""
    masks: dict[str, Mask] = {}
    findings: list[Finding] = []
    for field, choice in fields.items():
        mask, faults = _read(source, field, choice)
        findings += faults
        if mask is not None:
            masks[field] = mask
    return {field: masks[field] for field in FIELDS if field in masks}, findings


def _read(source: Source, field: str, choice: object) -> tuple[Mask | None, list[Finding]]:
    loc: Loc = ("fields", field)
    findings: list[Finding] = []
    if field not in FIELDS:
        findings.append(source.finding(loc, "unknown-field", f"no field {field}: {nearest(field, FIELDS)}"))

    name, settings, at = _choice(choice, loc)
    if name is None:
        if choice is not None:  # a key without a value has been found already
            advice = "write the mask: `keep`, or `{mask: band, width: 1000000}` where it has settings"
            findings.append(source.finding(loc, "missing-key" if isinstance(choice, dict) else "mask", advice))
        return None, findings
    kind = CATALOGUE.get(name)
    if kind is None:
        advice = f"no mask {name}: {nearest(name, CATALOGUE)}"
        return None, [*findings, source.finding(at, "unknown-mask", advice)]
    if field in FIELDS and FIELDS[field].kind not in kind.fits:
        holds = FIELDS[field].kind
        fitting = ", ".join(sorted(other.name for other in CATALOGUE.values() if holds in other.fits))
        message = f"{name} does not fit {field}, which holds a value of type {holds}; fitting are {fitting}"
        findings.append(source.finding(at, "misfit", message))
    try:
        read = kind.settings.model_validate(settings)
    except ValidationError as error:
        return None, findings + source.validation(error, loc)
    return (None if findings else Mask(kind, read)), findings


def _choice(choice: object, loc: Loc) -> tuple[str | None, dict[str, object], Loc]:
    """Name, settings, and where the name stands."""
    if isinstance(choice, str):
        return choice, {}, loc
    if isinstance(choice, dict) and isinstance(choice.get("mask"), str):
        return choice["mask"], {key: value for key, value in choice.items() if key != "mask"}, (*loc, "mask")
    return None, {}, loc
