"""The hand-marked register remarks as values: what a clerk wrote, and which parts of it must not come out.

Rule: nothing is guessed. A mark that is unclosed, nested, empty or of an unknown type is an error that names its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

Split = Literal["tune", "judge"]

FILE: Final = Path(__file__).parent / "remarks.txt"
LONE: Final = Path(__file__).parent / "alone.txt"

PERSON: Final = "PERSON"
PERSON_FORMS: Final = frozenset({"full", "surname", "given"})
PERSON_WRITINGS: Final = frozenset({"kana", "latin", "foreign", "variant", "ivs"})
OTHER_TYPES: Final = frozenset(
    {
        "ADDRESS",
        "BANK_ACCOUNT",
        "CORPORATE_NUMBER",
        "DATE",
        "EMAIL",
        "FACILITY",
        "INSURANCE_NUMBER",
        "LICENCE",
        "MY_NUMBER",
        "PASSPORT",
        "PENSION_NUMBER",
        "PHONE",
        "POSTCODE",
        "RESIDENT_CODE",
    }
)

TUNE_EVERY: Final = 5
"""Of so many remarks of `remarks.txt` one is for tuning; of `alone.txt` one is held back."""

OPEN: Final = "⟦"
CLOSE: Final = "⟧"
_MARK: Final = re.compile(f"{OPEN}([^{OPEN}{CLOSE}:]*):([^{OPEN}{CLOSE}]*){CLOSE}")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a remark that must be masked, in code points of its text: `text[start:end]`.

    `kind` tells how a person is named, `form` or `form.writing` (`surname`, `full.kana`); it is empty for other types.
    """

    start: int
    end: int
    type: str
    kind: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A remark without its marks, its spans in order and apart from each other; `line` is its line in the file."""

    text: str
    spans: tuple[Span, ...]
    split: Split
    line: int

    def of(self, span: Span) -> str:
        """What the span covers."""
        return self.text[span.start : span.end]


def parse(lines: str) -> tuple[Remark, ...]:
    """The remarks of a file's text, in its order.

    The split is decided by order alone: of every five remarks the fifth is for tuning rules, the others judge them.
    So a remark added at the end moves no other one.

    :raises ValueError: a line is empty or has a mark that cannot be read
    """
    remarks: list[Remark] = []
    for number, line in enumerate(lines.splitlines(), 1):
        if line.startswith("#"):
            continue
        split: Split = "judge" if (len(remarks) + 1) % TUNE_EVERY else "tune"
        text, spans = _read(line, number)
        remarks.append(Remark(text, spans, split, number))
    return tuple(remarks)


@cache
def corpus() -> tuple[Remark, ...]:
    """All remarks of `remarks.txt`."""
    return parse(FILE.read_text(encoding="utf-8"))


def split(name: Split) -> tuple[Remark, ...]:
    """The remarks of one split. Authors of rules ask for `tune` only."""
    return tuple(remark for remark in corpus() if remark.split == name)


@cache
def lone(name: Split) -> tuple[Remark, ...]:
    """Of the remarks of `alone.txt`, those that weights are learnt from (`tune`), or every fifth, held back."""
    held: dict[Split, Split] = {"judge": "tune", "tune": "judge"}  # the other way round: learning needs many
    remarks = parse(LONE.read_text(encoding="utf-8"))
    return tuple(
        Remark(remark.text, remark.spans, name, remark.line) for remark in remarks if held[remark.split] == name
    )


def _read(line: str, number: int) -> tuple[str, tuple[Span, ...]]:
    """A line's text and spans."""
    text = ""
    spans: list[Span] = []
    read = 0
    for mark in _MARK.finditer(line):
        text += line[read : mark.start()]
        type_, kind = _label(mark[1], number)
        if not mark[2].strip() or mark[2] != mark[2].strip():
            raise ValueError(f"line {number}: {mark[0]} must begin and end with what it marks")
        spans.append(Span(len(text), len(text) + len(mark[2]), type_, kind))
        text += mark[2]
        read = mark.end()
    text += line[read:]
    if OPEN in text or CLOSE in text:
        raise ValueError(f"line {number}: a mark is not closed, nested or without a type")
    if not text.strip():
        raise ValueError(f"line {number}: an empty remark")
    return text, tuple(spans)


def _label(label: str, number: int) -> tuple[str, str]:
    """Type and kind of `TYPE` or `PERSON.form` or `PERSON.form.writing`."""
    type_, _, kind = label.partition(".")
    form, dot, writing = kind.partition(".")
    if type_ == PERSON and form in PERSON_FORMS and (writing in PERSON_WRITINGS if dot else True):
        return type_, kind
    if label in OTHER_TYPES:
        return label, ""
    raise ValueError(f"line {number}: there is no type {label}")
