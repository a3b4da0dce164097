"""`register-gateway grant …`: ask a superior for what one may not look at alone, and decide on what others ask.

Rule: each step goes to the running gateway under the person's own identity, and is recorded there; nothing is decided
here. The ledger names no resident, so the requester tells the superior who it is about, and the superior says so again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypeAlias

import cyclopts
from cyclopts import Group, Parameter
from cyclopts.validators import Number

from gateway.cli import show
from gateway.cli.asking import ask
from gateway.cli.client import Stubs, approve_grant, list_grants, reject_grant, request_grant, revoke_grant
from gateway.cli.exits import Exit
from gateway.cli.question import NOTHING_SELECTED, Language, Question, Selected
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.told import clock_of, spoken
from gateway.field import Localized

app = cyclopts.App(name="grant")

_WHOM: Final = Group("Whom", sort_key=2)
Json: TypeAlias = Annotated[
    bool, Parameter(negative="", help="print the answer as JSON, fields named as in the contract")
]
Spoken: TypeAlias = Annotated[Language, Parameter(help="of a preview and of a refusal")]
Residents: TypeAlias = Annotated[
    tuple[str, ...],
    Parameter(
        name="--resident", group=_WHOM, negative="", show_default=False, help="a resident id, 10 digits; up to 20 times"
    ),
]
Pseudonym: TypeAlias = Annotated[
    str, Parameter(group=_WHOM, show_default=False, help="a pseudonym that the purpose gave out: who stands behind it")
]
Note: TypeAlias = Annotated[str, Parameter(help="why, in words; kept encrypted", show_default=False)]


@app.command
def request(
    *,
    question: Question,
    resident: Residents = (),
    selected: Selected = NOTHING_SELECTED,
    pseudonym: Pseudonym = "",
    renewals: Annotated[
        int | None,
        Parameter(group=_WHOM, validator=Number(gte=1), help="new pseudonyms for old ones, of so many residents"),
    ] = None,
    expected: Annotated[int, Parameter(help="with a selection: how many residents it has, at most")] = 0,
    hours: Annotated[int | None, Parameter(help="until when it shall last, from now; 24 if not given")] = None,
    reach: Reach = NOWHERE,
    json: Json = False,
) -> None:
    """Ask for a grant to look at residents who are named, to stream a selection, to be told who stands behind a
    pseudonym, or to renew pseudonyms; then tell a superior its id, and who it is about.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.
    """
    if [bool(resident), selected != NOTHING_SELECTED, bool(pseudonym), renewals is not None].count(True) != 1:
        show.fail(Exit.USAGE, "say what for: give --resident, a selection, --pseudonym or --renewals, one of them")
    opens = pseudonym or resident or renewals or selected

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await request_grant(stubs, question, opens, expected=expected, hours=hours)

    _tell([ask(reach.access(), conversation, language=question.language, json=json)], question.language, json=json)


@app.command
def approve(
    grant: str,
    *,
    resident: Residents = (),
    pseudonym: Pseudonym = "",
    note: Note = "",
    language: Spoken = "ja",
    reach: Reach = NOWHERE,
    json: Json = False,
) -> None:
    """Approve a grant as a superior, or say after review that a look which broke the glass was right; either way by
    naming whom it is about.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    grant
        the grant's id
    """

    _decide(lambda stubs: approve_grant(stubs, grant, resident, note, pseudonym=pseudonym), reach, language, json=json)


@app.command
def reject(grant: str, *, note: Note = "", language: Spoken = "ja", reach: Reach = NOWHERE, json: Json = False) -> None:
    """Reject a grant as a superior, or say after review that a look which broke the glass was wrong.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    grant
        the grant's id
    """

    _decide(lambda stubs: reject_grant(stubs, grant, note), reach, language, json=json)


@app.command
def revoke(grant: str, *, note: Note = "", language: Spoken = "ja", reach: Reach = NOWHERE, json: Json = False) -> None:
    """Take a grant back, as its requester or a superior; it opens nothing from that moment on.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    grant
        the grant's id
    """

    _decide(lambda stubs: revoke_grant(stubs, grant, note), reach, language, json=json)


@app.command(name="list")
def list_(
    *,
    waiting: Annotated[bool, Parameter(negative="", help="only those that wait for this person's decision")] = False,
    language: Spoken = "ja",
    reach: Reach = NOWHERE,
    json: Json = False,
) -> None:
    """List one's own grants and those one may decide, latest first. No resident is named.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.
    """

    async def conversation(stubs: Stubs) -> list[dict[str, Any]]:
        return await list_grants(stubs, waiting=waiting)

    _tell(ask(reach.access(), conversation, language=language, json=json), language, json=json, several=True)


def _decide(
    decision: Callable[[Stubs], Awaitable[dict[str, Any]]], reach: Reach, language: Language, *, json: bool
) -> None:
    """Have a grant decided on, and show what has become of it."""
    _tell([ask(reach.access(), decision, language=language, json=json)], language, json=json)


def _tell(grants: Sequence[Mapping[str, Any]], language: Language, *, json: bool, several: bool = False) -> None:
    if json:
        show.as_json(grants if several else grants[0])
        return
    for each in grants:
        if "preview" in each:
            _preview(each, language)
    show.as_table(
        "Grants",
        ("grant", "state", "kind", "asked by", "purpose", "until", "seen", "decided by", "why"),
        [
            (
                each["grant_id"],
                each["state"].removeprefix("GRANT_STATE_").lower(),
                each["kind"].removeprefix("GRANT_KIND_").lower(),
                f"{each['requester']} ({each['requester_post']})",
                each["purpose"],
                clock_of(each["until"]),
                f"{each.get('seen', 0)} of {each.get('ceiling', 0)}",
                each.get("decider", "—"),
                each.get("justification", ""),
            )
            for each in grants
        ],
    )


def _preview(grant: Mapping[str, Any], language: Language) -> None:
    """What a superior needs to know of a grant for many."""
    title = Localized("承認すると可能になること", "what it would open")
    rows = _renewal(grant) if grant["kind"] == "GRANT_KIND_RENEWAL" else _selection(grant)
    show.as_table(
        f"{grant['grant_id']}: {spoken(title, language)}",
        ("part", "value"),
        [(spoken(part, language), spoken(value, language)) for part, value in rows],
    )


def _selection(grant: Mapping[str, Any]) -> Iterator[tuple[Localized, Localized]]:
    """JSON leaves out what is zero."""
    preview, expected = grant["preview"], grant.get("ceiling", 0)
    residents, alike = preview.get("residents", 0), preview.get("smallest_cell", 0)
    yield (
        Localized("抽出される人数", "residents in the selection"),
        Localized(f"{residents:,}人（予定 {expected:,}人）", f"{residents:,} (expected {expected:,})"),
    )
    yield _extent(preview)
    yield Localized("同じ内容の最少人数 (k)", "fewest who look alike (k)"), Localized(f"{alike}人", f"{alike}")
    if "fewest_values" in preview:
        values = f"{preview['fewest_values']}"
        words = Localized("その人たちの機微な項目の最少の値の数 (l)", "fewest sensitive values among them (l)")
        yield words, Localized(f"{values}通り", values)
    fields = ", ".join(preview.get("fields", ()))
    yield Localized("項目と加工", "fields"), Localized(fields, fields)
    yield _seen(preview)


def _renewal(grant: Mapping[str, Any]) -> Iterator[tuple[Localized, Localized]]:
    preview, most = grant["preview"], grant["ceiling"]
    until = preview.get("accepted_until")
    yield (
        Localized("提供されるもの", "what leaves"),
        Localized(
            "鍵の更新前の仮名に対応する新しい仮名。新旧の表を結べるようになるが、項目は何も表示されない",
            "the new pseudonyms of old ones: tables of before and after can be joined; no field is shown",
        ),
    )
    yield Localized("人数", "residents"), Localized(f"{most:,}人まで", f"at most {most:,}")
    yield _extent(preview)
    yield (
        Localized("更新前の仮名の受付期限", "old pseudonyms are accepted until"),
        Localized(until, until)
        if until
        else Localized("受け付けていない（更新するものはない）", "not accepted: there is nothing to renew"),
    )
    yield _seen(preview)


def _extent(preview: Mapping[str, Any]) -> tuple[Localized, Localized]:
    share = f"{preview.get('share', 0.0):.2%}"
    return Localized("住民全体に対する割合", "share of the register"), Localized(share, share)


def _seen(preview: Mapping[str, Any]) -> tuple[Localized, Localized]:
    seen = f"{preview.get('seen_in_30_days', 0):,}"
    words = Localized("申請者が30日間に照会した人数", "seen by the requester in 30 days")
    return words, Localized(f"{seen}人", seen)
