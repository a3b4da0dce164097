"""`register-gateway lookup`: one question about residents by key, as a department system would put it.

Rule: it knows no more than any client, takes its two identities from files, and says each time that the look is
recorded, and the resident can ask to see it.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from cyclopts import Group, Parameter

from gateway.cli import show
from gateway.cli.asking import ask, thank
from gateway.cli.client import Stubs, get_resident, get_residents
from gateway.cli.exits import Exit
from gateway.cli.question import Question
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.residents import print_one, print_several
from gateway.cli.told import NOBODY, spoken

_WHOM: Final = Group("Whom", sort_key=2)


def lookup(
    *,
    question: Question,
    resident: Annotated[tuple[str, ...], Parameter(group=_WHOM, negative="", show_default=False)] = (),
    pseudonym: Annotated[tuple[str, ...], Parameter(group=_WHOM, negative="", show_default=False)] = (),
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway for one resident, or for up to 20. The look is recorded, and the resident can ask to see it.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused, 5 no gateway answers.

    Parameters
    ----------
    resident
        the resident id (宛名番号), 10 digits; may be given up to 20 times
    pseudonym
        instead of resident ids: pseudonyms that this purpose gave out, likewise
    json
        print the answer as JSON, fields named as in the contract
    """
    if bool(resident) == bool(pseudonym):
        show.fail(Exit.USAGE, "say which resident: give --resident or --pseudonym, one of them")
    keys = resident or pseudonym

    async def conversation(stubs: Stubs) -> dict[str, Any]:
        if len(keys) > 1:
            return await get_residents(stubs, question, resident_ids=resident, pseudonyms=pseudonym)
        return await get_resident(stubs, question, resident_id="".join(resident), pseudonym="".join(pseudonym))

    answer = ask(reach.access(), conversation, language=question.language, json=json, fields=question.fields)
    if json:
        show.as_json(answer)
    elif "entries" not in answer:
        print_one(question.purpose, answer["resident"], question.language)
    else:
        found = [entry.get("resident") for entry in answer["entries"]]
        if any(found):
            print_several(question.purpose, found, question.language, keys=keys)
        else:
            show.note(spoken(NOBODY, question.language))
    thank(answer["receipt"])
