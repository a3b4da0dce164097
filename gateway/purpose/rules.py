"""What the parts of a purpose must be to each other, as a table: a rule a row, with the sections that it reads.

Rule: a rule judges as soon as its own sections are sound, so that a typing error elsewhere hides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.allowance import Owner, Window
from gateway.field import ADDRESS, BIRTH_DATE, FIELDS, RESIDENT_ID
from gateway.finding import Finding, Loc, Source
from gateway.purpose.limits import Limits, order_of_owners, order_of_windows
from gateway.purpose.masks import Mask
from gateway.purpose.model import PurposeText
from gateway.purpose.plan import SearchKey
from masking.age_band import Reckoning
from masking.value import AreaLevel, ValueKind

_KEEP: Final = "keep"
_SEALED: Final = "sealed_token"
_AREA: Final = "area"
_AGE_BAND: Final = "age_band"

_IDENTIFYING: Final[Mapping[ValueKind, frozenset[str]]] = {
    ValueKind.ID: frozenset({_KEEP, "partial"}),
    ValueKind.NAME: frozenset({_KEEP, "partial"}),
    ValueKind.DATE: frozenset({_KEEP}),
    ValueKind.ADDRESS: frozenset({_KEEP}),
    ValueKind.YEN: frozenset({_KEEP}),
}
"""Masks that leave enough of a value to tell who stands behind a pseudonym beside it."""

_STREAM_KEYS: Final = (SearchKey.AREA, SearchKey.AGE_BAND)
"""Keys that select the residents of a stream; the others ask for one resident."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What rules may look at. `masks`: the fields that could be read; `limits`, `mapped`: None where unknown."""

    source: Source
    text: PurposeText
    masks: Mapping[str, Mask]
    limits: Limits | None
    mapped: frozenset[str] | None

    def at(self, key: SearchKey) -> Loc:
        """Where `key` stands in `search_by`."""
        return ("search_by", self.text.search_by.index(key))

    def unreadable(self, field: str) -> bool:
        """Whether the field is named but could not be read, so that nothing can be said of its mask."""
        return field in self.text.fields and field not in self.masks

    @property
    def pseudonymised(self) -> tuple[str, ...]:
        """Fields that are answered with a stand-in made under the purpose's own keys."""
        return tuple(field for field, mask in self.masks.items() if mask.kind.keyed)


Fault: TypeAlias = tuple[Loc, str, str]
Rule: TypeAlias = Callable[[Reading], Iterator[Fault | Finding]]


def area_level(address: Mask | None) -> AreaLevel | None:
    """The finest area that an address under this mask shows; None if it shows none."""
    if address is None:
        return None
    if address.name == _KEEP:
        return AreaLevel.CHOME
    return AreaLevel(address.setting("level")) if address.name == _AREA else None


@dataclass(frozen=True, slots=True)
class AgeBands:
    """The ages that a birth date under some mask shows: bands of `width` years up to `top` (None: without end), a year
    being reached `on_eve` of the birthday or on the day itself."""

    width: int
    top: int | None
    on_eve: bool


LAWFUL_YEARS: Final = AgeBands(1, None, True)
"""Single years as the law reckons them (年齢計算ニ関スル法律), which is what a whole birth date shows."""


def age_bands(birth_date: Mask | None) -> AgeBands | None:
    """The ages that a birth date under this mask shows; None if it shows no age."""
    if birth_date is None:
        return None
    if birth_date.name == _KEEP:
        return LAWFUL_YEARS
    if birth_date.name != _AGE_BAND:
        return None
    on_eve = birth_date.setting("reckoning") is Reckoning.BIRTHDAY_EVE
    return AgeBands(birth_date.setting("width"), birth_date.setting("top"), on_eve)


def _area_no_finer(reading: Reading) -> Iterator[Fault]:
    if SearchKey.AREA not in reading.text.search_by or reading.unreadable(ADDRESS):
        return
    if area_level(reading.masks.get(ADDRESS)) is None:
        yield _finer(reading, SearchKey.AREA, "area", "`address: {mask: area, level: town}`")


def _age_no_finer(reading: Reading) -> Iterator[Fault]:
    if SearchKey.AGE_BAND not in reading.text.search_by or reading.unreadable(BIRTH_DATE):
        return
    if age_bands(reading.masks.get(BIRTH_DATE)) is None:
        yield _finer(reading, SearchKey.AGE_BAND, "age", "`birth_date: {mask: age_band, width: 5}`")


def _finer(reading: Reading, key: SearchKey, what: str, grant: str) -> Fault:
    message = f"a search by {what} tells what no field shows; grant e.g. {grant}, or remove the key"
    return reading.at(key), "search-finer", message


def _pseudonym_is_sealed(reading: Reading) -> Iterator[Fault]:
    if SearchKey.PSEUDONYM not in reading.text.search_by or reading.unreadable(RESIDENT_ID):
        return
    mask = reading.masks.get(RESIDENT_ID)
    if mask is None or mask.name != _SEALED:
        advice = f"only sealed pseudonyms can be opened again; grant `{RESIDENT_ID}: {_SEALED}`, or remove the key"
        yield reading.at(SearchKey.PSEUDONYM), "search-key", advice


