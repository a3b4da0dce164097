from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.field import FIELDS, FINDING_KEYS, SELECTING_KEYS, Mapped, SearchKey, Sensitivity
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
@pytest.mark.parametrize(
    "verdict",
    ["raw_ids", "raw_ids_for_surrogates", "raw_keys", "pseudonym_key_unsealed", "identifies", "identifying_entries"],
)
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


@pytest.mark.rule("S1")
@pytest.mark.parametrize("key", sorted((FINDING_KEYS | SELECTING_KEYS) - {SearchKey.AGE_BAND}))
def test_no_key_asks_for_what_no_field_shows(key: SearchKey) -> None:
    """Whoever may ask for a value sees it in who comes back: without its own field, no key is allowed."""
    section = f"search: {{combinations: [[{key}]]}}" if key in FINDING_KEYS else "stream: {page: 500}"
    shown = f"{key}: keep" if key in FINDING_KEYS else "address: {mask: area, level: town}"
    asked = SMALLEST.replace(b"[resident_id]", f"[{key}]\n{section}".encode())

    with pytest.raises(Findings) as found:
        check([parse_yaml(asked.replace(b"name: keep", b"sex: keep"), "example.yaml")], None, None)

    assert {code for code, _ in said(found)} == {"search-finer"}
    assert check([parse_yaml(asked.replace(b"name: keep", shown.encode()), "example.yaml")], None, None)


def test_what_a_register_is_not_indexed_by_is_no_key() -> None:
    """The map has the field, and nothing to search it by: found before anybody waits for an answer."""
    text = SMALLEST.replace(b"[resident_id]", b"[name]\nsearch: {}")
    mapped = Mapped(frozenset(FIELDS), frozenset(SearchKey) - {SearchKey.NAME})

    with pytest.raises(Findings) as found:
        check([parse_yaml(text, "example.yaml")], None, mapped)

    (finding,) = found.value.findings
    assert (finding.code, finding.line) == ("unmapped", 8)
    assert finding.message.startswith("the register cannot be asked by name; ")


@pytest.mark.rule("F4")
@pytest.mark.parametrize(
    "granted",
    [
        "birth_date",  # whoever sees the date can reckon the age; it is not granted with it
        "age",  # nor the other way round
        "relationship",
        "is_head_of_household",
        "household_id",
        "household_size",
    ],
)
def test_what_is_derived_is_granted_apart(granted: str, check_text: CheckText) -> None:
    """A field and what it is derived from are two entitlements."""
    text = SMALLEST.replace(b"name: keep", f"{granted}: keep".encode())

    assert list(check_text(text).masks) == [granted]


@pytest.mark.parametrize("field", sorted(name for name, field in FIELDS.items() if field.family_history))
def test_every_field_of_family_history_needs_its_reason(field: str, check_text: CheckText) -> None:
    """Shown, it needs one; hidden, it needs none."""
    shown = SMALLEST.replace(b"name: keep", f"{field}: keep".encode())

    with pytest.raises(Findings) as found:
        check_text(shown)

    assert "family-history" in {code for code, _ in said(found)}
    assert list(check_text(shown.replace(b": keep", b": redact")).masks) == [field]


@pytest.mark.parametrize("field", sorted(n for n, field in FIELDS.items() if field.sensitivity is Sensitivity.SPECIFIC))
@pytest.mark.parametrize("mask", ["keep", "redact"])
def test_every_number_that_joins_registers_needs_its_ground(field: str, mask: str, check_text: CheckText) -> None:
    """Even where it is hidden: to say that there is one is to have looked it up."""
    with pytest.raises(Findings) as found:
        check_text(SMALLEST.replace(b"name: keep", f"{field}: {mask}".encode()))

    assert {code for code, _ in said(found)} == {"my-number"}


def test_a_successor_is_a_purpose_of_the_book() -> None:
    """Whichever text comes first."""
    ending = "deprecated: {since: 2026-10-01, successor: other, note: {ja: 例, en: Example}}\n"
    old = parse_yaml(SMALLEST + ending.encode(), "example.yaml")
    new = parse_yaml(SMALLEST.replace(b"purpose: example", b"purpose: other"), "other.yaml")

    for sources in ([old, new], [new, old]):
        assert [each.text.purpose for each in check(sources, None, None)] == ["example", "other"]
    with pytest.raises(Findings, match=r"example.yaml:14:33: deprecated: no purpose other: "):
        check([old], None, None)


def test_what_a_mask_needs_must_be_mapped() -> None:
    """A surrogate name follows the registered sex: a register without it cannot serve the purpose."""
    source = parse_yaml((GOLDEN / "working_pseudonyms.yaml").read_bytes(), "example.yaml")

    with pytest.raises(Findings) as found:
        check([source], None, Mapped(frozenset(FIELDS) - {"sex"}, frozenset(SearchKey)))

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

    assert closed_fields(checked, Mapped(frozenset({"income", "name", "sex"}), frozenset())) == ("sex", "income")
    assert closed_fields(checked, Mapped(frozenset({"name"}), frozenset())) == ()


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
