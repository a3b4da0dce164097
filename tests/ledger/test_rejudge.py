"""Decisions of people, judged again: what a writer with all the keys records, and no rule allows, is found."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.allowance import Emergencies, Owner, Window
from gateway.clock import DAY, SECOND
from gateway.ledger.acts import Act, Disclosing, Overriding, Requesting
from gateway.ledger.grants import LONGEST, MOST_WAITING, SELECTIONS_A_DAY, Grant, Grants
from gateway.ledger.overrides import LONGEST as LONGEST_RAISED
from gateway.ledger.overrides import MOST_WAITING as MOST_PROPOSED
from gateway.ledger.overrides import Override
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import (
    BOSS,
    FIRM,
    HANA,
    JIRO,
    PLENTY,
    START,
    Office,
    ask,
    broken,
    decide,
    look,
    refuse,
    renew,
    terms,
)
from tests.ledger.test_verify import Change, Lines, rewrite

APPROVED, REJECTED, REVOKED = pb.GRANT_STEP_APPROVED, pb.GRANT_STEP_REJECTED, pb.GRANT_STEP_REVOKED
STEP_UP, BULK, REVERSAL, RENEWAL = (
    pb.GRANT_KIND_STEP_UP,
    pb.GRANT_KIND_BULK,
    pb.GRANT_KIND_REVERSAL,
    pb.GRANT_KIND_RENEWAL,
)
NOT_THEIRS = "decided on a grant that was not theirs to decide, or not any more"
TOO_OFTEN = "broke the glass although its terms did not cover it (BUDGET_EXHAUSTED)"
RAISED = pb.OverrideTerms(owner="staff", name="hana", meter=pb.METER_INTERACTIVE, window="1d", limit=9)


def override(name: str, step: pb.OverrideStep.ValueType, *, by: str = "boss", until: int = 0) -> Overriding:
    """A step of an override that Hana gains by, proposed where it has an end."""
    caller = replace(BOSS, staff=by)
    said = pb.OverrideTerms(until=until)
    said.MergeFrom(RAISED)
    return Overriding(caller, name, step, "", "r", FIRM, said if until else None)


async def told(office: Office, acts: Sequence[Act | int]) -> None:
    """Record all of it, one after the other; numbers are µs that go by."""
    ledger = await office.open(PLENTY)
    for act in acts:
        if isinstance(act, int):
            office.clock.go(act)
            continue
        (settled,) = await ledger.settle([act])
        assert settled.refusal is None, act
    await ledger.close()


# ------------------------------------------------------------------------------------------- what may be recorded


@pytest.mark.rule("R5", "W7", "W8", "L8")
@pytest.mark.parametrize("snapshot", [True, False])
async def test_whatever_the_rules_allow_is_confirmed(office: Office, *, snapshot: bool) -> None:
    """Every kind of grant and every step of it, emergencies and their reviews, renewals, overrides, other texts, ends,
    refusals between them, and a restart: nothing is found, and each step was judged.
    """
    acts: list[Act] = [
        ask("g1", 1, 2),
        ask("g2", kind=BULK, ceiling=5),
        ask("g3", 3, kind=REVERSAL, fields=("name",)),
        ask("g4", kind=RENEWAL, ceiling=2),
        *(ask(f"h{number}", number, until=START + 2 * DAY) for number in range(6)),
        decide("g1", APPROVED, 1, 2),
        *(decide(name, APPROVED) for name in ("g2", "g4")),
        decide("g3", APPROVED, 3),
        decide("h0", REJECTED, 0),
        decide("h1", REJECTED),
        decide("h2", REVOKED, caller=HANA),
        decide("h3", REVOKED),
        decide("h4", APPROVED, 4),
        replace(look(1, under=PLENTY), grant="g1", relation=pb.RELATION_COLLEAGUE),
        replace(look(2, 1, under=PLENTY), grant="g1"),
        replace(look(6, 7, under=PLENTY, divisible=True, page=1), grant="g2"),
        replace(look(3, under=PLENTY), grant="g3", reversal=True),
        renew(8, 9, grant="g4", under=PLENTY),
        decide("h4", REVOKED),
        decide("g1", REVOKED, caller=HANA),
        broken(10, grant="e1"),
        replace(broken(11, grant="e2"), relation=pb.RELATION_FAMILY),
        broken(12, grant="e3"),
        decide("e1", APPROVED, 10),
        decide("e2", REJECTED),
        override("o1", pb.OVERRIDE_STEP_PROPOSED, until=START + LONGEST_RAISED),
        override("o1", pb.OVERRIDE_STEP_APPROVED, by="jiro"),
        override("o1", pb.OVERRIDE_STEP_REVOKED),
    ]
    refused: list[Act] = [
        broken(13, grant="e4"),  # a fourth that day
        decide("h5", APPROVED, 5, caller=HANA),
        decide("h5", APPROVED, 6),
        decide("h5", APPROVED),
        decide("h4", APPROVED, 4),
        decide("e3", REVOKED),
        replace(look(1, under=PLENTY), grant="g1"),
        refuse(1),
    ]
    ledger = await office.open(PLENTY)
    assert [each.refusal for each in await ledger.settle(acts)] == [None] * len(acts)
    assert all(each.refusal for each in await ledger.settle(refused))
    await ledger.close()
    if not snapshot:
        office.snapshot.unlink()
    office.clock.go(DAY)
    other = terms((Owner.STAFF, Window.DAY, 99), emergencies=Emergencies(1, DAY))
    ledger = await office.open(other)
    later = await ledger.settle([look(20, under=other), decide("e3", APPROVED, 12), look(20, under=other)])
    assert [each.refusal is None for each in later] == [False, True, True]  # Overdue, reviewed, and open again.
    office.clock.go(DAY)
    assert (await ledger.settle([decide("h5", APPROVED, 5)]))[0].refusal is not None
    await ledger.close()

    report = office.verify()
    assert report.faults == []
    assert (report.kinds["grant"], report.kinds["override"], report.kinds["renewal"]) == (24, 3, 1)


names, emergencies = st.sampled_from(["g1", "g2", "g3", "g4"]), st.sampled_from(["e1", "e2", "e3"])
people = st.sampled_from([HANA, JIRO, BOSS])
few = st.lists(st.integers(0, 3), max_size=2, unique=True)
SOON = terms((Owner.STAFF, Window.DAY, 5), emergencies=Emergencies(2, 2 * SECOND))
grant_acts = st.one_of(
    st.builds(
        lambda name, numbers, kind, length, caller: ask(
            name, *numbers, kind=kind, until=START + length, ceiling=2, caller=caller
        ),
        names,
        few,
        st.sampled_from([STEP_UP, BULK, REVERSAL, RENEWAL]),
        st.integers(1, 5).map(lambda n: n * SECOND),
        people,
    ),
    st.builds(
        lambda name, step, numbers, caller: decide(name, step, *numbers, caller=caller),
        names | emergencies,
        st.sampled_from([APPROVED, APPROVED, REJECTED, REVOKED]),
        few,
        people,
    ),
    st.builds(
        lambda name, numbers, page, caller: replace(
            look(*numbers, under=SOON, caller=caller, page=page, divisible=bool(page)), grant=name
        ),
        names,
        few,
        st.integers(0, 1),
        people,
    ),
    st.builds(
        lambda number, name, caller: broken(number, grant=name, under=SOON, caller=caller),
        st.integers(0, 3),
        emergencies,
        st.sampled_from([HANA, JIRO]),
    ),
    st.builds(lambda numbers, name: renew(*numbers, grant=name, under=SOON), few, names),
)


def fresh_id(act: Act) -> str:
    """The id by which something new is to be decided or reviewed, "" where it is nothing new."""
    if isinstance(act, Disclosing) and act.glass is not None:
        return act.glass.grant
    return act.grant if isinstance(act, Requesting) else ""


@pytest.mark.rule("R5", "W7", "L4")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=st.lists(st.tuples(st.sampled_from([0, SECOND]), st.lists(grant_acts, max_size=6), st.sampled_from("-rk")))
)
def test_whatever_was_asked_and_decided_is_judged_the_same_again(
    batches: list[tuple[int, list[Act], str]], tmp_path: Path
) -> None:
    """Anybody asks, decides and looks, at any time, with restarts (with and without snapshot) in between."""
    office = Office(tmp_path / "state")
    shutil.rmtree(office.state, ignore_errors=True)
    office.found()

    async def live() -> None:
        ledger = await office.open(SOON)
        taken: set[str] = set()
        for step, batch, then in batches:
            office.clock.go(step)
            for act in batch:
                name = fresh_id(act)
                if name not in taken:  # Ids are drawn at random.
                    await ledger.settle([act])
                taken |= {name} - {""}
            if then in "rk":
                await ledger.close()
                if then == "k":
                    office.snapshot.unlink()
                ledger = await office.open(SOON)
        await ledger.close()

    asyncio.run(live())
    assert office.faults() == []


# ------------------------------------------------------------------------------ what a writer with the keys records


Bend = Callable[[pytest.MonkeyPatch], None]


def anybody_decides(patch: pytest.MonkeyPatch) -> None:
    """Settlement does not ask whether there is anything to decide, nor for whom."""
    patch.setattr(Grant, "decidable", lambda *_: True)
    patch.setattr(Override, "decidable", lambda *_: True)


def any_text(patch: pytest.MonkeyPatch) -> None:
    """Nor whether the purpose still has its text."""
    patch.setattr(Grant, "still_says", lambda *_: True)


def any_number(patch: pytest.MonkeyPatch) -> None:
    """Nor how many wait."""
    patch.setattr("gateway.ledger.decisions.request_left", lambda *_: None)
    patch.setattr("gateway.ledger.decisions.MOST_PROPOSED", 10**6)


def any_emergency(patch: pytest.MonkeyPatch) -> None:
    """Nor how often the glass is broken, nor whether a review is overdue."""
    patch.setattr("gateway.ledger.settlement.glass_left", lambda *_: None)
    patch.setattr(Grants, "overdue", lambda *_: False)


ASKED = ask("g1", 1)
YES = decide("g1", APPROVED, 1)
LOOKED = replace(look(1, under=PLENTY), grant="g1")
BROKEN = broken(1, grant="e1")


@pytest.mark.rule("R5", "W7", "W8", "L8")
@pytest.mark.parametrize(
    ("expected", "bend", "acts"),
    [
        # the requester says yes, and looks
        (NOT_THEIRS, anybody_decides, [ASKED, replace(YES, caller=HANA), LOOKED]),
        # or no: it is theirs to take back, not to reject
        (NOT_THEIRS, anybody_decides, [ASKED, decide("g1", REJECTED, 1, caller=HANA)]),
        # approved once more after it was taken back
        (NOT_THEIRS, anybody_decides, [ASKED, YES, decide("g1", REVOKED), YES]),
        # after it was rejected
        (NOT_THEIRS, anybody_decides, [ASKED, decide("g1", REJECTED), YES]),
        # approved twice: the second post would be the one that is named
        (NOT_THEIRS, anybody_decides, [ASKED, YES, YES]),
        # taken back twice
        (NOT_THEIRS, anybody_decides, [ASKED, decide("g1", REVOKED), decide("g1", REVOKED)]),
        # approved by somebody who named nobody
        ("decided on a grant, and names others than it does", anybody_decides, [ASKED, decide("g1", APPROVED)]),
        # or somebody else
        ("decided on a grant, and names others than it does", anybody_decides, [ASKED, decide("g1", APPROVED, 2)]),
        # one more than it is about
        ("decided on a grant, and names others than it does", anybody_decides, [ASKED, decide("g1", APPROVED, 1, 2)]),
        # after its end
        (NOT_THEIRS, anybody_decides, [ASKED, LONGEST, YES]),
        (NOT_THEIRS, anybody_decides, [ASKED, YES, LONGEST, decide("g1", REVOKED)]),
        # one's own emergency found right
        (NOT_THEIRS, anybody_decides, [BROKEN, decide("e1", APPROVED, 1, caller=HANA)]),
        # or taken back, which is no review
        (NOT_THEIRS, anybody_decides, [BROKEN, decide("e1", REVOKED)]),
        # more emergencies than the terms allow in a day
        (TOO_OFTEN, any_emergency, [broken(number, grant=f"e{number}") for number in range(4)]),
        # a look while a review is overdue, of the looker and of whoever has to make it
        (
            "disclosed although a look that broke the glass was not reviewed in time",
            any_emergency,
            [BROKEN, DAY, look(2, under=PLENTY)],
        ),
        (
            "disclosed although a look that broke the glass was not reviewed in time",
            any_emergency,
            [BROKEN, DAY, look(2, under=PLENTY, caller=BOSS)],
        ),
        # one more request than may wait
        (
            "asked for one more grant than they may ask for",
            any_number,
            [ask(f"g{number}", 1) for number in range(MOST_WAITING + 1)],
        ),
        # and for a stream, than a day has, though none of them waits
        (
            "asked for one more grant than they may ask for",
            any_number,
            [
                act
                for number in range(SELECTIONS_A_DAY + 1)
                for act in (ask(f"g{number}", kind=BULK), decide(f"g{number}", REVOKED))
            ],
        ),
        # for longer than anybody may ask
        ("asked for a grant for longer than there may be one", any_number, [ask("g1", 1, until=START + LONGEST + 1)]),
        # an emergency that was asked for, and a grant of nothing
        (
            "asked for a grant of what nobody can ask for",
            any_number,
            [ask("g1", 1, kind=pb.GRANT_KIND_BREAK_GLASS)],
        ),
        ("asked for a grant of what nobody can ask for", any_number, [ask("g1", 1, kind=pb.GRANT_KIND_UNSPECIFIED)]),
        # overrides: more than may wait, for longer than there may be, and approved for one's own gain
        (
            "proposed one more override than may wait for a decision",
            any_number,
            [override(f"o{n}", pb.OVERRIDE_STEP_PROPOSED, until=START + DAY) for n in range(MOST_PROPOSED + 1)],
        ),
        (
            "proposed an override for longer than there may be one",
            any_number,
            [override("o1", pb.OVERRIDE_STEP_PROPOSED, until=START + LONGEST_RAISED + 1)],
        ),
        (
            "decided on an override that was not theirs to decide",
            anybody_decides,
            [
                override("o1", pb.OVERRIDE_STEP_PROPOSED, until=START + DAY),
                override("o1", pb.OVERRIDE_STEP_APPROVED, by="hana"),
            ],
        ),
    ],
)
async def test_what_no_rule_allows_is_found_though_it_was_recorded(
    expected: str, bend: Bend, acts: list[Act | int], office: Office
) -> None:
    """By whoever runs other code, with the keys: everything is hashed, sealed and signed as ever, and the last record
    but those that follow from it is named.
    """
    with pytest.MonkeyPatch.context() as patch:
        bend(patch)
        await told(office, acts)

    assert [fault.partition(": ")[2] for fault in office.faults()] == [expected]


@pytest.mark.rule("R5", "W7")
async def test_a_text_that_was_not_in_force_is_found(office: Office) -> None:
    """A grant asked for, and one approved, under a text that the purpose does not have."""
    older = replace(ASKED, purpose_digest=bytes(32))
    with pytest.MonkeyPatch.context() as patch:
        any_text(patch)
        patch.setattr("gateway.ledger.fold.Fold.book", _Everything(), raising=False)
        office_ledger = await office.open(PLENTY)
        for act in (older, YES):
            assert (await office_ledger.settle([act]))[0].refusal is None
        await office_ledger.close()

    assert [fault.partition(": ")[2] for fault in office.faults()] == ["its purpose was not in force"] * 2


class _Everything(frozenset[bytes]):
    """A book in which every text stands."""

    def __set__(self, _: object, __: object) -> None:
        """Whatever is recorded of it."""

    def __get__(self, _: object, __: object = None) -> frozenset[bytes]:
        return self

    def __contains__(self, _: object) -> bool:
        return True


def unreviewed(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A look that broke the glass is a request like any other: nobody has to review it."""
    private.grant_terms.kind = STEP_UP


