import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import masking
from masking.allotment import MemoryAllotments
from masking.catalogue import CATALOGUE
from masking.japanese.folding import plain
from masking.keyring import DomainKeys
from masking.masker import Masker
from masking.value import (
    EMPTY,
    NOTHING_READ,
    AbsenceReason,
    Absent,
    Address,
    Entry,
    Exact,
    Flag,
    Occasion,
    PartialDate,
    Pseudonym,
    ReducedDate,
    Rounded,
    Sex,
    Value,
    ValueKind,
    YenBand,
)

SETTINGS: dict[str, dict[str, object]] = {
    "keep": {},
    "redact": {},
    "partial": {},
    "token": {},
    "sealed_token": {},
    "surrogate_name": {},
    "band": {"width": 1_000_000, "top": 10_000_000},
    "round": {"base": 1000, "mode": "random"},
    "age_band": {"width": 5},
    "date_precision": {"keep": "month"},
    "area": {"level": "chome"},
    "recent": {"years": 5},
    "remark": {},
}

full_dates = st.dates().map(lambda day: PartialDate(day.year, day.month, day.day))
codes = st.from_regex(r"[0-9]{5}([0-9]{3}([0-9]{2})?)?", fullmatch=True) | st.text()
addresses = st.builds(
    Address, code=codes, city=st.text(), town=st.text(), chome=st.integers(-2, 120), lot=st.text().map("番地{}".format)
)
moments = st.none() | full_dates | st.builds(PartialDate, st.integers(1, 9999), st.integers(0, 12))
noted = st.text(min_size=1).map("前住所{}".format)  # the codes and days of an entry without a text may be shown
entries = st.lists(st.builds(Entry, code=st.text(), since=moments, until=moments, detail=noted), max_size=4)
values: dict[ValueKind, st.SearchStrategy[Value]] = {
    ValueKind.ID: st.text(),
    ValueKind.NAME: st.text(),
    ValueKind.TEXT: st.text(),
    ValueKind.CODE: st.text(),
    ValueKind.DATE: full_dates,
    ValueKind.YEN: st.integers(),
    ValueKind.ADDRESS: addresses,
    ValueKind.NUMBER: st.integers(0, 150),
    ValueKind.FLAG: st.sampled_from(Flag),
    ValueKind.ENTRIES: entries.map(tuple),
    ValueKind.REMARK: st.text(),
}
torn = st.text(st.characters(), min_size=1)  # unlike text() alone: lone surrogates too
anything = st.one_of(
    st.none(), *values.values(), torn, st.booleans(), st.floats(), st.binary(), st.dates(), st.builds(object)
)
occasions = st.builds(
    Occasion,
    resident_id=st.text() | torn,
    sex=st.sampled_from([*Sex, None]),
    today=st.dates(),
    read=st.just(NOTHING_READ),  # what a reader may find in a remark is tried in remark/
    household=st.text() | torn,
    own=st.none(),  # and what stands beside one, too
)


def parts(shown: object) -> Iterator[object]:
    """All that a masked form holds, itself included, down to its texts and numbers."""
    yield shown
    if is_dataclass(shown) and not isinstance(shown, type):
        for each in fields(shown):
            yield from parts(getattr(shown, each.name))
    elif type(shown) is tuple:
        for part in shown:
            yield from parts(part)


def test_the_catalogue_is_the_first_set() -> None:
    """What a purpose may name, by the name it is given there."""
    assert list(SETTINGS) == list(CATALOGUE)
    assert all(name == kind.name for name, kind in CATALOGUE.items())


@pytest.mark.rule("M2")
@pytest.mark.parametrize("name", SETTINGS)
@given(occasion=occasions)
def test_null_stays_null(name: str, occasion: Occasion, bound: Callable[..., Masker]) -> None:
    """No masker makes something of nothing."""
    assert bound(name, **SETTINGS[name])(None, occasion) == EMPTY


@pytest.mark.rule("M2")
@pytest.mark.parametrize("name", SETTINGS)
@given(value=anything, occasion=occasions)
def test_no_value_makes_a_masker_raise(
    name: str, value: Value | None, occasion: Occasion, bound: Callable[..., Masker]
) -> None:
    """Whatever a database holds, the answer is a masked form, the same one each time."""
    masker = bound(name, **SETTINGS[name])
    made = masker(value, occasion)
    assert made == masker(value, occasion) or value != value  # noqa: PLR0124 - not a number is unlike itself
    assert not isinstance(made, Absent) or made.reason is not AbsenceReason.WITHHELD  # not a masker's word


