"""`register-gateway search`: residents by what is known of them.

Rule: that nobody was found is an answer, recorded like any other.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from cyclopts import Parameter

from gateway.cli import show
from gateway.cli.asking import ask, thank
from gateway.cli.client import Stubs, search_residents
from gateway.cli.exits import Exit
from gateway.cli.question import Known, Question
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.residents import print_several
from gateway.cli.told import NOBODY, spoken

_NOTHING: Final = Known()


def search(
    *,
    question: Question,
    known: Known = _NOTHING,
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway for the residents of whom something is known. Whoever is found is recorded as looked at.

    Exit codes: 0 answered, also if nobody was found; 2 the command line is off, 3 a file cannot be used, 4 refused,
    5 no gateway answers.

    Parameters
    ----------
    json
        print the answer as JSON, fields named as in the contract
    """
    if not any((known.name, known.kana, known.born, known.lives, known.household, known.resident, known.pseudonym)):
        show.fail(Exit.USAGE, "say what is known: a name, a birth date, an address, …; see --help")

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await search_residents(stubs, question, known)

    answer = ask(reach.access(), conversation, language=question.language, json=json, fields=question.fields)
    if json:
        show.as_json(answer)
    elif "residents" in answer:
        print_several(question.purpose, answer["residents"], question.language)
    else:
        show.note(spoken(NOBODY, question.language))
    thank(answer["receipt"])
