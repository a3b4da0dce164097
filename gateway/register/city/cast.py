"""The people of the city whom demonstrations and tests call by their part.

Rule: they are found by asking the two databases, never by a number that happens to be right for one seed; the same city
always gives the same cast.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from gateway.register.city.matters import ARREARS, CHILDCARE


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A member of staff in one post."""

    staff: str
    post: str
    department: str
    role: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who; residents by id, cases by reference.

    `parent` is a party to both cases below and holds a disaster certificate. `protected` is under a measure in force
    against `other_party`, and a party to `protected_case` (childcare-fee). `bystander` lives here and has no case
    anywhere. `snooper` works at the counter like `clerk`. `former_clerk`'s post ended yesterday. `twice` is the id that
    two entries share. `closed_case` is a closed childcare-fee case of `closed_case_party`.
    """

    today: date
    parent: str
    childcare_case: str
    arrears_case: str
    caseworker: StaffRole
    clerk: StaffRole
    snooper: StaffRole
    collector: StaffRole
    analyst: StaffRole
    former_clerk: StaffRole
    protected: str
    protected_case: str
    other_party: str
    bystander: str
    twice: str
    closed_case: str
    closed_case_party: str


_PARENT: Final = f"""
    SELECT c.resident_id, min(c.reference), min(a.reference) FROM open_party c JOIN open_party a USING (resident_id)
    JOIN disaster_certificate d ON d.atena_no = c.resident_id
    JOIN juki_resident r ON r.atena_no = c.resident_id AND r.jumin_cd = '1' AND r.zokugara = '世帯主'
    WHERE c.registry = '{CHILDCARE}' AND a.registry = '{ARREARS}' GROUP BY c.resident_id ORDER BY c.resident_id
"""  # noqa: S608  our own words
_PROTECTED: Final = f"""
    SELECT m.atena_no, min(c.reference), m.aite_atena_no FROM protective_measure m
    JOIN juki_resident r ON r.atena_no = m.atena_no AND r.jumin_cd = '1' AND r.zokugara = '世帯主'
    JOIN open_party c ON c.resident_id = m.atena_no AND c.registry = '{CHILDCARE}'
    WHERE m.kaishi_ymd <= :today AND (m.shuryo_ymd IS NULL OR m.shuryo_ymd >= :today) AND m.aite_atena_no IS NOT NULL
    GROUP BY m.atena_no, m.aite_atena_no ORDER BY m.atena_no
"""  # noqa: S608  our own words
_BYSTANDER: Final = """
    SELECT atena_no FROM juki_resident r WHERE jumin_cd = '1' AND zokugara = '世帯主' AND umare_ymd < '1996'
    AND atena_no NOT IN (SELECT resident_id FROM standing.case_party)
    AND atena_no NOT IN (SELECT atena_no FROM protective_measure)
    AND atena_no NOT IN (SELECT aite_atena_no FROM protective_measure WHERE aite_atena_no IS NOT NULL)
    AND atena_no NOT IN (SELECT resident_id FROM standing.staff WHERE resident_id IS NOT NULL)
    AND atena_no NOT IN (SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) > 1)
    ORDER BY atena_no
"""
_TWICE: Final = "SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) > 1 ORDER BY atena_no"
_CLOSED: Final = f"""
    SELECT f.reference, min(p.resident_id)
    FROM standing.case_file f JOIN standing.case_party p USING (registry, reference)
    WHERE f.registry = '{CHILDCARE}' AND f.closed <= :today GROUP BY f.reference ORDER BY f.reference
"""  # noqa: S608  our own words
_IN_POST: Final = """
    SELECT staff, post, department, role FROM standing.post p WHERE department = :department AND role = :role
    AND since <= :today AND (until IS NULL OR until > :today)
    AND (SELECT count(*) FROM standing.post other WHERE other.staff = p.staff) = 1 AND staff <> :but ORDER BY post
"""
_LEFT: Final = """
    SELECT staff, post, department, role FROM standing.post p WHERE until = :today
    AND NOT EXISTS (SELECT 1 FROM standing.post other WHERE other.staff = p.staff AND other.post <> p.post)
    ORDER BY post
"""


def cast(register_db: Path, standing_db: Path) -> Cast:
    """Find the cast of a built city. Raises LookupError if somebody is missing (another city's files),
    sqlite3.Error."""
    with closing(sqlite3.connect(f"{register_db.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("ATTACH ? AS standing", (f"{standing_db.absolute().as_uri()}?mode=ro",))
        today = str(_first(connection, "SELECT today FROM city", {})[0])
        # Cases are few beside residents: a list of the open ones' parties, asked thrice, beats three walks through
        # them.
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(
            """CREATE TEMP TABLE open_party AS SELECT registry, reference, resident_id
            FROM standing.case_file JOIN standing.case_party USING (registry, reference)
            WHERE opened <= :today AND (closed IS NULL OR closed > :today)""",
            {"today": today},
        )
        connection.execute("CREATE INDEX open_party_resident ON open_party (resident_id)")

        def first(sql: str, **values: str) -> tuple[Any, ...]:
            return _first(connection, sql, {"today": today, **values})

        def staff(department: str, role: str, but: str = "") -> StaffRole:
            return StaffRole(*first(_IN_POST, department=department, role=role, but=but))

        parent, childcare_case, arrears_case = first(_PARENT)
        protected, protected_case, other_party = first(_PROTECTED)
        closed_case, closed_case_party = first(_CLOSED)
        clerk = staff("citizen-affairs", "counter-clerk")
        return Cast(
            today=date.fromisoformat(today),
            parent=parent,
            childcare_case=childcare_case,
            arrears_case=arrears_case,
            caseworker=staff("child-welfare", "caseworker"),
            clerk=clerk,
            snooper=staff("citizen-affairs", "counter-clerk", but=clerk.staff),
            collector=staff("tax-collection", "collector"),
            analyst=staff("planning", "analyst"),
            former_clerk=StaffRole(*first(_LEFT)),
            protected=protected,
            protected_case=protected_case,
            other_party=other_party,
            bystander=first(_BYSTANDER)[0],
            twice=first(_TWICE)[0],
            closed_case=closed_case,
            closed_case_party=closed_case_party,
        )


def _first(connection: sqlite3.Connection, sql: str, values: dict[str, str]) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = connection.execute(f"{sql} LIMIT 1", values).fetchone()
    if found is None:
        raise LookupError("these are not the files of a city that was seeded together")
    return found
