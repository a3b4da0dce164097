"""`register-gateway allowed`: what may this person ask for, and what is left?

Rule: it shows what the gateway tells of its purposes in force, to the person who asks; it charges nothing and says
nothing about residents.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from cyclopts import Parameter

from gateway.cli import show
from gateway.cli.asking import ask
from gateway.cli.client import Stubs, get_purpose, list_purposes
from gateway.cli.entitled import allowances, fields, overview, terms
from gateway.cli.question import Language
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.told import spoken
from gateway.field import Localized

_NONE: Final = Localized(
    "本日、あなたの所属・職務で使える利用目的はありません。",
    "No purpose is open to your department and role today.",
)


def allowed(
    purpose: Annotated[str, Parameter(show_default=False)] = "",
    /,
    *,
    language: Language = "ja",
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway which purposes are open to this person, or all about one: fields, keys, what is left. Free.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    purpose
        the purpose's name; all that are open to this person if not given
    language
        of titles and refusals; JSON has both
    json
        print the answer as JSON, fields named as in the contract
    """
    if purpose:
        _one(purpose, language, reach, json=json)
    else:
        _all(language, reach, json=json)


def _all(language: Language, reach: Reach, *, json: bool) -> None:
    purposes: list[dict[str, Any]] = ask(reach.access(), list_purposes, language=language, json=json)
    if json:
        show.as_json(purposes)
    elif purposes:
        title, columns, rows = overview(purposes, language)
        show.as_table(title, columns, rows)
    else:
        show.note(spoken(_NONE, language))


def _one(name: str, language: Language, reach: Reach, *, json: bool) -> None:
    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await get_purpose(stubs, name)

    purpose = ask(reach.access(), conversation, language=language, json=json)
    if json:
        show.as_json(purpose)
        return
    for title, columns, rows in (terms(purpose, language), fields(purpose, language), allowances(purpose, language)):
        show.as_table(title, columns, rows)
