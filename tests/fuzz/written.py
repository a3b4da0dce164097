"""Purposes as any steward could write them: drawn at random, then without whatever the checker complains about.

Rule: the checker alone says what may be written; nothing is left out here because it is forbidden, so that a rule which
the checker forgets is a purpose which the tests meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from hypothesis import assume
from hypothesis import strategies as st

from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import Findings, Loc, Source
from gateway.purpose.check import Checked, check
from gateway.purpose.limits import Limits
from masking.catalogue import CATALOGUE
from masking.value import ValueKind

PURPOSE: Final = "any-purpose"
EVERYTHING: Final = Mapped(frozenset(FIELDS), frozenset(SearchKey))
_LINE: Final = {"ja": "番号法第9条、試験のため", "en": "My Number Act, art. 9, for a trial"}
_ROUNDS: Final = 6

Written = dict[str, Any]
"""A purpose's text as plain values."""


def _band(width: int, bottom: int, count: int | None) -> Mapping[str, int]:
    settings = {"width": width, "bottom": bottom}
    return settings if count is None else {**settings, "top": bottom + width * count}


def _ages(width: int, count: int, reckoning: str) -> Mapping[str, int | str]:
    return {"width": width, "top": width * min(count, 120 // width), "reckoning": reckoning}


_NONE: Final[st.SearchStrategy[Mapping[str, Any]]] = st.just({})
SETTINGS: Final[Mapping[str, st.SearchStrategy[Mapping[str, Any]]]] = {
    **dict.fromkeys(("keep", "redact", "token", "sealed_token"), _NONE),
    "surrogate_name": _NONE | st.fixed_dictionaries({"household": st.sampled_from(["own", "shared"])}),
    "partial": _NONE | st.fixed_dictionaries({"keep": st.integers(1, 8)}),
    "band": st.builds(_band, st.integers(2, 10**9), st.integers(-(10**9), 10**9), st.none() | st.integers(1, 5_000)),
    "round": st.fixed_dictionaries({"base": st.integers(2, 10**9), "mode": st.sampled_from(["nearest", "random"])}),
    "age_band": st.builds(
        _ages, st.integers(1, 120), st.integers(1, 120), st.sampled_from(["birthday_eve", "birthday"])
    ),
    "date_precision": st.fixed_dictionaries({"keep": st.sampled_from(["year", "era_year", "month"])}),
    "area": st.fixed_dictionaries({"level": st.sampled_from(["city", "town", "chome"])}),
    "recent": st.fixed_dictionaries({"years": st.integers(1, 100)}),
    "remark": st.fixed_dictionaries(
        {
            "people": st.sampled_from(["surrogate", "marker"]),
            "dates": st.sampled_from(["mask", "keep"]),
            "facilities": st.sampled_from(["mask", "keep"]),
        }
    ),
}
"""For each mask of the catalogue, every way in which it can be set."""


_FIELDS: Final = st.sampled_from(list(ValueKind)).flatmap(
    lambda kind: st.sampled_from([name for name, field in FIELDS.items() if field.kind is kind])
)
"""By kind first, so that the masks of rare kinds are met as often as those of names."""


@st.composite
def _choice(draw: st.DrawFn, field: str, *, keyed: bool) -> Mapping[str, Any]:
    fitting = [name for name, kind in CATALOGUE.items() if FIELDS[field].kind in kind.fits and kind.keyed <= keyed]
    mask = draw(st.sampled_from(fitting))
    return {"mask": mask, **draw(SETTINGS[mask])}


@st.composite
def _texts(draw: st.DrawFn) -> Written:
    keyed = draw(st.booleans())  # what stands beside a pseudonym is mostly refused: half do without
    fields = draw(st.lists(_FIELDS, min_size=4, max_size=16, unique=True))
    keys = draw(st.lists(st.sampled_from(list(SearchKey)), max_size=6, unique=True))
    return {
        "purpose": PURPOSE,
        "title": _LINE,
        "legal_basis": _LINE,
        "steward": "planning",
        "recipients": [{"department": each, "roles": ["analyst"]} for each in ("planning", "education")],
        "case": "none" if keyed else draw(st.sampled_from(["none", {"registry": "fees", "subjects": "parties"}])),
        "search_by": list(dict.fromkeys(["area" if keyed else "resident_id", *(key.value for key in keys)])),
        "fields": {
            **({"address": {"mask": "area", "level": "town"}} if keyed else {}),
            **{field: draw(_choice(field, keyed=keyed)) for field in fields},
        },
        "budget": {"residents": {"staff": {"1d": 40}}},
        "search": {"limit": draw(st.integers(1, 10))},
        "stream": {"page": draw(st.integers(1, 1000))},
        "applicant": draw(st.sampled_from(["none", "required"])),
        "restricted": draw(st.sampled_from(["withheld", "allowed"])),
        "my_number": {"my_number_act": _LINE, "resident_register_act": _LINE},
        "family_history": _LINE,
        "valid": {"from": date(2025, 4, 1), "until": date(2030, 3, 31)},
    }


def _places(value: object, loc: Loc = ()) -> Iterator[Loc]:
    yield loc
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _places(part, (*loc, key))


def _without(text: Written, faults: set[Loc]) -> None:
    """Take away what is complained about, the last part first, so that those before it keep their places."""
    for loc in sorted(faults, key=lambda loc: [str(part).zfill(3) for part in loc], reverse=True):
        parent: Any = text
        for part in loc[:-1]:
            parent = parent[part]
        del parent[loc[-1]]


@st.composite
def purposes(draw: st.DrawFn, limits: Limits) -> Checked:
    """A purpose that the checker finds no fault with."""
    text = draw(_texts())
    for _ in range(_ROUNDS):
        places = list(_places(text))
        source = Source(f"{PURPOSE}.yaml", repr(text).encode(), text, {loc: (n, 1) for n, loc in enumerate(places)})
        try:
            (checked,) = check([source], limits, EVERYTHING)
        except Findings as found:
            faults = {places[finding.line] for finding in found.findings}
            assume(() not in faults)
            _without(text, faults)
        else:
            return checked
    assume(False)
    raise AssertionError("assume does not return")
