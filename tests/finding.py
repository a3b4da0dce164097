"""A purpose that may search by everything, for tests of searches; written into an estate before it is served."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from gateway.demo.estate import Estate
from gateway.pattern import NamePattern
from tests.estates import asked, strangers

FINDING: Final = "finding"
"""For the counter: whatever is known of somebody, and all entries."""

_TEXT: Final = """\
purpose: finding
title: {ja: 照会の試験, en: Trial of searches}
legal_basis: {ja: 住民基本台帳法第12条, en: 'Basic Resident Register Act, art. 12'}
steward: citizen-affairs
recipients: [{department: citizen-affairs, roles: [counter-clerk]}]
case: none
search_by: [resident_id, name, name_kana, birth_date, address, household_id, status]
search:
  statuses: [resident, moved_out, deceased, void]
fields:
  resident_id: keep
  name: keep
  name_kana: keep
  birth_date: keep
  address: keep
  household_id: keep
  status: keep
budget:
  residents: {staff: {1d: 90000}}
valid: {from: 2025-04-01, until: 2030-03-31}
"""


def may_find(estate: Estate, *changes: tuple[str, str]) -> Path:
    """Write the purpose, with pieces replaced; each must be there."""
    text = _TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = estate.path / "purposes" / f"{FINDING}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def living(estate: Estate, where: str = "1") -> list[tuple[str, str, str, str, str]]:
    """Id, name, reading, birth date and household of those who live here, once each, unprotected, and nothing to
    anybody on the staff.
    """
    unrelated = strangers(estate)
    return [
        (str(row[0]), str(row[1]), str(row[2]), str(row[3]), str(row[4]))
        for row in asked(
            estate,
            "register",
            "SELECT atena_no, shimei, shimei_kana, umare_ymd, setai_no FROM juki_resident "
            "WHERE atena_no NOT IN (SELECT atena_no FROM protective_measure) AND jumin_cd = '1' "
            f"GROUP BY atena_no HAVING count(*) = 1 AND {where} ORDER BY atena_no",
        )
        if row[0] in unrelated
    ]


def matching(estate: Estate, pattern: str) -> list[str]:
    """Ids of everybody who lives here, once and unprotected, whose name is one that the pattern means; found by looking
    at each.
    """
    looked_for = NamePattern.parse(pattern)
    everybody = asked(
        estate,
        "register",
        "SELECT atena_no, shimei FROM juki_resident WHERE jumin_cd = '1' AND atena_no NOT IN "
        "(SELECT atena_no FROM protective_measure) GROUP BY atena_no HAVING count(*) = 1 ORDER BY atena_no",
    )
    return [each for each, name in everybody if looked_for.matches(name)]
