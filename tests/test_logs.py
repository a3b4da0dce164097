"""What operators read."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from gateway.logs import ALLOWED, KeyNotAllowed, make_log


@pytest.fixture
def said() -> Iterator[StringIO]:
    """Where the log goes; the test runner gets its own handlers back."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_event_is_one_line_of_json(said: StringIO) -> None:
    """With its level and the time in UTC; Japanese stays readable."""
    make_log(said).info("serving", address="127.0.0.1:1", what="潮見市")
    line = said.getvalue()
    event = json.loads(line)
    assert line.count("\n") == 1
    assert "潮見市" in line
    assert event | {"timestamp": ""} == {
        "event": "serving",
        "level": "info",
        "address": "127.0.0.1:1",
        "what": "潮見市",
        "timestamp": "",
    }
    assert event["timestamp"].endswith("Z")


@pytest.mark.rule("R6")
@pytest.mark.parametrize("key", ["resident_id", "name", "staff", "token", "justification", "request", "exc_info"])
def test_a_key_that_is_not_on_the_list_raises(said: StringIO, key: str) -> None:
    """A test finds it before a city does; nothing of the event is written."""
    log = make_log(said)
    with pytest.raises(KeyNotAllowed, match=key):
        log.info("event", **{key: "0123456789"})
    assert said.getvalue() == ""


@pytest.mark.rule("R6")
def test_no_key_on_the_list_can_name_anybody() -> None:
    """The list, spelled out: whoever adds to it changes this test."""
    assert sorted(ALLOWED) == [
        "address",
        "error",
        "event",
        "fault",
        "head",
        "known",
        "level",
        "limit",
        "meter",
        "origin",
        "owner",
        "place",
        "purpose",
        "purposes",
        "spent",
        "state",
        "timestamp",
        "what",
        "whose",
        "why",
        "window",
    ]


@pytest.mark.rule("R6")
def test_other_libraries_complaints_lose_their_texts(said: StringIO) -> None:
    """Exceptions and peers in them are nobody's business; that there was one, and whose, is told."""
    make_log(said)
    try:
        raise ValueError("東　花子 0123456789")
    except ValueError:
        logging.getLogger("grpc._cython").exception("peer %s asked for %s", "ipv4:10.0.0.1:1", "0123456789")
    assert json.loads(said.getvalue()) == {"event": "library complained", "level": "error", "what": "grpc._cython"}


def test_debugging_is_not_written(said: StringIO) -> None:
    """INFO and above."""
    log: structlog.typing.FilteringBoundLogger = make_log(said)
    log.debug("detail")
    logging.getLogger("asyncio").info("detail")
    assert said.getvalue() == ""
