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

from gateway.register.city.matters import ARREARS, CHILDCARE, RELIEF, RESIDENT_TAX


@dataclass(frozen=True, slots=True)
class StaffRole:
    """A member of staff in one post."""

    staff: str
    post: str
    department: str
    role: str


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who; residents by id, cases by reference. Where there is a choice, staff do not live in the city, so that
    nobody of the cast is kin to them. Who works on cases sits in the unit that these belong to; `cashier` is a
    collector of another unit than `collector`.

    `parent` is a party to both cases below and holds a disaster certificate. `protected` is under a measure in force
    against `other_party`, and a party to `protected_case` (childcare-fee). `bystander` lives here and has no case
    anywhere. `snooper` works at the counter like `clerk`. `former_clerk`'s post ended yesterday. `head` is above
    `caseworker`. `twice` is the id that two live entries share. `closed_case` is a closed childcare-fee case of
    `closed_case_party`. `tax_case` and `relief_case` are open cases of `parent` too. `variant` is a 髙橋, `plain` a
    高橋, `foreigner` has a name in Latin letters and a 通称; no office knows any of the three; the first two share no
    address with staff, live in no home for the elderly and know their birthdays. `former` moved out and has nothing
    else here. `colleague` is a resident on the staff. `neighbour` is a counter clerk who lives here, as `spouse`
    married to the `head`, and at one address with `next_door`, who has a household of their own.
    """

    today: date
    parent: str
    childcare_case: str
    arrears_case: str
    caseworker: StaffRole
    clerk: StaffRole
    snooper: StaffRole
    collector: StaffRole
    cashier: StaffRole
    analyst: StaffRole
    assessor: StaffRole
    nurse: StaffRole
    school_clerk: StaffRole
    relief_officer: StaffRole
    auditor: StaffRole
    operator: StaffRole
    former_clerk: StaffRole
    head: StaffRole
    protected: str
    protected_case: str
    other_party: str
    bystander: str
    twice: str
    closed_case: str
    closed_case_party: str
    tax_case: str
    relief_case: str
    variant: str
    plain: str
    foreigner: str
    former: str
    colleague: str
    neighbour: StaffRole
    spouse: str
    next_door: str


_PARENT: Final = f"""
    SELECT c.resident_id, min(c.reference), min(a.reference) FROM open_party c JOIN open_party a USING (resident_id)
    JOIN disaster_certificate d ON d.atena_no = c.resident_id
    JOIN juki_resident r ON r.atena_no = c.resident_id AND r.jumin_cd = '1' AND r.zokugara = '世帯主'
    WHERE c.registry = '{CHILDCARE}' AND a.registry = '{ARREARS}'
    AND (SELECT count(DISTINCT o.registry) FROM open_party o WHERE o.resident_id = c.resident_id) = 4
    GROUP BY c.resident_id ORDER BY c.resident_id
"""  # noqa: S608  our own words
_PROTECTED: Final = f"""
    SELECT m.atena_no, min(c.reference), m.aite_atena_no FROM protective_measure m
    JOIN juki_resident r ON r.atena_no = m.atena_no AND r.jumin_cd = '1' AND r.zokugara = '世帯主'
    JOIN open_party c ON c.resident_id = m.atena_no AND c.registry = '{CHILDCARE}'
    WHERE m.kaishi_ymd <= :today AND (m.shuryo_ymd IS NULL OR m.shuryo_ymd >= :today) AND m.aite_atena_no IS NOT NULL
    GROUP BY m.atena_no, m.aite_atena_no ORDER BY m.atena_no
"""  # noqa: S608  our own words
_TWICE: Final = """
    SELECT atena_no FROM juki_resident WHERE jumin_cd = '1' GROUP BY atena_no HAVING count(*) > 1 ORDER BY atena_no
"""
_CASE: Final = """
    SELECT min(reference) FROM open_party WHERE registry = :registry AND resident_id = :resident HAVING count(*) > 0
