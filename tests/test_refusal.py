"""The table of reasons; what README and contract say of it is held against it in tests/docs."""

import re
from pathlib import Path

import grpc
import pytest

from gateway.refusal import REASONS, Reason

PUBLISHED = Path(__file__).parents[1] / "docs" / "refusals.md"


@pytest.mark.rule("E")
def test_the_published_table_is_the_one_in_the_code() -> None:
    """docs/refusals.md lists every reason with its one code and what the person is told, in order, and nothing else."""
    rows = re.findall(
        r"^\| `(\w+)` \| `(\w+)` \| (.*) \| (.*) \|$", PUBLISHED.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [(reason.value, row.code, row.advice.en, row.advice.ja) for reason, row in REASONS.items()] == rows


@pytest.mark.rule("E")
def test_every_reason_has_a_row_with_a_code_of_grpc_and_both_languages() -> None:
    """The table is closed: no reason without a row, no row without words for the person."""
    assert set(Reason) == set(REASONS)
    for row in REASONS.values():
        assert grpc.StatusCode[row.code] is not grpc.StatusCode.OK
        assert row.advice.ja
        assert not row.advice.ja.isascii()
        assert row.advice.en
        assert row.advice.en.isascii()


@pytest.mark.rule("E")
def test_a_refusal_speaks_to_a_person_in_both_languages() -> None:
    """It says what is the matter and then what to do, and uses no word of the protocol."""
    for row in REASONS.values():
        assert re.search(r"; please .+\.$", row.advice.en), row.advice.en
        assert re.search(r"。.+ください。$", row.advice.ja), row.advice.ja
        assert not re.search(r"QuotaFailure|RetryInfo|violation|mask|要求|事務", row.advice.en + row.advice.ja)


def test_a_reason_is_spelled_as_it_is_called() -> None:
    """Programs compare the text that they receive with the name that they know."""
    assert [reason.value for reason in Reason] == [reason.name for reason in Reason]
