"""All names of a register, for whoever has to know a name when it stands in a remark.

Rule: read through the port like everything else, page by page with a pause between, so that nobody's question waits;
they are handed on and kept nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from gateway.field import FIELDS
from gateway.register.port import Register, Selection
from gateway.subject import Status
from masking.value import ValueKind

MOST: Final = 200_000
"""Different names and readings that are brought at most."""
_PAGE: Final = 500
_PAUSE: Final = 0.002
"""Seconds between pages."""
_EVERYBODY: Final = Selection("", None, None, statuses=frozenset(Status))


async def names_of(register: Register, mapped: Iterable[str]) -> list[str]:
    """The different names and readings of all entries, of who died or moved away, too, in the order of the register;
    `mapped` are the fields that it has. Raises RegisterUnavailable.
    """
    reader = register.reader(
        tuple(field for field in FIELDS if field in mapped and FIELDS[field].kind is ValueKind.NAME)
    )
    names: dict[str, None] = {}
    after = ""
    while True:
        page = await reader.page(_EVERYBODY, after, _PAGE)
        for row in page:
            names.update((value, None) for value in row.values if isinstance(value, str) and value)
        if len(page) == 0 or len(names) >= MOST:
            return list(names)[:MOST]
        after = page[-1].resident_id
        await asyncio.sleep(_PAUSE)
