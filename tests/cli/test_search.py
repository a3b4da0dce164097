"""`register-gateway search` against a gateway that is being served."""

import json
from typing import Any

import pytest

from gateway.cli.exits import Exit
from masking.japanese.era import in_era
from masking.value import PartialDate
from tests.cli.serving import NOTICE_EN, NOTICE_JA, City, typed

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def known(city: City, capsys: Capsys) -> dict[str, Any]:
    """What the counter knows of a resident who writes 髙橋."""
    fields = ("--resident", city.cast.variant, "--fields", "name,name_kana,birth_date,address", "--json")
    resident: dict[str, Any] = json.loads(typed(capsys, "lookup", *city.counter(*fields)).out)["resident"]
    return resident


def era(birth_date: dict[str, Any]) -> str:
    """A date as people write it."""
    date = birth_date["exact"]
    return in_era(PartialDate(date["year"], date["month"], date["day"]))


@pytest.mark.rule("S6")
def test_a_plain_spelling_finds_the_variant(city: City, capsys: Capsys, known: dict[str, Any]) -> None:
    """A row a resident under the contract's names, the date as people write it; the look is recorded."""
    born = era(known["birth_date"])
    done = typed(capsys, "search", *city.counter("--name", "高橋*", "--born", born, "--calendar", "era"))
    assert done.code == Exit.DONE, done.err
    head, *rows = done.rows
    assert head[:3] == ["name", "name_kana", "birth_date"]
    assert [known["name"]["exact"], known["name_kana"]["exact"], born] in [row[:3] for row in rows]
    assert done.err.startswith(NOTICE_JA)


def test_where_somebody_lives(city: City, capsys: Capsys, known: dict[str, Any]) -> None:
    """An address and a reading; as JSON it is the contract's response."""
    lives = known["address"]["exact"]["text"]
    done = typed(capsys, "search", *city.counter("--lives", lives, "--kana", known["name_kana"]["exact"], "--json"))
    answer = json.loads(done.out)
    assert known["name"] in [resident["name"] for resident in answer["residents"]]
    assert f"[{answer['receipt']['disclosure_id']}]" in done.err


def test_nobody_found_is_an_answer(city: City, capsys: Capsys) -> None:
    """Said, recorded, and no failure."""
    done = typed(capsys, "search", *city.counter("--name", "高橋*", "--born", "1801", "--language", "en"))
    assert (done.code, done.out) == (Exit.DONE, "")
    assert done.err.startswith(f"Nobody was found.\n{NOTICE_EN}")


@pytest.mark.rule("S3")
def test_too_many_are_refused_with_advice(city: City, capsys: Capsys) -> None:
    """Nobody at all, and where it stands what may be asked."""
    asked = ("--purpose", "disaster-welfare-checks", "--reason", "investigation", "--case", city.cast.relief_case)
    done = typed(capsys, "search", *city.person("relief-officer"), *asked, "--name", "佐藤*", "--language", "en")
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert done.err.splitlines()[1:] == [
        "  what may be asked by, in which combinations, and how many may be found: see register-gateway allowed",
        "This refusal is recorded, too.",
    ]
    assert done.err.startswith("TOO_MANY_RESULTS (FAILED_PRECONDITION): ")


@pytest.mark.rule("S1", "S2")
@pytest.mark.parametrize(
    ("reason", "line", "arguments"),
    [
        # too little of a name
        ("REQUEST_MALFORMED", "--name: * の前には、漢字なら2文字、かなや英字なら3文字以上が必要です", "--name 高*"),
        # no date
        ("REQUEST_MALFORMED", "--born: 日付ではありません（例：昭和45年8月12日、S45.8.12、1970-08-12）", "--born 昨日"),
        # a name alone
        ("SEARCH_NOT_GRANTED", "条件が足りません。この組合せでは照会できません", "--name 高橋*"),
        # a key that the counter does not have
        ("SEARCH_NOT_GRANTED", "--household: この利用目的では、これで探すことはできません", "--household 1"),
        # a status that it does not have
        (
            "SEARCH_NOT_GRANTED",
            "--status: この利用目的では指定できません",
            "--name 高橋* --born 1970 --status void --status moved_out",
        ),
    ],
)
def test_a_refusal_names_what_was_typed(city: City, capsys: Capsys, reason: str, line: str, arguments: str) -> None:
    """The option and what is wrong with it."""
    done = typed(capsys, "search", *city.counter(*arguments.split()))
    assert (done.code, done.out) == (Exit.REFUSED, "")
    first, second, *_ = done.err.splitlines()
    assert first.startswith(f"{reason} ")
    assert second == f"  {line}"


@pytest.mark.rule("S4")
def test_who_moved_away_is_found_by_status(city: City, capsys: Capsys) -> None:
    """Passed over without a word, found with it."""
    fields = ("--resident", city.cast.former, "--fields", "name,birth_date", "--json")
    former = json.loads(typed(capsys, "lookup", *city.counter(*fields)).out)["resident"]
    asked = ("--name", former["name"]["exact"], "--born", era(former["birth_date"]), "--fields", "status")
    assert typed(capsys, "search", *city.counter(*asked)).out == ""
    assert typed(capsys, "search", *city.counter(*asked, "--status", "moved_out")).rows == [["status"], ["転出"]]


def test_nothing_known_is_not_asked(city: City, capsys: Capsys) -> None:
    """A status alone says nothing of anybody."""
    done = typed(capsys, "search", *city.counter("--status", "resident"))
    assert done.code == Exit.USAGE
    assert "say what is known" in done.err
