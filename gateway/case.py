"""The matter at hand: what a purpose asks of the case that a look is made in.

Rule W5: the case must be open, or not closed for longer than the purpose says, and the caller as near to it as the
purpose says.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Handling(StrEnum):
    """Who may ask in a case: ANY of the purpose's recipients; those of the handler's UNIT; the handler alone
    (REQUIRED).
    """

    ANY = "any"
    UNIT = "unit"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class CaseRule:
    """The registry whose cases count, who may ask in them, and for how many days after its closing a case still
    counts (0: until the day before it closed).
    """

    registry: str
    handler: Handling = Handling.ANY
    days_after_closing: int = 0
