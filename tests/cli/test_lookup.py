"""`register-gateway lookup` against a gateway that is being served."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.exits import Exit
from gateway.demo.estate import SYSTEMS
from gateway.pki.files import replace_secret
from masking.japanese.era import parse_date
from masking.value import PartialDate
from tests.cli.serving import NOTICE_EN, NOTICE_JA, City, typed
from tests.demo.running import gateway

NOBODY = "9999999999"
"""An id that nobody has."""


def test_a_table_in_a_pipe(city: City) -> None:
    """A line a field, tabs between; the notice and the disclosure's id go to the other stream."""
    done = gateway("lookup", *city.childcare())
    assert done.returncode == Exit.DONE, done.stderr
    head, *rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert head == ["field", "title", "value", "form"]
    assert [row[0] for row in rows] == [
        *("name", "birth_date", "address", "household_id", "relationship", "income", "disaster_certificate")
    ]
    assert rows[1] == ["birth_date", "生年月日", "18歳以上", "年齢階級"]
    assert done.stderr.startswith(NOTICE_JA)


def test_json_is_the_contracts(city: City) -> None:
    """Names as in the contract, the notice also for the person."""
    done = gateway("lookup", *city.childcare("--json", "--language", "en", "--fields", "birth_date,name"))
    answer: dict[str, Any] = json.loads(done.stdout)
    assert answer["resident"]["birth_date"]["age_band"] == {"low": 18}
    assert {"name", "birth_date"} == set(answer["resident"])
    assert answer["receipt"]["notice"] == NOTICE_EN
    assert f"{NOTICE_EN} [{answer['receipt']['disclosure_id']}]\n" == done.stderr


