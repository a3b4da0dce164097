"""What every act has at hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.table import Column
from rich.text import Text

from gateway.cli.client import Denial
from gateway.cli.question import Question
from gateway.cli.told import sentence
from gateway.demo.company import Answer, Company
from gateway.demo.estate import Estate
from gateway.demo.show import Screen
from gateway.demo.stage import Server
from gateway.register.city import Cast

CHILDCARE = "childcare-fee-reduction"
COUNTER = "resident-card-counter"
ARREARS = "fee-arrears"
STATISTICS = "planning-statistics"
WELFARE = "disaster-welfare-checks"
ANSWER = Column("Answer", no_wrap=True)


@dataclass(slots=True)
class Scene:
    """The estate with its people, the server, and what earlier acts leave for later ones: pseudonyms that planning was
    given, and the receipt of the collector's look.
    """

    screen: Screen
    estate: Estate
    cast: Cast
    server: Server
    company: Company
    pseudonyms: set[str] = field(default_factory=set)
    receipt: str = ""


def childcare(cast: Cast, case: str | None = None, fields: tuple[str, ...] | None = None) -> Question:
    """What a caseworker asks for a reduction of fees; in the parent's case unless told otherwise."""
    reference = cast.childcare_case if case is None else case
    return Question(CHILDCARE, "application", case=reference, fields=fields, language="en")


def counter(applicant: str) -> Question:
    """What a clerk asks for a copy of a resident card."""
    return Question(COUNTER, "application", applicant=applicant, language="en")


def arrears(cast: Cast) -> Question:
    """What a collector asks about the parent's arrears."""
    return Question(ARREARS, "collection", case=cast.arrears_case, language="en")


def statistics() -> Question:
    """What an analyst asks."""
    return Question(STATISTICS, "statistics", language="en")


def attempts(screen: Screen, rows: list[tuple[str, Answer | Denial]]) -> None:
    """A table of what was tried and what the gateway said."""
    screen.table(("Who tries what", ANSWER, "What they are told"), [(what, *_said(answer)) for what, answer in rows])


def reason(answer: Answer | Denial) -> str:
    """The reason of a refusal, or `OK`."""
    return answer.reason if isinstance(answer, Denial) else "OK"


def _said(answer: Answer | Denial) -> tuple[Text, Text]:
    if not isinstance(answer, Denial):
        return Text("OK", style="green"), Text("answered")
    told = Text(sentence(answer, "en"))
    for field_, description in answer.violations:
        told.append(f"\n{field_}: {description}", style="bold")
    return Text(answer.reason, style="yellow"), told
