"""What is wrong in a schema map is said at once, with its place."""

import pytest

from gateway.field import FIELDS
from gateway.finding import Findings, parse_yaml
from gateway.register.schema_map import SchemaMap, schema_map_of


def faults(text: str) -> list[str]:
    """What is said of a map that must not be accepted."""
    with pytest.raises(Findings) as found:
        schema_map_of(parse_yaml(text.encode(), "map.yaml"))
    return [str(finding) for finding in found.value.findings]


def test_the_shipped_map_has_the_whole_catalogue(schema: SchemaMap) -> None:
    """The fictional city can serve every field there is."""
    assert frozenset(FIELDS) == schema.mapped


BUSTED = """\
main: {table: juki, key: no, colour: red}
side:
  juki: {key: no}
  spare: {key: no}
fields:
  resident_id: {column: no}
  nickname: {column: x}
  name: {column: shimei, codes: {"1": a}}
  income: {table: tax, column: 7}
  birth_date: {table: spare, column: born, form: roman}
  sex: {column: sex}
  address: {code: c, city: d, town: e, lot: f}
restrictions: {table: r, key: k, since: a, until: b, against_resident_id: c, against_name: d}
"""


@pytest.mark.rule("F8")
def test_all_faults_of_shape_come_at_once() -> None:
    """Nine faults, one reading; a key that is not known is a fault wherever it stands."""
    assert [
        "map.yaml:1:30: unknown-key: this key is not known here; remove it or correct its spelling",
        "map.yaml:6:3: resident-id: this is the key of the main table; remove it here",
        "map.yaml:7:3: unknown-field: the catalogue has no such field; it has "
        + ", ".join(sorted(set(FIELDS) - {"resident_id"})),
        "map.yaml:8:26: unknown-key: this key is not known here; remove it or correct its spelling",
        "map.yaml:9:24: type: must be text; write it in quotes",
        "map.yaml:10:44: choice: must be 'iso', 'digits' or 'date'",
        "map.yaml:11:3: missing-key: the key codes is required; add it",
        "map.yaml:12:3: missing-key: the key chome is required; add it",
        "map.yaml:13:1: missing-key: the key against_birth_date is required; add it",
    ] == faults(BUSTED)


DISAGREEING = """\
main: {table: juki, key: no}
side:
  juki: {key: no}
  spare: {key: no}
fields:
  birth_date: {table: spare, column: born}
  income: {table: tax, column: amount}
  sex: {column: sex, form: integer, codes: {"1": male, "x": other}}
  status: {column: state, codes: {"1": moved_out}}
restrictions: {table: r, key: k, since: a, until: b, against_resident_id: c, against_name: d, against_birth_date: e}
"""


def test_parts_that_do_not_go_together_are_found_too() -> None:
    """Each part is right by itself; together they are not."""
    assert faults(DISAGREEING) == [
        "map.yaml:3:3: main-as-side: the main table cannot join itself",
        "map.yaml:6:16: not-in-main: birth_date must be in the main table: streams select by it",
        "map.yaml:7:12: unlisted-table: 'tax' is not listed under `side`; add it there with its key",
        "map.yaml:8:56: not-a-number: form is integer, so each code must be a whole number",
        "map.yaml:8:56: unknown-word: 'other' is no sex; write one of female, male",
        "map.yaml:9:27: missing-word: no code means 'resident'; add the code of those who live here",
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),  # nothing
        ("[]", "type"),  # no mapping
        ("fields: 3", "missing-key"),  # most of it missing, the rest of the wrong shape
        (DISAGREEING.replace("  status", "  # status"), "missing-field"),  # nobody could tell who lives here
        (DISAGREEING.replace('"1": moved_out', "1: resident, 1: void"), "duplicate-key"),  # one code, two words
    ],
)
def test_a_map_that_is_no_map_is_a_finding(text: str, code: str) -> None:
    """Whatever a file holds, the answer is findings and no traceback."""
    assert any(f" {code}: " in fault for fault in faults(text))


@pytest.mark.parametrize(
    "text", ['{"fields": {"sex": null}}', "fields: {name: [1]}", "fields: {status: {codes: {}}}", "3", '"x"']
)
def test_a_strange_shape_is_a_finding(text: str) -> None:
    """As above."""
    assert faults(text)
