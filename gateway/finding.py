"""Findings: what is wrong in a text that people write, each with its place and advice.

Rule: a YAML file is read once into plain values and a map of places; every fault that can be found is
found in the same go, and nothing is half accepted. Duplicate keys, anchors, tags and directives are faults too: what
stands in the text is what is meant.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

Model = TypeVar("Model", bound=BaseModel)
Number = TypeVar("Number", int, float)
Loc = tuple[int | str, ...]

ADVICE: Final = "advice-"
"""What the code of a finding begins with that is no fault."""
_LARGEST: Final = 1 << 20
"""Octets of a text that people write; the largest that ships is 3 KiB."""
_LONGEST: Final = 2000
"""Characters of a finding that are printed; the longest that nobody provokes lists all fields, in 700."""
_UNPRINTED: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Terminal controls, bidirectional overrides, halves of characters, line breaks; 外字 (Co) are characters of names."""
_DIRECTIVE: Final = re.compile("^\ufeff?%", re.MULTILINE)
_TAG: Final = ("tag", "tags are not allowed; write a plain value")
_DECORATIONS: Final = {"!": _TAG, "&": ("alias", "anchors and aliases are not allowed; write the value out")}
_PLAIN_SCALARS: Final = {"null", "bool", "int", "float", "str", "timestamp"}


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One diagnostic: `file:line:col: code: message`. Lines and columns count from 1; both are 0 where a file as a
    whole is meant, and then it prints as `file: code: message`.

    A message may quote what was written, and anything can have been written: what no terminal should be sent prints as
    an escape, and no finding is longer than a screen.
    """

    file: str
    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        text = f"{self.file}{place}: {self.code}: {self.message}"
        return "".join(map(_printed, text[:_LONGEST])) + ("…" if len(text) > _LONGEST else "")


def _printed(char: str) -> str:
    return char.encode("unicode_escape").decode() if unicodedata.category(char) in _UNPRINTED else char


@dataclass(frozen=True, slots=True)
class Between:
    """Holds a number to a range, both ends included; whoever leaves it is told both. For pydantic's AfterValidator."""

    least: float
    most: float

    def __call__(self, value: Number) -> Number:
        """The value, if it lies in the range; NaN lies in none."""
        if not self.least <= value <= self.most:
            raise PydanticCustomError(
                "range", "write a number from {least} to {most}", {"least": self.least, "most": self.most}
            )
        return value


def is_advice(finding: Finding) -> bool:
    """Whether it is no fault: what was found can be used all the same."""
    return finding.code.startswith(ADVICE)


class Findings(Exception):
    """All that is wrong, at once. `str()` is one finding a line."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings: tuple[Finding, ...] = tuple(sorted(findings))
        if not self.findings:
            raise ValueError("Findings without a finding")
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML text: its plain value, and where each part of it stands."""

    file: str
    text: bytes
    value: Any
    places: Mapping[Loc, tuple[int, int]]

    def finding(self, loc: Loc, code: str, message: str) -> Finding:
        """A finding at `loc`, or at its nearest ancestor that has a place."""
        for end in range(len(loc), -1, -1):
            place = self.places.get(loc[:end])
            if place is not None:
                return Finding(self.file, *place, code, message)
        return Finding(self.file, 1, 1, code, message)

    def model(self, model: type[Model]) -> Model:
        """Validate the text as `model`. Raises Findings, one a fault."""
        try:
            return model.model_validate(self.value)
        except ValidationError as error:
            raise Findings(self.validation(error)) from None

    def validation(self, error: ValidationError, below: Loc = ()) -> list[Finding]:
        """Pydantic's errors as findings; `below` is where the validated part stands."""
        return [
            self.finding((*below, *fault["loc"]), _code(fault["type"]), _advice(fault))
            for fault in error.errors(include_url=False, include_input=False)
        ]


_CODES: Final = {
    "extra_forbidden": "unknown-key",
    "missing": "missing-key",
    "literal_error": "choice",
    "enum": "choice",
}
_LISTS: Final = {"tuple_type", "list_type", "set_type", "frozen_set_type"}
_FORMS: Final = {
    "bool": "must be `true` or `false`, without quotes",
    "date": "must be a date; write it as YYYY-MM-DD, e.g. 2026-04-01, without quotes",
    "float": "must be a number; write it without quotes, e.g. 2 or 0.5",
    "int": "must be a whole number; write it without quotes, e.g. 40",
    "string": "must be text; write it in quotes",
}
"""How a value of each plain type is written; by the first word of pydantic's kinds."""
_TROUBLES: Final = (
    ("found character '\\t'", "a tab; indent with spaces"),
    ("cannot start any token", "a value cannot begin with this character; put the value in quotes"),
    ("mapping values are not allowed", "a `: ` inside a value; put the value in quotes, or begin a new line"),
    ("unexpected end of stream", "a quote is not closed; close it"),
    ("expected ',' or", "a bracket is not closed or a comma is missing; add it"),
    ("expected <block end>", "not indented like the lines above; begin the keys of one group in one column"),
    ("another document", "a second document; remove the line `---` and keep one"),
)
"""What the parser says, and what people are told instead."""


