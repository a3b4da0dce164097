"""Protective measures as read from their table.

Rule: in doubt a measure protects. A first day that cannot be read counts as long past, a last day that cannot be read
as never, and an other party whose birth date cannot be read as one without.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date
from typing import Any

from gateway.register.schema_map import DateForm
from gateway.register.values import date_conversion, text
from gateway.subject import Restriction
from masking.value import PartialDate


def restriction_of(form: DateForm) -> Callable[..., Restriction]:
    """A function from the columns of a measure to the measure; its dates are written in `form`."""
    parse = date_conversion(form)

    def restriction(key: Any, since: Any, until: Any, resident_id: Any, name: Any, birth_date: Any) -> Restriction:
        first, last, born = parse(since), parse(until), parse(birth_date)
        return Restriction(
            resident_id=str(text(key)),
            since=_first_day(first) if isinstance(first, PartialDate) else date.min,
            until=_last_day(last) if isinstance(last, PartialDate) else None,
            against_resident_id=_text(resident_id),
            against_name=_text(name),
            against_birth_date=born if isinstance(born, PartialDate) else None,
        )

    return restriction


def _text(raw: Any) -> str | None:
    value = text(raw)
    return value if isinstance(value, str) else None


def _first_day(partial: PartialDate) -> date:
    return date(partial.year, partial.month or 1, partial.day or 1)


def _last_day(partial: PartialDate) -> date:
    month = partial.month or 12
    return date(partial.year, month, partial.day or calendar.monthrange(partial.year, month)[1])
