from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import copy

import pytest

from gateway.allowance import Allowance, Owner, Window
from gateway.field import FIELDS
from gateway.finding import Findings
from gateway.purpose.book import Book, Manuscript
from masking.keyring import Keyring

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "purposes"
LIMITS = ROOT / "config" / "limits.yaml"
GOLDEN = Path(__file__).parent / "golden"

ReadBook = Callable[[Path], Book]


@pytest.fixture
def read_book(keyring: Keyring) -> ReadBook:
    return lambda directory: Book.read(directory, LIMITS, keyring, frozenset(FIELDS))


@pytest.mark.parametrize(
    ("purpose", "department", "fields"),
    [
        # Brackets and an area suffice to decide on a fee.
        (
            "childcare-fee-reduction",
            "child-welfare",
            "name:keep birth_date:age_band address:area income:band disaster_certificate:keep",
        ),
        # The copy of a resident card shows what the register says; a household's number is no concern of the counter.
        (
            "resident-card-counter",
            "citizen-affairs",
            "name:keep name_kana:keep birth_date:keep sex:keep address:keep relationship:keep status:keep",
        ),
        # A demand needs a name, an address and an exact amount.
        ("fee-arrears", "tax-collection", "name:keep address:keep income:band fee_arrears:keep"),
        # Statistics need nobody's name.
        (
            "planning-statistics",
            "planning",
            "resident_id:sealed_token name:surrogate_name birth_date:age_band address:area income:band",
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


@pytest.mark.rule("W4")
def test_no_department_holds_a_plan_that_is_not_its_own(read_book: ReadBook) -> None:
    """A purpose of another department, or one that nobody wrote, is no plan at all."""
    book = read_book(SHIPPED)

    assert book.plan("fee-arrears", "citizen-affairs") is None
    assert book.plan("everything", "citizen-affairs") is None
    assert [plan.purpose for plan in book.plans_of("planning")] == ["planning-statistics"]
    assert book.plans_of("mayor") == ()


def test_a_book_keeps_every_text_by_its_digest(read_book: ReadBook) -> None:
    """Purposes and limits, byte for byte, so that a decision can be judged again by what was in force."""
    book = read_book(SHIPPED)
    written = [LIMITS.read_bytes(), *(path.read_bytes() for path in SHIPPED.glob("*.yaml"))]

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
