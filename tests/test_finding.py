"""Reading what people write, with the place of every fault."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from gateway.finding import Finding, Findings, parse_yaml, read_yaml


class Desk(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    room: int
    phone: str


def found(text: bytes) -> list[str]:
    """Findings of a text called desk.yaml, without their messages."""
    with pytest.raises(Findings) as caught:
        parse_yaml(text, "desk.yaml").model(Desk)
    return [f"{each.file}:{each.line}:{each.column}: {each.code}" for each in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", ["desk.yaml:1:1: empty"]),
        (b"# nothing but a comment\n", ["desk.yaml:1:1: empty"]),
        (b"room: [1\n", ["desk.yaml:2:1: syntax"]),
        (b"room: 1\nroom: 2\nphone: x\n", ["desk.yaml:2:1: duplicate-key"]),
        (b"room: &a 1\nphone: *a\n", ["desk.yaml:1:7: alias"]),
        (b"room: !!python/none x\nphone: x\n", ["desk.yaml:1:7: tag"]),
        (b"<<: {room: 1}\nphone: x\n", ["desk.yaml:1:1: key"]),
        (b"room: 1\nphone: \xff\n", ["desk.yaml:2:1: encoding"]),
        (b"room: 1\n", ["desk.yaml:1:1: missing-key"]),
        (b"room: 1\nphone: x\ncolour: red\n", ["desk.yaml:3:1: unknown-key"]),
        # All faults of a text at once, in their order.
        (b"room: one\nphone: 2\nlamp: on\n", ["desk.yaml:1:1: ", "desk.yaml:2:1: ", "desk.yaml:3:1: unknown-key"]),
    ],
)
def test_every_fault_has_its_place(text: bytes, expected: list[str]) -> None:
    """Line and column count from 1, and point at the key."""
    got = found(text)
    assert len(got) == len(expected), got
    assert all(one.startswith(start) for one, start in zip(got, expected, strict=True)), got


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """It names the file and the system's reason."""
    with pytest.raises(Findings) as caught:
        read_yaml(tmp_path / "none.yaml")
    (finding,) = caught.value.findings
    assert finding.file == str(tmp_path / "none.yaml")
    assert "No such file" in finding.message


def test_findings_print_one_a_line_in_order() -> None:
    """As editors and people expect them."""
    findings = Findings([Finding("b", 1, 1, "x", "second"), Finding("a", 9, 2, "y", "first")])
    assert str(findings) == "a:9:2: y: first\nb:1:1: x: second"


def test_findings_without_a_finding_are_a_mistake() -> None:
    """An empty list of faults is no fault."""
    with pytest.raises(ValueError, match="without"):
        Findings([])


@given(st.binary(max_size=200))
def test_no_octets_break_the_reader(octets: bytes) -> None:
    """Whatever a file holds, it is read or it has findings."""
    try:
        parse_yaml(octets, "any.yaml")
    except Findings as findings:
        assert findings.findings  # noqa: PT017 - either outcome is right
