"""`keep`: the value itself. A purpose must write it out; it is never what happens by default.

Claim: none. Known attack: none needed, the value is shown.
"""

from __future__ import annotations

from typing import Final

from masking.masker import Masker, NoSettings, unkeyed
from masking.text import writable
from masking.value import EMPTY, MALFORMED, Address, Exact, Masked, Occasion, PartialDate, Value, ValueKind

# By type, not isinstance: a truth value is an int to Python and none to a register.
_KEPT: Final = frozenset({int, PartialDate, Address})


def _bind(_settings: NoSettings) -> Masker:
    def keep(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if isinstance(value, str):
            return Exact(value) if writable(value) else MALFORMED
        return Exact(value) if type(value) in _KEPT else MALFORMED

    return keep


KEEP: Final = unkeyed("keep", fits=frozenset(ValueKind), settings=NoSettings, bind=_bind)
