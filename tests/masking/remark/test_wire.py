"""What reader and asker say to each other, and what neither believes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masking.remark.span import Mention, NamePart, Role, Script, Span, SpanType
from masking.remark.wire import LENGTH, LONGEST, frame, length_of, spans_heard, spans_said

TEXT = "佐藤さんと髙橋、𠮷田"
part = st.builds(NamePart, st.sampled_from(Role), st.text(), st.text())
mentions = st.none() | st.builds(Mention, st.lists(part, min_size=1, max_size=2).map(tuple), st.sampled_from(Script))


@given(said=st.none() | st.lists(st.tuples(st.integers(1, 3), st.sampled_from(SpanType), mentions), max_size=3))
def test_what_is_said_is_heard(said: list[tuple[int, SpanType, Mention | None]] | None) -> None:
    """Spans with their mentions, in any script; and that a text could not be read."""
    spans, at = [], 0
    for length, type_, mention in said or []:
        spans.append(Span(at, at + length, type_, mention))
        at += length
    octets = frame(spans_said(None if said is None else spans))
    assert length_of(octets[:LENGTH]) == len(octets) - LENGTH
    assert spans_heard(octets[LENGTH:], TEXT) == (None if said is None else tuple(spans))


def test_a_torn_character_can_be_said() -> None:
    """Whatever a register holds is one document."""
    assert json.loads(frame({"text": "\ud800"})[LENGTH:]) == {"text": "\ud800"}


@pytest.mark.rule("M7")
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"{}",
        b'{"spans": 7}',
        b'{"spans": [[0, 2, "PERSON"]]}',  # no mention
        b'{"spans": [[0, 99, "PERSON", null]]}',  # beyond the text
        b'{"spans": [[2, 2, "PERSON", null]]}',  # nothing
        b'{"spans": [[-3, 2, "PERSON", null]]}',
        b'{"spans": [[0.0, 2.0, "PERSON", null]]}',
        b'{"spans": [[false, true, "PERSON", null]]}',
        b'{"spans": [[2, 4, "PHONE", null], [0, 3, "PHONE", null]]}',  # neither in order nor apart
        b'{"spans": [[0, 2, "NAME", null]]}',  # no such type
        b'{"spans": [[0, 2, "PERSON", ["kanji", [["nickname", "a", "a"]]]]]}',
        b'{"spans": [[0, 2, "PERSON", [["kanji"], []]]]}',
    ],
)
def test_what_is_not_an_answer_is_not_believed(said: bytes) -> None:
    """Each is an error, and nothing of it is taken for an answer."""
    with pytest.raises(ValueError, match="not the answer to a text"):
        spans_heard(said, TEXT)


def test_a_frame_has_its_bounds() -> None:
    """No head is believed that asks for more than a register's names take."""
    for head in (b"", b"\0\0\0", (LONGEST + 1).to_bytes(LENGTH, "big")):
        with pytest.raises(ValueError, match="head of a frame"):
            length_of(head)
