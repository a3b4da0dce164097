"""What there is to say about a built city: its numbers, and who lives near whom.

Rule: asked of the two databases, like the cast; the same city always gives the same answers.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Census:
    """How many: people and households that live here, residents under a protective measure in force, staff in post
    today, open cases.
    """

    residents: int
    households: int
    protected: int
    staff: int
    cases: int


_CENSUS: Final = """
    SELECT (SELECT count(*) FROM juki_resident WHERE jumin_cd = '1'),
    (SELECT count(DISTINCT setai_no) FROM juki_resident WHERE jumin_cd = '1'),
    (SELECT count(DISTINCT atena_no) FROM protective_measure, city
     WHERE kaishi_ymd <= today AND (shuryo_ymd IS NULL OR shuryo_ymd >= today)),
    (SELECT count(DISTINCT staff) FROM standing.post, city WHERE since <= today AND (until IS NULL OR until > today)),
    (SELECT count(*) FROM standing.case_file, city WHERE opened <= today AND (closed IS NULL OR closed > today))
"""
_NEIGHBOURS: Final = """
    SELECT r.atena_no FROM juki_resident r JOIN juki_resident home ON home.atena_no = :resident
    WHERE r.jumin_cd = '1' AND r.setai_no <> home.setai_no
    AND r.atena_no NOT IN (SELECT resident_id FROM standing.staff WHERE resident_id IS NOT NULL)
    AND r.atena_no NOT IN (SELECT atena_no FROM protective_measure)
    AND (SELECT count(*) FROM juki_resident entry WHERE entry.atena_no = r.atena_no) = 1
    GROUP BY r.atena_no
    ORDER BY r.choaza_cd < substr(home.choaza_cd, 1, 8), r.choaza_cd, r.setai_no, r.atena_no LIMIT :count
"""


def census(register_db: Path, standing_db: Path) -> Census:
    """The city's numbers on its own day. Raises sqlite3.Error."""
    with _opened(register_db, standing_db) as connection:
        return Census(*connection.execute(_CENSUS).fetchone())


def neighbours(register_db: Path, standing_db: Path, resident: str, count: int) -> list[str]:
    """Ids of at most `count` residents from a resident's own town on, house by house: none of the household, no staff,
    nobody protected, nobody with a second entry. Raises sqlite3.Error.
    """
    with _opened(register_db, standing_db) as connection:
        return [row[0] for row in connection.execute(_NEIGHBOURS, {"resident": resident, "count": count})]


def _opened(register_db: Path, standing_db: Path) -> closing[sqlite3.Connection]:
    connection = sqlite3.connect(f"{register_db.absolute().as_uri()}?mode=ro", uri=True)
    connection.execute("ATTACH ? AS standing", (f"{standing_db.absolute().as_uri()}?mode=ro",))
    return closing(connection)
