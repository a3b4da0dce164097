"""Lanes: who waits for whom at a database; and how values are handed to it.

Rule: what may have to look through many lines is read apart from what is read by key, one read after the other in each
lane, so that bulk readers keep no search waiting, and neither of them a lookup (rule L6).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final, TypeAlias

Raw: TypeAlias = Sequence[Any]
"""One line of a result as the driver gives it."""

MARKS: Final = {"qmark": "?", "format": "%s"}
"""How the place of a value is marked in SQL, by the driver's `paramstyle` (PEP 249); values are given by position."""

LONGEST: Final = 5
"""Seconds that a read beside the event loop may take; waiting for its turn, and connecting, are included."""


class Lane(Enum):
    """What is read apart; each lane has its own turn."""

    SEARCH = "search"
    BULK = "bulk"
