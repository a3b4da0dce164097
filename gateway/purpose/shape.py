"""Reading a text against its model, so that what is sound in it can be judged even where other parts are not.

Rule: a fault in one section never hides a fault in another; a key without a value is a fault, never a default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.finding import Finding, Loc, Source

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Shaped(Generic[M]):
    """A text as far as it could be read. Only the `sound` sections of `text` are the steward's words; the others are
    stand-ins that nobody may judge by."""

    text: M
    sound: frozenset[str]
    findings: tuple[Finding, ...]


def shape(source: Source, model: type[M], blank: Mapping[str, Any], later: Mapping[str, str]) -> Shaped[M]:
    """Read `source` as `model`. `blank` is a complete text that supplies the stand-ins; `later` names keys that the
    gateway knows but does not support yet, each with what to do instead."""
    value = source.value
    findings = [
        source.finding(loc, "no-value", "this key has no value; write one, or remove the key")
        for loc in _nulls(value, ())
    ]
    empty = {(finding.line, finding.column) for finding in findings}
    if isinstance(value, dict):
        findings += [source.finding((key,), "not-yet", advice) for key, advice in later.items() if key in value]
        value = {key: part for key, part in value.items() if key not in later}
    try:
        return Shaped(model.model_validate(value), frozenset(model.model_fields), tuple(findings))
    except ValidationError as error:
        findings += [fault for fault in source.validation(error) if (fault.line, fault.column) not in empty]
        broken = {fault["loc"][0] if fault["loc"] else None for fault in error.errors()}
    sound = frozenset(model.model_fields) - broken if isinstance(value, dict) else frozenset()
    kept = {key: part for key, part in value.items() if key in sound} if sound else {}
    return Shaped(model.model_validate({**blank, **kept}), sound, tuple(findings))


def _nulls(value: object, loc: Loc) -> Iterator[Loc]:
    if value is None and loc:
        yield loc
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from _nulls(part, (*loc, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _nulls(part, (*loc, index))
