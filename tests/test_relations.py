"""Looking up one's own people, walked from outside."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.demo.estate import Estate
from gateway.ledger.v1 import record_pb2
from tests.estates import (
    CHILDCARE,
    COUNTER,
    OUTSIDER,
    STATISTICS,
    House,
    asked,
    batch,
    change,
    lookup,
    opened,
    search,
    selection,
    verified,
)
from tests.finding import FINDING, living, may_find

NOBODY = "9999999999"


def at_home(estate: Estate, staff: str, resident: str) -> None:
    """Let a member of staff be this resident."""
    change(estate, "standing", f"UPDATE staff SET resident_id = '{resident}' WHERE staff = '{staff}'")


def kin_of(estate: Estate) -> tuple[str, list[str]]:
    """Somebody with others in their household, all of them strangers to the staff; and those others."""
    by_household: dict[str, list[str]] = {}
    for resident, _, _, _, household in living(estate):
        by_household.setdefault(household, []).append(resident)
    one, *others = next(each for each in by_household.values() if len(each) > 1)
    return one, others


@pytest.fixture
def stranger(estate: Estate) -> str:
    """Somebody who is nothing to anybody on the staff."""
    return living(estate)[11][0]


@pytest.mark.rule("W6")
@pytest.mark.parametrize(
    ("relation", "move"),
    [
        (record_pb2.RELATION_HOUSEHOLD, "setai_no = (SELECT setai_no FROM juki_resident WHERE atena_no = '{me}')"),
        (
            record_pb2.RELATION_SAME_ADDRESS,
            (
                "(choaza_cd, choaza_mei, chome_no, banchi) = "
                "(SELECT choaza_cd, choaza_mei, chome_no, banchi FROM juki_resident WHERE atena_no = '{me}')"
            ),
        ),
        (
            record_pb2.RELATION_FAMILY,
            "(honseki, hittosha_mei) = (SELECT honseki, hittosha_mei FROM juki_resident WHERE atena_no = '{me}')",
        ),
    ],
)
async def test_kin_need_a_superior_from_the_day_they_are_kin(
    estate: Estate, stranger: str, relation: int, move: str
) -> None:
    """Open as a stranger, closed as soon as the register says otherwise: the gateway asks it each time."""
    me = kin_of(estate)[0]
    async with opened(estate) as house:
        clerk = await house.clerk()
        at_home(estate, clerk.person.staff, me)
        await clerk.comes_to("STEP_UP_REQUIRED", house.at_the_counter(me))
        assert await clerk.tried(house.at_the_counter(stranger)) == "OK"
        before = await clerk.left(COUNTER)
        change(estate, "register", f"UPDATE juki_resident SET {move.format(me=me)} WHERE atena_no = '{stranger}'")
        refused = await clerk.denied(house.at_the_counter(stranger))
        assert refused.reason == "STEP_UP_REQUIRED"
        assert await clerk.left(COUNTER) == before
        record = house.refused_records()[-1]
    assert (record.private.refusal, record.private.relation) == ("STEP_UP_REQUIRED", relation)
    assert len(record.lines) == 1


@pytest.mark.rule("W6", "W4")
async def test_oneself_superiors_and_fellow_staff_need_a_superior(estate: Estate, stranger: str) -> None:
    """One refusal for all of them, octet by octet; the record tells them apart, and repeats of each are counted."""
    others = [each for each, *_ in living(estate)[20:22]]
    async with opened(estate) as house:
        clerk = await house.clerk()
        ((superior,),) = asked(estate, "standing", f"SELECT superior FROM post WHERE post = '{clerk.person.post}'")
        at_home(estate, clerk.person.staff, stranger)
        at_home(estate, superior, others[0])
        at_home(estate, house.cast.analyst.staff, others[1])
        for each in (stranger, *others):
            await clerk.comes_to("STEP_UP_REQUIRED", house.at_the_counter(each))
        told = [await clerk.denied(house.at_the_counter(each)) for each in (stranger, *others)]
        assert len({each.octets for each in told}) == 1
        kinds = {each.private.relation for each in house.refused_records()}
        assert kinds == {
            record_pb2.RELATION_SELF,
            record_pb2.RELATION_SUPERIOR,
            record_pb2.RELATION_COLLEAGUE,
        }
    assert verified(estate).faults == []


@pytest.mark.rule("W6", "F6")
async def test_what_relations_are_found_by_is_recorded_as_read_and_never_told(estate: Estate, stranger: str) -> None:
    """Only for callers who live here: of others nobody's family is read."""
    kin = {"household_id", "address", "registered_domicile", "family_register_head", "previous_address"}
    async with opened(estate) as house:
        clerk, request = await house.clerk(), house.at_the_counter(stranger, mask=["name"])
        at_home(estate, clerk.person.staff, NOBODY)  # lives here, says the directory; the register does not know them
        await clerk.comes_to("OK", request)
        change(estate, "standing", f"UPDATE staff SET resident_id = NULL WHERE staff = '{clerk.person.staff}'")

        async def reads() -> set[str]:
            response = await clerk.get(request)
            assert [field.name for field, _ in response.resident.ListFields()] == ["name"]
            return set(house.disclosures()[-1].header.fields_read)

        seen: list[set[str]] = []
        while not seen or seen[-1] != {"name", "status"}:  # until the directory has been read again
            seen.append(await reads())
        assert all(each in ({"name", "status"}, {"name", "status"} | kin) for each in seen)


