from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copy

import pytest

from gateway.allowance import Allowance, Owner, Window
from gateway.field import FIELDS, Mapped, SearchKey, Sensitivity
from gateway.finding import Findings
from gateway.purpose.book import Book, Manuscript
from gateway.register.city.offices import DEPARTMENTS, SECTION_HEAD
from masking.allotment import MemoryAllotments
from masking.keyring import Keyring

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "purposes"
LIMITS = ROOT / "config" / "limits.yaml"
GOLDEN = Path(__file__).parent / "golden"

ReadBook = Callable[[Path], Book]


@pytest.fixture
def read_book(keyring: Keyring) -> ReadBook:
    mapped = Mapped(frozenset(FIELDS), frozenset(SearchKey))
    return lambda directory: Book.read(directory, LIMITS, keyring, MemoryAllotments(), mapped)


@pytest.mark.parametrize(
    ("purpose", "department", "fields"),
    [
        # Brackets and an area suffice to decide on a fee, once it is known whose incomes count.
        (
            "childcare-fee-reduction",
            "child-welfare",
            (
                "name:keep birth_date:age_band address:area household_id:keep relationship:keep income:band "
                "disaster_certificate:keep"
            ),
        ),
        # The copy of a resident card shows what the register says; a household's number is no concern of the counter.
        (
            "resident-card-counter",
            "citizen-affairs",
            (
                "name:keep name_kana:keep birth_date:keep sex:keep address:keep relationship:keep status:keep "
                "head_of_household:keep resident_since:keep address_since:keep move_notified:keep previous_address:keep"
            ),
        ),
        # A demand needs a name, an address, the one moved to where there is one, and an exact amount.
        (
            "fee-arrears",
            "tax-collection",
            "name:keep address:keep status:keep income:band fee_arrears:keep forwarding_address:keep",
        ),
        # Statistics need nobody's name.
        (
            "planning-statistics",
            "planning",
            "resident_id:sealed_token name:surrogate_name birth_date:age_band address:area income:band",
        ),
        # The entries of a school roll.
        (
            "school-enrolment-notices",
            "education",
            "name:keep name_kana:keep birth_date:keep sex:keep address:keep head_of_household:keep",
        ),
        # A letter needs no birth date.
        ("vaccination-mailing", "health", "name:keep address:keep age:keep"),
        # Who is called for, where, and whether anybody is there to help.
        (
            "disaster-welfare-checks",
            "disaster-welfare",
            "name:keep address:keep long_term_care_insurance:keep remarks:remark age:keep household_size:keep",
        ),
        # It is the offices that are audited.
        (
            "internal-audit",
            "internal-audit",
            (
                "resident_id:sealed_token birth_date:age_band address:area income:band fee_arrears:band "
                "disaster_certificate:keep"
            ),
        ),
        # What reports are filed under, and what they are joined to.
        (
            "tax-liaison",
            "tax-assessment",
            (
                "name:keep birth_date:keep address:keep household_id:keep relationship:keep income:keep my_number:keep "
                "tax_standing:keep"
            ),
        ),
    ],
)
@pytest.mark.rule("F1")
def test_the_shipped_purposes_compile(purpose: str, department: str, fields: str, read_book: ReadBook) -> None:
    """Each for its department, with these fields and masks and no other."""
    plan = read_book(SHIPPED).plan(purpose, department)

    assert plan is not None
    assert " ".join(f"{rule.field}:{rule.mask}" for rule in plan.fields) == fields


def test_a_counter_clerk_may_see_forty_residents_a_day(read_book: ReadBook) -> None:
    """What the demonstration stops at is what the purpose says."""
    plan = read_book(SHIPPED).plan("resident-card-counter", "citizen-affairs")

    assert plan is not None
    assert Allowance("resident-card-counter", Owner.STAFF, Window.DAY, 40) in plan.terms.allowances
    assert plan.applicant_required


def test_every_shipped_purpose_can_be_used_in_the_made_up_city(read_book: ReadBook) -> None:
    """Its departments and roles are those of the city hall, so that somebody can ask."""
    roles = {department.name: {department.role, SECTION_HEAD} for department in DEPARTMENTS}

    assert len(read_book(SHIPPED).plans) == 9
    for plan in read_book(SHIPPED).plans.values():
        assert plan.roles <= roles[plan.department], plan.purpose


