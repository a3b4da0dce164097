"""The judge: every invariant can be broken, and is then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from gateway.allowance import WHOLE, Allowance, Coverage, Owner, Terms, Window
from gateway.ledger.record import commit
from gateway.ledger.verify import Fault, Report
from gateway.refusal import Reason
from gateway.register.city import StaffRole
from loadtest.answers import Answered, Row
from loadtest.evidence import Entry, Evidence
from loadtest.judge import Judge, killed
from loadtest.scenario import Call, Expected, Load
from loadtest.schedule import Send
from loadtest.verdict import Check, Kill

KEY = b"k" * 32
PURPOSE = "counter"
TERMS = Terms(PURPOSE, (Allowance("", Owner.STAFF, Window.DAY, 3),), None, 20, 50)
OTHERS = replace(TERMS, allowances=(*TERMS.allowances, Allowance("", Owner.STAFF, Window.YEAR, 9)))
HANA = StaffRole("hana", "p1", "citizen-affairs", "clerk")
LOAD = Load.model_validate(
    {
        "name": "counter",
        "department": "citizen-affairs",
        "role": "clerk",
        "people": 1,
        "purpose": PURPOSE,
        "calls": {"lookup": 1},
        "rate": 1.0,
    }
)
FULL = Reason.BUDGET_EXHAUSTED.value


def resident(number: int) -> str:
    """A made-up id."""
    return f"{number:010}"


def answered(*outcomes: str, call: Call = Call.LOOKUP) -> Answered:
    """Lookups of one resident after the other, and what became of each; `OK` has a receipt."""
    sends = [Send(at, 0, call, b"", (resident(at),)) for at in range(len(outcomes))]
    rows = [
        Row(
            0, at, 0, at, at, at + 1, outcome, f"{at}.x" if outcome == "OK" else "", outcome == "OK", _keys(at, outcome)
        )
        for at, outcome in enumerate(outcomes)
    ]
    return Answered(LOAD, [HANA], [sends], rows)


def _keys(at: int, outcome: str) -> tuple[str, ...]:
    return (f"r:{resident(at)}",) if outcome in {"OK", Reason.RESIDENT_NOT_FOUND} else ()


def entry(at: int, *, staff: str = "hana", asked: int | None = None, delivered: int = 1) -> Entry:
    """The record of that lookup."""
    subject = commit(KEY, resident(at if asked is None else asked))
    return Entry(f"{at}.x", at, "citizen-affairs", staff, PURPOSE, (subject,), delivered, TERMS.digest())


def kept(entries: Sequence[Entry], refusals: dict[tuple[str, str], int] | None = None) -> Evidence:
    """A ledger that holds this, and verifies."""
    return Evidence(Report(), list(entries), Counter(refusals or {}), {TERMS.digest(): TERMS}, 0.1, KEY)


def judged(
    answers: Answered, ledger: Evidence | None, *, must: tuple[Reason, ...] = (), disturbed: bool = False
) -> dict[str, Check]:
    """All checks, by name."""
    judge = Judge([answers], Expected(must=must), {"counter": TERMS.allowances}, [], ledger, disturbed)
    return {check.name: check for check in judge.checks()}


def broken(checks: dict[str, Check]) -> list[str]:
    """Those that do not hold."""
    return [name for name, check in checks.items() if check.holds is False]


def of_a_register(ledger: Evidence, residents: int) -> Evidence:
    """The same ledger, of a register of so many residents, where one person may see a hundredth."""
    shared = replace(TERMS, coverage=(Coverage(Owner.STAFF, warn=WHOLE // 200, stop=WHOLE // 100),))
    entries = [replace(each, register=residents) for each in ledger.entries]
    return replace(ledger, entries=entries, terms={TERMS.digest(): shared})


WELL = answered("OK", "OK", "OK", FULL)
LEDGER = kept([entry(0), entry(1), entry(2)], {("hana", FULL): 1})
MUST = (Reason.BUDGET_EXHAUSTED,)


def test_a_run_in_which_all_is_well() -> None:
    """Three seen of three, the fourth refused, all on record."""
    assert broken(judged(WELL, LEDGER, must=MUST)) == []
    assert broken(judged(WELL, of_a_register(LEDGER, 300), must=MUST)) == []


@pytest.mark.parametrize(
    ("answers", "ledger", "named"),
    [
        # one resident more than allowed
        (
            answered("OK", "OK", "OK", "OK"),
            kept([entry(at) for at in range(4)]),
            [
                "by the answers, nobody saw more residents than allowed",
                "by the ledger, nobody saw more residents than allowed",
            ],
        ),
        # more in the ledger than anybody received
        (
            answered("OK", "OK", FULL),
            kept([entry(at) for at in range(3)], {("hana", FULL): 1}),
            ["every record of a disclosure has its answer"],
        ),
        # a receipt of no record
        (
            WELL,
            kept([entry(0), entry(1), replace(entry(2), receipt="9.y")], {("hana", FULL): 1}),
            ["every answer that a client received has its record"],
        ),
        # somebody else's record
        (
            WELL,
            kept([entry(0), entry(1), entry(2, staff="jiro")], {("hana", FULL): 1}),
            ["every answer that a client received has its record"],
        ),
        # another resident's record
        (
            WELL,
            kept([entry(0), entry(1), entry(2, asked=7)], {("hana", FULL): 1}),
            ["every answer that a client received has its record"],
        ),
        # a record that says that nobody was delivered
        (
            WELL,
            kept([entry(0), entry(1), entry(2, delivered=0)], {("hana", FULL): 1}),
            ["every answer that a client received has its record"],
        ),
        # a refusal that is not on record
        (WELL, kept([entry(0), entry(1), entry(2)]), ["every refusal is in the ledger, by person and reason"]),
        # refused with room left
        (
            answered("OK", FULL),
            kept([entry(0)], {("hana", FULL): 1}),
            ["where more is wanted, less than 1 % of the allowance is left"],
        ),
        # a ledger that does not verify
        (
            WELL,
            replace(LEDGER, report=Report(faults=[Fault(1, "is missing")])),
            ["the ledger verifies: hashes, head, signatures, and each decision made again"],
        ),
        # other budgets decided than callers were told
        (
            WELL,
            replace(LEDGER, terms={TERMS.digest(): OTHERS}),
            ["the budgets that callers are told are those that decided"],
        ),
        # more of the register than one's share of it
        (
            WELL,
            of_a_register(LEDGER, 299),
            ["by the ledger, nobody saw more of the register in a year than their share"],
        ),
        # a reason that nobody expects
        (
            answered("OK", "OK", "OK", FULL, "STEP_UP_REQUIRED"),
            kept([entry(0), entry(1), entry(2)], {("hana", FULL): 1, ("hana", "STEP_UP_REQUIRED"): 1}),
            ["refusals are those that the scenario is about, and no others"],
        ),
    ],
)
def test_every_invariant_can_be_broken(answers: Answered, ledger: Evidence, named: list[str]) -> None:
    """Each by what it is about."""
    assert set(named) <= set(broken(judged(answers, ledger, must=MUST)))


def test_a_run_that_provokes_nothing_fails() -> None:
    """It would prove nothing."""
    quiet = judged(answered("OK"), kept([entry(0)]), must=MUST)
    assert broken(quiet) == ["refusals are those that the scenario is about, and no others"]


def test_somebody_without_identities_is_let_in() -> None:
    """An answer to a stranger is a fault, whatever else holds."""
    assert "refusals are those that the scenario is about, and no others" in broken(
        judged(answered("OK", call=Call.STRANGER), kept([entry(0)]))
    )


def test_what_a_kill_may_cost() -> None:
    """A record that nobody received, and repeats of a refusal; never an answer without its record."""
    lost = answered("OK", "UNAVAILABLE", FULL, FULL)
    ledger = kept([entry(0), entry(1), replace(entry(2), receipt="5.z")], {("hana", FULL): 1})
    assert broken(judged(lost, ledger, must=MUST, disturbed=True)) == []
    assert broken(judged(lost, kept([entry(1)], {("hana", FULL): 1}), must=MUST, disturbed=True)) != []


def test_without_a_ledger_only_answers_are_judged() -> None:
    """What cannot be judged is said, and neither holds nor fails."""
    checks = judged(answered("OK", "OK", "OK", "OK"), None)
    assert broken(checks) == ["by the answers, nobody saw more residents than allowed"]
    assert sum(check.holds is None for check in checks.values()) == 7


def test_windows_roll_in_answers_too() -> None:
    """Three on one day and three on the next are three at once."""
    days = [
        replace(row, day=day, number=row.number, keys=(f"r:{resident(10 * day + row.number)}",))
        for day in (0, 2)
        for row in answered("OK", "OK", "OK").rows
    ]
    sends = answered("OK", "OK", "OK").sends[0]
    answers = Answered(LOAD, [HANA], [sends, sends, sends], days)
    (use,) = Judge([answers], Expected(), {"counter": TERMS.allowances}, [], None, disturbed=False).uses()
    assert (use.by_answers, use.limit) == (3, 3)


@pytest.mark.parametrize(
    ("kills", "wanted", "holds"),
    [
        ([Kill(at=1, back_after=1, records=5, receipts=3, fault="")], 1, True),
        ([Kill(at=1, back_after=1, records=5, receipts=3, fault="a record is missing")], 1, False),
        ([Kill(at=1, back_after=1, records=5, receipts=3, fault="")], 2, False),  # fewer than asked for
    ],
)
def test_after_each_kill(kills: list[Kill], wanted: int, holds: bool) -> None:
    """What did not hold after any of them, or a kill that never came, breaks it."""
    assert holds is killed(kills, wanted).holds
