"""Act 5: four eyes. A superior approves a look that nobody may take alone, and nobody approves their own."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateway.cli.client import Denial, approve_grant, request_grant, revoke_grant
from gateway.demo.company import Answer
from gateway.demo.scene import Scene, attempts, childcare, reason

TITLE: Final = "Four eyes"
WHY: Final = (
    "What nobody may look at alone, a superior can open: one resident, to one person, for one purpose, for a time. The "
    "ledger names no resident, so the superior is told who it is about, and says so again."
)


async def play(scene: Scene) -> None:
    """Asked for, tried before it is approved, approved by the wrong ones and by the right one, used, and taken back."""
    cast, company = scene.cast, scene.company
    about, question = cast.bystander, replace(childcare(cast), justification="named in the papers as the guardian")
    grant: str = (await company.converse(cast.caseworker, lambda stubs: request_grant(stubs, question, (about,))))[
        "grant_id"
    ]
    by_grant = replace(question, grant=grant)

    async def approves(person: str) -> Answer | Denial:
        who = {"requester": cast.caseworker, "stranger": cast.auditor, "superior": cast.head}[person]
        return await company.tried(who, lambda stubs: approve_grant(stubs, grant, (about,), ""))

    spouse: str = (
        await company.converse(cast.caseworker, lambda stubs: request_grant(stubs, question, (cast.spouse,)))
    )["grant_id"]
    tries: list[tuple[str, str, Answer | Denial]] = [
        (
            "GRANT_NOT_ACTIVE",
            "a caseworker uses the grant that was asked for",
            await company.ask(cast.caseworker, by_grant, about),
        ),
        ("STEP_UP_REQUIRED", "… and approves it", await approves("requester")),
        ("STEP_UP_REQUIRED", "an auditor, nobody's superior there, approves it", await approves("stranger")),
        (
            "STEP_UP_REQUIRED",
            "the section head approves another, for a look at his wife",
            await company.tried(cast.head, lambda stubs: approve_grant(stubs, spouse, (cast.spouse,), "")),
        ),
        ("OK", "the section head approves it", await approves("superior")),
        ("OK", "the caseworker looks by it", await company.ask(cast.caseworker, by_grant, about)),
        ("GRANT_NOT_ACTIVE", "… and at somebody else", await company.ask(cast.caseworker, by_grant, cast.plain)),
        (
            "OK",
            "the section head takes it back",
            await company.tried(cast.head, lambda stubs: revoke_grant(stubs, grant, "decided")),
        ),
        ("GRANT_NOT_ACTIVE", "the caseworker looks by it again", await company.ask(cast.caseworker, by_grant, about)),
    ]
    attempts(scene.screen, [(what, answer) for _, what, answer in tries])
    scene.screen.verdict(
        "one resident was opened to one person by a superior, and closed again",
        holds=all(reason(answer) == expected for expected, _, answer in tries),
    )
