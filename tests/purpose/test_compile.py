from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Allowance, Owner, Rate, Terms, Window
from gateway.field import FIELDS
from gateway.finding import parse_yaml
from gateway.purpose.check import check
from gateway.purpose.compile import compile_plans
from gateway.purpose.limits import read_limits
from gateway.purpose.plan import Plan, SearchKey, StreamRule
from masking.keyring import Keyring
from masking.pseudonym import ForeignToken
from masking.value import AgeBand, AreaLevel, Exact, Occasion, PartialDate, Pseudonym, Sex

GOLDEN = Path(__file__).parent / "golden"
EVERYTHING = (GOLDEN / "purpose" / "working_everything.yaml").read_bytes()
PSEUDONYMS = (GOLDEN / "purpose" / "working_pseudonyms.yaml").read_bytes()
SMALLEST = (GOLDEN / "purpose" / "working_smallest.yaml").read_bytes()
NAMES = (GOLDEN / "purpose" / "working_stream_of_names.yaml").read_bytes()

Compile = Callable[[bytes], dict[str, Plan]]

TODAY = Occasion("0000000017", Sex.FEMALE, date(2026, 6, 1))


def test_a_plan_says_what_the_text_says(compile_text: Compile) -> None:
    """Every key of the text that a request is judged by stands in the plan."""
    plan = compile_text(EVERYTHING)["welfare"]

    assert plan.purpose == "example"
    assert plan.digest == sha256(EVERYTHING).digest()
    assert plan.roles == {"clerk", "head"}
    assert plan.title.ja == "例"
    assert plan.legal_basis.en == "Example Act, art. 1"
    assert plan.search_by == {SearchKey.RESIDENT_ID}
    assert plan.case_registry == "welfare-cases"
    assert plan.applicant_required
    assert plan.restricted_allowed
    assert (plan.stream, plan.subjects) == (None, None)


def test_what_is_not_written_is_the_narrower_choice(compile_text: Compile) -> None:
    """No stream, no pseudonyms, and protected residents stay protected."""
    plan = compile_text(SMALLEST)["welfare"]

    assert (plan.stream, plan.subjects, plan.case_registry) == (None, None, None)
    assert not plan.restricted_allowed


def test_a_purpose_is_compiled_once_for_each_recipient(compile_text: Compile) -> None:
    """Each department with its own roles and its own limits."""
    plans = compile_text(EVERYTHING)

    assert {department: plan.roles for department, plan in plans.items()} == {
        "welfare": {"clerk", "head"},
        "planning": {"analyst"},
    }
    assert plans["welfare"].terms_digest != plans["planning"].terms_digest


@pytest.mark.rule("F1", "F4")
@given(granted=st.sets(st.sampled_from(sorted(FIELDS)), min_size=1))
def test_a_plan_reads_the_granted_fields_and_no_other(granted: set[str]) -> None:
    """In the order of the catalogue, whatever the order of the text: no field is read that no purpose names."""
    fields = ", ".join(f"{field}: keep" for field in sorted(granted, reverse=True))
    text = SMALLEST.replace(b"fields:\n  name: keep", f"fields: {{{fields}}}".encode())
    limits = read_limits(parse_yaml((GOLDEN / "limits" / "working_general.yaml").read_bytes(), "limits.yaml"))
    (checked,) = check([parse_yaml(text, "example.yaml")], limits, None)
    (plan,) = compile_plans(checked, limits, Keyring(1, bytes(32)))

    assert plan.reads == tuple(field for field in FIELDS if field in granted)
    assert [rule.field for rule in plan.fields] == list(plan.reads)


@pytest.mark.rule("F6")
def test_what_a_mask_needs_is_read_but_not_granted(compile_text: Compile) -> None:
    """A surrogate name needs the sex: it is the last of what is read, and no field of the answer."""
    plan = compile_text(PSEUDONYMS)["welfare"]

    assert plan.reads == ("resident_id", "name", "birth_date", "address", "income", "sex")
    assert "sex" not in [rule.field for rule in plan.fields]


def test_a_granted_sex_is_read_once(compile_text: Compile) -> None:
    """What is granted anyhow is not read a second time for a mask."""
    text = PSEUDONYMS.replace(b"fields:", b"fields:\n  sex: keep")
    plan = compile_text(text)["welfare"]

    assert plan.reads.count("sex") == 1


