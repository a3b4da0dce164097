"""A purpose's case rule in words, as every command tells it."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from gateway.case import CaseRule, Handling
from gateway.field import Localized

_HANDLED: Final = MappingProxyType(
    {
        Handling.ANY: Localized("", ""),
        Handling.UNIT: Localized("、担当者と同じ係に限る", ", in the handler's unit"),
        Handling.REQUIRED: Localized("、担当者に限る", ", by its handler alone"),
    }
)


def case_words(rule: CaseRule) -> Localized:
    """`an open case of fee-arrears, in the handler's unit, and for 30 days after it closed`."""
    handled, days = _HANDLED[rule.handler], rule.days_after_closing
    return Localized(
        f"{rule.registry} の受付中の案件{handled.ja}{f'（終結後{days}日間を含む）' if days else ''}",
        f"an open case of {rule.registry}{handled.en}{f', and for {days} days after it closed' if days else ''}",
    )