@pytest.mark.rule("W6", "S5")
async def test_one_of_ones_own_people_closes_a_batch_and_a_search(estate: Estate) -> None:
    """Whole: to leave them out would say that they are not there."""
    may_find(estate)
    me, others = kin_of(estate)
    stranger = next(each for each, *_ in living(estate) if each not in {me, *others})
    name, born = asked(
        estate, "register", f"SELECT shimei, umare_ymd FROM juki_resident WHERE atena_no = '{others[0]}'"
    )[0]
    async with opened(estate) as house:
        clerk = await house.clerk()
        at_home(estate, clerk.person.staff, me)
        await clerk.comes_to("STEP_UP_REQUIRED", house.at_the_counter(others[0]))
        before = len(house.disclosures())
        told = await clerk.batch_denied(batch(COUNTER, [stranger, others[0]], applicant=OUTSIDER))
        assert (told.reason, told.places) == ("STEP_UP_REQUIRED", [])
        assert (await clerk.search_denied(search(FINDING, name=name, born=born))).reason == "STEP_UP_REQUIRED"
        assert {each.private.relation for each in house.refused_records()} == {record_pb2.RELATION_HOUSEHOLD}
        assert len(house.disclosures()) == before


@pytest.mark.rule("W6", "M3")
async def test_a_pseudonym_hides_ones_own_people_from_oneself(estate: Estate) -> None:
    """To refuse a pseudonym for whom it stands for would say whom it stands for."""
    async with opened(estate) as house:
        analyst = await house.analyst()
        pages = await analyst.stream(selection(ages=(30, 34)))
        entries = await analyst.batch(batch(STATISTICS, pseudonyms=pages.pseudonyms[:20]))
        everybody: Sequence[object] = [each for each in entries if each is not None]
        assert len(everybody) == 20


@pytest.mark.rule("W6", "W5")
async def test_under_a_case_kin_and_strangers_to_it_read_alike(house: House) -> None:
    """The resident is a party; the caseworker's own household is not open for it."""
    cast, caseworker = house.cast, await house.caseworker()
    request = house.parent()
    assert await caseworker.tried(request) == "OK"
    at_home(house.estate, caseworker.person.staff, cast.parent)
    await caseworker.comes_to("STEP_UP_REQUIRED", request)
    own = await caseworker.denied(request)
    foreign = await caseworker.denied(lookup(CHILDCARE, cast.bystander, case=cast.childcare_case))
    unknown = await caseworker.denied(lookup(CHILDCARE, NOBODY, case=cast.childcare_case))
    assert own.octets == foreign.octets == unknown.octets


@pytest.mark.rule("W6", "W9")
async def test_who_is_hidden_is_absent_even_to_their_own_kin(house: House) -> None:
    """Restrictions come first: a relation is no way to learn that somebody is there."""
    cast, clerk = house.cast, await house.clerk()
    at_home(house.estate, clerk.person.staff, cast.plain)
    change(
        house.estate,
        "register",
        "UPDATE juki_resident SET setai_no = (SELECT setai_no FROM juki_resident "
        f"WHERE atena_no = '{cast.plain}') WHERE atena_no = '{cast.protected}'",
    )
    await clerk.comes_to("STEP_UP_REQUIRED", house.at_the_counter(cast.plain))
    hidden = house.at_the_counter(cast.protected, applicant=cast.other_party)
    assert await clerk.tried(hidden) == "RESIDENT_NOT_FOUND"
    assert await clerk.tried(house.at_the_counter(cast.protected, applicant=cast.parent)) == "STEP_UP_REQUIRED"
