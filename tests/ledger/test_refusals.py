from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import SECOND
from gateway.ledger.fold import PROBING
from gateway.ledger.refusals import MINUTE, LikeRefusals, RefusalKind
from gateway.refusal import REASONS, Reason

KIND = RefusalKind("welfare", "welfare-desk", "hana", "welfare-1", "fee-arrears", "STEP_UP_REQUIRED")
OTHER = RefusalKind("welfare", "welfare-desk", "jiro", "welfare-2", "fee-arrears", "STEP_UP_REQUIRED")


@pytest.mark.rule("R1")
@pytest.mark.parametrize(
    ("expected", "kind", "now"),
    [
        (False, KIND, 30 * SECOND),  # the same minute
        (True, KIND, MINUTE),  # the next minute
        (True, OTHER, 30 * SECOND),  # somebody else
    ],
)
def test_the_first_of_a_minute_is_told_from_its_repeats(*, expected: bool, kind: RefusalKind, now: int) -> None:
    """Alike are refusals of one caller for one reason within one minute of the clock."""
    like = LikeRefusals()
    assert like.first(KIND, 0)

    assert expected is like.first(kind, now)


@pytest.mark.rule("R1")
def test_repeats_wait_as_a_count_with_their_residents() -> None:
    """Each resident once, however often they were asked for."""
    like = LikeRefusals()
    for residents in (("a",), ("b", "a"), ()):
        like.repeat(KIND, residents)
    like.repeat(OTHER, ("c",))

    due = {kind: (repeats.count, list(repeats.residents)) for kind, repeats in like.due()}
    assert due == {KIND: (3, ["a", "b"]), OTHER: (1, ["c"])}
    assert like.due() == []


def test_one_persons_repeats_are_due_alone() -> None:
    """Who asks next has their own attempts recorded, and nobody else's."""
    like = LikeRefusals()
    like.repeat(KIND, ())
    like.repeat(OTHER, ())

    assert [kind for kind, _ in like.due("hana")] == [KIND]
    assert [kind for kind, _ in like.due()] == [OTHER]


@given(st.lists(st.tuples(st.sampled_from([KIND, OTHER]), st.sampled_from(["repeat", "doubtful", "certain"]))))
def test_no_refusal_goes_uncounted(acts: list[tuple[RefusalKind, str]]) -> None:
    """Whatever commits fail in between, everything that was repeated is recorded once and only once."""
    like, told, recorded = LikeRefusals(), 0, 0
    for kind, act in [*acts, (KIND, "certain")]:
        if act == "repeat":
            like.repeat(kind, ())
            told += 1
            continue
        due = sum(repeats.count for _, repeats in like.due())
        if act == "certain":
            like.certain()
            recorded += due
        else:
            like.doubtful()

    assert told == recorded


def test_after_a_doubtful_commit_the_first_is_recorded_again() -> None:
    """Whether it has its record is not known, so it gets one."""
    like = LikeRefusals()
    like.first(KIND, 0)
    like.doubtful()

    assert like.first(KIND, 0)


@pytest.mark.rule("L1")
def test_attempts_are_what_probes_and_nothing_else() -> None:
    """Asking for what one may not have, and learning without a charge that there are many or two; not being out of
    budget, malformed or turned away.
    """
    told_for_nothing = {Reason.TOO_MANY_RESULTS, Reason.NOT_UNIQUE}
    assert {reason for reason in Reason if reason.value in PROBING} == told_for_nothing | {
        reason for reason in Reason if REASONS[reason].code == "PERMISSION_DENIED"
    }
    assert not PROBING & {Reason.RESIDENT_NOT_FOUND, Reason.BUDGET_EXHAUSTED, Reason.REQUEST_MALFORMED}


@pytest.mark.rule("L1")
@pytest.mark.parametrize("reason", Reason)
def test_waiting_attempts_count_for_who_made_them(reason: Reason) -> None:
    """Before they are recorded; nobody gains a second of probing, and nobody is held up for what is no attempt."""
    like = LikeRefusals()
    for kind in (KIND, KIND, OTHER):
        like.repeat(replace(kind, reason=reason.value), ())
    assert (like.attempts("hana"), like.attempts("jiro")) == ((2, 1) if reason.value in PROBING else (0, 0))
    like.due()
    assert like.attempts("hana") == 0