def test_dates_in_their_eras(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is written on the resident card; English keeps the numbers."""
    fields = ("--resident", city.cast.parent, "--fields", "birth_date", "--calendar", "era")
    ja = typed(capsys, "lookup", *city.counter(*fields)).rows[1][2]
    en = typed(capsys, "lookup", *city.counter(*fields, "--language", "en")).rows[1][2]
    assert PartialDate.parse(en) == parse_date(ja)
    assert ja.startswith(("昭和", "平成"))


@pytest.mark.rule("S5")
def test_several_residents_are_a_row_each(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """In the order asked, under the keys that were asked by; an id that nobody has is told as nobody."""
    cast = city.cast
    asked = (cast.bystander, NOBODY, cast.parent)
    keys = [part for each in asked for part in ("--resident", each)]
    done = typed(capsys, "lookup", *city.counter(*keys, "--fields", "name,status"))
    assert done.code == Exit.DONE, done.err
    head, *rows = done.rows
    assert head == ["key", "name", "status"]
    assert [row[0] for row in rows] == list(asked)
    assert rows[1][1:] == ["(該当なし)", "—"]
    assert rows[0][2] == rows[2][2] == "住民"
    assert done.err.startswith(NOTICE_JA)


def test_several_residents_as_json_are_the_contracts(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """Entries in the order asked; nobody is an empty one."""
    keys = ("--resident", city.cast.parent, "--resident", NOBODY)
    answer = json.loads(typed(capsys, "lookup", *city.counter(*keys, "--fields", "sex", "--json")).out)
    assert answer["entries"] == [{"resident": {"sex": {"exact": answer["entries"][0]["resident"]["sex"]["exact"]}}}, {}]


def test_nobody_of_several_is_said(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """No empty table, and still a receipt."""
    done = typed(capsys, "lookup", *city.counter("--resident", NOBODY, "--resident", "9999999998", "--language", "en"))
    assert (done.code, done.out) == (Exit.DONE, "")
    assert done.err.startswith(f"Nobody was found.\n{NOTICE_EN}")


def test_a_key_that_is_wrong_is_called_what_was_typed(city: City, capsys: pytest.CaptureFixture[str]) -> None:
    """Which option, the how manieth, and what is wrong with it, all at once."""
    keys = ("--resident", city.cast.parent, "--resident", "12", "--resident", city.cast.parent)
    done = typed(capsys, "lookup", *city.counter(*keys))
    assert done.code == Exit.REFUSED
    assert done.err.splitlines()[1:3] == [
        "  --resident (2): 10桁の数字ではありません",
        "  --resident (3): 同じものが2回指定されています",
    ]


def test_with_a_token_file(city: City, tmp_path: Path) -> None:
    """As any department system would; the applicant goes along."""
    token = tmp_path / "token.jwt"
    replace_secret(token, city.estate.token(city.cast.clerk).encode() + b"\n")
    arguments = (
        *("lookup", *city.reaching(city.cast.clerk), "--authority", str(city.estate.pki.authority.certificate)),
        *("--token-file", str(token), "--purpose", "resident-card-counter", "--reason", "application"),
        *("--applicant", city.cast.parent, "--resident", city.cast.parent, "--language", "en"),
    )
    done = gateway(*arguments)
    assert done.returncode == Exit.DONE, done.stderr
    assert "\tas registered\n" in done.stdout
    token.chmod(0o644)
    open_to_others = gateway(*arguments)
    assert open_to_others.returncode == Exit.CANNOT
    assert "chmod 600" in open_to_others.stderr


def test_with_the_development_identity_provider(city: City) -> None:
    """It signs a token for the person who is named; another post is refused by the gateway, not here."""
    person = city.cast.collector
    arguments = (
        *("lookup", *city.reaching(person), "--pki", str(city.estate.pki.path), "--staff", person.staff),
        *("--role", person.role, "--purpose", "fee-arrears", "--case", city.cast.arrears_case),
        *("--reason", "collection", "--resident", city.cast.parent, "--language", "en"),
    )
    assert gateway(*arguments, "--post", person.post).returncode == Exit.DONE
    refused = gateway(*arguments, "--post", "p9999-1")
    assert refused.returncode == Exit.REFUSED
    assert refused.stderr.startswith("POST_NOT_IN_FORCE (PERMISSION_DENIED): You do not hold this post today")
    assert gateway(*arguments).returncode == Exit.USAGE  # no post at all


@pytest.mark.rule("E", "F2")
def test_a_refusal_tells_all_that_was_told(city: City) -> None:
    """Reason, advice and every offending field, nothing on standard output, exit code 4."""
    done = gateway("lookup", *city.childcare("--fields", "name,sex,fee_arrears", "--language", "en"))
    assert (done.returncode, done.stdout) == (Exit.REFUSED, "")
    first, *rest = done.stderr.splitlines()
    assert first.startswith("FIELD_NOT_GRANTED (PERMISSION_DENIED): Some of these fields are not open to this purpose")
    assert rest == [
        "  fee_arrears: not granted by this purpose",
        "  sex: not granted by this purpose",
        "This refusal is recorded, too.",
    ]


def test_a_refusal_as_json(city: City) -> None:
    """For scripts: what the gateway said, taken apart."""
    done = gateway("lookup", *city.childcare("--json", "--fields", "salary"))
    refusal = json.loads(done.stdout)["refusal"]
    assert (refusal["code"], refusal["reason"]) == ("INVALID_ARGUMENT", "FIELD_UNKNOWN")
    assert refusal["violations"] == [["read_mask.paths[0]", "there is no such field"]]
    assert "この拒否も記録されます。" in done.stderr


@pytest.mark.parametrize(
    ("expected", "message", "arguments"),
    [
        # nobody listens
        (Exit.UNAVAILABLE, "no gateway answers there", ["{clerk}", "--address", "127.0.0.1:9"]),
        # a gateway of another authority: these are the clerk's own certificates, and not a city's
        (Exit.UNAVAILABLE, "no gateway answers there", ["{clerk}", "--authority", "{certificate}"]),
        # a folder where no demo is
        (Exit.UNAVAILABLE, "demo --serve --dir /nowhere", ["--dir", "/nowhere", "--as", "analyst"]),
        # a demo, but nobody in it
        (Exit.USAGE, "--as for a running demo", ["--dir", "{folder}"]),
        # a key that is not there
        (Exit.CANNOT, "none.key: cannot be read", ["{clerk}", "--key", "none.key"]),
        # a certificate that is none
        (Exit.CANNOT, "not a client certificate", ["{clerk}", "--certificate", "{folder}/gateway.yaml"]),
        # two residents at once
        (Exit.USAGE, "--resident or --pseudonym", ["{clerk}", "--pseudonym", "sk1A"]),
        # a reason that there is not
        (Exit.USAGE, "curiosity", ["{clerk}", "--reason", "curiosity"]),
    ],
)
def test_what_cannot_be_asked_is_said(city: City, expected: Exit, message: str, arguments: list[str]) -> None:
    """An exit code of the table and one clear line, no traceback."""
    clerk = city.cast.clerk
    given = {"--purpose": "resident-card-counter", "--reason": "application", "--resident": city.cast.parent}
    pairs = [each for each in arguments if each != "{clerk}"]
    if "{clerk}" in arguments:
        reaching = city.reaching(clerk)
        given |= dict(zip(reaching[::2], reaching[1::2], strict=True))
        given |= {
            "--pki": str(city.estate.pki.path),
            "--staff": clerk.staff,
            "--post": clerk.post,
            "--role": clerk.role,
        }
    given |= dict(zip(pairs[::2], pairs[1::2], strict=True))
    places = {
        "{certificate}": str(city.estate.pki.client(clerk.department, SYSTEMS[clerk.department]).certificate),
        "{folder}": str(city.estate.path),
    }
    for name, place in places.items():
        given = {option: value.replace(name, place) for option, value in given.items()}
    done = gateway("lookup", *(part for option in given.items() for part in option))
    assert expected == done.returncode, done.stderr
    assert message in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
