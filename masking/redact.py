"""`redact`: there is a value, and nothing of it is shown.

Claim: only whether the register holds a value. Known attack: that bit itself (a field that is rarely filled).

Null is EMPTY, and so is a list of nothing; everything else, malformed or not, is REDACTED.
"""

from __future__ import annotations

from typing import Final

from masking.masker import Masker, NoSettings, unkeyed
from masking.value import EMPTY, REDACTED, Masked, Occasion, Value, ValueKind


def _bind(_settings: NoSettings) -> Masker:
    def redact(value: Value | None, _occasion: Occasion) -> Masked:
        return EMPTY if value is None or value == () else REDACTED

    return redact


REDACT: Final = unkeyed("redact", fits=frozenset(ValueKind), settings=NoSettings, bind=_bind)
