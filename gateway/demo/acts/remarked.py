"""Act 7: a remark (備考), which speaks of others.

Rule: what the register says is read from the register itself, what the department sees from the gateway's answer, and
the verdicts compare the two.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.cli.client import Denial
from gateway.cli.question import Question
from gateway.demo.scene import WELFARE, Scene
from gateway.register.city.build import REGISTER_FILE
from gateway.register.city.example import FACILITY, GIVEN, PHONE, SINCE, SURNAME, VISITOR, remark_of

TITLE: Final = "A remark speaks of others"
WHY: Final = (
    "Whoever knocks at a door after an earthquake has to know that the person behind it hears badly, and not how their "
    "daughter is called. Remarks (備考) are read by a process of their own; one that it cannot read in time is not "
    "shown at all."
)
_LEADING: Final = (SURNAME, GIVEN, VISITOR, PHONE, SINCE)
_INVENTED: Final = re.compile("〔仮名:([^〔〕]+)〕")


async def play(scene: Scene) -> None:
    """One remark as it stands in the register, and as the department sees it."""
    cast, screen = scene.cast, scene.screen
    written = remark_of(scene.estate.path / "city" / REGISTER_FILE, cast.bystander)
    question = Question(WELFARE, "notification", fields=("remarks",), language="en")
    await scene.server.reads_remarks()
    answer = await scene.company.ask(cast.relief_officer, question, cast.bystander)
    if isinstance(answer, Denial):
        screen.verdict(f"disaster-welfare sees the remark: {answer.reason}", holds=False)
        return
    masked = str(answer["resident"]["remarks"].get("masked", ""))
    screen.table(("", "備考 remarks"), [("in the register", written), ("disaster-welfare", masked or "—")])

    # An invented name may by chance be that of somebody else here.
    left = [each for each in _LEADING if each in _INVENTED.sub("", masked)]
    screen.verdict(
        f"of {len(_LEADING)} names, numbers and days that lead to somebody {len(left)} are left",
        holds=all(each in written for each in _LEADING) and bool(masked) and not left,
    )
    whole, surname, *others = (*_INVENTED.findall(masked), "", "")
    agree = surname != "" and whole.startswith(f"{surname} ") and surname not in others
    screen.verdict(f"{SURNAME}{GIVEN}さん and {SURNAME}さん are one person there, too", holds=agree)
    screen.verdict(
        "where the resident is looked after stays: the purpose says why it needs that", holds=FACILITY in masked
    )