"""
_UNKNOWN: Final = """
    AND atena_no NOT IN (SELECT resident_id FROM standing.case_party)
    AND atena_no NOT IN (SELECT atena_no FROM protective_measure)
    AND atena_no NOT IN (SELECT aite_atena_no FROM protective_measure WHERE aite_atena_no IS NOT NULL)
    AND atena_no NOT IN (SELECT resident_id FROM standing.staff WHERE resident_id IS NOT NULL)
    AND atena_no NOT IN (SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) > 1)
"""
_SPELLED: Final = f"""
    SELECT atena_no FROM juki_resident r
    WHERE jumin_cd = '1' AND shimei >= :surname || '　' AND shimei < :surname || '、' {_UNKNOWN}
    ORDER BY EXISTS (SELECT 1 FROM staff_home s WHERE (s.choaza_cd, s.banchi) = (r.choaza_cd, r.banchi)),
    banchi LIKE '%ホーム%' OR umare_ymd LIKE '%-00', atena_no
"""  # noqa: S608  our own words
_FOREIGNER: Final = f"""
    SELECT atena_no FROM juki_alias JOIN juki_resident USING (atena_no)
    WHERE jumin_cd = '1' AND tsusho IS NOT NULL AND shimei GLOB '[A-Z]*' {_UNKNOWN} ORDER BY atena_no
"""  # noqa: S608  our own words
_BYSTANDER: Final = f"""
    SELECT atena_no FROM juki_resident r WHERE jumin_cd = '1' AND zokugara = '世帯主' AND umare_ymd < '1996' {_UNKNOWN}
    AND atena_no NOT IN (:variant, :plain, :foreigner)
    AND NOT EXISTS (SELECT 1 FROM staff_home s WHERE (s.choaza_cd, s.banchi) = (r.choaza_cd, r.banchi))
    ORDER BY atena_no
"""  # noqa: S608  our own words
_FORMER: Final = """
    SELECT atena_no FROM juki_forwarding JOIN juki_resident USING (atena_no)
    GROUP BY atena_no HAVING count(*) = 1 AND max(jumin_cd) = '2' ORDER BY atena_no
"""
_CLOSED: Final = f"""
    SELECT f.reference, min(p.resident_id)
    FROM standing.case_file f JOIN standing.case_party p USING (registry, reference)
    WHERE f.registry = '{CHILDCARE}' AND f.closed <= :today GROUP BY f.reference ORDER BY f.reference
"""  # noqa: S608  our own words
_IN_POST: Final = """
    SELECT staff, post, department, role FROM standing.post p WHERE department = :department AND role = :role
    AND unit = coalesce(nullif(:unit, ''), unit)
    AND since <= :today AND (until IS NULL OR until > :today) AND staff <> :but
    AND NOT EXISTS (SELECT 1 FROM standing.post other WHERE other.staff = p.staff AND other.post <> p.post
    AND other.since <= :today AND (other.until IS NULL OR other.until > :today))
    ORDER BY (SELECT resident_id FROM standing.staff home WHERE home.staff = p.staff) IS NOT NULL,
    (SELECT count(*) FROM standing.post other WHERE other.staff = p.staff), post
"""
_COLLEAGUE: Final = """
    SELECT s.resident_id FROM standing.staff s JOIN standing.post p USING (staff)
    JOIN juki_resident r ON r.atena_no = s.resident_id
    WHERE since <= :today AND (until IS NULL OR until > :today)
    AND s.resident_id NOT IN (SELECT atena_no FROM protective_measure)
    GROUP BY s.resident_id HAVING count(DISTINCT r.rowid) = 1 AND min(r.jumin_cd) = '1' ORDER BY s.resident_id
"""
_SUPERIOR: Final = """
    SELECT above.staff, above.post, above.department, above.role FROM standing.post above
    JOIN standing.post below ON below.superior = above.staff
    WHERE below.post = :post AND above.since <= :today AND (above.until IS NULL OR above.until > :today)
    ORDER BY above.post
