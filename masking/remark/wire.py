"""What a reader of remarks and whoever asks it say to each other: one JSON document a frame.

Rule: whatever is not exactly of this form is an error, and whoever hears one believes nothing more of the other side.

A frame is its length in octets (4, big-endian), then UTF-8 JSON. Asked: `{"names": […]}`, a register's names and
readings, or `{"text": "…"}`. Answered, one each and in order: `{"ready": true}` once at the beginning,
`{"known": 64000}` for names, and for a text its spans, `{"spans": [[start, end, type, mention], …]}`, or null where it
could not be read. A mention is null, or `[script, [[role, written, reading], …]]`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from masking.remark.span import Mention, NamePart, Role, Script, Span, SpanType

LENGTH: Final = 4
"""Octets in which a frame says how long it is."""
LONGEST: Final = 64 * 1024 * 1024
"""Octets of a frame at most: 200,000 long names take 20 MB."""


def frame(said: object) -> bytes:
    """One document as a frame. Torn characters are written as JSON's escapes, so every text can be said."""
    octets = json.dumps(said, separators=(",", ":")).encode("ascii")
    if len(octets) > LONGEST:
        raise ValueError("too long for a frame")
    return len(octets).to_bytes(LENGTH, "big") + octets


def length_of(head: bytes) -> int:
    """How many octets follow. Raises ValueError."""
    length = int.from_bytes(head, "big")
    if len(head) != LENGTH or length > LONGEST:
        raise ValueError("not the head of a frame")
    return length


def spans_said(spans: Sequence[Span] | None) -> dict[str, Any]:
    """The answer to a text."""
    if spans is None:
        return {"spans": None}
    return {"spans": [[span.start, span.end, span.type, _mention_said(span.mention)] for span in spans]}


def spans_heard(octets: bytes, text: str) -> tuple[Span, ...] | None:
    """The spans of `text`, in order and apart; None if it could not be read. Raises ValueError for anything else."""
    try:
        said = json.loads(octets)["spans"]
        if said is None:
            return None
        spans = tuple(Span(start, end, SpanType(type_), _mention(mention)) for start, end, type_, mention in said)
        at = 0
        for span in spans:
            if not (type(span.start) is type(span.end) is int and at <= span.start < span.end <= len(text)):
                raise ValueError("spans that are not of this text")
            at = span.end
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError("not the answer to a text") from error
    return spans


def _mention_said(mention: Mention | None) -> list[Any] | None:
    return None if mention is None else [mention.script, [list(part) for part in mention.parts]]


def _mention(said: Any) -> Mention | None:
    if said is None:
        return None
    script, parts = said
    return Mention(tuple(NamePart(Role(role), written, reading) for role, written, reading in parts), Script(script))
