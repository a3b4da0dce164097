"""Cases that a caller may not ask in: unknown, closed, foreign or borrowed, by every way there is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.clock import DAY, SECOND, day_of
from gateway.demo.estate import Estate
from gateway.register.city import StaffRole
from gateway.v1 import purpose_pb2
from tests.estates import (
    ARREARS,
    CHILDCARE,
    Desk,
    House,
    Told,
    asked,
    batch,
    change,
    lookup,
    opened,
    purpose_file,
    rewrite,
    search,
)
from tests.test_posts import in_between

PARTIES = "subjects: parties"


def under(estate: Estate, purpose: str, words: str) -> None:
    """Let the purpose's case rule say this beside its registry and its parties."""
    text = purpose_file(estate, purpose).read_text(encoding="utf-8")
    start = text.index(PARTIES)
    rewrite(estate, purpose, (text[start : text.index("}", start)], f"{PARTIES}, {words}"))


def hand_over(house: House, case: str, staff: str | None) -> None:
    """Another person takes the case on, or nobody."""
    handler = f"'{staff}'" if staff is not None else "NULL"
    change(house.estate, "standing", f"UPDATE case_file SET handler = {handler} WHERE reference = '{case}'")


async def refusals(desk: Desk, house: House, case: str, resident: str) -> list[Told]:
    """A look at this resident in this case, by lookup, batch and search; each must be refused."""
    (household,) = asked(house.estate, "register", f"SELECT setai_no FROM juki_resident WHERE atena_no = '{resident}'")
    by_household = search(CHILDCARE, household=household[0], case=case, applicant=None)
    return [
        await desk.denied(lookup(CHILDCARE, resident, case=case)),
        await desk.batch_denied(batch(CHILDCARE, [resident], case=case)),
        await desk.search_denied(by_household),
    ]


@pytest.mark.rule("W5", "S7")
@pytest.mark.parametrize("words", ["handler: required", "handler: unit"])
async def test_unknown_closed_foreign_and_borrowed_references_are_one(estate: Estate, words: str) -> None:
    """CASE_NOT_VALID in the same octets, for the same price: one attempt and no resident, whichever of them it was."""
    under(estate, CHILDCARE, words)
    async with opened(estate) as house:
        cast, desk = house.cast, await house.caseworker()
        hand_over(house, cast.childcare_case, cast.cashier.staff)
        hand_over(house, cast.closed_case, cast.caseworker.staff)
        wrong = {
            "unknown": ("CF-1999-00001", cast.parent),
            "closed": (cast.closed_case, cast.closed_case_party),
            "foreign": (cast.arrears_case, cast.parent),
            "borrowed": (cast.childcare_case, cast.parent),
        }
        told, prices = {}, {}
        for why, (case, resident) in wrong.items():
            before = await attempts(desk), await desk.left(CHILDCARE)
            told[why] = await refusals(desk, house, case, resident)
            assert await desk.left(CHILDCARE) == before[1]
            prices[why] = before[0] - await attempts(desk)
        assert {answer.reason for answers in told.values() for answer in answers} == {"CASE_NOT_VALID"}
        assert len({answer.octets for answers in told.values() for answer in answers}) == 1
        assert set(prices.values()) == {3}
        assert house.disclosures() == []


@pytest.mark.rule("W5")
@pytest.mark.parametrize(
    ("expected", "words", "handler"),
    [
        ("OK", "handler: required", "caseworker"),
        ("CASE_NOT_VALID", "handler: required", "colleague"),
        ("CASE_NOT_VALID", "handler: required", None),
        ("OK", "handler: unit", "caseworker"),
        ("OK", "handler: unit", "colleague"),
        ("CASE_NOT_VALID", "handler: unit", "cashier"),
        ("CASE_NOT_VALID", "handler: unit", None),
        ("OK", "handler: any", "cashier"),
        ("OK", "handler: any", None),
    ],
)
async def test_who_may_ask_in_a_case(estate: Estate, expected: str, words: str, handler: str | None) -> None:
    """Its handler; those of the handler's unit; or everybody whom the purpose names."""
    under(estate, CHILDCARE, words)
    async with opened(estate) as house:
        colleague = asked(
            estate,
            "standing",
            "SELECT staff FROM post WHERE unit = 'childcare' AND role = 'caseworker' AND until IS NULL"
            f" AND since <= '{house.cast.today}' AND staff <> '{house.cast.caseworker.staff}' ORDER BY staff",
        )[0][0]
        people: dict[str | None, str | None] = {
            "caseworker": house.cast.caseworker.staff,
            "colleague": colleague,
            "cashier": house.cast.cashier.staff,
        }
        hand_over(house, house.cast.childcare_case, people.get(handler))
        assert await (await house.caseworker()).tried(house.parent()) == expected


@pytest.mark.rule("W5")
async def test_arrears_are_for_the_unit_that_collects_them(house: House) -> None:
    """As shipped: a collector of the arrears unit opens the case, one who takes payments does not."""
    cast = house.cast

    async def told(person: StaffRole) -> str:
        return await (await house.desk(person)).tried(lookup(ARREARS, cast.parent, case=cast.arrears_case))

    assert [await told(cast.collector), await told(cast.cashier)] == ["OK", "CASE_NOT_VALID"]


@pytest.mark.rule("W5")
async def test_a_closed_case_counts_for_as_many_days_as_the_purpose_says(estate: Estate) -> None:
    """To the day; afterwards it is as good as none."""
    under(estate, CHILDCARE, "days_after_closing: 30")
    async with opened(estate) as house:
        desk, today = await house.caseworker(), day_of(house.clock.now)
        for expected, days in (("OK", 0), ("OK", 29), ("CASE_NOT_VALID", 30)):
            closed = today - timedelta(days=days)
            change(
                estate,
                "standing",
                f"UPDATE case_file SET opened = '2020-01-01', closed = '{closed}'"
                f" WHERE reference = '{house.cast.childcare_case}'",
            )
            assert await desk.tried(house.parent()) == expected


@pytest.mark.rule("W5")
async def test_a_case_whose_last_day_ends_under_a_question_ends_it(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before midnight and settled after it: the refusal is recorded in place of the disclosure."""
    async with opened(estate) as house:
        midnight = (house.clock.now + 9 * 3600 * SECOND) // DAY * DAY + DAY - 9 * 3600 * SECOND
        await house.move(midnight - SECOND - house.clock.now)
        tomorrow = day_of(house.clock.now) + timedelta(days=1)
        change(
            estate,
            "standing",
            f"UPDATE case_file SET closed = '{tomorrow}' WHERE reference = '{house.cast.childcare_case}'",
        )
        desk = await house.caseworker()
        assert await desk.tried(house.parent()) == "OK"

        async def midnight_passes() -> None:
            house.clock.now += 2 * SECOND

        in_between(monkeypatch, midnight_passes)
        assert await desk.tried(house.parent()) == "CASE_NOT_VALID"
        assert len(house.disclosures()) == 1


async def attempts(desk: Desk) -> int:
    """Refused attempts that this person has left."""
    request = purpose_pb2.GetPurposeRequest(purpose=CHILDCARE)
    response = await desk.stubs.purpose.GetPurpose(request, metadata=desk.stubs.metadata)
    return int(response.purpose.attempts.left)
