"""A plan as one request sees it."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.estate import Estate
from gateway.derive import base_of
from gateway.field import FIELDS, STATUS
from gateway.purpose.book import Book
from gateway.purpose.plan import FieldRule, Plan
from gateway.refusal import Reason, Refusal
from gateway.register.port import Register, Selection
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import open_register
from gateway.rpc.encode import encode
from gateway.subject import Row
from gateway.view import View, chosen
from masking.allotment import MemoryAllotments
from masking.catalogue import CATALOGUE
from masking.keyring import Keyring, PseudonymDomain
from masking.value import WITHHELD, Address, Value
from tests.choices import CHOICES
from tests.estates import ARREARS, CHILDCARE, COUNTER, ROOT, STATISTICS

TODAY: Final = date(2026, 11, 2)
KEYRING: Final = Keyring(1, bytes(range(32)))
READ: Final = tuple(field for field in FIELDS if base_of(field) == field)
"""What stands in the register, or is counted there; the rest is reckoned from it."""
_ANYWHERE: Final = Selection("", None, None)


@dataclass(frozen=True)
class Town:
    """The built city's register, fifty of its residents with all that is known of them, and the shipped plans."""

    register: Register
    rows: Sequence[Row]
    plans: Mapping[str, Plan]
    runner: asyncio.Runner

    def plan(self, purpose: str) -> Plan:
        return self.plans[purpose]


@pytest.fixture(scope="module")
def town(built: Estate) -> Iterator[Town]:
    schema = read_schema_map(ROOT / "config" / "register-map.yaml")
    register = open_register(f"sqlite:///{built.path / 'city' / 'register.db'}", schema)
    book = Book.read(ROOT / "purposes", ROOT / "config" / "limits.yaml", KEYRING, MemoryAllotments(), schema.mapped)
    cast = built.cast()
    ids = [cast.parent, cast.protected, cast.bystander]
    with asyncio.Runner() as runner:
        rows = runner.run(_read(register, ids))
        yield Town(register, rows, {plan.purpose: plan for plan in book.plans.values()}, runner)
        runner.run(register.close())


async def _read(register: Register, ids: Sequence[str]) -> list[Row]:
    reader = register.reader(READ)
    found = await reader.rows(ids)
    page = await reader.page(_ANYWHERE, "", 47)
    return [*(row for rows in found.values() for row in rows), *page]


def path_violations(plan: Plan, *paths: str) -> tuple[Reason, list[str]]:
    """Why a mask is refused, and which of its paths are named."""
    with pytest.raises(Refusal) as caught:
        chosen(plan, paths)
    return caught.value.reason, [violation.field for violation in caught.value.violations]


@pytest.mark.rule("F1")
@pytest.mark.parametrize("purpose", [CHILDCARE, COUNTER, ARREARS, STATISTICS])
def test_no_mask_asks_for_the_whole_list(town: Town, purpose: str) -> None:
    """What the purpose lists, no less and no more."""
    plan = town.plan(purpose)
    assert chosen(plan, None) == plan.fields


@pytest.mark.rule("F1")
def test_a_mask_shortens_the_list_in_the_purpose_s_order(town: Town) -> None:
    """Whatever the order, and however often a path stands in it."""
    rules = chosen(town.plan(CHILDCARE), ("income", "name", "income"))
    assert [rule.field for rule in rules] == ["name", "income"]


