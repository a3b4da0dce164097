"""What is wrong in a schema map is said at once, with its place."""

import pytest

from gateway.field import FIELDS, Mapped, SearchKey
from gateway.finding import Findings, parse_yaml
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import schema_map_of

DERIVED = [name for name, field in FIELDS.items() if field.derived_from is not None]


def faults(text: str) -> list[str]:
    """What is said of a map that must not be accepted."""
    with pytest.raises(Findings) as found:
        schema_map_of(parse_yaml(text.encode(), "map.yaml"))
    return [str(finding) for finding in found.value.findings]


def test_the_shipped_map_has_the_whole_catalogue(shipped: SchemaMap) -> None:
    """The fictional city can serve every field there is, and be searched by all that a register can be searched by."""
    assert Mapped(frozenset(FIELDS), frozenset(SearchKey)) == shipped.mapped


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
        + ", ".join(sorted(set(FIELDS) - set(DERIVED) - {"resident_id"})),
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


SHAPES = """\
main: {table: juki, key: no}
side:
  one: {key: no}
lists:
  many: {key: no, order: n}
  idle: {key: no, order: n}
fields:
  status: {column: state, codes: {"1": resident}}
  age: {column: toshi}
  household_id: {table: one, column: setai}
  electoral_roll: {column: roll, codes: {"1": "yes", "2": maybe}}
  history: {table: one, code: c, codes: {"1": moved_in}, since: s}
  benefits: {table: many, code: c, code_form: integer, codes: {"x": aid}, since: s}
  remarks: {table: many, column: biko}
search: {names: n, addresses: a, folding: f}
restrictions: {table: r, key: k, since: a, until: b, against_resident_id: c, against_name: d, against_birth_date: e}
"""


def test_lists_flags_and_reckoned_fields_are_told_apart() -> None:
    """A list is no side table, a yes is no word like others, and what the gateway reckons nobody maps."""
    assert faults(SHAPES) == [
        "map.yaml:6:3: unused-lists: no field is in this table; remove it",
        "map.yaml:9:3: derived-field: age is reckoned by the gateway, not read; remove it here",
        "map.yaml:10:18: not-in-main: household_id must be in the main table: streams select by it",
        "map.yaml:11:54: unknown-word: 'maybe' is no answer to yes or no; write one of no, yes",
        "map.yaml:12:13: unlisted-table: 'one' is not listed under `lists`; add it there with its key and order",
        "map.yaml:13:64: not-a-number: form is integer, so each code must be a whole number",
        "map.yaml:14:13: unlisted-table: 'many' is not listed under `side`; add it there with its key",
    ]


_FEW = """
main: {table: juki, key: no}
fields:
  status: {column: state, codes: {"1": resident}}
  %s
restrictions: {table: r, key: k, since: a, until: b, against_resident_id: c, against_name: d, against_birth_date: e}
%s
"""
_INDEX = "search: {names: n, addresses: a, folding: f}"
_ALWAYS = {SearchKey.RESIDENT_ID, SearchKey.PSEUDONYM, SearchKey.STATUS}


@pytest.mark.rule("S1")
@pytest.mark.parametrize(
    ("field", "search", "derived", "keys"),
    [
        ("sex: {column: x, codes: {'1': male}}", "", set(), set()),  # leads to nobody
        ("birth_date: {column: x}", "", {"age", "is_minor", "is_senior"}, {SearchKey.BIRTH_DATE, SearchKey.AGE_BAND}),
        ("household_id: {column: x}", "", {"household_size"}, {SearchKey.HOUSEHOLD_ID}),
        ("relationship: {column: x}", "", {"is_head_of_household"}, set()),
        ("address: {code: a, city: b, town: c, chome: d, lot: e}", "", set(), {SearchKey.AREA}),
        # Names and addresses are found by an index, and by nothing else.
        ("address: {code: a, city: b, town: c, chome: d, lot: e}", _INDEX, set(), {SearchKey.AREA, SearchKey.ADDRESS}),
        ("name: {column: x}", "", set(), set()),
        ("name: {column: x}", _INDEX, set(), {SearchKey.NAME}),
        ("name_kana: {column: x}", _INDEX, set(), {SearchKey.NAME_KANA}),
    ],
)
def test_a_map_says_what_can_be_had_and_asked_by(
    field: str, search: str, derived: set[str], keys: set[SearchKey]
) -> None:
    """Fields, what is reckoned from them, and the keys that lead to residents in this register."""
    found = schema_map_of(parse_yaml((_FEW % (field, search)).encode(), "map.yaml")).mapped
    assert {"resident_id", "status", "is_protected", field.partition(":")[0], *derived} == found.fields
    assert _ALWAYS | keys == found.keys


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
