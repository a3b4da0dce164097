"""`register-gateway status`: how does the gateway stand, and what is in force there?

Rule: it shows what the gateway tells an operator, and reads no file of it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from cyclopts import Parameter

from gateway.cli import show
from gateway.cli.asking import ask
from gateway.cli.client import get_status
from gateway.cli.question import Language
from gateway.cli.reach import NOWHERE, Reach
from gateway.clock import JST


def status(
    *,
    language: Annotated[Language, Parameter(help="of a refusal")] = "ja",
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway how it stands: ledger, purposes and staff directory in force. For operators.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    json
        print the answer as JSON, fields named as in the contract
    """
    told = ask(reach.access(), get_status, language=language, json=json)
    if json:
        show.as_json(told)
        return
    show.as_table("register-gateway", ("part", "value"), list(_parts(told)))
    show.as_table(
        "Purposes in force",
        ("purpose", "from", "until", "SHA-256"),
        [
            (each["name"], each["valid_from"], each["valid_until"], _hex(each["digest"]))
            for each in told["book"].get("purposes", ())
        ],
    )


def _parts(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The answer a line a part; JSON leaves out what is empty, and writes whole numbers of 64 bits as text."""
    ledger, book, directory = told["ledger"], told["book"], told["directory"]
    yield "version", told["version"]
    yield "running since", _moment(told["started"])
    yield "ledger", f"{ledger['state']}{', ' if ledger.get('why') else ''}{ledger.get('why', '')}"
    yield "ledger's name", ledger["origin"]
    yield "records", f"{int(ledger.get('records', 0)):,}"
    yield "book since", _moment(book["since"])
    yield "limits, SHA-256", _hex(book["limits_digest"])
    yield "directory since", _moment(directory["since"])
    yield "directory, SHA-256", _hex(directory["digest"])
    age = directory.get("age_seconds")
    yield "directory read", "too long ago: nobody stands on it" if age is None else f"{age} s ago"
    yield "posts", f"{int(directory.get('posts', 0)):,}"
    yield "posts in force", f"{int(directory.get('posts_in_force', 0)):,}"
    yield "questions under way", f"{told.get('questions', 0)} of {told['capacity']}"


def _moment(text: str) -> str:
    """An RFC 3339 time as Japan's clocks show it."""
    return f"{datetime.fromisoformat(text).astimezone(JST):%Y-%m-%d %H:%M:%S} (JST)"


def _hex(octets: str) -> str:
    return base64.b64decode(octets).hex()
