"""`age_band`: a birth date as the band of years that the age lies in, today.

Claim: the band and nothing inside it; from `top` up all ages are one band (90 by default: the very old are
few). Known attack: asking again around the birthday shows the day on which a resident changes bands, so a
narrow band watched for years gives the birth date away.

Null is EMPTY. The age of a partial date is absent, not guessed (rule F7): the answer is EMPTY, because an age is not
in the register. A birth date that begins after today is MALFORMED, and so is what is no date.

When an age is reached, 年齢計算ニ関スル法律 says: the day of birth counts, so a year of life is complete at the
end of the day *before* the birthday (Civil Code, art. 143). `birthday_eve`, the default, counts as offices do
and gives the new age on that day; `birthday` gives it on the birthday itself. Born on 29 February: the eve is
28 February in every year; the birthday, in a common year, 1 March.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from masking.masker import Masker, Settings, contradiction, unkeyed
from masking.value import EMPTY, MALFORMED, AgeBand, Masked, Occasion, PartialDate, Value, ValueKind


class Reckoning(StrEnum):
    """The day on which a year of age is reached."""

    BIRTHDAY_EVE = "birthday_eve"
    BIRTHDAY = "birthday"


class AgeBandSettings(Settings):
    """Bands of `width` years from 0 up to `top`, and an open one from there."""

    width: int = Field(ge=1, le=120, description="write how many years a band is wide, 1 to 120, e.g. `width: 5`")
    top: int = Field(default=90, ge=1, le=120, description="write from which age up all are one band, 1 to 120")
    reckoning: Reckoning = Field(
        default=Reckoning.BIRTHDAY_EVE,
        strict=False,  # YAML has only text for it
        description="write birthday_eve (the law's own reckoning) or birthday",
    )

    @model_validator(mode="after")
    def _whole_bands(self) -> Self:
        if self.top % self.width:
            raise contradiction(
                f"top {self.top} is no multiple of width {self.width}: the last band would be narrower than promised; "
                f"write e.g. `top: {max(self.top // self.width, 1) * self.width}`"
            )
        return self


_DAY: Final = timedelta(days=1)


def _bind(settings: AgeBandSettings) -> Masker:
    width, top = settings.width, settings.top
    by_age = [AgeBand(age - age % width, age - age % width + width - 1) for age in range(top)]
    over = AgeBand(top, None)
    eve = settings.reckoning is Reckoning.BIRTHDAY_EVE

    def age_band(value: Value | None, occasion: Occasion) -> Masked:
        if value is None:
            return EMPTY
        if not isinstance(value, PartialDate):
            return MALFORMED
        today = occasion.today
        # An unknown month or day is 0 and sorts first: a partial date is in the future only if all of it is.
        if (value.year, value.month, value.day) > (today.year, today.month, today.day):
            return MALFORMED
        if not value.day:
            return EMPTY
        # Reached on the eve means: reckoned as if it were tomorrow.
        reckoned = today + _DAY if eve and today != date.max else today
        age = reckoned.year - value.year
        if (reckoned.month, reckoned.day) < (value.month, value.day):
            age -= 1
        return by_age[age] if age < top else over

    return age_band


AGE_BAND: Final = unkeyed("age_band", fits=frozenset({ValueKind.DATE}), settings=AgeBandSettings, bind=_bind)
