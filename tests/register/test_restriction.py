"""Protective measures as read from their table."""

from datetime import date

import pytest

from gateway.register.restriction import restriction_of
from gateway.register.schema_map import DateForm
from gateway.register.values import ILLEGIBLE
from gateway.subject import Outsider
from masking.value import PartialDate

ME, THEM = "0000000001", "0000000002"
STRANGER = Outsider("佐々木　大和", PartialDate(1971, 1, 3))
BORN = PartialDate(1980, 5, 17)


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("columns", "hides_from_resident", "hides_from_outsider"),
    [
        ((ME, "2026-04-01", None, THEM, None, str(BORN)), False, False),  # legible
        ((ME, ILLEGIBLE, ILLEGIBLE, THEM, None, str(BORN)), False, False),  # in force since ever, for ever
        ((ME, "2026-04-01", None, ILLEGIBLE, None, None), True, True),  # against whoever it is
        ((ME, "2026-04-01", None, THEM, "加藤　健", ILLEGIBLE), False, True),  # somebody of any age
        ((ME, "2026-04-01", None, None, "加藤　健", str(BORN)), True, False),  # an outsider, legible
        ((ME, "2026-04-01", None, None, ILLEGIBLE, str(BORN)), True, False),  # the birth date tells apart
    ],
)
def test_what_cannot_be_read_protects(
    columns: tuple[object, ...], hides_from_resident: bool, hides_from_outsider: bool
) -> None:
    """In doubt for the resident: a part of a measure that is no text narrows nothing."""
    measure = restriction_of(DateForm.ISO)(*columns)
    assert measure.resident_id == ME
    assert measure.in_force(date(2026, 11, 23))
    assert measure.hides_from("0000000009") is hides_from_resident
    assert measure.hides_from(STRANGER) is hides_from_outsider
