"""Act 2: one resident, and what each department sees.

Rule: every cell is what the gateway sent; nothing is left out or made nicer on the way.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from rich.table import Column
from rich.text import Text

from gateway.cli.client import Denial
from gateway.cli.forms import shown
from gateway.cli.trace import origins_of
from gateway.demo.company import Answer
from gateway.demo.scene import Scene, arrears, attempts, childcare, counter, reason, statistics
from gateway.field import FIELDS
from gateway.settings import Settings
from masking.pseudonym import Origin

TITLE: Final = "One resident, three departments"
WHY: Final = (
    "Each department's purpose (利用目的) says which fields it needs and how exactly. The same parent applies for "
    "lower childcare fees, stands at the counter for a copy of the resident card (住民票の写し), and owes fees."
)
_ROWS: Final = 5
_ROOMY: Final = 100
"""Columns from which a field's two names stand on one line."""


async def play(scene: Scene) -> None:
    """Ask as three departments, then as planning."""
    town = await _side_by_side(scene)
    rows = await _neighbourhood(scene, town)
    await _pseudonym(scene, rows)
    _leak(scene, rows)


async def _side_by_side(scene: Scene) -> str:
    """Returns the town code of the parent's home, as the counter saw it: eight digits."""
    cast, company, screen = scene.cast, scene.company, scene.screen
    answers = [
        await company.ask(cast.caseworker, childcare(cast), cast.parent),
        await company.ask(cast.clerk, replace(counter(cast.parent), language="ja"), cast.parent),
        await company.ask(cast.collector, arrears(cast), cast.parent),
    ]
    heads = (
        f"child-welfare\nfee reduction\n{cast.childcare_case}",
        "citizen-affairs\nresident card\ncounter",
        f"tax-collection\nfee arrears\n{cast.arrears_case}",
    )
    residents = [{} if isinstance(answer, Denial) else answer["resident"] for answer in answers]
    between = " " if screen.console.width >= _ROOMY else "\n"
    rows: list[tuple[str | Text, ...]] = [
        (f"{entry.title.ja}{between}{field}", *(_cell(field, resident) for resident in residents))
        for field, entry in FIELDS.items()
        if any(field in resident for resident in residents)
    ]
    screen.table((Column("Field", no_wrap=True), *heads), rows)
    screen.say("— not granted to this purpose, and not even read from the register.", "dim")
    receipts = [answer["receipt"] for answer in answers if not isinstance(answer, Denial)]
    for notice in dict.fromkeys(receipt["notice"] for receipt in receipts):
        screen.say(f"With the answer: {notice}", "dim")
    scene.receipt = receipts[-1]["disclosure_id"] if receipts else ""
    granted = [set(resident) for resident in residents]
    screen.verdict(
        "three answers about one resident, each with its own fields: "
        + ", ".join(str(len(fields)) for fields in granted),
        holds=all(granted) and len({frozenset(fields) for fields in granted}) == len(granted),
    )
    home: dict[str, Any] = residents[1].get("address", {})
    return str(home.get("exact", {}).get("area_code", ""))[:8]


def _cell(field: str, resident: dict[str, Any]) -> Text:
    if field not in resident:
        return Text("—", style="dim")
    words = shown(field, resident[field])
    if not words.present:
        return Text(words.text.en, style="yellow")
    if "exact" in resident[field]:
        return Text(words.text.en)
    return Text.assemble(words.text.en, (f"\n{words.form.en}", "dim"))


async def _neighbourhood(scene: Scene, town: str) -> list[dict[str, Any]]:
    """The young adults of a town, as planning sees them."""
    cast, screen = scene.cast, scene.screen
    rows: list[dict[str, Any]] = []
    async for page in scene.company.stream(cast.analyst, statistics(), area=town, ages=(30, 44)):
        rows += page.get("residents", [])
    scene.pseudonyms |= {row["resident_id"]["pseudonym"] for row in rows}
    screen.say("")
    screen.say(f"Planning asks for the 30 to 44 year-olds of that town and gets {len(rows)} rows, these among them:")
    fields = ("resident_id", "name", "birth_date", "address", "income")
    screen.table(
        [f"{FIELDS[field].title.ja}\n{form}" for field, form in zip(fields, _FORMS, strict=True)],
        [[_short(field, row) for field in fields] for row in rows[:_ROWS]],
    )
    return rows


_FORMS: Final = ("pseudonym", "invented name", "age band", "area", "income band")


def _short(field: str, row: dict[str, Any]) -> str:
    text = shown(field, row[field]).text.en
    return f"{text[:12]}…" if "pseudonym" in row[field] else text


async def _pseudonym(scene: Scene, rows: list[dict[str, Any]]) -> None:
    """It opens in planning's purpose, and nowhere else."""
    cast, company = scene.cast, scene.company
    token = rows[0]["resident_id"]["pseudonym"]
    tries: list[tuple[str, Answer | Denial]] = [
        ("planning comes back to the first row, by its pseudonym", await _by(scene, token)),
        ("the counter tries the same pseudonym", await company.ask(cast.clerk, counter(cast.parent), pseudonym=token)),
        (
            "the counter tries it under planning's purpose",
            await company.ask(cast.clerk, statistics(), pseudonym=token),
        ),
        (
            "planning tries a resident id (宛名番号) it heard of",
            await company.ask(cast.analyst, statistics(), cast.parent),
        ),
    ]
    attempts(scene.screen, tries)
    again = tries[0][1]
    same = not isinstance(again, Denial) and again["resident"] == rows[0]
    expected = ["OK", "SEARCH_NOT_GRANTED", "PURPOSE_NOT_GRANTED", "SEARCH_NOT_GRANTED"]
    scene.screen.verdict(
        "a pseudonym leads back to its row in the purpose that gave it out, and means nothing anywhere else",
        holds=same and [reason(answer) for _, answer in tries] == expected,
    )


def _leak(scene: Scene, rows: list[dict[str, Any]]) -> None:
    """A list turns up somewhere: whoever holds the keys can tell whose it was."""
    settings = Settings.read(scene.estate.settings)
    row = rows[-1]
    found = [row["resident_id"]["pseudonym"], row["name"]["surrogate"]["name"]]
    origins = [origins_of(each, settings) for each in found]
    scene.screen.say("")
    scene.screen.say(
        "A list turns up where it should not. `register-gateway trace` tells whose it was, and opens nothing:"
    )
    scene.screen.table(
        ["Found on it", "Issued to, for, as, in epoch"],
        [
            [f"{each[:12]}…" if each.isascii() else each, ", ".join(_told(origin) for origin in traced) or "none"]
            for each, traced in zip(found, origins, strict=True)
        ],
    )
    fields = [[(origin.domain.department, origin.domain.field) for origin in traced] for traced in origins]
    scene.screen.verdict(
        "the leaked pseudonym and the leaked name both lead to planning's statistics",
        holds=fields == [[("planning", "resident_id")], [("planning", "name")]],
    )


def _told(origin: Origin) -> str:
    domain = origin.domain
    return f"{domain.department}, {domain.purpose}, {domain.field}, {origin.epoch}"


async def _by(scene: Scene, pseudonym: str) -> Answer | Denial:
    return await scene.company.ask(scene.cast.analyst, statistics(), pseudonym=pseudonym)
