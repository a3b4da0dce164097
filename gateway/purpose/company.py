"""What a purpose says of those who are shown together: how many look alike, and how much they betray of one another.

Rule: `l` and the fields that it is about stand together, are no more than `k` can hold, and are of fields that are
shown, that differ, and by which nobody is selected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.field import ADDRESS, BIRTH_DATE, HOUSEHOLD_ID, SearchKey
from gateway.purpose.reading import REDACT, Fault, Reading, Rules

_SELECTED_BY: Final[Mapping[str, SearchKey]] = {
    ADDRESS: SearchKey.AREA,
    BIRTH_DATE: SearchKey.AGE_BAND,
    HOUSEHOLD_ID: SearchKey.HOUSEHOLD_ID,
}
"""Of fields by which a stream may be selected, the key: whoever selects by it knows the value."""


def _values_have_their_fields(reading: Reading) -> Iterator[Fault]:
    bulk = reading.text.bulk
    if bulk is None:
        return
    if bulk.l is not None and bulk.sensitive is None:
        yield ("bulk", "l"), "company", "say of which fields, e.g. `sensitive: [income]`, or remove it"
    if bulk.sensitive is not None and bulk.l is None:
        advice = "say how many values those who look alike must show, e.g. `l: 2`, or remove it"
        yield ("bulk", "sensitive"), "company", advice
    if bulk.l is not None and bulk.l > bulk.k:
        advice = f"{bulk.k} residents (k) cannot show {bulk.l} values; raise k, or lower it"
        yield ("bulk", "l"), "company", advice


def _sensitive_fields_tell(reading: Reading) -> Iterator[Fault]:
    bulk = reading.text.bulk
    for at, field in enumerate(bulk.sensitive or () if bulk is not None else ()):
        loc = ("bulk", "sensitive", at)
        mask, key = reading.masks.get(field), _SELECTED_BY.get(field)
        if field not in reading.text.fields:
            yield loc, "company", f"the purpose does not grant {field}; remove it, or grant it"
        elif mask is not None and mask.name == REDACT:
            yield loc, "company", f"redacted, all {field} are alike, and nothing would be opened; remove it"
        elif mask is not None and mask.kind.pseudonymous:
            yield loc, "company", f"{mask.name} differs for each resident whatever is behind it; remove it"
        elif key is not None and key in reading.text.search_by:
            yield loc, "company", f"whoever selects by {key} knows it, and it is no secret of theirs; remove it"


RULES: Final[Rules] = (
    (frozenset({"bulk"}), _values_have_their_fields),
    (frozenset({"bulk", "fields", "search_by"}), _sensitive_fields_tell),
)
