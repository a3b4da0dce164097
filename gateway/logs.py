"""Process logs: what operators need to run the gateway, one JSON object a line.

Rule: an event may carry only the keys listed here, so that no personal data can slip in; who saw whom is the ledger's
business.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "address",
        "error",
        "fault",
        "head",
        "known",
        "limit",
        "meter",
        "origin",
        "owner",
        "place",
        "purpose",
        "purposes",
        "spent",
        "state",
        "what",
        "whose",
        "why",
        "window",
    }
)


class KeyNotAllowed(Exception):
    """A log call names a key that is not on the list: a mistake in the code, never in the input."""


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """structlog processor. Raises KeyNotAllowed, so that a test finds it before a city does."""
    unknown = event.keys() - ALLOWED
    if unknown:
        raise KeyNotAllowed(", ".join(sorted(unknown)))
    return event


def make_log(stream: TextIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """A logger of JSON lines to `stream` (standard error by default); other libraries' warnings lose their texts."""
    # gRPC and asyncio put exceptions and peers into their messages: only where they came from may be told.
    logging.basicConfig(handlers=[_NameOnly(stream or sys.stderr)], level=logging.WARNING, force=True)
    logger: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(sort_keys=True, ensure_ascii=False),
        ],
    )
    return logger


class _NameOnly(logging.StreamHandler[TextIO]):
    """Says that a library complained, and which; not what."""

    def format(self, record: logging.LogRecord) -> str:
        event = {"event": "library complained", "level": record.levelname.lower(), "what": record.name}
        return json.dumps(event)
