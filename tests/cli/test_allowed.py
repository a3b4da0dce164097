"""`register-gateway allowed` against a gateway that is being served."""

import json
from typing import Any, get_args

import pytest

from gateway.cli.client import CALENDARS, LANGUAGES, REASONS, STATUSES
from gateway.cli.entitled import allowances, overview, terms
from gateway.cli.exits import Exit
from gateway.cli.question import Calendar, Language, Reason, Status
from gateway.cli.reach import Person
from gateway.demo.people import people
from gateway.field import FINDING_KEYS, LOOKUP_KEYS, SELECTING_KEYS, SearchKey
from gateway.v1 import register_pb2 as pb
from tests.cli.serving import City, typed

Capsys = pytest.CaptureFixture[str]
CARD = "resident-card-counter"


def test_the_purposes_open_to_a_person(city: City, capsys: Capsys) -> None:
    """Only those; each with the commands that it is for."""
    done = typed(capsys, "allowed", *city.person("counter-clerk"), "--language", "en")
    assert done.code == Exit.DONE, done.err
    assert done.rows[0] == ["purpose", "title", "ways", "until", "note"]
    (row,) = [row for row in done.rows if row[0] == CARD]
    assert row[1:3] == ["Issue of copies of the resident card", "lookup, search"]
    assert {row[0] for row in done.rows[1:]}.isdisjoint({"planning-statistics", "fee-arrears"})


def test_all_about_a_purpose(city: City, capsys: Capsys) -> None:
    """Keys as they are typed, fields with their masks, and what is left, in the person's language."""
    ja = typed(capsys, "allowed", CARD, *city.person("counter-clerk"))
    assert ja.code == Exit.DONE, ja.err
    assert ["検索の条件 search", "--name + --born"] in ja.rows
    assert ["検索の対象", "住民、転出、死亡"] in ja.rows
    assert ["birth_date", "生年月日", "keep", "通常"] in ja.rows
    en = typed(capsys, "allowed", CARD, *city.person("counter-clerk"), "--language", "en")
    assert ["search with", "--kana + --born"] in en.rows
    assert ["applicant", "required (--applicant)"] in en.rows
    assert ["previous_address", "Previous address", "keep", "sensitive"] in en.rows


def test_a_look_shows_in_what_is_left(city: City, capsys: Capsys) -> None:
    """Asking about a purpose costs nothing; asking for somebody new costs one resident."""

    def left() -> int:
        done = typed(capsys, "allowed", "tax-liaison", *city.person("assessor"), "--language", "en")
        return min(int(row[4].replace(",", "")) for row in done.rows if row[:3] == ["staff", "1 day", "this one"])

    before = left()
    assert before == left()
    question = ("--purpose", "tax-liaison", "--reason", "collection", "--case", city.cast.tax_case)
    asked = typed(capsys, "lookup", *city.person("assessor"), *question, "--resident", city.cast.parent)
    assert asked.code == Exit.DONE, asked.err
    assert before - 1 == left()


def test_as_json_it_is_the_contracts(city: City, capsys: Capsys) -> None:
    """Names as in the contract, one purpose or all."""
    person = city.person("analyst")
    every = json.loads(typed(capsys, "allowed", *person, "--json").out)
    one = json.loads(typed(capsys, "allowed", "planning-statistics", *person, "--json").out)
    assert [each["name"] for each in every] == ["planning-statistics"]
    assert one["stream"]["area_level"] == "town"
    assert one["allowances"]
    assert "allowances" not in every[0]


@pytest.mark.parametrize(("text", "language"), [("この利用目的は、", "ja"), ("This purpose is not open", "en")])
def test_a_purpose_of_others_is_refused_in_the_persons_language(
    city: City, capsys: Capsys, text: str, language: str
) -> None:
    """Though the call itself carries no language."""
    done = typed(capsys, "allowed", "fee-arrears", *city.person("analyst"), "--language", language)
    assert (done.code, done.out) == (Exit.REFUSED, "")
    assert done.err.startswith(f"PURPOSE_NOT_GRANTED (PERMISSION_DENIED): {text}")


def purpose(**more: Any) -> dict[str, Any]:
    """A Purpose as JSON, as little as the contract sends."""
    words = {"ja": "題", "en": "title"}
    return {
        "name": "p",
        "title": words,
        "legal_basis": words,
        "valid_from": "2026-04-01",
        "valid_until": "2027-03-31",
        **more,
    }


