"""Posts that end: between two questions, under a question that is on its way, and for whoever goes on asking."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.clock import DAY, SECOND, day_of
from gateway.demo.estate import Estate
from gateway.ledger.record import Record
from gateway.ledger.v1 import record_pb2
from gateway.metrics import GatewayCollector
from gateway.register.city import StaffRole
from gateway.register.sql import SqlRegister
from gateway.subject import Restriction
from gateway.v1 import operations_pb2
from tests.estates import (
    CHILDCARE,
    COUNTER,
    Desk,
    House,
    batch,
    change,
    lookup,
    opened,
    search,
    selection,
    until,
    verified,
)

Ask = Callable[[House], Awaitable[str]]


async def by_lookup(house: House) -> str:
    """One resident at the counter."""
    return await (await house.clerk()).tried(house.at_the_counter(house.cast.bystander))


async def by_batch(house: House) -> str:
    """Two residents at the counter, all or none."""
    request = batch(COUNTER, [house.cast.bystander, house.cast.parent], applicant=house.cast.plain)
    return (await (await house.clerk()).batch_denied(request)).reason


async def by_search(house: House) -> str:
    """A resident at the counter, by address."""
    request = search(address="水神1-1-1")
    return (await (await house.clerk()).search_denied(request)).reason


async def by_stream(house: House) -> str:
    """Everybody, for planning."""
    pages = await (await house.analyst()).stream(selection(ages=(0, None)))
    assert pages.pages == []
    assert pages.end is not None
    return pages.end.reason


def in_between(monkeypatch: pytest.MonkeyPatch, event: Callable[[], Awaitable[None]]) -> None:
    """Let something happen, once, between step 4 and step 7 of the next question."""
    original = SqlRegister.restrictions
    happened: list[bool] = []

    async def restrictions(self: SqlRegister, ids: Sequence[str], today: date) -> Mapping[str, Sequence[Restriction]]:
        if not happened:
            happened.append(True)
            await event()
        return await original(self, ids, today)

    monkeypatch.setattr(SqlRegister, "restrictions", restrictions)


def ends(house: House, person: StaffRole, day: date) -> None:
    """The personnel section lets a post end on a day."""
    change(house.estate, "standing", f"UPDATE post SET until = '{day}' WHERE post = '{person.post}'")


async def reload(house: House) -> None:
    """An operator has the directory read anew."""
    desk = await house.desk(house.cast.operator)
    await desk.stubs.operations.ReloadBook(operations_pb2.ReloadBookRequest(), metadata=desk.stubs.metadata)


def today(house: House) -> date:
    """The gateway's day."""
    return day_of(house.clock.now)


