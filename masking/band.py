"""`band`: an amount of yen as the band it lies in.

Claim: the band and nothing inside it; amounts below `bottom` and from `top` up are one band each, so that
the richest and the most indebted do not stand alone. Known attack: without `top` a very high amount has a
band to itself; and bands of one resident seen through two purposes with different edges cut each other.

Null is EMPTY; what is no whole number is MALFORMED.
"""

from __future__ import annotations

from typing import Final, Self

from pydantic import Field, model_validator

from masking.masker import Masker, Settings, contradiction, unkeyed
from masking.value import EMPTY, MALFORMED, Masked, Occasion, Value, ValueKind, YenBand

_MOST: Final = 10**15
"""Yen, of either sign: more than the whole country earns in a year, and few enough for the ends of a band to be sent as
64-bit numbers.
"""
_READY: Final = 1024  # bands made beforehand; the few amounts above them get theirs when they come


class BandSettings(Settings):
    """Edges in yen: bands of `width` from `bottom` up to `top`, and an open one at each end.

    The width is at least 2: a band of one yen is the amount itself, and only `keep` shows that.
    """

    width: int = Field(
        ge=2, le=_MOST, description="write how many yen a band is wide, 2 or more, e.g. `width: 1000000`"
    )
    top: int | None = Field(
        default=None,
        ge=-_MOST,
        le=_MOST,
        description="write from how many yen up all amounts are one band, e.g. `top: 10000000`",
    )
    bottom: int = Field(
        default=0, ge=-_MOST, le=_MOST, description="write below how many yen all amounts are one band; 0 if left out"
    )

    @model_validator(mode="after")
    def _whole_bands(self) -> Self:
        if self.top is not None and (self.top <= self.bottom or (self.top - self.bottom) % self.width):
            raise contradiction(
                f"between bottom {self.bottom} and top {self.top} there must be one or more whole bands of "
                f"{self.width} yen: the last one would be narrower than promised; move top or bottom, or change width"
            )
        return self


def _bind(settings: BandSettings) -> Masker:
    width, bottom, top = settings.width, settings.bottom, settings.top
    count = _READY if top is None else min(_READY, (top - bottom) // width)
    ready = [YenBand(low, low + width) for low in range(bottom, bottom + count * width, width)]
    below = YenBand(None, bottom)
    above = YenBand(top, None)

    def band(value: Value | None, _occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, int) or isinstance(value, bool):
            return MALFORMED
        if value < bottom:
            return below
        if top is not None and value >= top:
            return above
        index = (value - bottom) // width
        if index < count:
            return ready[index]
        low = bottom + index * width
        return YenBand(low, low + width)

    return band


BAND: Final = unkeyed("band", fits=frozenset({ValueKind.YEN}), settings=BandSettings, bind=_bind)
