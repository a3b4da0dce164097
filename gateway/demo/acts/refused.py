"""Acts 4 and 5: looks without standing, and one field too many."""

from __future__ import annotations

from typing import Final

from gateway.cli.client import Denial
from gateway.demo.company import Answer
from gateway.demo.scene import Scene, arrears, attempts, childcare, counter, reason

CURIOUS: Final = "Curiosity is refused"
CURIOUS_WHY: Final = (
    "A post in force (職) and an open case (案件) that the resident is a party to: without both there is no look; nor "
    "is there one at one's own people without a superior. Each attempt is on record."
)
FIELDS: Final = "One field too many"
FIELDS_WHY: Final = (
    "A read mask may narrow what the purpose grants, never widen it; the refusal names every field that was too much."
)


async def play_curious(scene: Scene) -> None:
    """A look without a case, with a borrowed one, after a transfer, and with a stolen token."""
    cast, company = scene.cast, scene.company
    stolen = scene.estate.token(cast.caseworker)
    tries: list[tuple[str, str, Answer | Denial]] = [
        (
            "CASE_NOT_VALID",
            "a caseworker looks up an acquaintance, without a case",
            await company.ask(cast.caseworker, childcare(cast, ""), cast.bystander),
        ),
        (
            "STEP_UP_REQUIRED",
            "… and borrows the case of somebody else",
            await company.ask(cast.caseworker, childcare(cast), cast.bystander),
        ),
        (
            "CASE_NOT_VALID",
            "… and opens a case that was closed, about its own party",
            await company.ask(cast.caseworker, childcare(cast, cast.closed_case), cast.closed_case_party),
        ),
        (
            "CASE_NOT_VALID",
            "a collector of another unit opens a case of the arrears unit",
            await company.ask(cast.cashier, arrears(cast), cast.parent),
        ),
        (
            "STEP_UP_REQUIRED",
            "a clerk looks up somebody on the staff",
            await company.ask(cast.clerk, counter(cast.bystander), cast.colleague),
        ),
        (
            "STEP_UP_REQUIRED",
            "… and another who lives next door, at one address",
            await company.ask(cast.neighbour, counter(cast.bystander), cast.next_door),
        ),
        (
            "POST_NOT_IN_FORCE",
            "a clerk whose transfer took effect today; the token is still good",
            await company.ask(cast.former_clerk, counter(cast.bystander), cast.bystander),
        ),
        (
            "IDENTITY_INVALID",
            "a counter terminal with a caseworker's stolen token",
            await company.ask(cast.clerk, childcare(cast), cast.parent, token=stolen),
        ),
    ]
    attempts(scene.screen, [(what, answer) for _, what, answer in tries])
    scene.screen.verdict(
        f"{len(tries)} attempts, {len(tries)} refusals, nobody seen",
        holds=all(reason(answer) == expected for expected, _, answer in tries),
    )


async def play_fields(scene: Scene) -> None:
    """Two fields that the purpose does not grant, and one that does not exist."""
    cast, company = scene.cast, scene.company
    wanted = ("name", "sex", "income", "fee_arrears")
    denied = await company.ask(cast.caseworker, childcare(cast, fields=wanted), cast.parent)
    unknown = await company.ask(cast.caseworker, childcare(cast, fields=("name", "salary")), cast.parent)
    narrow = await company.ask(cast.caseworker, childcare(cast, fields=("income",)), cast.parent)
    attempts(
        scene.screen,
        [
            (f"a caseworker asks for {', '.join(wanted)}", denied),
            ("… for name, salary", unknown),
            ("… for income alone", narrow),
        ],
    )
    named = [field for field, _ in denied.violations] if isinstance(denied, Denial) else []
    holds = named == ["fee_arrears", "sex"] and reason(denied) == "FIELD_NOT_GRANTED"
    holds = holds and reason(unknown) == "FIELD_UNKNOWN"
    holds = holds and not isinstance(narrow, Denial) and list(narrow["resident"]) == ["income"]
    scene.screen.verdict(f"refused by name: {', '.join(named)}; asking for less is always possible", holds=holds)