def _code(kind: str) -> str:
    """Pydantic's many kinds of error as the few that people tell apart."""
    if kind.endswith(("_type", "_parsing")):
        return "type"
    if kind.startswith(("greater_than", "less_than")):
        return "range"
    return _CODES.get(kind, kind.replace("_", "-"))


def _advice(fault: ErrorDetails) -> str:
    kind, message = fault["type"], fault["msg"]
    # Where a model brought advice of its own, that is said instead.
    if message == "Extra inputs are not permitted":
        return "this key is not known here; remove it or correct its spelling"
    if kind == "missing":
        required = f"the key {fault['loc'][-1]} is required"
        return f"{required}; add it" if message == "Field required" else message.replace("Field required", required, 1)
    if kind in {"model_type", "dict_type"}:
        return "must be keys with values, `key: value`"
    if kind in _LISTS:
        return "must be a list, `[…, …]`"
    form = _FORMS.get(kind.partition("_")[0])
    if form is not None and message.startswith("Input should be a valid ") and ": " not in message:
        return form
    message = message.removeprefix("Value error, ").replace("\n", " ")
    return message.replace("Input should be", "must be", 1)


def _trouble(said: str) -> str:
    return next((advice for part, advice in _TROUBLES if part in said), said)


def unreadable(error: OSError) -> str:
    """What a finding says of a file or directory that cannot be read."""
    return f"cannot be read: {error.strerror}; check its path and rights"


def read_yaml(path: Path, *, name: str | None = None) -> Source:
    """Read the YAML file at `path`; `name` is what findings call it (the path as given by default).

    Raises Findings: unreadable file, bad encoding, syntax, duplicate keys, anchors, tags, directives.
    """
    file = name or str(path)
    try:
        status = path.stat()
        # A pipe or a device would never come to an end.
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST:
            return parse_yaml(path.read_bytes(), file)
    except OSError as error:
        raise Findings([Finding(file, 0, 0, "unreadable", unreadable(error))]) from None
    advice = f"not a plain file of at most {_LARGEST >> 20} MiB; write the text into one"
    raise Findings([Finding(file, 0, 0, "unreadable", advice)])


def parse_yaml(text: bytes, file: str) -> Source:
    """Parse a YAML text; raises Findings as read_yaml does."""
    yaml = YAML(typ="safe", pure=True)
    try:
        characters = text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise Findings([Finding(file, line, 1, "encoding", "not UTF-8; save the file as UTF-8")]) from None
    directive = _DIRECTIVE.search(characters)
    if directive is not None:
        line = characters.count("\n", 0, directive.start()) + 1
        # It would choose another YAML, in which `no` is no word and 1:30 a number.
        raise Findings([Finding(file, line, 1, "directive", "a line cannot begin with %; remove it")])
    try:
        node = yaml.compose(characters)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        raise Findings([Finding(file, line, column, "syntax", _trouble(str(error.problem or error.context)))]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise Findings([Finding(file, 1, 1, "syntax", type(error).__name__)]) from None
    if node is None:
        raise Findings([Finding(file, 1, 1, "empty", "the file is empty; fill it or remove it")])
    reader = _Reader(file, characters, yaml)
    value = reader.value(node, ())
    if reader.findings:
        raise Findings(reader.findings)
    return Source(file, text, value, reader.places)


class _Reader:
    """Walks the composed nodes; collects faults instead of stopping at the first."""

    def __init__(self, file: str, characters: str, yaml: YAML) -> None:
        self.file = file
        self.findings: set[Finding] = set()
        self.places: dict[Loc, tuple[int, int]] = {}
        self._characters = characters
        self._construct = yaml.constructor.construct_object

    def value(self, node: Node, loc: Loc) -> Any:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.places.setdefault(loc, place)
        # An alias is the node that it stands for, so that its anchor is found, at the anchor's place.
        decoration = _DECORATIONS.get(self._begins(node))
        if decoration is not None:
            self._fault(place, *decoration)
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, loc)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*loc, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: MappingNode, loc: Loc) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            plain = isinstance(key_node, ScalarNode) and self._begins(key_node) not in _DECORATIONS
            if not plain or key_node.value == "<<":
                self._fault(place, "key", "a key must be a plain word")
                continue
            key = str(key_node.value)
            if key in result:
                self._fault(place, "duplicate-key", f"the key {key!r} stands twice; keep one")
                continue
            self.places[(*loc, key)] = place
            result[key] = self.value(value_node, (*loc, key))
        return result

    def _scalar(self, node: Node, place: tuple[int, int]) -> Any:
        if str(node.tag).rpartition(":")[2] not in _PLAIN_SCALARS:
            self._fault(place, *_TAG)
            return None
        try:
            return self._construct(node)
        except (MarkedYAMLError, ValueError):
            self._fault(place, "value", "this value cannot be read; write a date as YYYY-MM-DD, and text in quotes")
            return None

    def _begins(self, node: Node) -> str:
        """The character that a value begins with: what belongs to it, an anchor or a tag, stands before it."""
        at = node.start_mark.index
        return self._characters[at : at + 1]

    def _fault(self, place: tuple[int, int], code: str, message: str) -> None:
        self.findings.add(Finding(self.file, *place, code, message))
