from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.field import FIELDS
from gateway.finding import Findings, Source, parse_yaml
from gateway.purpose.check import Checked, check, closed_fields
from gateway.purpose.limits import Limits

GOLDEN = Path(__file__).parent / "golden" / "purpose"
BUSTED = sorted(GOLDEN.glob("busted_*.yaml"))
WORKING = sorted(GOLDEN.glob("working_*.yaml"))
SMALLEST = (GOLDEN / "working_smallest.yaml").read_bytes()

CheckText = Callable[[bytes], Checked]


def name(path: Path) -> str:
    """A golden's verdict."""
    return path.stem


def said(found: pytest.ExceptionInfo[Findings]) -> set[tuple[str, str]]:
    """Code and message of each finding."""
    return {(finding.code, finding.message) for finding in found.value.findings}


@pytest.mark.parametrize("path", BUSTED, ids=name)
def test_every_fault_is_found_at_its_place(
    path: Path, check_text: CheckText, golden: Callable[[Path, Findings], None]
) -> None:
    """Each `busted_*.yaml` has exactly the findings beside it: file, line, column, code, message."""
    with pytest.raises(Findings) as found:
        check_text(path.read_bytes())

    golden(path, found.value)


@pytest.mark.parametrize("path", WORKING, ids=name)
def test_a_purpose_without_a_fault_has_no_findings(path: Path, check_text: CheckText) -> None:
    """Each `working_*.yaml` passes, and keeps the bytes that its digest is of."""
    checked = check_text(path.read_bytes())

    assert (checked.text.purpose, checked.written) == ("example", path.read_bytes())


@pytest.mark.rule("M3")
@pytest.mark.parametrize("verdict", ["raw_ids", "raw_ids_for_surrogates", "pseudonym_key_unsealed", "identifies"])
def test_who_issues_pseudonyms_takes_nothing_else_and_shows_nobody(verdict: str, check_text: CheckText) -> None:
    """A purpose that would hand out the re-identification table is refused before it is in force."""
    with pytest.raises(Findings) as found:
        check_text((GOLDEN / f"busted_{verdict}.yaml").read_bytes())

    assert {code for code, _ in said(found)} <= {"raw-id", "search-key", "identifies"}


@pytest.mark.rule("F1", "F4")
def test_a_field_is_granted_only_by_its_own_name(check_text: CheckText) -> None:
    """What can be told from a granted field is not granted with it, and nothing is granted by default."""
    assert list(check_text(SMALLEST).masks) == ["name"]


def test_a_fault_elsewhere_hides_no_fault() -> None:
    """Whatever is wrong in a text is still found when a key that nobody knows is added to it."""
    for path in BUSTED:
        text = path.read_bytes()
        before, after = findings_of(text), findings_of(text + b"surplus: 1\n")
        if path.stem in {"busted_syntax", "busted_no_mapping"}:
            continue  # nothing can be said of a text that cannot be read at all
        assert before <= after, path.stem


def findings_of(text: bytes) -> set[tuple[str, str]]:
    """Code and message of each finding, whatever the limits and the map."""
    try:
        check([parse_yaml(text, "example.yaml")], None, None)
    except Findings as found:
        return {(finding.code, finding.message) for finding in found.findings}
    return set()


def test_the_faults_of_all_texts_are_found_at_once(limits: Limits) -> None:
    """Sorted by file and place, not one file after the other."""
    sources = [
        parse_yaml(
            SMALLEST.replace(b"purpose: example", b"purpose: b").replace(b"case: none", b"case: some"), "b.yaml"
        ),
        parse_yaml(SMALLEST.replace(b"purpose: example", b"purpose: a").replace(b"1d: 40", b"1d: 500"), "a.yaml"),
    ]

    with pytest.raises(Findings) as found:
        check(sources, limits, None)

    assert [(each.file, each.code) for each in found.value.findings] == [("a.yaml", "budget"), ("b.yaml", "case")]


def test_two_texts_cannot_answer_to_one_name() -> None:
    """The second one is named, with the first one's file."""
    sources = [parse_yaml(SMALLEST, "old/example.yaml"), parse_yaml(SMALLEST, "new/example.yaml")]

    with pytest.raises(Findings) as found:
        check(sources, None, None)

    assert str(found.value) == (
        "new/example.yaml:2:1: duplicate-purpose: example is also the purpose of old/example.yaml; "
        "two texts cannot answer to one name"
    )


def test_what_a_mask_needs_must_be_mapped() -> None:
    """A surrogate name follows the registered sex: a register without it cannot serve the purpose."""
    source = parse_yaml((GOLDEN / "working_pseudonyms.yaml").read_bytes(), "example.yaml")

    with pytest.raises(Findings) as found:
        check([source], None, frozenset(FIELDS) - {"sex"})

    assert said(found) == {
        (
            "unmapped",
            "surrogate_name needs sex, which the schema map does not have; map it, or choose another mask",
        )
    }


@pytest.mark.rule("F8")
def test_a_mapped_field_that_no_purpose_names_is_closed(check_text: CheckText) -> None:
    """A column added to the map opens nothing, and is pointed out in the order of the catalogue."""
    checked = [check_text(SMALLEST)]

    assert closed_fields(checked, frozenset({"income", "name", "sex"})) == ("sex", "income")
    assert closed_fields(checked, frozenset({"name"})) == ()


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=8)
words = st.sampled_from(["none", "keep", "mask", "staff", "1d", "area", "resident_id", "name", "band", "width", "from"])
values = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
WHOLE = YAML(typ="safe", pure=True).load((GOLDEN / "working_everything.yaml").read_text(encoding="utf-8"))


@given(st.dictionaries(st.sampled_from(sorted(WHOLE)), values, min_size=1, max_size=3))
def test_whatever_is_written_is_a_purpose_or_has_findings(sections: dict[str, object]) -> None:
    """No value in any section makes the check fail in another way, with or without a place for the fault."""
    source = Source("example.yaml", b"", {**WHOLE, **sections}, {})

    try:
        granted = set(check([source], None, None)[0].masks)
    except Findings:
        return
    assert granted == set({**WHOLE, **sections}["fields"])


@given(values)
def test_whatever_is_written_instead_of_a_purpose_has_findings(value: object) -> None:
    """A text that is no purpose at all is never taken for one."""
    with pytest.raises(Findings):
        check([Source("example.yaml", b"", value, {})], None, None)
