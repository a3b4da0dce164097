"""`register-gateway status` and `reload` against a gateway that is being served."""

import json

import pytest

from gateway.cli.exits import Exit
from tests.cli.serving import City, typed

Capsys = pytest.CaptureFixture[str]


def test_an_operator_is_told_how_it_stands(city: City, capsys: Capsys) -> None:
    """Parts and purposes in tables, or the contract's JSON."""
    done = typed(capsys, "status", *city.person("systems-clerk"))
    assert done.code == Exit.DONE, done.err
    told = {row[0]: row[1] for row in done.rows}
    assert (told["ledger"], told["ledger's name"]) == ("serving", "shiomi.example/disclosures")
    assert told["fee-arrears"] == "2025-04-01"
    said = json.loads(typed(capsys, "status", *city.person("systems-clerk"), "--json").out)
    assert said["ledger"]["state"] == "serving"
    assert len(said["book"]["purposes"]) == 9


def test_a_reload_says_what_has_changed(city: City, capsys: Capsys) -> None:
    """Nothing, here; and names its record."""
    done = typed(capsys, "reload", *city.person("systems-clerk"))
    assert (done.code, done.out) == (Exit.DONE, ""), done.err
    assert done.err.startswith("in force [")
    said = json.loads(typed(capsys, "reload", *city.person("systems-clerk"), "--json").out)
    assert list(said) == ["record_id"]


@pytest.mark.rule("W4")
@pytest.mark.parametrize("command", ["status", "reload"])
def test_others_are_refused_in_their_language(command: str, city: City, capsys: Capsys) -> None:
    """With exit code 4, and what it would take."""
    done = typed(capsys, command, *city.person("auditor"), "--language", "en")
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert done.err.startswith("PURPOSE_NOT_GRANTED (PERMISSION_DENIED): ")
    assert "for operators only" in done.err
    assert "ゲートウェイの運用担当" in typed(capsys, command, *city.person("auditor")).err
