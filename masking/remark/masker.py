"""`remark`: free text in which surrogates stand for people and markers for all else that leads to somebody.

Rule: masked in full or not shown at all. What was found is handed in by `Occasion.read`, because reading takes a
dictionary of 200 MB and a millisecond a remark; a remark that is not among it nobody could read, and it is redacted
whole (rule M7).

Claim: of what the reader knows (names, numbers, addresses, days, facilities) nothing is left; mentions of one surname
or given name agree inside one domain, and only there; the resident's own name agrees with the surrogate name beside it,
where that is handed in (`Occasion.own`). Known attack: the story itself, for who knows it knows whom it is
about; a name that the reader takes for a word stays; and a surname that half of a quarter bears stays a frequent one.

Masking twice changes nothing: markers and surrogates are left alone.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import Field

from masking.keyring import DomainKeys
from masking.masker import Masker, Settings, keyed
from masking.remark.own_name import WithOwn
from masking.remark.rewrite import rewritten
from masking.remark.span import SpanType
from masking.remark.surrogates import KeyedSurrogates, Surrogates
from masking.text import text_of
from masking.value import REDACTED, Masked, MaskedText, Occasion, Surrogate, Value, ValueKind


class People(StrEnum):
    """What stands for somebody who is named."""

    SURROGATE = "surrogate"
    MARKER = "marker"


class Shown(StrEnum):
    """Whether something of one kind is masked."""

    MASK = "mask"
    KEEP = "keep"


class RemarkSettings(Settings):
    """What stands for people, and which of the two kinds that say least of anybody may be left where they stand."""

    people: People = Field(
        default=People.SURROGATE,
        strict=False,
        description="write `people: surrogate`, an invented name that agrees within the purpose, or `people: marker`",
    )
    dates: Shown = Field(
        default=Shown.MASK, strict=False, description="write `dates: mask`, or `dates: keep` where days are needed"
    )
    facilities: Shown = Field(
        default=Shown.MASK,
        strict=False,
        description="write `facilities: mask`, or `facilities: keep` where it matters who looks after somebody",
    )


def _bind(settings: RemarkSettings, keys: DomainKeys) -> Masker:
    surrogates: Surrogates | None = KeyedSurrogates(keys) if settings.people is People.SURROGATE else None
    kept = {
        type_
        for type_, shown in ((SpanType.DATE, settings.dates), (SpanType.FACILITY, settings.facilities))
        if shown is Shown.KEEP
    }

    def remark(value: Value | None, occasion: Occasion) -> Masked:
        text = text_of(value)
        if not isinstance(text, str):
            return text
        spans = occasion.read.get(text)
        if spans is None:
            return REDACTED
        given, own = surrogates, occasion.own
        if given is not None and own is not None and isinstance(own.shown, Surrogate):
            given = WithOwn(own, own.shown, given, [span.mention for span in spans if span.mention is not None])
        return MaskedText(rewritten(text, [span for span in spans if span.type not in kept], given))

    return remark


REMARK: Final = keyed(
    "remark",
    fits=frozenset({ValueKind.REMARK}),
    settings=RemarkSettings,
    bind=_bind,
    pseudonymous=False,
    reads=True,
)
