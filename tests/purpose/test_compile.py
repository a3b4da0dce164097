from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowance import Allowance, Owner, Rate, Terms, Window
from gateway.derive import base_of
from gateway.field import FIELDS, Localized, Mapped, SearchKey, Sensitivity
from gateway.finding import Findings, parse_yaml
from gateway.purpose.check import check
from gateway.purpose.compile import compile_plans
from gateway.purpose.limits import read_limits
from gateway.purpose.plan import Asking, Deprecation, Plan, SearchRule
from gateway.subject import Status
from masking.allotment import MemoryAllotments
from masking.keyring import Keyring
from masking.pseudonym import ForeignToken
from masking.value import AgeBand, AreaLevel, Exact, Occasion, PartialDate, Pseudonym, Sex

GOLDEN = Path(__file__).parent / "golden"
EVERYTHING = (GOLDEN / "purpose" / "working_everything.yaml").read_bytes()
PSEUDONYMS = (GOLDEN / "purpose" / "working_pseudonyms.yaml").read_bytes()
SMALLEST = (GOLDEN / "purpose" / "working_smallest.yaml").read_bytes()
NAMES = (GOLDEN / "purpose" / "working_stream_of_names.yaml").read_bytes()

BOTH = b"birth_date: {mask: age_band, width: 5}\n  age: keep"
OPEN = sorted(
    name for name, field in FIELDS.items() if field.sensitivity is not Sensitivity.SPECIFIC and name != "remarks"
)
"""What needs no ground of its own, and may be kept."""

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
    assert plan.search_by == {SearchKey.RESIDENT_ID, SearchKey.HOUSEHOLD_ID, SearchKey.STATUS}
    assert plan.case_registry == "welfare-cases"
    assert plan.applicant_required
    assert plan.restricted_allowed
    assert (plan.stream, plan.subjects) == (None, None)
    assert plan.search == SearchRule(
        Asking((frozenset({SearchKey.HOUSEHOLD_ID}),), frozenset({Status.RESIDENT, Status.DECEASED})),
        limit=5,
        address_limit=10,
        names=frozenset({"name", "former_surname"}),
    )
    assert plan.deprecation == Deprecation(
        date(2026, 10, 1), "", Localized("令和8年度で終わる", "Ends with the fiscal year")
    )


def test_what_is_not_written_is_the_narrower_choice(compile_text: Compile) -> None:
    """No search, no stream, no pseudonyms, and protected residents stay protected."""
    plan = compile_text(SMALLEST)["welfare"]

    assert (plan.search, plan.stream, plan.subjects, plan.case_registry) == (None, None, None, None)
    assert plan.deprecation is None
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
@given(granted=st.sets(st.sampled_from(OPEN), min_size=1))
def test_a_plan_reads_the_granted_fields_and_no_other(granted: set[str]) -> None:
    """In the order of the catalogue, whatever the order of the text: nothing is read that no purpose names, but what a
    granted field is derived from, and the status.
    """
    fields = ", ".join(f"{field}: keep" for field in sorted(granted, reverse=True))
    text = SMALLEST.replace(b"fields:\n  name: keep", f"fields: {{{fields}}}".encode())
    if any(FIELDS[field].family_history for field in granted):
        text += "family_history: {ja: 例, en: Example}\n".encode()
    limits = read_limits(parse_yaml((GOLDEN / "limits" / "working_general.yaml").read_bytes(), "limits.yaml"))
    (checked,) = check([parse_yaml(text, "example.yaml")], limits, None)
    (plan,) = compile_plans(checked, limits, Keyring(1, bytes(32)), MemoryAllotments())

    assert [rule.field for rule in plan.fields] == [field for field in FIELDS if field in granted]
    assert set(plan.reads) == {base_of(field) for field in granted} - {None} | {"status"}
    assert len(plan.reads) == len(set(plan.reads))


@pytest.mark.rule("F6")
def test_what_a_mask_needs_is_read_but_not_granted(compile_text: Compile) -> None:
    """A surrogate name needs the sex, and the status tells the living entry from others: both are read last, and are no
    fields of the answer.
    """
    plan = compile_text(PSEUDONYMS)["welfare"]

    assert plan.reads == ("resident_id", "name", "birth_date", "address", "income", "sex", "status")
    assert {"sex", "status"}.isdisjoint(rule.field for rule in plan.fields)


@pytest.mark.rule("F4", "F6")
def test_what_a_field_is_derived_from_is_read_and_not_granted(compile_text: Compile) -> None:
    """Once, whatever is derived from it; the register itself counts the household, and the measures are no column."""
    plan = compile_text((GOLDEN / "purpose" / "working_derived.yaml").read_bytes())["welfare"]

    assert plan.reads == ("name", "birth_date", "resident_since", "household_size", "relationship", "status")
    assert {"birth_date", "resident_since", "relationship"}.isdisjoint(rule.field for rule in plan.fields)


def test_a_granted_sex_is_read_once(compile_text: Compile) -> None:
    """What is granted anyhow is not read a second time for a mask."""
    text = PSEUDONYMS.replace(b"fields:", b"fields:\n  sex: keep")
    plan = compile_text(text)["welfare"]

    assert plan.reads.count("sex") == 1