"""
_NEIGHBOUR: Final = """
    SELECT p.staff, p.post, p.department, p.role, r.atena_no, n.atena_no FROM standing.post p
    JOIN standing.staff USING (staff) JOIN juki_resident r ON r.atena_no = resident_id
    JOIN juki_resident n ON substr(n.choaza_cd, 1, 8) = substr(r.choaza_cd, 1, 8)
    AND (n.choaza_cd, n.banchi) = (r.choaza_cd, r.banchi) AND n.setai_no <> r.setai_no AND n.jumin_cd = '1'
    WHERE department = :department AND role = :role AND since <= :today AND (until IS NULL OR until > :today)
    AND r.jumin_cd = '1' AND r.zokugara = '妻' AND n.zokugara = '世帯主' ORDER BY p.post DESC, n.atena_no
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
        connection.execute(
            """CREATE TEMP TABLE staff_home AS SELECT choaza_cd, banchi
            FROM standing.staff JOIN juki_resident ON atena_no = resident_id"""
        )

        def first(sql: str, **values: str) -> tuple[Any, ...]:
            return _first(connection, sql, {"today": today, **values})

        def staff(department: str, role: str, *, unit: str = "", but: str = "") -> StaffRole:
            return StaffRole(*first(_IN_POST, department=department, role=role, unit=unit, but=but))

        parent, childcare_case, arrears_case = first(_PARENT)
        protected, protected_case, other_party = first(_PROTECTED)
        closed_case, closed_case_party = first(_CLOSED)
        variant, plain = (first(_SPELLED, surname=surname)[0] for surname in ("髙橋", "高橋"))
        foreigner = first(_FOREIGNER)[0]
        caseworker = staff("child-welfare", "caseworker", unit="childcare")
        clerk = staff("citizen-affairs", "counter-clerk")
        *neighbour, spouse, next_door = first(_NEIGHBOUR, department=clerk.department, role=clerk.role)
        return Cast(
            today=date.fromisoformat(today),
            parent=parent,
            childcare_case=childcare_case,
            arrears_case=arrears_case,
            caseworker=caseworker,
            clerk=clerk,
            snooper=staff("citizen-affairs", "counter-clerk", but=clerk.staff),
            collector=staff("tax-collection", "collector", unit="arrears"),
            cashier=staff("tax-collection", "collector", unit="payments"),
            analyst=staff("planning", "analyst"),
            assessor=staff("tax-assessment", "assessor", unit="resident-tax"),
            nurse=staff("health", "public-health-nurse"),
            school_clerk=staff("education", "school-clerk"),
            relief_officer=staff("disaster-welfare", "relief-officer", unit="relief"),
            auditor=staff("internal-audit", "auditor"),
            operator=staff("information-systems", "systems-clerk"),
            former_clerk=StaffRole(*first(_LEFT)),
            head=StaffRole(*first(_SUPERIOR, post=caseworker.post)),
            protected=protected,
            protected_case=protected_case,
            other_party=other_party,
            bystander=first(_BYSTANDER, variant=variant, plain=plain, foreigner=foreigner)[0],
            twice=first(_TWICE)[0],
            closed_case=closed_case,
            closed_case_party=closed_case_party,
            tax_case=first(_CASE, registry=RESIDENT_TAX, resident=parent)[0],
            relief_case=first(_CASE, registry=RELIEF, resident=parent)[0],
            variant=variant,
            plain=plain,
            foreigner=foreigner,
            former=first(_FORMER)[0],
            colleague=first(_COLLEAGUE)[0],
            neighbour=StaffRole(*neighbour),
            spouse=spouse,
            next_door=next_door,
        )


def _first(connection: sqlite3.Connection, sql: str, values: dict[str, str]) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = connection.execute(f"{sql} LIMIT 1", values).fetchone()
    if found is None:
        raise LookupError("these are not the files of a city that was seeded together")
    return found
