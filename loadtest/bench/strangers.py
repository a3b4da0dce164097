"""Residents who are nothing to anybody on the staff: whoever asks about them, no relation stands between."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from gateway.register.city.build import REGISTER_FILE, STANDING_FILE

_KIN: Final = """
    SELECT r.setai_no, choaza_cd || r.banchi, honseki || hittosha_mei, v.shikuchoson_cd || v.choaza_mei || v.banchi
    FROM juki_resident r LEFT JOIN juki_previous v USING (atena_no) WHERE r.atena_no IN
"""
_STAFF: Final = f"{_KIN} (SELECT resident_id FROM standing.staff)"  # noqa: S608 - our own words
_ONE: Final = f"{_KIN} (?)"


class Strangers:
    """Asks the two databases of a city."""

    def __init__(self, city: Path) -> None:
        register, standing = (f"{(city / file).absolute().as_uri()}?mode=ro" for file in (REGISTER_FILE, STANDING_FILE))
        self.connection: Final = sqlite3.connect(register, uri=True)
        self.connection.execute("ATTACH ? AS standing", (standing,))
        staff = self.connection.execute(_STAFF).fetchall()
        self._near = {mark for kin in staff for mark in kin if mark is not None}

    def __contains__(self, resident_id: object) -> bool:
        kin = self.connection.execute(_ONE, (resident_id,)).fetchall()
        return not any(mark in self._near for entry in kin for mark in entry)
