"""What the ledger keeps of grants beside the log: as if all were looked through each time, without doing so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import DAY
from gateway.ledger.fold import Fold
from gateway.ledger.grants import KEPT, MOST_WAITING, Grant, Grants
from gateway.ledger.snapshot import read_snapshot, write_snapshot
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import PLENTY, Office, ask, broken, decide

PEOPLE = ("hana", "jiro", "boss")
PURPOSES = ("fee-arrears", "resident-card")
EMERGENCY = pb.GRANT_KIND_BREAK_GLASS


def grant(
    name: str,
    requested: int,
    staff: str = "hana",
    *,
    post: str = "welfare-1",
    purpose: str = "fee-arrears",
    kind: pb.GrantKind.ValueType = pb.GRANT_KIND_STEP_UP,
    lasts: int = DAY,
) -> Grant:
    """A grant of this person's that was asked for then."""
    asked = pb.GrantTerms(kind=kind, until=requested + lasts, notified="boss" if kind == EMERGENCY else "")
    return Grant(name, "welfare", staff, post, purpose, bytes(32), "", 1, "", asked, frozenset(), requested)


@dataclass
class Naive:
    """The definition: all grants, looked through each time."""

    grants: dict[str, Grant] = field(default_factory=dict)

    def enter(self, new: Grant) -> None:
        """What ended a year ago and waits for nobody goes."""
        kept = {
            name: each
            for name, each in self.grants.items()
            if each.terms.until + KEPT >= new.requested or each.waits(new.requested)
        }
        self.grants = kept | {new.grant: new}

    def says(self, now: int) -> dict[str, object]:
        """All that is ever asked."""
        every = self.grants.values()
        emergencies = [each for each in every if each.kind == EMERGENCY]
        return {
            "all": [(each.grant, each.step, each.decider, each.decider_post) for each in every],
            "waiting": {
                staff: sum(each.staff == staff and each.kind != EMERGENCY and each.waits(now) for each in every)
                for staff in PEOPLE
            },
            "overdue": {
                staff: any(each.overdue(now) and staff in (each.staff, each.terms.notified) for each in every)
                for staff in PEOPLE
            },
            "broken": {
                (staff, purpose, since): sum(
                    (each.staff, each.purpose) == (staff, purpose) and each.requested > since for each in emergencies
                )
                for staff in PEOPLE
                for purpose in PURPOSES
                for since in (0, now - DAY, now)
            },
            "selections": {
                (staff, since): [
                    each.requested
                    for each in every
                    if each.staff == staff and each.kind == pb.GRANT_KIND_BULK and each.requested > since
                ]
                for staff in PEOPLE
                for since in (0, now - DAY, now)
            },
            "emergencies": sorted(each.grant for each in emergencies),
            "undecided": latest([each for each in every if each.waits(now)]),
            "of": {staff: latest([each for each in every if each.staff == staff]) for staff in PEOPLE},
        }


def latest(grants: list[Grant]) -> list[tuple[int, str]]:
    """Latest first, whatever the order of those that were asked for at once."""
    return sorted((-each.requested, each.grant) for each in grants)


def said(grants: Grants, now: int) -> dict[str, object]:
    """The same of the index; what it lists is in order as it stands."""
    listed = {staff: list(grants.asked_by(of(staff))) for staff in PEOPLE}
    for some in (grants.undecided(now), *listed.values()):
        assert [each.requested for each in some] == sorted((each.requested for each in some), reverse=True)
    return {
        "all": [(each.grant, each.step, each.decider, each.decider_post) for each in grants],
        "waiting": {staff: grants.waiting(staff, now) for staff in PEOPLE},
        "overdue": {staff: grants.overdue(staff, now) for staff in PEOPLE},
        "broken": {
            (staff, purpose, since): grants.broken(staff, purpose, since)
            for staff in PEOPLE
            for purpose in PURPOSES
            for since in (0, now - DAY, now)
        },
        "selections": {
            (staff, since): grants.selections(staff, since) for staff in PEOPLE for since in (0, now - DAY, now)
        },
        "emergencies": sorted(each.grant for each in grants.emergencies()),
        "undecided": latest(grants.undecided(now)),
        "of": {staff: latest(listed[staff]) for staff in PEOPLE},
    }


def of(staff: str) -> Callable[[Grant], bool]:
    """Whether it is theirs."""
    return lambda each: each.staff == staff