def unnamed(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """It has no id by which it could be reviewed."""
    private.grant = ""


def unsaid(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """It does not say that it broke anything."""
    private.break_glass = False


def boundless(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Nor what is to be reviewed."""
    private.ClearField("grant_terms")


def much_later(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Its review is due in a year."""
    private.grant_terms.until += 365 * DAY


def told_oneself(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Its superior is the looker."""
    private.grant_terms.notified = private.staff


def told_nobody(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Nobody was told."""
    private.grant_terms.notified = ""


def at_oneself(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """It was at the looker's own entry."""
    private.relation = pb.RELATION_SELF


def where_it_cannot_be(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """Under terms that let nobody break it."""
    private.terms_digest = terms().digest()


def kin(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A look at kin, which nobody approved."""
    private.relation, private.break_glass, private.grant = pb.RELATION_FAMILY, False, ""
    private.ClearField("grant_terms")


NOTHING_TO_REVIEW = "broke the glass, and nothing says that it has to be reviewed"
NOT_WHEN = "broke the glass, and is not to be reviewed when its terms say"


@pytest.mark.rule("R5", "W6", "W8")
@pytest.mark.parametrize(
    ("expected", "forge"),
    [
        (NOTHING_TO_REVIEW, unreviewed),
        (NOTHING_TO_REVIEW, unnamed),
        (NOTHING_TO_REVIEW, unsaid),
        (NOTHING_TO_REVIEW, boundless),
        (NOT_WHEN, much_later),
        (NOT_WHEN, where_it_cannot_be),
        ("broke the glass although its terms did not cover it (STEP_UP_REQUIRED)", where_it_cannot_be),
        ("broke the glass, and nobody else was told", told_oneself),
        ("broke the glass, and nobody else was told", told_nobody),
        ("broke the glass to look at the caller's own entry", at_oneself),
        ("shows one of the caller's own people, and nobody approved it", kin),
    ],
)
async def test_an_emergency_that_would_not_be_reviewed_is_found(expected: str, forge: Change, office: Office) -> None:
    """Rewritten with all keys at hand."""
    ledger = await office.open(PLENTY, terms())
    await ledger.settle([BROKEN])
    last = len(office.records()) - 1
    await ledger.close()
    assert office.faults() == []

    rewrite(office, last, forge)

    assert f"record {last}: {expected}" in office.faults()


def shows(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """A field left."""
    header.fields_delivered.append("income")


def delivers(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """Somebody was shown."""
    lines[:] = [(bytes(16), pb.OUTCOME_DELIVERED, 0)]


def refuses(_: pb.Header, __: pb.Private, lines: Lines) -> None:
    """What becomes of somebody by another kind of record."""
    lines[:] = [(bytes(16), pb.OUTCOME_REFUSED, 0)]


def uncounted(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A refusal that counts for nobody's attempts."""
    private.refusals = 0


def asks_again(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A decision that makes the grant wait again."""
    private.grant_step = pb.GRANT_STEP_REQUESTED


def undecided(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A decision that says nothing."""
    private.grant_step = pb.GRANT_STEP_UNSPECIFIED


def with_terms(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A decision that brings terms of its own."""
    private.grant_terms.kind = STEP_UP


def other_case(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """A decision that seems to be on another case."""
    header.case_reference = "CASE-2"


def of_nothing(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """A decision on no grant."""
    private.grant = ""


def by_terms(_: pb.Header, private: pb.Private, __: Lines) -> None:
    """As if budgets had decided."""
    private.terms_digest = PLENTY.digest()


def of_limits(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """For a purpose whose text is that of its terms."""
    header.purpose_digest = PLENTY.digest()


def unknown(header: pb.Header, _: pb.Private, __: Lines) -> None:
    """Of a kind that nobody has heard of."""
    header.kind = pb.Kind.ValueType(99)


REFUSED, START_OF, ASKING, DECIDING, LOOKING = 3, 1, 4, 5, 6


@pytest.mark.rule("R5", "R1", "W7")
@pytest.mark.parametrize(
    ("expected", "seq", "forge"),
    [
        ("it shows somebody, and a refusal shows nobody", REFUSED, shows),
        ("it shows somebody, and a refusal shows nobody", REFUSED, delivers),
        ("it shows somebody, and a start shows nobody", START_OF, delivers),
        ("it shows somebody, and a grant shows nobody", DECIDING, shows),
        ("it says what does not become of anybody by a start", START_OF, refuses),
        ("it says what does not become of anybody by a grant", DECIDING, refuses),
        ("it says what does not become of anybody by a disclosure", LOOKING, refuses),
        ("it refuses for no reason, or nothing", REFUSED, uncounted),
        ("asked for a grant of what nobody can ask for", DECIDING, asks_again),
        ("a grant was decided, and nothing is said of how", DECIDING, asks_again),
        (NOT_THEIRS, DECIDING, undecided),
        ("a grant was decided, and nothing is said of how", DECIDING, undecided),
        ("decided on a grant, and asks for one", DECIDING, with_terms),
        ("decided on a grant of another purpose or case than it says", DECIDING, other_case),
        ("it says of no grant what became of it", DECIDING, of_nothing),
        ("it says of no grant what became of it", ASKING, of_nothing),
        ("nothing of its kind is decided by terms", DECIDING, by_terms),
        ("its purpose was not in force", ASKING, of_limits),
        ("its purpose was not in force", LOOKING, of_limits),
        ("it is of a kind that this verification does not know", LOOKING, unknown),
    ],
)
async def test_a_record_that_is_not_of_its_kind_is_found(
    expected: str, seq: int, forge: Change, office: Office
) -> None:
    """What shows somebody is a disclosure, and what decides says what."""
    ledger = await office.open(PLENTY)
    await ledger.settle([refuse(1), ASKED, YES, LOOKED])
    await ledger.close()
    assert office.faults() == []

    rewrite(office, seq, forge)

    assert f"record {seq}: {expected}" in office.faults()