@pytest.mark.rule("F1", "F2", "F3")
@pytest.mark.parametrize(
    ("paths", "reason", "places"),
    [
        (("",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),  # an empty path
        (("name", "blood_type"), Reason.FIELD_UNKNOWN, ["read_mask.paths[1]"]),
        (("name.exact",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),  # a path matches whole or not at all
        (("nam",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (("Name",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (("name ",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (("ｎame",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),  # full width
        (("*",), Reason.FIELD_UNKNOWN, ["read_mask.paths[0]"]),
        (("fee_arrears",), Reason.FIELD_NOT_GRANTED, ["fee_arrears"]),
        (("name", "sex", "fee_arrears"), Reason.FIELD_NOT_GRANTED, ["fee_arrears", "sex"]),  # all of them, sorted
        (("sex", "sex"), Reason.FIELD_NOT_GRANTED, ["sex"]),
        (("sex", "x", "y"), Reason.FIELD_UNKNOWN, ["read_mask.paths[1]", "read_mask.paths[2]"]),  # malformed first
    ],
)
def test_what_a_mask_may_not_name(town: Town, paths: tuple[str, ...], reason: Reason, places: list[str]) -> None:
    """No such field is malformed and gives its place; a field of others is denied, all of them, sorted."""
    assert path_violations(town.plan(CHILDCARE), *paths) == (reason, places)


@pytest.mark.rule("F4")
def test_age_and_birth_date_are_no_keys_to_each_other(town: Town) -> None:
    """A purpose that shows bands of ages grants no `age` by that, and never gives the date behind them."""
    assert path_violations(town.plan(CHILDCARE), "age") == (Reason.FIELD_NOT_GRANTED, ["age"])
    view = View(town.plan(CHILDCARE), chosen(town.plan(CHILDCARE), ("birth_date",)), town.register)
    for row in town.runner.run(_rows(view, town.rows)):
        assert encode(view.mask(row, TODAY, protected=False)).birth_date.WhichOneof("form") != "exact"


@pytest.mark.rule("M3")
@pytest.mark.parametrize("paths", [None, ("address", "income")])
def test_a_page_of_pseudonyms_loses_the_order_of_ids(town: Town, paths: tuple[str, ...] | None) -> None:
    """Whoever lays two purposes' pages of the same residents side by side cannot join them line by line."""
    plan = town.plan(STATISTICS)
    view = View(plan, chosen(plan, paths), town.register)
    page = [view.mask(row, TODAY, protected=False) for row in town.runner.run(_rows(view, town.rows))]
    mixed = list(page)
    view.mix(mixed)
    assert mixed != page
    assert sorted(map(repr, mixed)) == sorted(map(repr, page))


def test_a_page_of_raw_ids_keeps_its_order(town: Town) -> None:
    """Where ids are shown there is nothing to hide in their order."""
    plan = town.plan(COUNTER)
    view = View(plan, plan.fields, town.register)
    page = [view.mask(row, TODAY, protected=False) for row in town.runner.run(_rows(view, town.rows))]
    mixed = list(page)
    view.mix(mixed)
    assert mixed == page


@pytest.mark.rule("W9", "F5")
@pytest.mark.parametrize("purpose", [CHILDCARE, COUNTER, ARREARS, STATISTICS])
def test_a_protected_resident_s_whereabouts_are_withheld(town: Town, purpose: str) -> None:
    """Every field that locates says WITHHELD, every other one is as ever; unless the purpose is cleared for it."""
    plan = town.plan(purpose)
    view = View(plan, plan.fields, town.register)
    cleared = View(replace(plan, restricted_allowed=True), plan.fields, town.register)
    for row in town.runner.run(_rows(view, town.rows)):
        open_ = dict(view.mask(row, TODAY, protected=False))
        kept = dict(view.mask(row, TODAY, protected=True))
        assert kept == {field: WITHHELD if FIELDS[field].locates else form for field, form in open_.items()}
        assert dict(cleared.mask(row, TODAY, protected=True)) == open_


async def _rows(view: View, rows: Sequence[Row]) -> list[Row]:
    found = await view.reader.rows([row.resident_id for row in rows])
    return [row for each in found.values() for row in each]


@st.composite
def grants(draw: st.DrawFn) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Any fields, each under any mask that fits it, however set: also what no steward would be let write."""
    fields = draw(st.sets(st.sampled_from(list(FIELDS)), min_size=1))
    granted = {}
    for field in (field for field in FIELDS if field in fields):
        mask = draw(st.sampled_from([name for name, row in CATALOGUE.items() if FIELDS[field].kind in row.fits]))
        granted[field] = (mask, draw(st.sampled_from(CHOICES[mask])))
    return granted


def granting(plan: Plan, granted: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Plan:
    """The plan, with these fields instead of its own."""
    reads = tuple(field for field in READ if field in needed(granted, granted))
    rules = tuple(
        FieldRule(
            field,
            mask,
            "",
            CATALOGUE[mask].bind(
                CATALOGUE[mask].settings.model_validate(choice),
                KEYRING.domain(PseudonymDomain("planning", "any-purpose", field)),
                MemoryAllotments(),
            ),
            CATALOGUE[mask].needs,
        )
        for field, (mask, choice) in granted.items()
    )
    return replace(plan, fields=rules, reads=reads)


def needed(granted: Mapping[str, tuple[str, Mapping[str, Any]]], asked: Iterable[str]) -> set[str]:
    """What has to be read for what is asked for: the fields or what they are derived from, what their maskers need
    beside, and the status, which tells the living entry from others.
    """
    bases = filter(None, map(base_of, asked))
    return {STATUS, *bases, *(need for field in asked for need in CATALOGUE[granted[field][0]].needs)}


@pytest.mark.rule("F1", "F6", "F8")
@given(data=st.data())
def test_no_unplanned_field_ever_leaves(town: Town, data: st.DataObject) -> None:
    """Any grant, any mask within it, any resident: only fields asked for and granted are set, in the granted form, and
    no value under a mask other than `keep` is anywhere in the octets.
    """
    granted = data.draw(grants())
    plan = granting(town.plan(STATISTICS), granted)
    mask = data.draw(st.one_of(st.none(), st.lists(st.sampled_from(list(granted)), min_size=1).map(tuple)))
    whole = data.draw(st.sampled_from(town.rows))
    protected = data.draw(st.booleans())
    view = View(plan, chosen(plan, mask), town.register)
    found = town.runner.run(view.reader.rows([whole.resident_id]))
    asked = [field for field in granted if mask is None or field in mask]
    for row in found[whole.resident_id]:
        assert len(row.values) == len(needed(granted, asked))
        sent = encode(view.mask(row, TODAY, protected=protected))
        octets = sent.SerializeToString()
        assert [field.name for field, _ in sent.ListFields()] == asked
        kept = "".join(text for field, text in _known(whole) if field in asked and granted[field][0] == "keep")
        for field, text in _known(whole):
            if field not in asked or granted[field][0] != "keep":
                assert not _tells(octets, text, kept), field
        for field in asked:
            if granted[field][0] != "keep":
                assert getattr(sent, field).WhichOneof("form") != "exact"


def _known(whole: Row) -> list[tuple[str, str]]:
    """All texts of a resident, each with its field."""
    return [(field, text) for field, value in zip(READ, whole.values, strict=True) for text in _texts(value)]


def _texts(value: Value | None) -> Iterator[str]:
    if isinstance(value, tuple):
        yield from (entry.detail for entry in value)
    elif isinstance(value, Address):
        yield value.lot
    elif value is not None:
        yield str(value)


def _tells(octets: bytes, text: str, kept: str) -> bool:
    """Whether a text long enough to mean this resident stands in the octets, and not for a field that is kept."""
    return len(text.encode()) >= 8 and text not in kept and text.encode() in octets
