"""Reading what people write, with the place of every fault."""

import os
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, ConfigDict

from gateway.finding import Between, Finding, Findings, parse_yaml, read_yaml


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
        (b"room: &a 1\nphone: x\n", ["desk.yaml:1:7: alias"]),  # an anchor that nothing stands for
        (b"room: !!python/none x\nphone: x\n", ["desk.yaml:1:7: tag"]),
        (b"room: !!int ''\nphone: !!bool maybe\n", ["desk.yaml:1:7: tag", "desk.yaml:2:8: tag"]),  # of plain types too
        (b"!desk {room: 1, phone: x}\n", ["desk.yaml:1:1: tag"]),
        (b"room: 1\n!!str phone: x\n", ["desk.yaml:2:1: key"]),
        (b"%YAML 1.0\n---\nroom: 1\n", ["desk.yaml:1:1: directive"]),
        (b"# a desk\n%YAML 1.1\n---\nroom: 1:30\n", ["desk.yaml:2:1: directive"]),
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


class Lamp(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    since: date
    lit: bool
    watts: Annotated[float, AfterValidator(Between(0.5, 60))]
    room: int


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A day that does not exist is no day.
        (b"{since: 2026-02-30, lit: true, watts: 1, room: 1}", "a date as YYYY-MM-DD"),
        (b"{since: '2026-02-03', lit: true, watts: 1, room: 1}", "write it as YYYY-MM-DD"),
        (b"{since: 2026-02-03, lit: 'on', watts: 1, room: 1}", "`true` or `false`, without quotes"),
        (b"{since: 2026-02-03, lit: true, watts: 1, room: '1'}", "a whole number; write it without quotes"),
        (b"{since: 2026-02-03, lit: true, watts: '1', room: 1}", "a number; write it without quotes"),
        # Both ends, whichever was passed; and what lies nowhere is in no range.
        (b"{since: 2026-02-03, lit: true, watts: 0.1, room: 1}", "from 0.5 to 60"),
        (b"{since: 2026-02-03, lit: true, watts: 61, room: 1}", "from 0.5 to 60"),
        (b"{since: 2026-02-03, lit: true, watts: .nan, room: 1}", "from 0.5 to 60"),
        # The parser's own words are not for people.
        (b"lit:\n\troom: 1\n", "indent with spaces"),
        (b"lit: @home\n", "put the value in quotes"),
        (b"lit: a: b\n", "put the value in quotes, or begin a new line"),
        (b"lit: 'a\n", "a quote is not closed"),
        (b"{lit: a\n", "a bracket is not closed"),
        (b"lit:\n  a: 1\n b: 2\n", "in one column"),
        (b"lit: 1\n---\nlit: 2\n", "remove the line `---`"),
    ],
)
def test_a_finding_says_what_to_do(text: bytes, expected: str) -> None:
    """In words of whoever writes the file."""
    with pytest.raises(Findings) as caught:
        parse_yaml(text, "lamp.yaml").model(Lamp)
    assert [each.message for each in caught.value.findings if expected in each.message], str(caught.value)


def test_a_file_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    """It names the file and the system's reason."""
    with pytest.raises(Findings) as caught:
        read_yaml(tmp_path / "none.yaml")
    (finding,) = caught.value.findings
    assert finding.file == str(tmp_path / "none.yaml")
    assert "No such file" in finding.message
    assert str(finding).startswith(f"{tmp_path / 'none.yaml'}: unreadable: ")  # a line 0 would be no place


def test_findings_print_one_a_line_in_order() -> None:
    """As editors and people expect them."""
    findings = Findings([Finding("b", 1, 1, "x", "second"), Finding("a", 9, 2, "y", "first")])
    assert str(findings) == "a:9:2: y: first\nb:1:1: x: second"


def test_a_finding_sends_no_terminal_what_it_should_not_be_sent() -> None:
    """It may quote what was written: escapes, half characters and a whole novel print as what they are, briefly."""
    assert str(Finding("a", 1, 1, "x", "no \x1b[2J\u202e\ud800\n")) == "a:1:1: x: no \\x1b[2J\\u202e\\ud800\\n"
    assert str(Finding("a", 1, 1, "x", "no 氏　\ue000")) == "a:1:1: x: no 氏　\ue000"  # blanks and 外字 of names
    assert len(str(Finding("a", 1, 1, "x", "y" * 100_000))) == 2001


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


def test_a_text_that_would_never_end_is_not_read(tmp_path: Path) -> None:
    """A device, a pipe, or a file far larger than anybody writes: refused, with what to do."""
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "device.yaml").symlink_to("/dev/zero")
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 21))
    for name in ("pipe.yaml", "device.yaml", "large.yaml"):
        with pytest.raises(Findings, match="not a plain file of at most 1 MiB"):
            read_yaml(tmp_path / name)
