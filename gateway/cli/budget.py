"""`register-gateway budget …`: what is spent and what is left, and raising an allowance for a time.

Rule: each step goes to the running gateway under the person's own identity, and is recorded there; two people take two
steps, and nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

import cyclopts
from cyclopts import Group, Parameter

from gateway.allowance import WHOLE
from gateway.cli import show as shown
from gateway.cli.asking import ask
from gateway.cli.client import Stubs, approve_override, propose_override, revoke_override, show_budget
from gateway.cli.exits import Exit
from gateway.cli.question import Language
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.told import clock_of
from gateway.clock import DAY, SystemClock

app = cyclopts.App(name="budget")
override = cyclopts.App(name="override", help="Raise an allowance for a time: one person proposes, another approves.")
app.command(override)

_WHOSE: Final = Group("Whose", sort_key=2)
Json: TypeAlias = Annotated[
    bool, Parameter(negative="", help="print the answer as JSON, fields named as in the contract")
]
Spoken: TypeAlias = Annotated[Language, Parameter(help="of a refusal")]
Staff: TypeAlias = Annotated[
    str, Parameter(name="--of", group=_WHOSE, show_default=False, help="a staff member, by directory id")
]
Department: TypeAlias = Annotated[str, Parameter(group=_WHOSE, show_default=False, help="a department")]
Note: TypeAlias = Annotated[str, Parameter(help="why, in words; kept encrypted", show_default=False)]
Meter: TypeAlias = Literal["interactive", "granted", "coverage"]


@app.command
def show(
    *,
    of: Staff = "",
    department: Department = "",
    language: Spoken = "ja",
    reach: Reach = NOWHERE,
    json: Json = False,
) -> None:
    """Show what has been spent, what is left and when it reopens: one's own, or as a superior or controller that of
    somebody else or of a department. Free.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.
    """
    if of and department:
        shown.fail(Exit.USAGE, "say whose: give --of or --department, one of them")

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await show_budget(stubs, staff=of, department=department)

    told = ask(reach.access(), conversation, language=language, json=json)
    if json:
        shown.as_json(told)
        return
    lines = [_line(each) for each in told.get("lines", ())]
    shown.as_table(
        "Budgets", ("whose", "reads", "purpose", "window", "seen", "limit", "left", "reopens", "remark"), lines
    )
    if told.get("overrides"):
        _table(told["overrides"])


@override.command
def propose(
    limit: int,
    *,
    of: Staff = "",
    department: Department = "",
    meter: Meter = "interactive",
    purpose: Annotated[
        str, Parameter(show_default=False, help="a purpose's own allowance; all together if left out")
    ] = "",
    window: Literal["1d", "30d", "365d", "tenure"] = "1d",
    hours: Annotated[int, Parameter(help="until when it is to last, from now")] = 24,
    note: Note,
    language: Spoken = "ja",
    reach: Reach = NOWHERE,
    json: Json = False,
) -> None:
    """Propose to raise an allowance of a staff member below oneself; as a controller also a department's, or the
    city's. Then tell somebody else its id.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    limit
        residents at most; of a coverage millionths of the register
    """
    until = SystemClock().wall() + hours * DAY // 24

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await propose_override(
            stubs,
            staff=of,
            department=department,
            meter=meter,
            purpose=purpose,
            window=window,
            limit=limit,
            until=until,
            note=note,
        )

    _tell(ask(reach.access(), conversation, language=language, json=json), json=json)


@override.command
def approve(
    override_id: str, *, note: Note = "", language: Spoken = "ja", reach: Reach = NOWHERE, json: Json = False
) -> None:
    """Approve an override that somebody else proposed; it is in force from then on.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    override_id
        the override's id
    """

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await approve_override(stubs, override_id, note)

    _tell(ask(reach.access(), conversation, language=language, json=json), json=json)


@override.command
def revoke(
    override_id: str, *, note: Note = "", language: Spoken = "ja", reach: Reach = NOWHERE, json: Json = False
) -> None:
    """Take an override back, approved or not; the allowance is at once what it was.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    override_id
        the override's id
    """

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await revoke_override(stubs, override_id, note)

    _tell(ask(reach.access(), conversation, language=language, json=json), json=json)


def _tell(told: Mapping[str, Any], *, json: bool) -> None:
    if json:
        shown.as_json(told)
    else:
        _table([told])


def _line(told: Mapping[str, Any]) -> tuple[str, ...]:
    """JSON leaves out what is 0, and writes whole numbers of 64 bits as text."""
    limit, spent = int(told.get("limit", 0)), int(told.get("spent", 0))
    remarks = [word for word in ("shadow", "raised") if told.get(word)]
    return (
        _whose(told["owner"].removeprefix("ALLOWANCE_OWNER_").lower(), told.get("name", "")),
        told["meter"].removeprefix("BUDGET_METER_").lower(),
        told.get("purpose", "all"),
        told["window"],
        f"{spent:,}",
        f"{limit:,}",
        f"{max(0, limit - spent):,}",
        clock_of(told["reopens"]) if "reopens" in told else "",
        ", ".join(remarks),
    )


def _table(overrides: list[Mapping[str, Any]]) -> None:
    columns = (
        "id",
        "whose",
        "reads",
        "purpose",
        "window",
        "limit",
        "until",
        "state",
        "proposed by",
        "decided by",
        "why",
    )
    shown.as_table("Overrides", columns, [tuple(_cells(each)) for each in overrides])


def _cells(told: Mapping[str, Any]) -> Iterator[str]:
    target = told["target"]
    owner = "staff" if target.get("staff") else "department" if target.get("department") else "city"
    meter = target["meter"].removeprefix("BUDGET_METER_").lower()
    limit = int(told["limit"])
    yield told["id"]
    yield _whose(owner, target.get("staff") or target.get("department", ""))
    yield meter
    yield target.get("purpose", "all")
    yield target["window"]
    yield f"{limit / WHOLE:.1%} of the register" if meter == "coverage" else f"{limit:,}"
    yield clock_of(told["until"])
    yield told["state"].removeprefix("OVERRIDE_STATE_").lower().replace("_", " ")
    yield told["proposer"]
    yield told.get("decider", "")
    yield told.get("note", "")


def _whose(owner: str, name: str) -> str:
    return f"{owner} {name}".strip()
