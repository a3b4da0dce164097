"""`register-gateway reload`: put purposes, limits and staff directory in force as they are now, without a restart.

Rule: the gateway does it, under the operator's own name, and records it; this command only asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from gateway.cli import show
from gateway.cli.asking import ask
from gateway.cli.client import reload_book
from gateway.cli.exits import Exit
from gateway.cli.question import Language
from gateway.cli.reach import NOWHERE, Reach
from gateway.finding import Finding


def reload(
    *,
    language: Annotated[Language, Parameter(help="of a refusal")] = "ja",
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Have a gateway read purposes, limits, keys and staff directory anew, without a restart. For operators; recorded.

    Exit codes: 0 in force, 1 the new book has findings and the old one stays, 2 the command line is off, 3 a file
    cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    json
        print the answer as JSON, fields named as in the contract
    """
    told = ask(reach.access(), reload_book, language=language, json=json)
    findings = [_finding(each) for each in told.get("findings", ())]
    if json:
        show.as_json(told)
    else:
        for finding in findings:
            show.out.print(str(finding), markup=False)
        for line in _changes(told):
            show.note(line)
        if findings:
            show.note(f"{len(findings)} finding(s): the old book stays in force [{told['record_id']}]")
        else:
            show.note(f"in force [{told['record_id']}]")
    if findings:
        raise SystemExit(int(Exit.FAULTS))


def _finding(said: Mapping[str, Any]) -> Finding:
    """JSON leaves out a place that is 0: the file as a whole."""
    return Finding(said["file"], said.get("line", 0), said.get("column", 0), said["code"], said["message"])


def _changes(told: Mapping[str, Any]) -> Iterator[str]:
    for kind in ("added", "changed", "removed"):
        if told.get(kind):
            yield f"purposes {kind}: {', '.join(told[kind])}"
    if told.get("limits_changed"):
        yield "the limits have changed"
    if told.get("keys_changed"):
        yield "another epoch of the keys is in force"
    if told.get("directory_changed"):
        yield "the staff directory has changed"
