"""The published table of reasons."""

import re
from pathlib import Path

import grpc
import pytest

from gateway.refusal import REASONS, Reason

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^\| `?([A-Z][A-Z_]+)`? \| `?([A-Z_]+)`? \|", re.MULTILINE)
_PAIR = re.compile(r"\b([A-Z_]+)/([A-Z_]{5,})\b")


def rows(document: str) -> dict[str, str]:
    """Reason and gRPC code as a document's tables list them."""
    found = _ROW.findall((ROOT / document).read_text(encoding="utf-8"))
    assert len({reason for reason, _ in found}) == len(found), "a reason twice"
    return {reason: code for reason, code in found if reason in set(Reason) or code in grpc.StatusCode.__members__}


@pytest.mark.rule("E")
def test_the_published_table_is_the_one_in_the_code() -> None:
    """docs/refusals.md lists every reason with its one code, and nothing else."""
    assert {reason.value: row.code for reason, row in REASONS.items()} == rows("docs/refusals.md")


@pytest.mark.rule("E")
def test_what_the_readme_says_of_reasons_is_true() -> None:
    """Each reason in a table of the README stands with its one code."""
    table = {reason.value: row.code for reason, row in REASONS.items()}
    assert {reason: table.get(reason) for reason in rows("README.md")} == rows("README.md")


@pytest.mark.rule("E")
@pytest.mark.parametrize("contract", sorted((ROOT / "proto" / "gateway" / "v1").glob("*.proto")), ids=lambda p: p.name)
def test_comments_of_the_contract_pair_reasons_with_their_codes(contract: Path) -> None:
    """`CODE/REASON` in a comment is a row of the table."""
    pairs = set(_PAIR.findall(contract.read_text(encoding="utf-8")))
    assert pairs
    assert {(REASONS[Reason(reason)].code, reason) for _, reason in pairs} == pairs


@pytest.mark.rule("E")
def test_every_reason_has_a_row_with_a_code_of_grpc_and_both_languages() -> None:
    """The table is closed: no reason without a row, no row without words for the person."""
    assert set(Reason) == set(REASONS)
    for row in REASONS.values():
        assert grpc.StatusCode[row.code] is not grpc.StatusCode.OK
        assert row.advice.ja
        assert row.advice.en
        assert row.advice.ja.isascii() is False
        assert row.advice.en.isascii()
