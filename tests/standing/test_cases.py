"""What the registries have of a case."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.case import CaseRule
from gateway.register.driver import Driver, open_driver
from gateway.standing.cases import SqlCaseRegistries
from gateway.standing.judge import case_state
from gateway.standing.port import CaseFile, CaseQuestion, CaseState, StandingUnavailable
from gateway.standing.tables import CASE, CASE_PARTY
from tests.standing.conftest import Written
from tests.standing.test_judge import POST, Held

TODAY = date(2026, 11, 23)
PARTY, INVALID, NOT_A_PARTY = CaseState.PARTY, CaseState.INVALID, CaseState.NOT_A_PARTY

TABLE = [
    # open, and a party
    (PARTY, "childcare-fee", "open", "1000000001"),
    (PARTY, "childcare-fee", "open", "1000000002"),
    # open, but about somebody else
    (NOT_A_PARTY, "childcare-fee", "open", "1000000003"),
    (NOT_A_PARTY, "childcare-fee", "without-parties", "1000000001"),
    # nobody of that id anywhere: no different
    (NOT_A_PARTY, "childcare-fee", "open", "9999999999"),
    # opens today: counts
    (PARTY, "childcare-fee", "from-today", "1000000001"),
    # opens tomorrow: does not yet
    (INVALID, "childcare-fee", "from-tomorrow", "1000000001"),
    # closes tomorrow: today is its last day
    (PARTY, "childcare-fee", "until-today", "1000000001"),
    # closed today
    (INVALID, "childcare-fee", "closed-today", "1000000001"),
    (INVALID, "childcare-fee", "closed-today", "1000000003"),
    # the same reference in another registry is another case, closed there
    (INVALID, "fee-arrears", "open", "1000000001"),
    # a registry's case is foreign to the other
    (INVALID, "childcare-fee", "arrears-only", "1000000001"),
    (PARTY, "fee-arrears", "arrears-only", "1000000001"),
    # unknown reference, unknown registry, nothing at all
    (INVALID, "childcare-fee", "no-such-case", "1000000001"),
    (INVALID, "no-such-registry", "open", "1000000001"),
    (INVALID, "childcare-fee", "", "1000000001"),
    # references are compared as they are written
    (INVALID, "childcare-fee", "OPEN", "1000000001"),
    (INVALID, "childcare-fee", "open ", "1000000001"),
    (INVALID, "childcare-fee", "' OR '1'='1", "1000000001"),
    # days that are no days open nothing
    (INVALID, "childcare-fee", "bad-opening", "1000000001"),
    (INVALID, "childcare-fee", "bad-closing", "1000000001"),
]


def state(question: CaseQuestion, files: Mapping[CaseQuestion, CaseFile]) -> CaseState:
    """What the file is worth where anybody may handle it, for as long as it is open."""
    return case_state(CaseRule(question.registry), files.get(question), POST, Held(), TODAY)


@pytest.fixture
def registries(written: Written, database: Driver) -> SqlCaseRegistries:
    days = [
        ("childcare-fee", "open", "2026-01-01", None),
        ("childcare-fee", "without-parties", "2026-01-01", None),
        ("childcare-fee", "from-today", "2026-11-23", ""),
        ("childcare-fee", "from-tomorrow", "2026-11-24", None),
        ("childcare-fee", "until-today", "2026-01-01", "2026-11-24"),
        ("childcare-fee", "closed-today", "2026-01-01", "2026-11-23"),
        ("childcare-fee", "bad-opening", "2026", None),
        ("childcare-fee", "bad-closing", "2026-01-01", "never"),
        ("fee-arrears", "open", "2026-01-01", "2026-02-01"),
        ("fee-arrears", "arrears-only", "2026-01-01", None),
    ]
    handled = {"open": "s0007", "until-today": "", "closed-today": None}
    lines = ((*line, handled.get(line[1])) for line in days)
    written.add(CASE, *(dict(zip(CASE.c.keys(), line, strict=True)) for line in lines))
    parties = [
        (registry, reference, "1000000001") for registry, reference, *_ in days if reference != "without-parties"
    ]
    parties.append(("childcare-fee", "open", "1000000002"))
    written.add(CASE_PARTY, *(dict(zip(CASE_PARTY.c.keys(), line, strict=True)) for line in parties))
    return SqlCaseRegistries(database)


@pytest.mark.rule("W5")
@pytest.mark.parametrize(("expected", "registry", "reference", "resident"), TABLE)
async def test_a_case_must_be_open_and_the_resident_a_party(
    registries: SqlCaseRegistries, expected: CaseState, registry: str, reference: str, resident: str
) -> None:
    """Unknown, closed and foreign references read the same, whoever the resident is."""
    question = CaseQuestion(registry, reference, resident)
    assert expected == state(question, await registries.files([question]))


@pytest.mark.rule("W5")
@pytest.mark.parametrize("repeat", [0, 1, 30])
async def test_many_questions_are_answered_as_one_by_one(registries: SqlCaseRegistries, repeat: int) -> None:
    """One answer a question, whatever was asked beside it and however often."""
    expected = {CaseQuestion(*rest): state for state, *rest in TABLE} if repeat else {}
    others = {CaseQuestion("childcare-fee", f"no-{n}", f"{n:010d}"): INVALID for n in range(20 * repeat)}
    questions = [*expected, *others, *expected]
    files = await registries.files(questions)
    assert expected | others == {question: state(question, files) for question in questions}


async def test_a_file_has_what_the_registry_says(registries: SqlCaseRegistries) -> None:
    """Days, handler and whether the resident is a party; nobody is "", however the registry writes it."""
    asked = [CaseQuestion("childcare-fee", each, "1000000002") for each in ("open", "until-today", "closed-today")]
    assert await registries.files(asked) == {
        asked[0]: CaseFile(date(2026, 1, 1), None, "s0007", party=True),
        asked[1]: CaseFile(date(2026, 1, 1), date(2026, 11, 24), "", party=False),
        asked[2]: CaseFile(date(2026, 1, 1), date(2026, 11, 23), "", party=False),
    }


async def test_a_change_in_a_registry_counts_with_the_next_question(
    registries: SqlCaseRegistries, written: Written
) -> None:
    """Nothing is kept: a case that was handed over or closed a moment ago is so at once."""
    question = CaseQuestion("childcare-fee", "open", "1000000001")
    assert (await registries.files([question]))[question].handler == "s0007"
    with written.engine.begin() as connection:
        connection.execute(sa.update(CASE).values(handler="s0008", closed="2026-11-01"))
    assert (await registries.files([question]))[question][1:3] == (date(2026, 11, 1), "s0008")
    written.clear(CASE)
    assert await registries.files([question]) == {}


async def test_registries_that_cannot_be_read_are_unavailable(tmp_path: Path) -> None:
    """No answer is not an answer of INVALID."""
    database = open_driver(f"sqlite:///{tmp_path}/none.db", unavailable=StandingUnavailable)
    with pytest.raises(StandingUnavailable):
        await SqlCaseRegistries(database).files([CaseQuestion("a", "b", "c")])
    await database.close()