def test_only_the_tax_office_sees_a_number_that_joins_registers(read_book: ReadBook) -> None:
    """And only under an open case."""
    specific = {name for name, field in FIELDS.items() if field.sensitivity is Sensitivity.SPECIFIC}
    showing = [plan for plan in read_book(SHIPPED).plans.values() if specific & {rule.field for rule in plan.fields}]

    assert [(plan.purpose, plan.case_registry) for plan in showing] == [("tax-liaison", "resident-tax")]


def test_nobody_is_found_at_the_counter_by_a_name_alone(read_book: ReadBook) -> None:
    """Who asks for a copy says a name and a birth date, or an address."""
    plan = read_book(SHIPPED).plan("resident-card-counter", "citizen-affairs")

    assert plan is not None
    assert plan.search is not None
    asking = plan.search.asking
    assert not asking.covers(frozenset({SearchKey.NAME}))
    assert not asking.covers(frozenset({SearchKey.BIRTH_DATE, SearchKey.STATUS}))
    assert asking.covers(frozenset({SearchKey.NAME, SearchKey.BIRTH_DATE, SearchKey.STATUS}))


@pytest.mark.rule("W4")
def test_no_department_holds_a_plan_that_is_not_its_own(read_book: ReadBook) -> None:
    """A purpose of another department, or one that nobody wrote, is no plan at all."""
    book = read_book(SHIPPED)

    assert book.plan("fee-arrears", "citizen-affairs") is None
    assert book.plan("everything", "citizen-affairs") is None
    assert [plan.purpose for plan in book.plans_of("planning")] == ["planning-statistics"]
    assert book.plans_of("mayor") == ()


def test_a_book_keeps_every_text_by_its_digest(read_book: ReadBook) -> None:
    """Purposes, limits and the keys' epoch, so that a decision can be judged again by what was in force."""
    book = read_book(SHIPPED)
    written = [b"epoch 1\n", LIMITS.read_bytes(), *(path.read_bytes() for path in SHIPPED.glob("*.yaml"))]

    assert book.texts == {sha256(text).digest(): text for text in written}
    assert book.limits_digest == sha256(LIMITS.read_bytes()).digest()
    assert all(plan.digest in book.texts for plan in book.plans.values())


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("no-purposes", []),  # an empty directory allows nothing, and nobody meant it
        ("no-purposes", ["notes.txt", ".example.yaml"]),  # nothing in it is a purpose
        ("file-name", ["example.yml"]),  # would be passed over
        ("duplicate-key", ["example.yaml:busted_duplicate_key"]),  # not even plain YAML
    ],
)
def test_a_directory_that_would_not_be_read_whole_is_a_finding(
    code: str, files: list[str], tmp_path: Path, read_book: ReadBook
) -> None:
    """Rather than a book with fewer purposes than there are files."""
    for entry in files:
        file, _, golden = entry.partition(":")
        copy(GOLDEN / "purpose" / f"{golden or 'working_smallest'}.yaml", tmp_path / file)

    with pytest.raises(Findings) as found:
        read_book(tmp_path)

    assert [finding.code for finding in found.value.findings] == [code]


def test_a_directory_that_is_not_there_is_a_finding(tmp_path: Path, read_book: ReadBook) -> None:
    """With its path and the system's own reason."""
    with pytest.raises(Findings, match="nowhere: unreadable: cannot be read: No such file or directory"):
        read_book(tmp_path / "nowhere")


def test_limits_and_purposes_are_found_wrong_together(tmp_path: Path) -> None:
    """Five kinds of fault in as many files: all of them in one go."""
    for file, golden in (
        ("example.yaml", "purpose/busted_unknown_key"),
        ("anchor.yaml", "purpose/busted_anchor"),
        ("syntax.yaml", "purpose/busted_syntax"),
        ("order.yaml", "purpose/busted_budget_order"),
        ("limits", "limits/busted_no_value"),
    ):
        copy(GOLDEN / f"{golden}.yaml", tmp_path / file)

    with pytest.raises(Findings) as found:
        Manuscript.read(tmp_path, tmp_path / "limits", None)

    faults = {(Path(finding.file).name, finding.code) for finding in found.value.findings}
    assert faults == {
        ("example.yaml", "unknown-key"),
        ("anchor.yaml", "alias"),
        ("syntax.yaml", "syntax"),
        ("order.yaml", "order"),
        ("order.yaml", "duplicate-purpose"),
        ("order.yaml", "file-name"),
        ("limits", "no-value"),
    }
