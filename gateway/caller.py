"""The caller: the department system and the person behind a request, and the post they act in.

Rule: both identities or nothing, and they agree on the department (rule W1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


def is_word(text: str) -> bool:
    """Whether `text` may name a department, system, role, purpose, staff member or post: `[a-z0-9][a-z0-9-]{0,62}`."""
    return _WORD.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller; every part is a word.

    `system` is the department system named by the client certificate, `staff` the directory id of the person named by
    the staff token, `post` the post they say they act in and `role` the role they say it gives them: standing checks
    both.
    """

    department: str
    system: str
    staff: str
    post: str
    role: str


@dataclass(frozen=True, slots=True)
class Post:
    """An office held by a staff member from `since` on, and up to the day before `until` (None: no end known). Rule
    W3.
    """

    post: str
    staff: str
    department: str
    unit: str
    role: str
    superior: str | None
    since: date
    until: date | None

    def in_force(self, today: date) -> bool:
        """From ≤ today, and until empty or later than today: a transfer takes effect that very day."""
        return self.since <= today and (self.until is None or today < self.until)
