import re
from pathlib import Path

import pytest

from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import parse_yaml
from gateway.purpose.check import check
from gateway.purpose.limits import LimitsText
from gateway.purpose.model import Case, PurposeText, Search, Stream
from masking.catalogue import CATALOGUE
from masking.value import ValueKind

PAGE = (Path(__file__).parents[2] / "docs" / "purposes.md").read_text(encoding="utf-8")
GOLDEN = Path(__file__).parent / "golden"


def first_cells(section: str = "") -> set[str]:
    """Every word in the first column of the tables of the page, or of the section whose heading begins so."""
    text = PAGE.partition(f"\n## {section}")[2].partition("\n## ")[0] if section else PAGE
    cells = re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
    return {word for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize(
    ("section", "names"),
    [
        ("The keys", set(PurposeText.model_fields)),
        ("Search keys", set(SearchKey)),
        ("Cases", set(Case.model_fields)),
        ("Search and stream", {*Search.model_fields, *Stream.model_fields} - {"page"}),
        ("Fields and masks", {*FIELDS, *CATALOGUE}),
    ],
)
def test_the_page_explains_every_word_that_a_steward_may_write(section: str, names: set[str]) -> None:
    """Each in its own section, and no other: a key, field or mask that is added without a line fails here."""
    assert sorted(first_cells(section)) == sorted(names)


def test_the_page_tells_of_each_field_what_the_catalogue_tells() -> None:
    """In its order: name, title, item of art. 7 and type."""
    rows = re.findall(r"^\| `(\w+)` \| (\S+) \|(?: (\S+))? \| (\w+)", PAGE, re.MULTILINE)

    assert [row for row in rows if row[0] in FIELDS and row[3] in set(ValueKind)] == [
        (field.name, field.title.ja, field.item, field.kind.value) for field in FIELDS.values()
    ]


def test_the_page_explains_every_key_of_the_limits() -> None:
    """Each by its path."""
    assert {cell.partition(".")[0] for cell in first_cells()} >= set(LimitsText.model_fields)


def test_the_page_explains_every_code_that_a_golden_has() -> None:
    """A finding whose code nobody explains leaves a steward alone with it."""
    found = {
        line.split(": ")[1] for path in GOLDEN.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()
    }

    assert sorted(found - first_cells()) == []


SECTIONS = re.findall(r"^```yaml\n((?:search_by|my_number|deprecated):.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("section", SECTIONS, ids=["search", "my_number", "deprecated"])
def test_the_sections_of_the_page_are_those_of_a_purpose(section: str) -> None:
    """Each, put into a purpose that has the fields it speaks of, passes; so does the one that follows."""
    kept = ["name", "name_kana", "birth_date", "address", "household_id", "status", "my_number", "resident_code"]
    text = (GOLDEN / "purpose" / "working_my_number.yaml").read_text(encoding="utf-8")
    for key in ("fields", *re.findall(r"^(\w+):", section, re.MULTILINE)):
        text = re.sub(rf"^{key}:.*\n(  .*\n)*", "", text, flags=re.MULTILINE)
    text += "".join(("fields:\n", *(f"  {field}: keep\n" for field in kept), section))
    follows = (GOLDEN / "purpose" / "working_smallest.yaml").read_text(encoding="utf-8")
    follows = follows.replace("purpose: example", "purpose: school-lunch-aid")

    sources = {"example.yaml": text, "school-lunch-aid.yaml": follows}
    (example, _) = check([parse_yaml(each.encode(), file) for file, each in sources.items()], None, None)

    assert list(example.masks) == kept


def test_the_example_of_the_page_is_a_purpose() -> None:
    """Copied as it stands, it passes."""
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]

    mapped = Mapped(frozenset(FIELDS), frozenset(SearchKey))
    (checked,) = check([parse_yaml(example.encode(), "school-lunch-reduction.yaml")], None, mapped)

    assert list(checked.masks) == ["name", "birth_date", "address"]


SHIPPED = sorted((Path(__file__).parents[2] / "purposes").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_field_of_a_shipped_purpose_says_why(path: Path) -> None:
    """In both languages, beside the field or above it: who reviews a purpose asks this of each line."""
    text = path.read_text(encoding="utf-8").partition("\nfields:")[2]
    block = re.match(r".*\n((?:  .*\n)+)", text)
    assert block is not None
    above, silent = "", []
    for line in block[1].splitlines():
        why = above + line.partition("#")[2]
        above = why if line.lstrip().startswith("#") else ""
        if not above and not (re.search(r"[ぁ-んァ-ヶ一-龠]", why) and re.search(r"[a-z]{2}", why)):
            silent.append(line)

    assert silent == []