@pytest.mark.rule("W3", "R1")
@pytest.mark.parametrize("ask", [by_lookup, by_batch, by_search, by_stream])
async def test_a_post_that_is_taken_away_under_a_question_gives_no_answer(
    estate: Estate, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every way there is: POST_NOT_IN_FORCE is recorded in place of the disclosure, marked, and nobody was seen."""
    async with opened(estate) as house:
        person = house.cast.analyst if ask is by_stream else house.cast.clerk
        await house.desk(person)

        async def taken_away() -> None:
            ends(house, person, today(house))
            await reload(house)

        in_between(monkeypatch, taken_away)
        assert await ask(house) == "POST_NOT_IN_FORCE"
        assert house.disclosures() == []
        (record,) = house.refused_records()
        assert (record.private.refusal, record.private.staff) == ("POST_NOT_IN_FORCE", person.staff)
        assert record.private.former_post
    assert verified(estate).faults == []


@pytest.mark.rule("W3")
async def test_midnight_ends_a_post_under_a_question(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked before midnight and settled after it, a post whose last day it was gives nothing; others' goes on."""
    async with opened(estate) as house:
        midnight = (house.clock.now + 9 * 3600 * SECOND) // DAY * DAY + DAY - 9 * 3600 * SECOND
        await house.move(midnight - SECOND - house.clock.now)
        tomorrow = today(house) + timedelta(days=1)
        ends(house, house.cast.clerk, tomorrow)
        await reload(house)

        async def midnight_passes() -> None:
            house.clock.now += 2 * SECOND

        in_between(monkeypatch, midnight_passes)
        assert await by_lookup(house) == "POST_NOT_IN_FORCE"
        assert today(house) == tomorrow
        assert house.disclosures() == []
        snooper = await house.desk(house.cast.snooper)
        assert await snooper.tried(house.at_the_counter(house.cast.bystander)) == "OK"


@pytest.mark.rule("W3", "R1")
async def test_whoever_asks_in_a_post_that_ended_is_marked(house: House) -> None:
    """In the record and in a counter, never in the answer: it reads as for somebody who never held it."""
    former, never = house.cast.former_clerk, replace(house.cast.snooper, post="p9999-1")
    told = [
        await (await house.desk(person)).denied(house.at_the_counter(house.cast.bystander))
        for person in (former, never)
    ]
    assert told[0].octets == told[1].octets
    marked = {record.private.staff: record.private.former_post for record in house.refused_records()}
    assert marked == {former.staff: True, never.staff: False}
    assert counted(house) == {"POST_NOT_IN_FORCE": 1}


@pytest.mark.rule("W3", "W4", "R1")
async def test_whoever_asks_for_a_purpose_of_a_department_they_left_is_marked(house: House) -> None:
    """Transferred to planning, a caseworker has their old purpose refused, with its name on record; who holds both
    posts (兼務), or never was there, is not marked.
    """
    cast = house.cast
    moved = replace(cast.analyst, staff=cast.caseworker.staff, post="p9001-1")
    both = replace(cast.analyst, staff="s9002", post="p9002-1")
    copied = "INSERT INTO post SELECT '{}', '{}', department, unit, role, NULL, since, {} FROM post WHERE post = '{}'"
    change(
        house.estate,
        "standing",
        copied.format("p9001-1", moved.staff, "NULL", cast.analyst.post),
        copied.format("p9002-1", "s9002", "NULL", cast.analyst.post),
        copied.format("p9002-2", "s9002", "NULL", cast.caseworker.post),
        copied.format("p9002-0", "s9002", "since", cast.caseworker.post),
        f"UPDATE post SET until = '{today(house)}' WHERE post = '{cast.caseworker.post}'",
    )
    await reload(house)
    request = lookup(CHILDCARE, cast.parent, case=cast.childcare_case)
    for person in (moved, both, cast.analyst):
        assert (await (await house.desk(person)).denied(request)).reason == "PURPOSE_NOT_GRANTED"
    found = {record.private.staff: _mark(record) for record in house.refused_records()}
    assert found == {moved.staff: (True, CHILDCARE), both.staff: (False, ""), cast.analyst.staff: (False, "")}
    assert counted(house) == {"PURPOSE_NOT_GRANTED": 1}


@pytest.mark.rule("W3")
async def test_a_post_that_is_gone_takes_what_its_token_was_known_by(house: House) -> None:
    """Whoever has been recognised is verified anew after each change of the directory, and then has no post."""
    clerk = await house.clerk()
    request = house.at_the_counter(house.cast.bystander)
    assert await clerk.tried(request) == "OK"
    ends(house, house.cast.clerk, today(house))
    await reload(house)
    assert await clerk.tried(request) == "POST_NOT_IN_FORCE"
    ends(house, house.cast.clerk, today(house) + timedelta(days=1))
    await clerk.comes_to("OK", request)


@pytest.mark.rule("R1")
@pytest.mark.parametrize("ask", [by_lookup, by_stream])
async def test_a_book_that_changes_under_a_question_ends_it(
    estate: Estate, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old book decided is refused with PURPOSE_CHANGED once another is in force."""
    async with opened(estate) as house:
        await house.desk(house.cast.clerk)

        async def rewritten() -> None:
            path = estate.path / "limits.yaml"
            text = path.read_text(encoding="utf-8")
            path.write_text(re.sub("repeats: .*", "repeats: {staff: {1d: 99}}", text), encoding="utf-8")
            await reload(house)

        in_between(monkeypatch, rewritten)
        assert await ask(house) == "PURPOSE_CHANGED"
        assert house.disclosures() == []
        assert await by_lookup(house) == "OK"
    assert verified(estate).faults == []


async def test_a_change_of_the_directory_counts_by_itself(house: House) -> None:
    """Nobody has to reload: the gateway looks every few seconds, and records what came into force."""
    clerk: Desk = await house.clerk()
    ends(house, house.cast.clerk, today(house))
    await clerk.comes_to("POST_NOT_IN_FORCE", house.at_the_counter(house.cast.bystander))

    async def recorded() -> bool:
        kinds = [record.header.kind for record in house.records()]
        return kinds.count(record_pb2.KIND_DIRECTORY) == 2

    await until(recorded)


def counted(house: House) -> dict[str, float]:
    """What the metric of former posts says, by outcome."""
    gateway = house.gateway
    collector = GatewayCollector(gateway.measures, lambda: gateway._ledger.condition, lambda: 0)
    (metric,) = [each for each in collector.collect() if each.name == "register_gateway_former_posts"]
    return {sample.labels["outcome"]: sample.value for sample in metric.samples}


def _mark(record: Record) -> tuple[bool, str]:
    return record.private.former_post, record.header.purpose
