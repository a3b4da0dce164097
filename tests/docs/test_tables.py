import re
from itertools import pairwise

import grpc
import pytest
from pydantic import AfterValidator, BaseModel

from gateway.cli.exits import Exit
from gateway.clock import SECOND
from gateway.finding import Between
from gateway.ledger.keeper import SIGN_EVERY
from gateway.ledger.ledger import State
from gateway.logs import ALLOWED
from gateway.refusal import REASONS, Reason
from gateway.settings import Settings
from gateway.standing.tables import METADATA
from gateway.v1 import register_pb2 as pb
from masking.catalogue import CATALOGUE
from tests.docs.pages import PAGES, ROOT, page, rows, section, words
from tools.refresh_docs import PAGES as REFRESHED
from tools.refresh_docs import PARTS, bench, refreshed
from tools.rule_coverage import collect, published_rules

OPERATING = "docs/operating.md"
DEPARTMENTS = "docs/departments.md"


@pytest.mark.parametrize("name", REFRESHED)
def test_what_comes_from_the_code_is_as_the_code_says(name: str) -> None:
    """Tables and help texts are those of today; `python -m tools.refresh_docs` writes them anew."""
    text = page(name)

    assert refreshed(text, {part: make() for part, make in PARTS.items()}) == text


@pytest.mark.rule("E")
def test_the_readme_lists_every_reason_under_its_code() -> None:
    """One row a code, each reason once."""
    told = {
        reason: code
        for code, reasons in rows(section("README.md", "When the answer is no"))
        for reason in re.findall(r"\w+", reasons)
    }

    assert {reason.value: REASONS[reason].code for reason in Reason} == told


@pytest.mark.rule("E")
def test_the_contract_lists_every_reason_under_its_code() -> None:
    """The table in the comment of RegisterService is the published one."""
    comment = page("proto/gateway/v1/register.proto").partition("service RegisterService")[0].rpartition("\n\n")[2]
    told: dict[str, str] = {}
    code = ""
    for line in comment.splitlines():
        found = re.match(r"//   (\w*)\s+([\w ]+)$", line)
        if found is not None:
            code = found[1] or code
            told |= dict.fromkeys(found[2].split(), code)

    assert {each.value: REASONS[each].code for each in Reason} == told
    assert set(told.values()) <= set(grpc.StatusCode.__members__)


def test_every_setting_is_explained() -> None:
    """Key by key, as the model has them; nothing that is not a setting stands in the table."""
    told = [words(row[0])[0] for row in rows(section(OPERATING, "Settings"))]

    assert sorted(_keys(Settings)) == sorted(told)


def _keys(model: type[BaseModel]) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        key, kind = field.alias or name, field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += [f"{key}.{below}" for below in _keys(kind)]
        else:
            found.append(key)
    return found


def test_ranges_and_defaults_of_settings_are_told() -> None:
    """Where a setting is a number, the table names its least, its most and its default."""
    table = {words(row[0])[0]: row[1] for row in rows(section(OPERATING, "Settings"))}
    told = {
        key: [int(number) for number in re.findall(r"\d+", found[0])]
        for key, text in table.items()
        if (found := re.search(r"\(\d+ to \d+; default \d+\)", text))
    }
    assert told == {
        "standing.max_age": [5, 3600, 60],
        "ledger.clock_tolerance": [1, 60, 2],
        "ledger.max_gap": [1, 60, 7],
        "capacity": [1, 10000, 256],
    }
    for key, (least, most, default) in told.items():
        model, _, name = key.rpartition(".")
        owner = Settings.model_fields[model].annotation if model else Settings
        assert isinstance(owner, type)
        assert issubclass(owner, BaseModel)
        field = owner.model_fields[name]
        ranges = [each.func for each in field.metadata if isinstance(each, AfterValidator)]
        assert ([Between(least, most)], default) == (ranges, field.default), key


def test_every_exit_code_is_told() -> None:
    """Number and name."""
    told = {words(name)[0]: int(code) for code, name, _ in rows(section(OPERATING, "Exit codes"))}

    assert {each.name: each.value for each in Exit} == told


def test_every_key_of_the_logs_is_told() -> None:
    """The list of keys that a log line may carry is published, whole."""
    told = {word for row in rows(section(OPERATING, "Watching it")) for word in words(row[0])}

    assert set(ALLOWED) == {word for word in told if not word.startswith("register_gateway_")}


def test_every_event_of_the_logs_is_told() -> None:
    """Each event that the code logs, and no other."""
    logged = set()
    for source in (*(f"gateway/app/{name}.py" for name in ("assembly", "running", "upkeep")), "gateway/logs.py"):
        logged |= set(re.findall(r'(?:log\.(?:info|warning|error)|_log\.error\))\(\s*"([^"]+)"', page(source)))
        logged |= set(re.findall(r'"event": "([^"]+)"', page(source)))
    told = section(OPERATING, "Watching it").partition("Events: ")[2]

    assert logged == set(words(told))


