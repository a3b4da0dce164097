"""What the parts of a purpose must be to each other, as a table: a rule a row, with the sections that it reads.

Rule: a rule judges as soon as its own sections are sound, so that a typing error elsewhere hides nothing. The rules
about one matter stand in one file; here are those about what the city and its register admit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.allowance import Owner, Window
from gateway.field import SearchKey
from gateway.finding import Finding, Loc
from gateway.purpose import asking, company, fineness, grounds, keys
from gateway.purpose.limits import order_of_owners, order_of_windows
from gateway.purpose.reading import Fault, Reading, Rules


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
    fields = reading.mapped.fields
    for field, mask in reading.masks.items():
        loc: Loc = ("fields", field)
        if field not in fields:
            yield loc, "unmapped", f"the schema map has no {field}; map it, or remove the field"
        for need in sorted(mask.needs - fields):
            advice = f"{mask.name} needs {need}, which the schema map does not have; map it, or choose another mask"
            yield loc, "unmapped", advice
        if mask.kind.allots and SearchKey.NAME not in reading.mapped.keys:
            advice = f"{mask.name} gives nobody a resident's name, and only the map's search index can tell; map it"
            yield loc, "unmapped", advice


def _map_has_the_keys(reading: Reading) -> Iterator[Fault]:
    if reading.mapped is None:
        return
    for key in reading.text.search_by:
        if key not in reading.mapped.keys:
            advice = (
                f"the register cannot be asked by {key}; map the field, and for names and addresses the index under "
                "`search` (docs/schema-map.md), or remove the key"
            )
            yield reading.at(key), "unmapped", advice


def _glass_shows_less(reading: Reading) -> Iterator[Fault]:
    said = reading.text.break_glass
    if said is None:
        return
    for at, field in enumerate(said.fields):
        if field not in reading.text.fields:
            yield ("break_glass", "fields", at), "glass", f"the purpose does not grant {field}; remove it, or grant it"
    if set(said.fields) >= set(reading.text.fields):
        advice = "an emergency shows less than the purpose does; leave out what can wait for a superior"
        yield ("break_glass", "fields"), "glass", advice


def _glass_is_broken_by_id(reading: Reading) -> Iterator[Fault]:
    if reading.text.break_glass is not None and SearchKey.RESIDENT_ID not in reading.text.search_by:
        advice = (
            "an emergency is about a resident who is named, and whoever reviews it names them; add "
            f"{SearchKey.RESIDENT_ID} to search_by, or remove this"
        )
        yield ("break_glass",), "glass", advice


def _streams_in_one_way(reading: Reading) -> Iterator[Fault]:
    if reading.text.bulk is not None and reading.text.stream is not None:
        advice = "streams go by grants where there is `bulk`, which has a page of its own; remove this"
        yield ("stream",), "stream", advice


def _only_own_pseudonyms_are_reversed(reading: Reading) -> Iterator[Fault]:
    if reading.text.reversal is not None and SearchKey.PSEUDONYM not in reading.text.search_by:
        advice = "only a purpose keyed by its own pseudonyms (`pseudonym` in search_by) can open one; remove this"
        yield ("reversal",), "reversal", advice


def _only_own_pseudonyms_are_renewed(reading: Reading) -> Iterator[Fault]:
    if reading.text.renewal is not None and SearchKey.PSEUDONYM not in reading.text.search_by:
        advice = "only a purpose keyed by its own pseudonyms (`pseudonym` in search_by) can renew them; remove this"
        yield ("renewal",), "renewal", advice


RULES: Final[Rules] = (
    *fineness.RULES,
    *keys.RULES,
    *asking.RULES,
    *grounds.RULES,
    *company.RULES,
    (frozenset({"budget"}), _staff_have_a_day),
    (frozenset({"budget"}), _budget_in_order),
    (frozenset({"budget", "recipients"}), _budget_only_tightens),
    (frozenset({"break_glass", "fields"}), _glass_shows_less),
    (frozenset({"break_glass", "search_by"}), _glass_is_broken_by_id),
    (frozenset({"bulk", "stream"}), _streams_in_one_way),
    (frozenset({"reversal", "search_by"}), _only_own_pseudonyms_are_reversed),
    (frozenset({"renewal", "search_by"}), _only_own_pseudonyms_are_renewed),
    (frozenset({"fields"}), _map_has_the_fields),
    (frozenset({"search_by"}), _map_has_the_keys),
)


def judge(reading: Reading, sound: frozenset[str]) -> Iterator[Finding]:
    """Every fault that the rules find in the sound sections."""
    for sections, rule in RULES:
        if sections <= sound:
            for fault in rule(reading):
                yield fault if isinstance(fault, Finding) else reading.source.finding(*fault)