@pytest.mark.rule("M2")
@pytest.mark.parametrize("name", [name for name in SETTINGS if name != "keep"])
@given(drawn=st.data(), occasion=occasions)
def test_no_masker_but_keep_shows_its_input(
    name: str, drawn: st.DataObject, occasion: Occasion, bound: Callable[..., Masker]
) -> None:
    """Neither is the value any part of what is shown, nor does any text that is shown contain it."""
    kind = drawn.draw(st.sampled_from(sorted(CATALOGUE[name].fits)))
    value = drawn.draw(values[kind])
    made = bound(name, **SETTINGS[name])(value, occasion)
    assert not isinstance(made, Exact)
    if isinstance(made, YenBand | Rounded):
        return  # an amount may lie on its band's edge, or be a multiple; `band` and `round` show that they are coarse
    if isinstance(made, Pseudonym) and isinstance(value, str):
        assume(not value.isascii() or len(value) > 8)  # a few letters are in any base64 by chance
    texts = [entry.detail for entry in value] if isinstance(value, tuple) else [str(value)]
    for part in parts(made):
        assert value != part
        if isinstance(part, str) and not isinstance(part, Enum):
            assert not any(text in part for text in texts if text)


@pytest.mark.rule("M2")
@pytest.mark.parametrize("name", SETTINGS)
@given(drawn=st.data(), occasion=occasions)
def test_the_same_again_after_a_restart(
    name: str, drawn: st.DataObject, occasion: Occasion, bound: Callable[..., Masker]
) -> None:
    """Bound anew with the same keys, a masker answers as before: who asks again learns nothing, and can go on."""
    value = drawn.draw(values[drawn.draw(st.sampled_from(sorted(CATALOGUE[name].fits)))])
    assert bound(name, **SETTINGS[name])(value, occasion) == bound(name, **SETTINGS[name])(value, occasion)


@pytest.mark.rule("M1", "M3")
@pytest.mark.parametrize("name", [name for name, kind in CATALOGUE.items() if kind.pseudonymous])
@given(value=st.text(min_size=1).filter(str.strip))
def test_domains_do_not_link(
    name: str, value: str, keys: DomainKeys, other_keys: DomainKeys, occasion: Occasion
) -> None:
    """What stands in for a value in one domain is not what stands in for it in another."""
    kind = CATALOGUE[name]
    settings = kind.settings.model_validate(SETTINGS[name])
    here, there = (kind.bind(settings, each, MemoryAllotments())(value, occasion) for each in (keys, other_keys))
    # What spells nothing is no name, and has none in any domain.
    assert here != there or (isinstance(here, Absent) and (name != "surrogate_name" or not plain(value)))


@pytest.mark.parametrize("name", SETTINGS)
def test_each_masker_says_what_it_claims(name: str) -> None:
    """Its file states the claim, the known attack, and what becomes of null and malformed values."""
    said = importlib.import_module("masking.remark.masker" if name == "remark" else f"masking.{name}").__doc__
    assert said is not None
    assert said.startswith(f"`{name}`: ")
    for promise in ("Claim: ", "Known attack: ", *(("Null ", "alformed") if name != "remark" else ())):
        assert promise.lower() in " ".join(said.split()).lower(), promise


def test_dates_cut_to_the_month_have_no_day(bound: Callable[..., Masker], occasion: Occasion) -> None:
    """The counterpart of the property above: a date that had no day is all there is to show."""
    cut = bound("date_precision", keep="month")(PartialDate(2020, 5), occasion._replace(today=date(2026, 1, 1)))
    assert isinstance(cut, ReducedDate)
    assert cut.date == PartialDate(2020, 5)


def test_the_readme_lists_the_catalogue() -> None:
    """README's table has a row for each masker, with the kinds it fits and the settings it takes."""
    assert masking.__file__ is not None
    readme = Path(masking.__file__).with_name("README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`(?: ●)? \| ([^|]*) \| ([^|]*) \|", readme, re.MULTILINE)
    assert {name: (sorted(kind.fits), sorted(kind.settings.model_fields)) for name, kind in CATALOGUE.items()} == {
        name: (
            sorted(ValueKind) if fits == "every kind" else sorted(map(ValueKind, fits.split(", "))),
            sorted(re.findall(r"`(\w+)`", settings)),
        )
        for name, fits, settings in rows
    }
