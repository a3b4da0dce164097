"""Which search keys a purpose can have: beside which section, under which case, and what pseudonyms leave of them.

Rule M3: a purpose that issues pseudonyms is asked by its own pseudonyms only, and shows nothing beside them that tells
who it is. Rule W5: a case names its parties, so nobody is looked for by name under one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.field import (
    FIELDS,
    FINDING_KEYS,
    LOOKUP_KEYS,
    RESIDENT_ID,
    SELECTING_KEYS,
    SearchKey,
    Sensitivity,
)
from gateway.finding import Loc
from gateway.purpose.asking import SEARCHING_KEYS, asking
from gateway.purpose.masks import Mask
from gateway.purpose.reading import KEEP, REMARK, Fault, Reading, Rules
from masking.value import ValueKind

_SEALED: Final = "sealed_token"
_PARTIAL: Final = "partial"

_IDENTIFYING: Final[Mapping[ValueKind, frozenset[str]]] = {
    ValueKind.ID: frozenset({KEEP, _PARTIAL}),
    ValueKind.NAME: frozenset({KEEP, _PARTIAL}),
    ValueKind.DATE: frozenset({KEEP}),
    ValueKind.ADDRESS: frozenset({KEEP}),
    ValueKind.YEN: frozenset({KEEP}),
    # Days and places in a row are nobody else's.
    ValueKind.ENTRIES: frozenset({KEEP, "recent"}),
    # Who knows the story knows whom it is about.
    ValueKind.REMARK: frozenset({REMARK}),
}
"""Masks that leave enough of a value to tell who stands behind a pseudonym beside it."""
_IDENTIFYING_TEXTS: Final[Mapping[str, frozenset[str]]] = {"registered_domicile": frozenset({KEEP, _PARTIAL})}
"""The same for texts, of which most say little: 世帯主 is half of a city."""

_STEPS: Final = {"band": "width", "round": "base"}
"""By mask of amounts, the setting that says how coarse it is."""
_FEW_YEN: Final = 10_000
"""An amount shown in finer steps is nearly nobody else's."""

_STREAM: Final = "add `stream: {page: 500}`, or remove the key"
_SEARCH: Final = "add `search: {limit: 10}`, or remove the key"


def _pseudonym_is_sealed(reading: Reading) -> Iterator[Fault]:
    if SearchKey.PSEUDONYM not in reading.text.search_by or reading.unreadable(RESIDENT_ID):
        return
    mask = reading.masks.get(RESIDENT_ID)
    if mask is None or mask.name != _SEALED:
        advice = f"only sealed pseudonyms can be opened again; grant `{RESIDENT_ID}: {_SEALED}`, or remove the key"
        yield reading.at(SearchKey.PSEUDONYM), "search-key", advice


def _no_raw_keys_for_pseudonyms(reading: Reading) -> Iterator[Fault]:
    if not reading.pseudonymised:
        return
    for key in reading.text.search_by:
        if key in FINDING_KEYS | {SearchKey.RESIDENT_ID}:
            advice = (
                f"asked by {key}, the answers ({', '.join(reading.pseudonymised)}) would be the table that undoes the "
                f"pseudonyms; search by {SearchKey.PSEUDONYM} instead, or grant no pseudonyms"
            )
            yield reading.at(key), "raw-id", advice


def _nothing_identifies(reading: Reading) -> Iterator[Fault]:
    if not reading.pseudonymised:
        return
    beside = ", ".join(reading.pseudonymised)
    for field, mask in reading.masks.items():
        telling = _IDENTIFYING_TEXTS.get(field, _IDENTIFYING.get(FIELDS[field].kind, ()))
        if FIELDS[field].sensitivity is Sensitivity.SPECIFIC:
            yield ("fields", field), "identifies", f"{field} never stands beside a pseudonym ({beside}); remove it"
        elif mask.name in telling or _finely_stepped(field, mask):
            advice = f"{mask.name} shows who stands behind the pseudonym beside it ({beside}); mask it, or remove it"
            yield ("fields", field), "identifies", advice


def _finely_stepped(field: str, mask: Mask) -> bool:
    step = _STEPS.get(mask.name)
    return FIELDS[field].kind is ValueKind.YEN and step is not None and mask.setting(step) < _FEW_YEN


def _keys_have_their_section(reading: Reading) -> Iterator[Fault]:
    searched, streamed = reading.text.search is not None, reading.text.streamed is not None
    for key in reading.text.search_by:
        if (key in FINDING_KEYS and searched) or (key in SELECTING_KEYS and streamed):
            continue  # A household can be searched for and streamed: either will do.
        if key in FINDING_KEYS:
            yield reading.at(key), "no-search", f"{key} finds the residents of a search, and there is none; {_SEARCH}"
        elif key in SELECTING_KEYS:
            yield reading.at(key), "no-stream", f"{key} selects the residents of a stream, and there is none; {_STREAM}"
        elif key is SearchKey.PSEUDONYM and not streamed:
            yield reading.at(key), "no-stream", f"{key} comes from a stream, and there is none; {_STREAM}"


def _search_can_be_asked(reading: Reading) -> Iterator[Fault]:
    text = reading.text
    if text.search is None:
        return
    # Pseudonyms leave no other key to search by; an id finds its resident without a search.
    if not (FINDING_KEYS | {SearchKey.PSEUDONYM}) & set(text.search_by):
        advice = f"nothing is searched for; add one of {', '.join(sorted(FINDING_KEYS))} to search_by, or remove it"
        yield ("search",), "search", advice
    elif not asking(text, text.search, SEARCHING_KEYS).combinations:
        advice = "no key of search_by stands alone; write e.g. `combinations: [[name, birth_date]]`"
        yield ("search",), "search", advice


def _streaming(reading: Reading) -> Loc:
    """The section that opens streams: with a grant, or without."""
    return ("bulk",) if reading.text.bulk is not None else ("stream",)


def _stream_has_a_selection(reading: Reading) -> Iterator[Fault]:
    if reading.text.streamed is not None and not SELECTING_KEYS & set(reading.text.search_by):
        advice = "nothing selects its residents; add area, age_band or household_id to search_by, or remove it"
        yield _streaming(reading), "stream", advice


def _stream_has_no_case(reading: Reading) -> Iterator[Fault]:
    if reading.text.streamed is not None and reading.text.case is not None:
        advice = "the residents of a stream are no parties to one case; remove it, or write `case: none`"
        yield _streaming(reading), "stream", advice


def _case_names_its_parties(reading: Reading) -> Iterator[Fault]:
    if reading.text.case is None:
        return
    for key in reading.text.search_by:
        if key in FINDING_KEYS and key is not SearchKey.HOUSEHOLD_ID:
            parties = ", ".join(sorted(LOOKUP_KEYS - {SearchKey.PSEUDONYM}))
            advice = f"a case names its parties; ask for them by {parties} or household_id instead of {key}"
            yield reading.at(key), "search-key", advice


_KEYS: Final = frozenset({"search_by"})

RULES: Final[Rules] = (
    (_KEYS | {"fields"}, _pseudonym_is_sealed),
    (_KEYS | {"fields"}, _no_raw_keys_for_pseudonyms),
    (frozenset({"fields"}), _nothing_identifies),
    (_KEYS | {"search", "stream"}, _keys_have_their_section),
    (_KEYS | {"search"}, _search_can_be_asked),
    (_KEYS | {"stream"}, _stream_has_a_selection),
    (frozenset({"case", "stream", "bulk"}), _stream_has_no_case),
    (_KEYS | {"case"}, _case_names_its_parties),
)
