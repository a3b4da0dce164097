"""What is measured: a gateway with the shipped purposes and budgets too large to be reached, and who asks it what.

Rule: everything on the path is as shipped (mutual TLS, staff tokens, cases, masks, budgets, durable records); only
the numbers of the budgets are raised and the rate is set beyond reach, because it is not refusals that are measured.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ruamel.yaml import YAML

from gateway.clock import SystemClock, day_of
from gateway.demo.estate import SYSTEMS, Estate, Wishes, prepare
from gateway.register.city import StaffRole
from gateway.register.city.build import STANDING_FILE
from loadtest.bench.strangers import Strangers

PURPOSE: Final = "childcare-fee-reduction"
STREAMED: Final = "planning-statistics"
GRANTED: Final = "school-enrolment-notices-planned"
"""A list that ships and is streamed by a grant of two people, here of everybody and for the same analyst."""
SUPERIOR: Final = """
    SELECT above.staff, above.post, above.department, above.role FROM post above JOIN post below
    ON below.superior = above.staff WHERE below.post = ? AND above.until IS NULL
"""
"""Who is above a post today, by a standing database."""
SHIPPED: Final = Path("purposes")
_AMPLE: Final = 10_000_000
_WINDOWS: Final = {"1d": _AMPLE, "30d": _AMPLE, "365d": _AMPLE, "tenure": _AMPLE}


@dataclass(frozen=True, slots=True)
class Question:
    """One lookup: a resident who is a party to an open case."""

    case: str
    resident: str


@dataclass(frozen=True, slots=True)
class Scene:
    """The estate, its caseworkers, their cases, an analyst for the streams, and who may approve them."""

    estate: Estate
    caseworkers: list[StaffRole]
    questions: list[Question]
    analyst: StaffRole
    superior: StaffRole


def build_scene(folder: Path, residents: int, *, progress: Callable[[int], None] = lambda _done: None) -> Scene:
    """Build the estate in `folder` (an old one's ledger must be gone) and find who may ask what; `progress` hears of
    residents done while the city is built.
    """
    purposes, limits = folder / "purposes", folder / "limits.yaml"
    purposes.mkdir(parents=True, exist_ok=True)
    yaml = YAML()
    for path in sorted(SHIPPED.glob("*.yaml")):
        text = yaml.load(path.read_text(encoding="utf-8"))
        text["budget"] = {
            "rate": {"per_second": 10_000, "burst": 10_000},
            "residents": {"staff": {"1d": _AMPLE, "30d": _AMPLE}, "department": {"1d": _AMPLE, "365d": _AMPLE}},
        }
        yaml.dump(text, purposes / path.name)
        if GRANTED.startswith(path.stem):
            bulk = {"grant": "two-person", "page": 500, "residents": _AMPLE, "k": 1, "combinations": [["age_band"]]}
            recipients = [{"department": "planning", "roles": ["analyst"]}]
            planned = text | {"purpose": GRANTED, "bulk": bulk, "recipients": recipients, "steward": "planning"}
            yaml.dump(planned, purposes / f"{GRANTED}.yaml")
    yaml.dump(
        {
            "interactive": {owner: dict(_WINDOWS) for owner in ("staff", "department", "city")},
            "repeats": {"staff": {"1d": _AMPLE}},
            "refusals": {"staff": {"1d": _AMPLE}},
        },
        limits,
    )
    estate = prepare(
        folder,
        Wishes(residents=residents, metrics="127.0.0.1:0", purposes=purposes.absolute(), limits=limits.absolute()),
        progress=progress,
    )
    today = day_of(SystemClock().wall()).isoformat()
    standing = folder / "city" / STANDING_FILE
    with closing(sqlite3.connect(f"{standing.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        caseworkers = connection.execute(
            "SELECT staff, post, department, role FROM post WHERE department = 'child-welfare' AND role = 'caseworker'"
            " AND since <= ? AND (until IS NULL OR until > ?) ORDER BY staff, post LIMIT 64",
            (today, today),
        ).fetchall()
        questions = connection.execute(
            "SELECT reference, resident_id FROM case_party JOIN case_file USING (registry, reference)"
            " WHERE registry = 'childcare-fee' AND opened <= ? AND (closed IS NULL OR closed > ?)"
            " ORDER BY reference, resident_id LIMIT 4000",
            (today, today),
        ).fetchall()
        analyst = estate.cast().analyst
        superior = connection.execute(SUPERIOR, (analyst.post,)).fetchone()
    strangers = Strangers(folder / "city")
    with closing(strangers.connection):
        asked = [Question(*row) for row in questions if row[1] in strangers]
    return Scene(
        estate,
        [StaffRole(*row) for row in caseworkers],
        asked,
        analyst,
        StaffRole(*superior),
    )


def department_system(person: StaffRole) -> tuple[str, str]:
    """The department and system whose certificate the person's token is bound to."""
    return person.department, SYSTEMS[person.department]