steps = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(PEOPLE),
        st.sampled_from(["welfare-1", "welfare-2"]),
        st.sampled_from(PURPOSES),
        st.sampled_from([pb.GRANT_KIND_STEP_UP, pb.GRANT_KIND_BULK, EMERGENCY, EMERGENCY]),
        st.sampled_from([0, 1, DAY, 30 * DAY]),
    ),
    st.tuples(
        st.just("decide"),
        st.integers(0, 30),
        st.sampled_from([pb.GRANT_STEP_APPROVED, pb.GRANT_STEP_REJECTED, pb.GRANT_STEP_REVOKED]),
    ),
    st.tuples(st.just("go"), st.sampled_from([1, DAY, 30 * DAY, KEPT, KEPT + DAY])),
    st.tuples(st.just("restart")),
)


@pytest.mark.rule("L4", "W7", "W8")
@given(steps=st.lists(steps, max_size=40))
def test_the_index_says_what_looking_through_all_would(
    steps: list[tuple[object, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whatever is asked for, broken, decided and left lying for a year, in any order, and out of a snapshot, too."""
    naive, fold, now = Naive(), Fold(), DAY
    snapshot = tmp_path_factory.getbasetemp() / "grants.snapshot"
    for place, (what, *how) in enumerate(steps):
        if what == "ask":
            staff, post, purpose, kind, lasts = how
            new = grant(f"g{place}", now, staff, post=post, purpose=purpose, kind=kind, lasts=lasts)  # type: ignore[arg-type] # drawn as such
            naive.enter(replace(new))
            fold.grants.enter(new)
        elif what == "decide":
            number, step = how
            names = list(naive.grants)
            if names:
                name = names[int(str(number)) % len(names)]
                found = naive.grants[name]
                found.step, found.decider, found.decider_post = int(str(step)), "boss", "welfare-9"
                fold.grants.decide(name, int(str(step)), "boss", "welfare-9")
        elif what == "go":
            now += int(str(how[0]))
        else:
            fold = again(fold, snapshot)
        assert said(fold.grants, now) == naive.says(now)


def again(fold: Fold, path: Path) -> Fold:
    """The same out of a snapshot."""
    write_snapshot(path, fold, bytes(32))
    restored = read_snapshot(path, bytes(32))
    assert restored is not None
    return restored


@pytest.mark.rule("L6")
def test_what_others_asked_for_costs_nobody_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of one person's grants, which they ask for and take back, are not looked at when somebody else asks,
    looks or breaks the glass; nor are those of that person that ended.
    """
    grants = Grants()
    for number in range(3000):
        grants.enter(grant(f"g{number}", number))
        if number % 300:
            grants.decide(f"g{number}", pb.GRANT_STEP_REVOKED, "hana", "welfare-1")
    for number in range(1000):  # Months later; those before have ended, undecided.
        grants.enter(grant(f"h{number}", 100 * DAY + number, lasts=1))
    asked: list[Grant] = []
    waits = Grant.waits

    def counted(each: Grant, now: int) -> bool:
        asked.append(each)
        return waits(each, now)

    monkeypatch.setattr(Grant, "waits", counted)

    now = 100 * DAY + 1000
    assert (grants.waiting("jiro", now), grants.overdue("jiro", now), grants.broken("jiro", "fee-arrears", 0)) == (
        0,
        False,
        0,
    )
    grants.enter(grant("mine", now, "jiro"))
    assert grants.waiting("jiro", now) == 1
    assert list(grants.asked_by(of("jiro"))) == [grants.get("mine")]
    assert grants.waiting("hana", now) == 0
    assert len(asked) < MOST_WAITING
    assert len(grants) == 4001


@pytest.mark.rule("L4")
async def test_what_waits_outlives_a_restart(office: Office) -> None:
    """Who has as many requests waiting as may wait has them after a restart, from the log as from a snapshot; an
    emergency is to be reviewed, and those of the day are counted.
    """
    ledger = await office.open(PLENTY)
    acts = [ask(f"g{number}", 1) for number in range(MOST_WAITING)]
    await ledger.settle([*acts, broken(2, grant="e1"), broken(3, grant="e2")])
    await ledger.close()
    for keep in (True, False):
        if not keep:
            office.snapshot.unlink()
        ledger = await office.open(PLENTY)
        (settled,) = await ledger.settle([ask(f"more-{keep}", 1)])
        assert settled.refusal is not None
        assert len(ledger.undecided_grants(ledger.now())) == MOST_WAITING + 2
        await ledger.close()
    ledger = await office.open(PLENTY)
    answers = await ledger.settle(
        [broken(4, grant="e3"), broken(5, grant="e4"), decide("g0", pb.GRANT_STEP_REJECTED), ask("g20", 1)]
    )
    assert [each.refusal is None for each in answers] == [True, False, True, True]
    await ledger.close()
    assert office.faults() == []
