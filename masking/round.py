"""`round`: an amount or a count as a multiple of a base.

Claim: `nearest`, the number to within half a base; `random`, to within one base, and not on which side of it. A number
between two multiples goes up or down by chance, the nearer one the likelier, so that sums over many stay right
(unbiased random rounding, as census offices do with base 3 or 5; Willenborg & de Waal, Elements of Statistical
Disclosure Control, 2001). The chance is keyed by resident and number: who asks again gets the same answer, so averaging
over answers tells nothing. Known attack: a number far above all others keeps its place, for there is no top; two
purposes that round one number by different bases or chances cut each other's answers; and a rounded total beside
rounded parts can be reckoned back where parts are few.

Null is EMPTY. What is no whole number, or more than 10¹⁵ of either sign, is MALFORMED; so is, at `random`, a number of
nobody (an empty or torn resident id).
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import Final

from pydantic import Field

from masking.keyring import DomainKeys
from masking.masker import Masker, Settings, keyed
from masking.text import writable
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Rounded, Value, ValueKind

_MOST: Final = 10**15
"""Of either sign: what `band` takes at most, and what goes into 64 bits when rounded up."""


class Rounding(StrEnum):
    """Which of the two multiples around a number it becomes."""

    NEAREST = "nearest"
    RANDOM = "random"


class RoundSettings(Settings):
    """To multiples of what, and how."""

    base: int = Field(
        ge=2, le=_MOST, description="write the number whose multiples are shown, 2 or more, e.g. `base: 5`"
    )
    mode: Rounding = Field(
        default=Rounding.NEAREST,
        strict=False,  # YAML has only text for it
        description="write nearest (a half goes up) or random (by a chance that stays the same for the same resident)",
    )


def _bind(settings: RoundSettings, keys: DomainKeys) -> Masker:
    base, random = settings.base, settings.mode is Rounding.RANDOM
    half = base // 2 + base % 2  # what is half a base or more below the upper multiple goes up
    key = keys.subkey("round")
    digest = hmac.digest

    def rounded(value: Value | None, occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, int) or isinstance(value, bool) or not -_MOST <= value <= _MOST:
            return MALFORMED
        rest = value % base
        if random:
            resident = occasion.resident_id
            if not resident or not writable(resident):
                return MALFORMED
            # 64 bits of chance in [0, 1), compared exactly: up with probability rest / base.
            chance = int.from_bytes(digest(key, f"{value}\0{resident}".encode(), "sha256")[:8], "big")
            up = chance * base < rest << 64
        else:
            up = rest >= half
        return Rounded(value - rest + base if up else value - rest, base)

    return rounded


ROUND: Final = keyed(
    "round",
    fits=frozenset({ValueKind.YEN, ValueKind.NUMBER}),
    settings=RoundSettings,
    bind=_bind,
    pseudonymous=False,
)
