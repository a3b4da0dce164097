"""`register-gateway resolve`: who stands behind one pseudonym, under a grant that a superior has approved.

Rule: one by one; the gateway records it like any look, and decides.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from cyclopts import Group, Parameter

from gateway.cli import show
from gateway.cli.asking import ask, thank
from gateway.cli.client import Stubs, resolve_pseudonym
from gateway.cli.question import Question
from gateway.cli.reach import NOWHERE, Reach

_WHOM: Final = Group("Whom", sort_key=2)


def resolve(
    pseudonym: Annotated[str, Parameter(group=_WHOM)],
    *,
    question: Question,
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask who stands behind a pseudonym, under a grant for it (--grant). The look is recorded, and the resident can ask
    to see it.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    pseudonym
        the pseudonym, as the purpose gave it out
    json
        print the answer as JSON, fields named as in the contract
    """

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        return await resolve_pseudonym(stubs, question, pseudonym)

    answer = ask(reach.access(), conversation, language=question.language, json=json)
    if json:
        show.as_json(answer)
    else:
        show.out.print(answer["resident_id"], markup=False, highlight=False)
    thank(answer["receipt"])