def test_every_state_of_the_ledger_is_told() -> None:
    """What an operator does in each."""
    assert {state.value for state in State} == {
        words(row[0])[0] for row in rows(section(OPERATING, "The ledger's states"))
    }


@pytest.mark.parametrize("name", ["README.md", OPERATING, "docs/threat-model.md", "docs/ledger-format.md"])
def test_how_often_a_head_is_signed_is_told(name: str) -> None:
    """Wherever a page speaks of it, with the number of the code."""
    told = re.findall(r"at most (?:once|one)\s+(?:every|in)\s+(\d+)\s+seconds", page(name))

    assert [str(SIGN_EVERY // SECOND)] == told


def test_the_tables_of_staff_and_cases_are_told() -> None:
    """Names and columns, in their order, as the statements ask for them."""
    told = {words(table)[0]: words(columns) for table, columns in rows(section(OPERATING, "Staff and cases"))}

    assert {table.name: [column.name for column in table.columns] for table in METADATA.sorted_tables} == told


def test_what_goes_with_each_request_is_told() -> None:
    """Every field of QueryContext, in its order."""
    told = [words(row[0]) for row in rows(section(DEPARTMENTS, "One resident"))]
    fields = [[field.name] for field in pb.QueryContext.DESCRIPTOR.fields]

    assert fields == told[: len(fields)]


def test_every_kind_of_nothing_is_told() -> None:
    """Each reason for a field without a value that is ever sent."""
    told = {word for row in rows(section(DEPARTMENTS, "One resident")) for word in words(row[0]) if "ABSENCE" in word}

    assert set(pb.Absence.keys()) - {"ABSENCE_UNSPECIFIED"} == told


def test_every_rule_is_shown_by_a_test_or_named_as_missing() -> None:
    """The README's list of what is not there yet has the rules that no test shows, beside those kept in part."""
    named = [
        rule
        for row in rows(section("README.md", "What is not there yet"))
        for rule in re.split(r"[,;] *", row[2])
        if rule
    ]
    shown = {claim.rule for claim in collect(ROOT / "tests")}

    assert [rule for rule in published_rules() if rule not in shown] == sorted(
        (rule for rule in named if not rule.endswith(" in part")), key=published_rules().index
    )
    in_part = [rule.removesuffix(" in part") for rule in named if rule.endswith(" in part")]
    assert [rule for rule in in_part if rule not in shown] == []


def test_masks_in_the_readme_exist() -> None:
    """A mask that is named anywhere in a purpose on any page is one that can be written."""
    named = {mask for name in PAGES for mask in re.findall(r"\{mask: (\w+)", page(name))}

    assert sorted(named - set(CATALOGUE)) == []


@pytest.mark.rule("H")
def test_the_incident_is_answered_in_words_of_the_rule() -> None:
    """Each act of the incident is impossible, refused or provable: the threat model says which, in bold."""
    acts = rows(section("docs/threat-model.md", "The incident, act by act"))
    answered = [re.findall(r"\*\*(impossible|refused|provable)\*\*", act[1].lower()) for act in acts]

    assert [act[0] for act, found in zip(acts, answered, strict=True) if not found] == ["nothing noticed for years"]
    assert all(a[0] != b[0] for a, b in pairwise(acts))


def test_the_bench_writes_a_row_for_each_number_of_callers() -> None:
    """Throughput of both, their ratio, latencies and server CPU, as `make bench` wrote them."""
    cell = {"per_second": 1234.5, "p50_us": 100.4, "p99_us": 2000.0, "cpu_us": 99.9}
    result = {
        "cells": {f"{server}_{callers}": cell for server in ("echo", "gateway") for callers in (1, 8, 64)},
        **{f"lookup_ratio_{callers}": 0.875 for callers in (1, 8, 64)},
        "steps_us": {"read": 12.3},
        "mean_batch": 9.87,
        "fsync_us": 300.0,
        "stream_rows_per_s": 31_000.0,
        "granted_stream_rows_per_s": 30_000.0,
    }

    assert ["8", "1,234", "1,234", "0.88", "100 / 2,000", "100 / 2,000", "100 (100)"] in rows(bench(result))
    assert "read 12" in bench(result)


def test_the_speed_section_holds_a_measurement() -> None:
    """A row for one, eight and 64 callers, with numbers in it."""
    block = page("README.md").split("<!-- bench:start -->")[1].split("<!-- bench:end -->")[0]

    assert re.findall(r"^\| (1|8|64) \| [0-9,]+ \| [0-9,]+ \|", block, re.MULTILINE) == ["1", "8", "64"]