def _no_raw_ids_for_pseudonyms(reading: Reading) -> Iterator[Fault]:
    if SearchKey.RESIDENT_ID in reading.text.search_by and reading.pseudonymised:
        advice = (
            f"asked by raw id, the answers ({', '.join(reading.pseudonymised)}) would be the table that undoes the "
            f"pseudonyms; search by {SearchKey.PSEUDONYM} instead, or grant no pseudonyms"
        )
        yield reading.at(SearchKey.RESIDENT_ID), "raw-id", advice


def _nothing_identifies(reading: Reading) -> Iterator[Fault]:
    if not reading.pseudonymised:
        return
    for field, mask in reading.masks.items():
        if mask.name in _IDENTIFYING.get(FIELDS[field].kind, ()):
            beside = ", ".join(reading.pseudonymised)
            advice = f"{mask.name} shows who stands behind the pseudonym beside it ({beside}); mask it, or remove it"
            yield ("fields", field), "identifies", advice


def _keys_have_a_stream(reading: Reading) -> Iterator[Fault]:
    if reading.text.stream is not None:
        return
    for key in (*_STREAM_KEYS, SearchKey.PSEUDONYM):
        if key in reading.text.search_by:
            reason = "comes from" if key is SearchKey.PSEUDONYM else "selects the residents of"
            advice = f"{key} {reason} a stream, and there is none; add `stream: {{page: 500}}`, or remove the key"
            yield reading.at(key), "no-stream", advice


def _stream_has_a_selection(reading: Reading) -> Iterator[Fault]:
    if reading.text.stream is not None and not set(_STREAM_KEYS) & set(reading.text.search_by):
        yield ("stream",), "stream", "nothing selects its residents; add area or age_band to search_by, or remove it"


def _stream_has_no_case(reading: Reading) -> Iterator[Fault]:
    if reading.text.stream is not None and reading.text.case is not None:
        advice = "the residents of a stream are no parties to one case; remove it, or write `case: none`"
        yield ("stream",), "stream", advice


def _staff_have_a_day(reading: Reading) -> Iterator[Fault]:
    if Window.DAY not in reading.text.budget.residents.get(Owner.STAFF, {}):
        advice = "say how many residents one person may see a day, e.g. `staff: {1d: 40}`"
        yield ("budget", "residents"), "missing-window", advice


def _budget_in_order(reading: Reading) -> Iterator[Finding]:
    bounds = reading.text.budget.residents
    places: dict[Owner, Loc] = {owner: ("budget", "residents", owner.value) for owner in bounds}
    for owner, windows in bounds.items():
        yield from order_of_windows(reading.source, places[owner], windows)
    yield from order_of_owners(reading.source, places, bounds)


def _budget_only_tightens(reading: Reading) -> Iterator[Fault]:
    if reading.limits is None:
        return
    for recipient in reading.text.recipients:
        for owner, windows in reading.text.budget.residents.items():
            for window, residents in windows.items():
                ceiling = reading.limits.ceiling(recipient.department, owner, window)
                if ceiling is not None and residents > ceiling:
                    advice = (
                        f"{residents} residents, but the city's limits admit {ceiling} in {window} "
                        f"({owner}, {recipient.department}); lower it"
                    )
                    yield ("budget", "residents", owner.value, window.value), "budget", advice


def _map_has_the_fields(reading: Reading) -> Iterator[Fault]:
    if reading.mapped is None:
        return
    for field, mask in reading.masks.items():
        loc: Loc = ("fields", field)
        if field not in reading.mapped:
            yield loc, "unmapped", f"the schema map has no {field}; map it, or remove the field"
        for need in sorted(mask.kind.needs - reading.mapped):
            advice = f"{mask.name} needs {need}, which the schema map does not have; map it, or choose another mask"
            yield loc, "unmapped", advice


RULES: Final[tuple[tuple[frozenset[str], Rule], ...]] = (
    (frozenset({"search_by", "fields"}), _area_no_finer),
    (frozenset({"search_by", "fields"}), _age_no_finer),
    (frozenset({"search_by", "fields"}), _pseudonym_is_sealed),
    (frozenset({"search_by", "fields"}), _no_raw_ids_for_pseudonyms),
    (frozenset({"fields"}), _nothing_identifies),
    (frozenset({"search_by", "stream"}), _keys_have_a_stream),
    (frozenset({"search_by", "stream"}), _stream_has_a_selection),
    (frozenset({"case", "stream"}), _stream_has_no_case),
    (frozenset({"budget"}), _staff_have_a_day),
    (frozenset({"budget"}), _budget_in_order),
    (frozenset({"budget", "recipients"}), _budget_only_tightens),
    (frozenset({"fields"}), _map_has_the_fields),
)


def judge(reading: Reading, sound: frozenset[str]) -> Iterator[Finding]:
    """Every fault that the rules find in the sound sections."""
    for sections, rule in RULES:
        if sections <= sound:
            for fault in rule(reading):
                yield fault if isinstance(fault, Finding) else reading.source.finding(*fault)