def test_masks_are_bound_with_their_settings(compile_text: Compile) -> None:
    """The width that the steward wrote is the width of the answer."""
    masks = {rule.field: rule for rule in compile_text(PSEUDONYMS)["welfare"].fields}

    assert masks["birth_date"].mask == "age_band"
    assert masks["birth_date"].masker(PartialDate(1986, 5, 1), TODAY) == AgeBand(40, 44)
    assert compile_text(SMALLEST)["welfare"].fields[0].masker("潮見　花", TODAY) == Exact("潮見　花")


@pytest.mark.rule("M1", "M3")
def test_two_departments_under_one_purpose_hold_pseudonyms_that_do_not_link(compile_text: Compile) -> None:
    """Each pseudonym opens in its own department's plan and is worth nothing in the other's."""
    recipient = b"[{department: welfare, roles: [clerk]}"
    plans = compile_text(PSEUDONYMS.replace(recipient, recipient + b", {department: planning, roles: [analyst]}"))
    tokens = {department: plan.fields[0].masker("0000000017", TODAY) for department, plan in plans.items()}
    subjects = {department: plan.subjects for department, plan in plans.items()}
    ours, theirs = tokens["welfare"], tokens["planning"]

    assert isinstance(ours, Pseudonym)
    assert isinstance(theirs, Pseudonym)
    assert ours != theirs
    assert subjects["welfare"] is not None
    assert subjects["welfare"].open(ours.token) == "0000000017"
    with pytest.raises(ForeignToken):
        subjects["welfare"].open(theirs.token)


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("expected", "text", "change"),
    [
        # As the masks are: towns, bands of five years, and one for all from ninety up.
        (StreamRule(500, AreaLevel.TOWN, 5, 90, True), PSEUDONYMS, (b"", b"")),
        # As the mask reckons: else who is found but shown younger has a birthday tomorrow.
        (
            StreamRule(500, AreaLevel.TOWN, 5, 60, False),
            PSEUDONYMS,
            (b"width: 5", b"width: 5, top: 60, reckoning: birthday"),
        ),
        # Kept values may be selected as finely as there are words for it.
        (StreamRule(500, AreaLevel.CHOME, 1, None, True), NAMES, (b"", b"")),
        # A key that `search_by` does not name selects nothing, whatever the mask would show.
        (StreamRule(500, None, 1, None, True), NAMES, (b"area, ", b"")),
        (StreamRule(500, AreaLevel.CHOME, None, None, True), NAMES, (b", age_band]", b"]")),
    ],
)
def test_a_stream_selects_no_finer_than_its_masks_show(
    expected: StreamRule, text: bytes, change: tuple[bytes, bytes], compile_text: Compile
) -> None:
    """And only by the keys that the purpose names."""
    assert compile_text(text.replace(*change) if change[0] else text)["welfare"].stream == expected


@pytest.mark.rule("L1")
def test_terms_hold_the_citys_limits_and_the_purposes_own(compile_text: Compile) -> None:
    """Side by side, told apart by the purpose's name: the tighter one binds."""
    terms = compile_text(SMALLEST)["welfare"].terms

    assert Allowance("", Owner.STAFF, Window.DAY, 100) in terms.allowances
    assert Allowance("example", Owner.STAFF, Window.DAY, 40) in terms.allowances
    assert (terms.purpose, terms.rate, terms.repeats, terms.refusals) == ("example", None, 20, 50)


def test_terms_are_canonical(compile_text: Compile) -> None:
    """Sorted, readable back, and the same text for the same meaning however the steward ordered it."""
    plan = compile_text(EVERYTHING)["welfare"]
    shuffled = EVERYTHING.replace(
        b"{1d: 40, 30d: 300, 365d: 400, tenure: 500}", b"{tenure: 500, 30d: 300, 1d: 40, 365d: 400}"
    )
    other = compile_text(shuffled)["welfare"]

    assert shuffled != EVERYTHING
    assert plan.terms.allowances == tuple(sorted(plan.terms.allowances))
    assert Terms.read(plan.terms.text()) == plan.terms
    assert plan.terms_digest == sha256(plan.terms.text()).digest() == other.terms_digest
    assert plan.digest != other.digest
    assert plan.terms.rate == Rate(interval=2_000_000, burst=3)


@pytest.mark.parametrize(
    ("expected", "today"),
    [
        (False, date(2026, 3, 31)),  # the day before
        (True, date(2026, 4, 1)),  # first day
        (True, date(2027, 3, 31)),  # last day
        (False, date(2027, 4, 1)),  # the day after
    ],
)
def test_both_ends_of_the_validity_count(expected: bool, today: date, compile_text: Compile) -> None:
    """From and until are inclusive."""
    assert compile_text(SMALLEST)["welfare"].in_force(today) is expected
