"""The judge: what the clients received, held against what the ledger says and what the budgets allow.

Rule: every check can fail. A limit is judged twice, by answers and by ledger, because either alone could be wrong in
the same way as the gateway; an answer is one record, and a record one answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.allowance import Allowance, Owner
from gateway.clock import DAY, SECOND
from gateway.refusal import REASONS, Reason
from loadtest.answers import Answered, is_lost, is_refusal
from loadtest.evidence import Evidence, held_by_ledger, most_at_once, shares_held, who
from loadtest.scenario import Call, Expected
from loadtest.service.questions import Person
from loadtest.verdict import AllowanceUse, Check, Kill
from loadtest.worker import PATIENCE, person_key

_FULL: Final = 0.99
"""Whoever is refused for a budget has one that is at least this full."""
_SLACK: Final = round(2 * PATIENCE * SECOND)
"""An answer may arrive so much later than it was recorded, µs."""
_TOLD: Final = 5
"""Faults of one check that are named."""


@dataclass(frozen=True, slots=True)
class Judge:
    """What is judged. `told`: the allowances that the gateway itself named for each load; `kept`: the ledger, None
    where it is not at hand; `disturbed`: gateways were killed or stopped, so that answers may have got lost.
    """

    answers: Sequence[Answered]
    expected: Expected
    told: Mapping[str, Sequence[Allowance]]
    residents: Sequence[Person]
    kept: Evidence | None
    disturbed: bool

    def checks(self) -> list[Check]:
        """All invariants."""
        uses = self.uses()
        return [
            self._expected(),
            self._covered(uses),
            self._covered_in_ledger(uses),
            self._shared(),
            self._filled(uses),
            self._verifies(),
            self._answers_recorded(),
            self._records_answered(),
            self._refusals_recorded(),
            self._same_budgets(),
        ]

    def faults_now(self) -> str:
        """What does not hold in the midst of a run, after a gateway has come back; "" if everything does."""
        uses = self.uses()
        now = (
            self._covered(uses),
            self._covered_in_ledger(uses),
            self._shared(),
            self._verifies(),
            self._answers_recorded(),
        )
        return "; ".join(f"{check.name}: {check.found}" for check in now if check.holds is False)

    # ------------------------------------------------------------------------------------------------- budgets

    def uses(self) -> list[AllowanceUse]:
        """Every allowance of everybody who asked, and how much of it was used."""
        by_ledger = {}
        if self.kept is not None:
            held = held_by_ledger(self.kept.entries, self.kept.terms)
            by_ledger = {(each.owner, each.who, each.allowance): each.most for each in held}
        owners: dict[tuple[Owner, str, Allowance], None] = {}
        for answered in self.answers:
            for person in answered.crew:
                for allowance in self.told[answered.load.name]:
                    owners[allowance.owner, who(allowance.owner, person.department, person.staff), allowance] = None
        seen, refused = self._seen(), self._short()
        uses = []
        for owner, name, allowance in owners:
            most = most_at_once(
                (
                    (moment, keys, allowance in told)
                    for moment, department, staff, purpose, keys, told in seen
                    if who(owner, department, staff) == name and allowance.purpose in {"", purpose}
                ),
                allowance.window,
                slack=_SLACK,
            )
            ledger = None if self.kept is None else by_ledger.get((owner, name, allowance), 0)
            short = any(
                who(owner, department, staff) == name and allowance.purpose in {"", purpose}
                for department, staff, purpose in refused
            )
            full = max(most, ledger or 0) >= _FULL * allowance.residents
            uses.append(
                AllowanceUse(
                    owner=owner.value,
                    who=name,
                    purpose=allowance.purpose,
                    window=allowance.window.value,
                    limit=allowance.residents,
                    by_answers=most,
                    by_ledger=ledger,
                    exceeded=short and full,
                )
            )
        return uses

    def _seen(self) -> list[tuple[int, str, str, str, list[Hashable], frozenset[Allowance]]]:
        """Who saw whom, by the answers: (µs, department, staff, purpose, residents, allowances told), in order."""
        known: dict[str, str] = {}
        for each in self.residents:
            year, month, day = (int(part) for part in each.born.split("-"))
            known[person_key(each.name, each.kana, (year, month, day))] = f"r:{each.resident_id}"
        seen = []
        for answered in self.answers:
            told = frozenset(self.told[answered.load.name])
            for row in answered.rows:
                # What a grant opened is on a meter of its own.
                if row.keys and answered.asked(row).call is not Call.GRANTED_STREAM:
                    person = answered.person(row)
                    keys: list[Hashable] = [known.get(key, key) for key in row.keys]
                    moment = row.day * DAY + row.done
                    seen.append((moment, person.department, person.staff, answered.load.purpose, keys, told))
        return sorted(seen, key=lambda each: each[0])

    def _short(self) -> set[tuple[str, str, str]]:
        """Who was refused for a budget: (department, staff, purpose)."""
        return {
            (person.department, person.staff, answered.load.purpose)
            for answered in self.answers
            for row in answered.ends
            # A batch or a search is admitted whole or not at all: it may be refused although there is room for one.
            if row.outcome == Reason.BUDGET_EXHAUSTED and answered.asked(row).call in _DIVISIBLE
            for person in (answered.person(row),)
        }

    @staticmethod
    def _covered(uses: Sequence[AllowanceUse]) -> Check:
        over = [f"{_named(each)}: {each.by_answers}" for each in uses if each.by_answers > each.limit]
        return _check(
            "by the answers, nobody saw more residents than allowed", ("L1", "L3"), over, f"{len(uses)} allowances"
        )

    @staticmethod
    def _covered_in_ledger(uses: Sequence[AllowanceUse]) -> Check:
        name = "by the ledger, nobody saw more residents than allowed"
        judged = [(each, each.by_ledger) for each in uses if each.by_ledger is not None]
        if not judged:
            return Check(name=name, rules=("L1", "L3"), holds=None, found="the ledger is not at hand")
        over = [f"{_named(each)}: {held}" for each, held in judged if held > each.limit]
        return _check(name, ("L1", "L3"), over, f"{len(judged)} allowances")

    def _shared(self) -> Check:
        name = "by the ledger, nobody saw more of the register in a year than their share"
        if self.kept is None:
            return Check(name=name, rules=("L7",), holds=None, found="the ledger is not at hand")
        shares = shares_held(self.kept.entries, self.kept.terms)
        over = [f"{each.who} {each.limit}: {each.most}" for each in shares if each.most > each.limit]
        return _check(name, ("L7",), over, f"{len(shares)} shares")

    def _filled(self, uses: Sequence[AllowanceUse]) -> Check:
        """Whoever was refused for a budget has one that is full."""
        faults, shortfall = [], 0.0
        short = self._short()
        for department, staff, purpose in sorted(short):
            fullest = max(
                max(each.by_answers, each.by_ledger or 0) / each.limit
                for each in uses
                if each.who in {department, staff, "city"} and each.purpose in {"", purpose}
            )
            shortfall = max(shortfall, 1 - fullest)
            if fullest < _FULL:
                faults.append(f"{staff} was refused with {fullest:.1%} of the fullest allowance used")
        found = f"{len(short)} people wanted more; shortfall {max(0.0, shortfall):.2%} at most"
        return _check("where more is wanted, less than 1 % of the allowance is left", ("L2",), faults, found)

    def _same_budgets(self) -> Check:
        name = "the budgets that callers are told are those that decided"
        if self.kept is None:
            return Check(name=name, rules=("L1",), holds=None, found="the ledger is not at hand")
        faults = []
        by_purpose: dict[tuple[str, str], set[Allowance]] = {}
        for entry in self.kept.entries:
            by_purpose.setdefault((entry.department, entry.purpose), set()).update(
                self.kept.terms[entry.terms].allowances
            )
        for answered in self.answers:
            decided = by_purpose.get((answered.load.department, answered.load.purpose))
            if decided is not None and decided != set(self.told[answered.load.name]):
                faults.append(f"{answered.load.purpose}: told {len(self.told[answered.load.name])} others")
        return _check(name, ("L1",), faults, f"{len(by_purpose)} purposes")

    # -------------------------------------------------------------------------------------------------- ledger

    def _verifies(self) -> Check:
        name = "the ledger verifies: hashes, head, signatures, and each decision made again"
        if self.kept is None:
            return Check(name=name, rules=("R4", "R5"), holds=None, found="the ledger is not at hand")
        report = self.kept.report
        found = f"{report.records} records, {report.decisions} decisions"
        return _check(name, ("R4", "R5"), [str(fault) for fault in report.faults], found)

    def _answers_recorded(self) -> Check:
        """Each answer that anybody received is one record: of the same person, purpose, number and residents."""
        name = "every answer that a client received has its record"
        if self.kept is None:
            return Check(name=name, rules=("R1", "R4"), holds=None, found="the ledger is not at hand")
        entries = {entry.receipt: entry for entry in self.kept.entries}
        faults, received, taken = [], 0, set()
        for answered in self.answers:
            for row in answered.rows:
                if not row.receipt:
                    continue
                received += 1
                entry = entries.get(row.receipt)
                person = answered.person(row)
                if entry is None:
                    faults.append(f"{row.receipt}: not in the ledger")
                elif row.receipt in taken:
                    faults.append(f"{row.receipt}: given out twice")
                elif (entry.staff, entry.purpose, entry.delivered) != (
                    person.staff,
                    answered.load.purpose,
                    row.delivered,
                ):
                    faults.append(
                        f"{row.receipt}: {row.delivered} residents for {person.staff}, recorded {entry.delivered} for "
                        f"{entry.staff}"
                    )
                elif (asked := answered.asked(row).residents) and {self.kept.subject(each) for each in asked} != set(
                    entry.subjects
                ):
                    faults.append(f"{row.receipt}: other residents than were asked for")
                taken.add(row.receipt)
        return _check(name, ("R1", "R2", "R4"), faults, f"{received} receipts")

    def _records_answered(self) -> Check:
        """Undisturbed, the ledger holds nothing that nobody received; else only what was on its way then."""
        name = "every record of a disclosure has its answer"
        if self.kept is None:
            return Check(name=name, rules=("R1",), holds=None, found="the ledger is not at hand")
        answers = sum(row.disclosed for answered in self.answers for row in answered.rows)
        records = len(self.kept.entries)
        lost = sum(is_lost(row.outcome) for answered in self.answers for row in answered.ends)
        found = f"{records} records, {answers} answers, {lost} questions that got neither answer nor reason"
        if lost or self.disturbed:
            return _check(name, ("R1",), [found] if records < answers else [], found)
        return _check(name, ("R1",), [found] if records != answers else [], found)

    def _refusals_recorded(self) -> Check:
        """Of a crash, up to a second of repeats may be lost, never a kind of refusal altogether."""
        name = "every refusal is in the ledger, by person and reason"
        if self.kept is None:
            return Check(name=name, rules=("R1",), holds=None, found="the ledger is not at hand")
        received: Counter[tuple[str, str]] = Counter()
        for answered in self.answers:
            for row in answered.ends:
                if row.outcome in REASONS and row.outcome not in _UNRECORDED:
                    received[answered.person(row).staff if answered.honest(row) else "", row.outcome] += 1
        lost = self.disturbed or any(is_lost(row.outcome) for answered in self.answers for row in answered.ends)
        faults = [
            f"{staff or 'nobody known'} {reason}: {times} received, {self.kept.refusals[staff, reason]} recorded"
            for (staff, reason), times in received.items()
            if (not self.kept.refusals[staff, reason] if lost else self.kept.refusals[staff, reason] != times)
        ]
        return _check(name, ("R1",), faults, f"{received.total()} refusals of {len(received)} kinds")

    # ------------------------------------------------------------------------------------------------ expected

    def _expected(self) -> Check:
        """The run brought about what it was for, and nothing that nobody expects."""
        must, may = set(self.expected.must), {*self.expected.must, *self.expected.may}
        seen: Counter[str] = Counter()
        faults = []
        for answered in self.answers:
            for row in answered.ends:
                if not is_refusal(row.outcome):
                    continue
                if answered.honest(row):
                    seen[row.outcome] += 1
                elif row.outcome not in _AT_THE_DOOR[answered.asked(row).call]:
                    faults.append(f"{row.outcome} for somebody without both identities")
        faults += [f"{reason}: never happened" for reason in sorted(must) if not seen[reason]]
        faults += [
            f"{reason}: {times} times, which nobody expects" for reason, times in seen.items() if reason not in may
        ]
        let_in = [
            row
            for answered in self.answers
            for row in answered.rows
            if not answered.honest(row) and (row.receipt or row.outcome == "LET_IN")
        ]
        faults += [f"{len(let_in)} answers for somebody without both identities"] if let_in else []
        told = ", ".join(f"{reason} {times}" for reason, times in sorted(seen.items())) or "no refusals"
        return _check("refusals are those that the scenario is about, and no others", ("E", "W1"), faults, told)


_DIVISIBLE: Final = frozenset({Call.LOOKUP, Call.MISS, Call.STREAM})
"""Ways to ask that get whatever is left."""

_UNRECORDED: Final = frozenset({Reason.RESIDENT_NOT_FOUND.value, Reason.LEDGER_UNAVAILABLE.value})
"""Reasons that are no refusals in the ledger: an absence is a disclosure, and no ledger can record its own failure."""

_AT_THE_DOOR: Final[Mapping[Call, frozenset[str]]] = {
    Call.STRANGER: frozenset({Reason.IDENTITY_INVALID.value, Reason.OVERLOADED.value}),
    Call.NOBODY: frozenset({"NO_CERTIFICATE"}),
}
"""How those end who come without both identities."""


def killed(kills: Sequence[Kill], wanted: int) -> Check:
    """What was found after each of them, and that there were as many as wanted."""
    faults = [f"at {kill.at:g} s: {kill.fault}" for kill in kills if kill.fault]
    faults += [f"{len(kills)} kills, not {wanted}"] if len(kills) < wanted else []
    most = max((kill.back_after for kill in kills), default=0.0)
    found = f"{len(kills)} kills; in service again after {most:.2f} s at most"
    name = "after each kill the ledger verifies, holds what clients received, and nobody has too much"
    return _check(name, ("L3", "L4", "R4"), faults, found)


def _check(name: str, rules: tuple[str, ...], faults: Sequence[str], found: str) -> Check:
    told = "; ".join([*faults[:_TOLD], *([f"and {len(faults) - _TOLD} more"] if len(faults) > _TOLD else [])])
    return Check(name=name, rules=rules, holds=not faults, found=told or found)


def _named(use: AllowanceUse) -> str:
    return f"{use.who} {use.window} {use.purpose or 'all purposes'} {use.limit}"