def test_what_is_used_up_says_when_it_reopens() -> None:
    """On a clock in Japan, fractions of a second or none; JSON leaves a zero out. What never reopens says so."""
    used = {"owner": "ALLOWANCE_OWNER_STAFF", "window": "1d", "limit": "40", "all_purposes": True}
    spent = {**used, "window": "tenure", "limit": "12000"}
    some = {**used, "left": "3"}
    states = [{**used, "reopens": "2026-11-24T07:34:46.500Z"}, spent, some]
    assert allowances(purpose(allowances=states), "en")[2] == [
        ["staff", "1 day", "all purposes", "40", "0", "reopens 24 Nov 16:34 (JST)"],
        ["staff", "tenure", "all purposes", "12,000", "0", "does not reopen"],
        ["staff", "1 day", "all purposes", "40", "3", "—"],
    ]
    refused = purpose(attempts={"limit": "50", "reopens": "2026-11-24T07:34:46Z"})
    assert ["拒否された照会の残り", "50回のうち0回 11月24日 16:34 に再開"] in terms(refused, "ja")[2]


def test_each_meter_is_told_apart() -> None:
    """Looks of every day, reads under bulk grants, and the share of the register."""
    used = {"owner": "ALLOWANCE_OWNER_STAFF", "window": "365d", "limit": "40", "left": "3", "all_purposes": True}
    every = purpose(allowances=[used], bulk={"residents": "9", "k": 1, "allowances": [used]}, coverage=[used])
    assert [row[2] for row in allowances(every, "en")[2]] == [
        "all purposes",
        "under bulk grants",
        "share of the register",
    ]


def test_grants_and_emergencies_are_told() -> None:
    """What a stream needs, and what may be seen at once."""
    stream = {"combinations": [{"keys": ["area"]}], "page": 100}
    said = purpose(
        stream=stream,
        bulk={"residents": "1500", "k": 5, "l": 3, "sensitive": ["income"]},
        emergency={"fields": ["name", "address"], "looks_a_day": 5, "review_days": 3},
    )
    assert [
        "stream by",
        "a grant of two people (--grant), 1,500 residents at most, each among 5 alike or more",
    ] in terms(said, "en")[2]
    assert ["those alike differ in", "Total income: 3 values or more"] in terms(said, "en")[2]
    assert ["緊急の照会 (--break-glass)", "氏名、住所。1日5回まで、3日以内に上司が確認"] in terms(said, "ja")[2]


def test_a_purpose_on_its_way_out_says_what_follows() -> None:
    """In the list and in full."""
    note = {"ja": "新しい制度に移ります", "en": "a new scheme replaces it"}
    ending = purpose(deprecation={"since": "2026-10-01", "ends": "2027-03-31", "successor": "q", "note": note})
    assert ["p", "title", "", "2027-03-31", "deprecated"] in overview([ending], "en")[2]
    told = terms(ending, "en")[2]
    assert ["deprecated", "ends on 2027-03-31, announced on 2026-10-01; move to q"] in told
    assert ["why", "a new scheme replaces it"] in told


def test_every_key_is_typed_somehow() -> None:
    """A key that is added to the contract gets its option."""
    every = sorted(LOOKUP_KEYS | FINDING_KEYS | SELECTING_KEYS | {SearchKey.STATUS})
    rows = terms(purpose(search={"combinations": [{"keys": every}]}), "en")[2]
    (typed_keys,) = [value for part, value in rows if part == "search with"]
    assert all(option.startswith("--") for option in typed_keys.split(" + "))
    assert set(every) == set(SearchKey)


def test_every_word_of_the_contract_can_be_typed() -> None:
    """Reasons, languages, statuses and calendars, all of each."""
    assert set(REASONS.values()) == set(pb.ReasonCode.values()) - {pb.REASON_CODE_UNSPECIFIED}
    assert set(LANGUAGES.values()) == set(pb.Language.values()) - {pb.LANGUAGE_UNSPECIFIED}
    assert set(STATUSES.values()) == set(pb.RegisterStatus.values()) - {pb.REGISTER_STATUS_UNSPECIFIED}
    assert set(CALENDARS.values()) == set(pb.Calendar.values())
    assert set(get_args(Reason)) == set(REASONS)
    assert set(get_args(Language)) == set(LANGUAGES)
    assert set(get_args(Status)) == set(STATUSES)
    assert {*get_args(Calendar), None} == set(CALENDARS)


def test_everybody_of_the_demo_can_ask(city: City) -> None:
    """`--as` has the people of the city, all of them."""
    assert set(get_args(Person)) == set(people(city.cast))
