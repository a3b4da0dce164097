"""Act 3: somebody at the counter knows a name and a birthday, and no number.

Rule: whoever is looked for is first looked up by number, so that what a search finds can be held against it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.cli.client import Denial
from gateway.cli.forms import shown
from gateway.cli.question import Known
from gateway.demo.company import Answer
from gateway.demo.scene import ANSWER, COUNTER, Scene, counter, reason
from masking.japanese.era import in_era, parse_date

TITLE: Final = "A name, a birthday, no number"
WHY: Final = (
    "People write 高橋 where the register has 髙橋, birthdays by era, addresses in their own way. A search takes them "
    "all, and a variant written out finds only itself. Who is found is charged like who is looked up, and once; a "
    "question in vain costs one."
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What the counter knew, what it was told, and how many residents that took from the day's allowance."""

    known: str
    answer: Answer | Denial
    cost: int

    @property
    def names(self) -> list[str]:
        """Who was found; nobody if the gateway said no."""
        if isinstance(self.answer, Denial):
            return []
        residents = [self.answer["resident"]] if "resident" in self.answer else self.answer.get("residents", [])
        return [resident["name"].get("exact", "") for resident in residents]

    def finds_nobody(self, cost: int) -> bool:
        """Whether it was answered with nobody, at this price."""
        return (reason(self.answer), self.names, self.cost) == ("OK", [], cost)


@dataclass(frozen=True, slots=True)
class _Resident:
    """A resident as the counter reads one out."""

    name: str
    kana: str
    born: str
    lives: str


async def play(scene: Scene) -> None:
    """Find one resident in five ways; then what a search must not find."""
    cast, screen = scene.cast, scene.screen
    by_number = await _charged(
        scene,
        f"the resident id, {cast.variant}",
        scene.company.ask(cast.clerk, counter(cast.bystander), cast.variant),
    )
    plain = await scene.company.ask(cast.clerk, counter(cast.bystander), cast.plain)
    hidden = await scene.company.ask(cast.clerk, counter(cast.bystander), cast.protected)
    if isinstance(by_number.answer, Denial) or isinstance(plain, Denial) or isinstance(hidden, Denial):
        screen.verdict("the counter looks three residents up by number", holds=False)
        return
    wanted, other, protected = _resident(by_number.answer), _resident(plain), _resident(hidden)
    ways = [await _searched(scene, known) for known in _ways(wanted)]
    spelled = Known(name=other.name.replace("高", "髙"), born=other.born)
    variant = await _searched(scene, spelled, f" (it is {other.name})")
    alone = await _searched(scene, Known(name=f"{wanted.name[:2]}*"), ", and nothing else")
    party = Known(name=protected.name, born=protected.born)
    absent = await _searched(scene, party, "; the other party asks", applicant=cast.other_party)

    attempts = [by_number, *ways, variant, alone, absent]
    screen.table(
        ("What the counter knows", ANSWER, "Who is found", "Costs"),
        [(each.known, reason(each.answer), ", ".join(each.names) or "—", str(each.cost)) for each in attempts],
    )
    screen.verdict("five ways of writing find the same resident", holds=all(wanted.name in each.names for each in ways))
    screen.verdict("whoever is found is charged once, by number or by name", holds=_charged_once([by_number, *ways]))
    screen.verdict(
        "髙 written out does not find 高", holds=reason(variant.answer) == "OK" and other.name not in variant.names
    )
    screen.verdict(
        "a surname alone is not a search that this purpose allows, and costs nobody",
        holds=(reason(alone.answer), alone.cost) == ("SEARCH_NOT_GRANTED", 0),
    )
    screen.verdict(
        "to the other party nobody is there, for the price of a question in vain", holds=absent.finds_nobody(cost=1)
    )


def _ways(wanted: _Resident) -> list[Known]:
    """How people write what the register has as a variant, in full-width kana, by the calendar of the West."""
    common, era = wanted.name.replace("髙", "高"), in_era(parse_date(wanted.born))
    return [
        Known(name=common, born=era),
        Known(name=wanted.name, born=wanted.born),
        Known(name=f"{common[:2]}*", born=wanted.born),
        Known(kana=wanted.kana, born=wanted.born),
        Known(lives=wanted.lives),
    ]


async def _searched(scene: Scene, known: Known, remark: str = "", *, applicant: str = "") -> _Attempt:
    """One search of the clerk's, for anybody unless told otherwise."""
    what = ", ".join(each for each in (known.name, known.kana, known.born, known.lives) if each)
    question = counter(applicant or scene.cast.bystander)
    return await _charged(scene, f"{what}{remark}", scene.company.search(scene.cast.clerk, question, known))


async def _charged(scene: Scene, what: str, asking: Awaitable[Answer | Denial]) -> _Attempt:
    """An answer with its price, by what is left of the clerk's day before and after."""
    _, before = await scene.company.allowance(scene.cast.clerk, COUNTER)
    answer = await asking
    _, after = await scene.company.allowance(scene.cast.clerk, COUNTER)
    return _Attempt(what, answer, before - after)


def _charged_once(attempts: Sequence[_Attempt]) -> bool:
    """Whether all of them together cost as much as there are different people in their answers."""
    return sum(each.cost for each in attempts) == len({name for each in attempts for name in each.names})


def _resident(answer: Answer) -> _Resident:
    """What is read in Japanese of one resident's answer."""
    resident = answer["resident"]
    name, kana, born, lives = (
        shown(field, resident[field]).text.ja for field in ("name", "name_kana", "birth_date", "address")
    )
    return _Resident(name, kana, born, lives)
