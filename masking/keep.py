"""`keep`: the value itself. A purpose must write it out; it is never what happens by default.

Claim: none. Known attack: none needed, the value is shown.

Null is EMPTY, and so is a list of nothing. Malformed is what no register holds: torn Unicode, a truth value.
"""

from __future__ import annotations

from typing import Final

from masking.masker import Masker, NoSettings, unkeyed
from masking.text import writable
from masking.value import EMPTY, MALFORMED, Address, Entry, Exact, Flag, Masked, Occasion, PartialDate, Value, ValueKind

# By type, not isinstance: a truth value is an int to Python and none to a register.
_KEPT: Final = frozenset({int, PartialDate, Flag})


def _bind(_settings: NoSettings) -> Masker:
    def keep(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if isinstance(value, str):
            return Exact(value) if writable(value) else MALFORMED
        if isinstance(value, Address):
            return Exact(value) if writable(value.code + str(value)) else MALFORMED
        if isinstance(value, tuple):
            if not value:
                return EMPTY  # a list of nothing says no more than no list
            return Exact(value) if all(map(_sound, value)) else MALFORMED
        return Exact(value) if type(value) in _KEPT else MALFORMED

    return keep


def _sound(entry: object) -> bool:
    return isinstance(entry, Entry) and writable(entry.code + entry.detail)


KEEP: Final = unkeyed("keep", fits=frozenset(ValueKind), settings=NoSettings, bind=_bind)
