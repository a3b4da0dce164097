"""Act 8: somebody who is protected (支援措置)."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from rich.text import Text

from gateway.cli.client import Denial
from gateway.cli.forms import shown
from gateway.demo.company import Answer
from gateway.demo.scene import ANSWER, Scene, childcare, counter, reason

TITLE: Final = "A protected resident"
WHY: Final = (
    "A support measure (支援措置) keeps the address of somebody who was abused from leaking through any desk. Whoever "
    "it protects from must not even learn that there is such a resident."
)
NOBODY: Final = "9999999999"
"""An id that nobody has: ids of the fictional city are drawn, and this one never was."""


async def play(scene: Scene) -> None:
    """The address is withheld; to the other party there is no such resident, in equal bytes."""
    cast, company, screen = scene.cast, scene.company, scene.screen
    tries: list[tuple[str, Answer | Denial]] = [
        (
            "child-welfare, in the family's own case",
            await company.ask(cast.caseworker, childcare(cast, cast.protected_case), cast.protected),
        ),
        (
            "the counter; a neighbour applies",
            await company.ask(cast.clerk, counter(cast.bystander), cast.protected),
        ),
        (
            "the counter; the other party applies (相手方)",
            await company.ask(cast.clerk, counter(cast.other_party), cast.protected),
        ),
        (
            "the counter; the other party, an id nobody has",
            await company.ask(cast.clerk, counter(cast.other_party), NOBODY),
        ),
    ]
    screen.table(
        ("Who asks", ANSWER, "Name", "Address", "Status bytes"),
        [(who, *_row(answer)) for who, answer in tries],
    )
    withheld = [
        not isinstance(answer, Denial) and answer["resident"]["address"] == {"absent": "ABSENCE_WITHHELD"}
        for _, answer in tries[:2]
    ]
    hidden, absent = tries[2][1], tries[3][1]
    equal = isinstance(hidden, Denial) and hidden == absent and reason(hidden) == "RESIDENT_NOT_FOUND"
    screen.verdict("the address is withheld from every department", holds=all(withheld))
    screen.verdict("hidden and absent are one and the same answer, byte for byte", holds=equal)


def _row(answer: Answer | Denial) -> tuple[Text, Text, Text, Text]:
    if isinstance(answer, Denial):
        digest = f"{len(answer.status)} octets,\nSHA-256 {sha256(answer.status).hexdigest()[:8]}…"
        return Text(answer.reason, style="yellow"), Text("—", style="dim"), Text("—", style="dim"), Text(digest)
    name, address = (shown(field, answer["resident"][field]) for field in ("name", "address"))
    return (
        Text("OK", style="green"),
        Text(name.text.en),
        Text(address.text.en, style="" if address.present else "yellow"),
        Text(""),
    )