def test_masks_are_bound_with_their_settings(compile_text: Compile) -> None:
    """The width that the steward wrote is the width of the answer."""
    masks = {rule.field: rule for rule in compile_text(PSEUDONYMS)["welfare"].fields}

    assert (masks["birth_date"].mask, masks["birth_date"].settings) == (
        "age_band",
        "width=5 top=90 reckoning=birthday_eve",
    )
    assert (masks["name"].mask, masks["name"].settings) == ("surrogate_name", "household=own")
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
    assert subjects["welfare"].open(ours.token, TODAY.today) == "0000000017"
    with pytest.raises(ForeignToken):
        subjects["welfare"].open(theirs.token, TODAY.today)


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("expected", "text", "change"),
    [
        # As the masks are: towns, bands of five years, and one for all from ninety up.
        ((AreaLevel.TOWN, 5, 90, True), PSEUDONYMS, (b"", b"")),
        # As the mask reckons: else who is found but shown younger has a birthday tomorrow.
        (
            (AreaLevel.TOWN, 5, 60, False),
            PSEUDONYMS,
            (b"width: 5", b"width: 5, top: 60, reckoning: birthday"),
        ),
        # Kept values may be selected as finely as there are words for it.
        ((AreaLevel.CHOME, 1, None, True), NAMES, (b"", b"")),
        # Who sees the age in years may select by it, whatever a coarser birth date beside it shows.
        ((AreaLevel.CHOME, 1, None, True), NAMES, (b"birth_date: keep", b"age: keep")),
        ((AreaLevel.CHOME, 1, None, True), NAMES, (b"birth_date: keep", BOTH)),
        # A key that `search_by` does not name selects nothing, whatever the mask would show.
        ((None, 1, None, True), NAMES, (b"area, ", b"")),
        ((AreaLevel.CHOME, None, None, True), NAMES, (b", age_band]", b"]")),
    ],
)
def test_a_stream_selects_no_finer_than_its_masks_show(
    expected: tuple[AreaLevel | None, int | None, int | None, bool],
    text: bytes,
    change: tuple[bytes, bytes],
    compile_text: Compile,
) -> None:
    """And only by the keys that the purpose names."""
    rule = compile_text(text.replace(*change) if change[0] else text)["welfare"].stream

    assert rule is not None
    assert (rule.area_level, rule.age_width, rule.age_top, rule.age_on_eve) == expected


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("expected", "golden"),
    [
        # Written out.
        (["name birth_date", "name_kana birth_date", "household_id"], "working_search"),
        # Each key that stands alone; a birth date does not.
        (["resident_id", "name", "household_id"], "working_search_by_default"),
        (["birth_date"], "working_birth_date_alone"),
        (["resident_id", "household_id"], "working_case_household"),
        # What selects a stream and is no question of a search is left out.
        (["household_id"], "working_stream_of_households"),
    ],
)
def test_a_search_asks_by_whole_combinations(expected: list[str], golden: str, compile_text: Compile) -> None:
    """Those that are written, or each key that can stand alone, in the order of the text."""
    search = compile_text((GOLDEN / "purpose" / f"{golden}.yaml").read_bytes())["welfare"].search

    assert search is not None
    assert search.asking.combinations == tuple(frozenset(map(SearchKey, each.split())) for each in expected)


@pytest.mark.rule("S3", "S4")
def test_a_search_finds_ten_who_live_here_unless_it_says_fewer(compile_text: Compile) -> None:
    """What is not written is the most that a search may ever find, and nobody but residents."""
    search = compile_text((GOLDEN / "purpose" / "working_search_by_default.yaml").read_bytes())["welfare"].search

    assert search is not None
    assert (search.limit, search.address_limit) == (10, 30)
    assert search.asking.statuses == {Status.RESIDENT}


@pytest.mark.rule("S1")
def test_only_names_that_are_shown_as_they_stand_are_searched(compile_text: Compile) -> None:
    """A former surname that is granted is a spelling of the name; a common name that is redacted is none."""
    search = compile_text((GOLDEN / "purpose" / "working_search.yaml").read_bytes())["welfare"].search

    assert search is not None
    assert search.names == {"name", "former_surname"}


@pytest.mark.rule("S1", "S4")
def test_a_stream_asks_by_whole_combinations(compile_text: Compile) -> None:
    """The same for streams, of the entries that it names; pseudonyms are no selection."""
    written = compile_text((GOLDEN / "purpose" / "working_stream_of_households.yaml").read_bytes())["welfare"].stream
    left_out = compile_text(PSEUDONYMS)["welfare"].stream

    assert written is not None
    assert written.asking == Asking(
        (frozenset({SearchKey.AREA, SearchKey.AGE_BAND}), frozenset({SearchKey.HOUSEHOLD_ID})),
        frozenset({Status.MOVED_OUT}),
    )
    assert left_out is not None
    assert left_out.asking == Asking(
        (frozenset({SearchKey.AREA}), frozenset({SearchKey.AGE_BAND})), frozenset({Status.RESIDENT})
    )


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


@pytest.mark.rule("M5")
def test_names_are_invented_only_where_it_can_be_told_whose_they_are() -> None:
    """Without the map's search index nobody could say that a name is no resident's."""
    keys = frozenset(SearchKey)
    assert check([parse_yaml(PSEUDONYMS, "example.yaml")], None, Mapped(frozenset(FIELDS), keys))
    with pytest.raises(Findings) as found:
        check([parse_yaml(PSEUDONYMS, "example.yaml")], None, Mapped(frozenset(FIELDS), keys - {SearchKey.NAME}))
    (finding,) = found.value.findings
    assert finding.code == "unmapped"
    assert "search index" in finding.message


@pytest.mark.rule("M5")
def test_a_shared_surname_reads_the_household(compile_text: Compile) -> None:
    """Where the steward asks for it, and nowhere else; the household itself is not granted."""
    shared = PSEUDONYMS.replace(b"name: surrogate_name", b"name: {mask: surrogate_name, household: shared}")
    assert "household_id" in compile_text(shared)["welfare"].reads
    assert "household_id" not in compile_text(PSEUDONYMS)["welfare"].reads
    assert "household_id" not in {rule.field for rule in compile_text(shared)["welfare"].fields}
