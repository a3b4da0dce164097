"""The one remark that is the same in every city, so that masking can be shown on it: what a clerk notes of a resident,
and of the people around them.

Rule: it is about the cast's `bystander`, whoever that is; nobody in it lives anywhere, and its number rings nowhere
(see `remarks`).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

SURNAME: Final = "高木"
GIVEN: Final = "美咲"
VISITOR: Final = "佐々木"
PHONE: Final = "080-0123-4567"
SINCE: Final = "令和7年3月4日"
FACILITY: Final = "水神デイサービスセンター"
EXAMPLE: Final = (
    f"耳が遠く、呼び鈴に気付かないことがある。長女の{SURNAME}{GIVEN}さん({PHONE})が鍵を預かる。{SURNAME}さんに平日の日中は"
    f"つながらないので、民生委員の{VISITOR}さんへ。月・木は{FACILITY}を利用({SINCE}から)。"
)


def note_example(register: Path, resident: str) -> None:
    """Have the register say it of a resident; written only where it does not say so already. Raises sqlite3.Error."""
    if remark_of(register, resident) == EXAMPLE:
        return
    with closing(sqlite3.connect(register)) as connection:
        connection.execute("DELETE FROM juki_remark WHERE atena_no = ?", (resident,))
        connection.execute("INSERT INTO juki_remark (atena_no, biko) VALUES (?, ?)", (resident, EXAMPLE))
        connection.commit()


def remark_of(register: Path, resident: str) -> str:
    """What the register says of a resident, as it stands there; "" for nothing. Raises sqlite3.Error."""
    with closing(sqlite3.connect(f"{register.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT biko FROM juki_remark WHERE atena_no = ?", (resident,)).fetchone()
    return str(found[0]) if found is not None else ""
