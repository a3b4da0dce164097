"""The hallway, walked from outside: what leaves, what is charged, what is recorded."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.clock import DAY, SECOND
from gateway.demo.estate import Estate
from gateway.ledger.record import Record
from gateway.ledger.v1 import record_pb2
from gateway.purpose.book import Book
from gateway.purpose.plan import Plan
from gateway.register.city import StaffRole
from gateway.register.port import Selection
from gateway.register.schema_map import SchemaMap
from gateway.register.schema_reading import read_schema_map
from gateway.register.sql import SqlReader, open_register
from gateway.rpc.encode import encode
from gateway.subject import Row
from gateway.v1 import register_pb2 as pb
from gateway.view import View
from masking.allotment_file import SURROGATES_FILE, FileAllotments
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.estates import (
    AMPLE,
    ARREARS,
    CHILDCARE,
    COUNTER,
    RESIDENTS,
    ROOT,
    STATISTICS,
    House,
    Pages,
    asked,
    change,
    copied,
    limit,
    lookup,
    opened,
    purpose_file,
    rewrite,
    selection,
    strangers,
    told,
    until,
    verified,
)

ANYBODY = (0, None)
WITHHELD = pb.ABSENCE_WITHHELD


def budget(text: str) -> tuple[str, str]:
    """A purpose's budget, for `rewrite`."""
    return AMPLE, f"budget:\n  residents: {text}\n"


def pages_of(size: int) -> tuple[str, str]:
    """The size of a stream's pages, for `rewrite`."""
    return "stream: {page: 500}", f"stream: {{page: {size}}}"


def residents(estate: Estate, count: int) -> list[str]:
    """So many residents who live here, are unprotected, have one entry and no former one beside it, and are nothing to
    anybody on the staff.
    """
    cast, unrelated = estate.cast(), strangers(estate)
    found = asked(
        estate,
        "register",
        "SELECT atena_no FROM juki_resident WHERE atena_no NOT IN "
        "(SELECT atena_no FROM protective_measure) AND atena_no NOT IN "
        f"('{cast.twice}', '{cast.parent}', '{cast.bystander}') "
        "GROUP BY atena_no HAVING count(*) = 1 AND max(jumin_cd) = '1'",
    )
    return [row[0] for row in found if row[0] in unrelated][:count]


def colleague(estate: Estate, person: StaffRole) -> StaffRole:
    """Somebody else in the same department and role, in office, with one post."""
    today = estate.cast().today
    found = asked(
        estate,
        "standing",
        f"SELECT staff, post, department, role FROM post WHERE department = '{person.department}' "
        f"AND role = '{person.role}' AND staff <> '{person.staff}' AND since <= '{today}' "
        f"AND (until IS NULL OR until > '{today}') ORDER BY staff",
    )
    return StaffRole(*found[0])


def pseudonyms_of(estate: Estate, *ids: str) -> list[str]:
    """What planning knows residents by, reckoned with the estate's own keys."""
    domain = PseudonymDomain("planning", STATISTICS, "resident_id")
    sealed = SealedTokens(Keyring.open(estate.keyring).domain(domain))
    return [sealed.seal(each) for each in ids]


def schema_map() -> SchemaMap:
    """The map that estates are read by."""
    return read_schema_map(ROOT / "config" / "register-map.yaml")


def plan_of(estate: Estate, purpose: str) -> Plan:
    """A purpose of planning's, bound to the estate's own keys and to the names that its gateway has allotted."""
    keyring = Keyring.open(estate.keyring)
    allotments = FileAllotments(estate.state / SURROGATES_FILE)
    book = Book.read(estate.path / "purposes", estate.path / "limits.yaml", keyring, allotments, schema_map().mapped)
    plan = book.plan(purpose, "planning")
    assert plan is not None
    return plan


def twin_of(estate: Estate, purpose: str) -> str:
    """A second purpose of the same text."""
    twin = f"{purpose}-twin"
    text = purpose_file(estate, purpose).read_text(encoding="utf-8")
    path = purpose_file(estate, purpose).with_name(f"{twin}.yaml")
    path.write_text(text.replace(f"purpose: {purpose}", f"purpose: {twin}"), encoding="utf-8")
    return twin


async def shown(estate: Estate, purpose: str, ids: Sequence[str]) -> list[str]:
    """What a purpose has shown of residents who stand in the register once."""
    register = open_register(f"sqlite:///{estate.path / 'city' / 'register.db'}", schema_map())
    plan = plan_of(estate, purpose)
    view = View(plan, plan.fields, register)
    found = await view.reader.rows(ids)
    await register.close()
    today = estate.cast().today
    return [str(encode(view.mask(row, today, protected=False))) for rows in found.values() for row in rows]


# ------------------------------------------------------------------------------------- what is read and recorded


@pytest.mark.rule("F1", "F6")
@pytest.mark.parametrize(
    ("mask", "columns", "tables"),
    [
        (
            None,
            {"shimei", "umare_ymd", "choaza_cd", "setai_no", "zokugara", "jumin_cd", "shotoku_gaku", "hisai_kbn"},
            {"tax_income", "disaster_certificate"},
        ),
        (["name"], {"shimei", "jumin_cd"}, set()),  # what the mask leaves out is not even read; the status is judged
        (["income"], {"shotoku_gaku", "jumin_cd"}, {"tax_income"}),
    ],
)
async def test_the_register_is_asked_for_planned_columns_only(
    estate: Estate, monkeypatch: pytest.MonkeyPatch, mask: list[str] | None, columns: set[str], tables: set[str]
) -> None:
    """The SQL that reaches SQLite names the fields of purpose and mask, and joins no other table."""
    said: list[str] = []
    connect = sqlite3.connect

    def traced(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.set_trace_callback(said.append)
        return connection

    monkeypatch.setattr("gateway.register.sqlite_driver.sqlite3.connect", traced)
    async with opened(estate) as house:
        said.clear()
        await (await house.caseworker()).get(house.parent(mask=mask))
    (read,) = [sql for sql in said if "juki_resident" in sql]
    every = {
        name
        for table in ("juki_resident", "tax_income", "fee_arrears", "disaster_certificate")
        for (name,) in asked(estate, "register", f"SELECT name FROM pragma_table_info('{table}')")
    } - {"atena_no"}
    assert {name for name in every if name in read} - {"shi_mei", "choaza_mei", "chome_no", "banchi"} == columns
    assert {name for name in ("tax_income", "fee_arrears", "disaster_certificate") if name in read} == tables


async def test_masks_of_the_same_fields_are_compiled_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """However their paths are ordered and repeated: nobody makes the gateway compile SQL by writing masks."""
    fields = ["name", "birth_date", "address", "sex"]
    clerk = await house.clerk()
    first = await clerk.get(house.at_the_counter(house.cast.bystander, mask=fields))
    statements: list[object] = []
    monkeypatch.setattr("gateway.register.sql.compiled", lambda *said: statements.append(said))
    for mask in [*map(list, itertools.permutations(fields)), fields * 5, ["sex", *fields]]:
        again = await clerk.get(house.at_the_counter(house.cast.bystander, mask=mask))
        assert again.resident == first.resident
    assert statements == []


@pytest.mark.rule("F8")
async def test_a_column_that_the_register_gains_stays_closed(house: House) -> None:
    """Nobody sees it, no path names it, and nothing else changes."""
    caseworker = await house.caseworker()
    before = await caseworker.get(house.parent())
    with sqlite3.connect(house.estate.path / "city" / "register.db") as register:
        register.execute("ALTER TABLE juki_resident ADD COLUMN ketsueki_gata TEXT NOT NULL DEFAULT 'AB'")
    register.close()
    after = await caseworker.get(house.parent())
    assert after.resident == before.resident
    assert await caseworker.tried(house.parent(mask=["ketsueki_gata"])) == "FIELD_UNKNOWN"


@pytest.mark.rule("R2", "R3")
async def test_a_record_tells_who_saw_what_of_whom_and_why(house: House) -> None:
    """Every part of rule R3; values are nowhere in it."""
    request = house.parent(
        mask=["income", "name"],
        request_id="desk-7.1",
        reason=pb.REASON_CODE_OTHER,
        justification="電話で確認のため",
        applicant=house.cast.parent,
    )
    response = await (await house.caseworker()).get(request)
    (record,) = house.disclosures()
    header, private, caseworker = record.header, record.private, house.cast.caseworker
    assert header.wall == house.clock.now
    assert (header.department, header.purpose) == ("child-welfare", CHILDCARE)
    assert len(header.purpose_digest) == 32
    assert header.case_reference == house.cast.childcare_case
    assert list(header.fields_delivered) == ["name", "income"]
    assert set(header.fields_read) == {"name", "income", "status"}
    assert (private.system, private.staff, private.post) == ("childcare-case", caseworker.staff, caseworker.post)
    assert (private.reason_code, private.justification) == (pb.REASON_CODE_OTHER, "電話で確認のため")
    assert list(private.search_keys) == ["resident_id"]
    assert private.request_id == response.receipt.request_id == "desk-7.1"
    assert [line.outcome for line in record.lines] == [record_pb2.OUTCOME_DELIVERED]
    assert len(private.budgets_after) > 0
    assert house.records()[int(response.receipt.disclosure_id.partition(".")[0])] == record
    told_of_the_resident = record.header.SerializeToString() + record.private.SerializeToString() + record.leaf
    assert response.resident.name.exact.encode() not in told_of_the_resident
    assert house.cast.parent.encode() not in told_of_the_resident


@pytest.mark.rule("F6")
async def test_what_a_masker_needs_beside_is_read_recorded_and_never_delivered(house: House) -> None:
    """Sex decides which surrogate name; it stands in the record as read and nowhere in the answer."""
    pages = await (await house.analyst()).stream(selection(ages=(0, 4), mask=["name"]))
    assert pages.end is None
    assert {field.name for each in pages.residents for field, _ in each.ListFields()} == {"name"}
    (record,) = house.disclosures()
    assert set(record.header.fields_read) == {"name", "sex", "status"}
    assert list(record.header.fields_delivered) == ["name"]


@pytest.mark.rule("R2")
async def test_every_resident_of_a_stream_is_in_the_records(estate: Estate) -> None:
    """A page is a record, a resident a line; the pages of one stream share its request id."""
    rewrite(estate, STATISTICS, pages_of(100))
    async with opened(estate) as house:
        pages = await (await house.analyst()).stream(selection(ages=(0, 19)))
        records = house.disclosures()
    assert [len(record.lines) for record in records] == [len(page.residents) for page in pages.pages]
    assert sum(len(record.lines) for record in records) == len(set(pages.pseudonyms)) > 100
    assert [record.private.page for record in records] == list(range(1, len(records) + 1))
    assert {record.private.request_id for record in records} == {pages.pages[0].receipt.request_id}
    assert {record.private.request_id for record in records} != {""}
    assert verified(estate).faults == []


# ------------------------------------------------------------------------------------------------ hidden is absent

NOBODY = "9999999999"


async def seen_by(estate: Estate, resident_id: str, applicant: str | pb.Outsider) -> tuple[Any, dict[Any, int], Record]:
    """What a counter clerk gets who asks for somebody on behalf of somebody, what is left, and the record."""
    async with opened(estate) as house:
        clerk = await house.clerk()
        refused = await clerk.denied(house.at_the_counter(resident_id, applicant=applicant, request_id="r"))
        (record,) = house.disclosures()
        return refused, await clerk.left(COUNTER), record


@pytest.mark.rule("S7", "W9", "L1")
async def test_hidden_and_absent_look_the_same(built: Estate, tmp_path: Path) -> None:
    """To the other party the resident does not exist: the same octets, the same charge, the same record but for the
    outcome, which only auditors read.
    """
    cast = built.cast()
    assert not asked(built, "register", f"SELECT 1 FROM juki_resident WHERE atena_no = '{NOBODY}'")
    hidden, hidden_left, hidden_record = await seen_by(copied(built, tmp_path / "1"), cast.protected, cast.other_party)
    absent, absent_left, absent_record = await seen_by(copied(built, tmp_path / "2"), NOBODY, cast.other_party)
    assert (hidden.reason, hidden.octets) == ("RESIDENT_NOT_FOUND", absent.octets)
    assert hidden_left == absent_left
    assert hidden_left["staff", "1d", False] == 89_999
    for each in (hidden_record, absent_record):
        each.header.wall = 0
        each.private.elapsed = 0
    assert hidden_record.header == absent_record.header
    assert hidden_record.private == absent_record.private
    assert [line.outcome for line in hidden_record.lines] == [record_pb2.OUTCOME_HIDDEN]
    assert [line.outcome for line in absent_record.lines] == [record_pb2.OUTCOME_ABSENT]


@pytest.mark.rule("W9")
async def test_a_protection_hides_from_its_first_to_its_last_day(house: House) -> None:
    """Before and after it the other party is anybody."""
    cast, today = house.cast, house.cast.today
    clerk = await house.clerk()
    request = house.at_the_counter(cast.protected, applicant=cast.other_party)

    async def outcome(since: int, until: int | None) -> str:
        last = f"'{today + timedelta(days=until)}'" if until is not None else "NULL"
        change(
            house.estate,
            "register",
            f"UPDATE protective_measure SET kaishi_ymd = '{today + timedelta(days=since)}', shuryo_ymd = {last} "
            f"WHERE atena_no = '{cast.protected}'",
        )
        return await clerk.tried(request)

    assert await outcome(0, 0) == "RESIDENT_NOT_FOUND"  # its one day
    assert await outcome(-9, None) == "RESIDENT_NOT_FOUND"
    assert await outcome(1, None) == "OK"  # from tomorrow on
    assert await outcome(-9, -1) == "OK"  # until yesterday


@pytest.mark.rule("W9")
async def test_an_outsider_is_the_other_party_by_birth_date(house: House) -> None:
    """Whatever name they give at the counter."""
    cast, clerk = house.cast, await house.clerk()
    change(
        house.estate,
        "register",
        "UPDATE protective_measure SET aite_atena_no = NULL, aite_shimei = '加藤　健', aite_umare_ymd = '1980-05-17' "
        f"WHERE atena_no = '{cast.protected}'",
    )
    them = pb.Outsider(name="別の　名前", birth_date=pb.PartialDate(year=1980, month=5, day=17))
    other = pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1980, month=5, day=18))
    assert await clerk.tried(house.at_the_counter(cast.protected, applicant=them)) == "RESIDENT_NOT_FOUND"
    assert await clerk.tried(house.at_the_counter(cast.protected, applicant=other)) == "OK"


@pytest.mark.rule("W9")
@pytest.mark.parametrize(
    ("known", "month", "outcome"),
    [
        ("1980-05-00", 5, "RESIDENT_NOT_FOUND"),  # some day in May
        ("1980-05-00", 6, "OK"),
        ("1980-00-00", 6, "RESIDENT_NOT_FOUND"),  # some day in 1980
    ],
)
async def test_what_is_known_of_the_other_party_s_birth_date_is_enough(
    house: House, known: str, month: int, outcome: str
) -> None:
    """A date that the measure knows in part hides from whoever agrees with that part."""
    cast, clerk = house.cast, await house.clerk()
    change(
        house.estate,
        "register",
        f"UPDATE protective_measure SET aite_atena_no = NULL, aite_shimei = '加藤　健', aite_umare_ymd = '{known}' "
        f"WHERE atena_no = '{cast.protected}'",
    )
    them = pb.Outsider(name="加藤　健", birth_date=pb.PartialDate(year=1980, month=month, day=17))
    assert await clerk.tried(house.at_the_counter(cast.protected, applicant=them)) == outcome


@pytest.mark.rule("W9", "F5")
async def test_where_a_protected_resident_lives_is_withheld(estate: Estate) -> None:
    """Address and household at the counter, the area for the caseworker; everything else is as ever."""
    rewrite(estate, COUNTER, ("  sex: keep", "  household_id: keep\n  sex: keep"))
    async with opened(estate) as house:
        cast = house.cast
        at_counter = (
            await (await house.clerk()).get(house.at_the_counter(cast.protected, applicant=cast.bystander))
        ).resident
        assert (at_counter.address.absent, at_counter.household_id.absent) == (WITHHELD, WITHHELD)
        assert at_counter.name.exact
        assert at_counter.birth_date.exact.year
        request = lookup(CHILDCARE, cast.protected, case=cast.protected_case)
        in_case = (await (await house.caseworker()).get(request)).resident
        assert in_case.address.absent == WITHHELD
        assert in_case.name.exact == at_counter.name.exact


@pytest.mark.rule("W9")
async def test_a_purpose_that_is_cleared_sees_the_address(estate: Estate) -> None:
    """`restricted: allowed` opens the address, and still hides from the other party."""
    rewrite(estate, COUNTER, ("restricted: withheld", "restricted: allowed"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        resident = (
            await clerk.get(house.at_the_counter(house.cast.protected, applicant=house.cast.bystander))
        ).resident
        assert resident.address.exact.text
        hidden = house.at_the_counter(house.cast.protected, applicant=house.cast.other_party)
        assert await clerk.tried(hidden) == "RESIDENT_NOT_FOUND"


@pytest.mark.rule("F5")
async def test_empty_withheld_and_not_granted_are_three_answers(house: House) -> None:
    """No certificate in the register: EMPTY. Kept back: WITHHELD. Not granted: not set, and denied if asked for."""
    cast = house.cast
    (empty,) = asked(
        house.estate,
        "standing",
        f"SELECT resident_id, reference FROM case_party JOIN case_file USING (registry, reference) "
        f"WHERE registry = 'childcare-fee' AND opened <= '{cast.today}' AND closed IS NULL "
        f"AND resident_id <> '{cast.protected}' ORDER BY resident_id LIMIT 1",
    )
    resident, case = empty
    with sqlite3.connect(house.estate.path / "city" / "register.db") as register:
        register.execute(f"DELETE FROM disaster_certificate WHERE atena_no = '{resident}'")
    register.close()
    response = await (await house.caseworker()).get(lookup(CHILDCARE, resident, case=case))
    assert response.resident.disaster_certificate.absent == pb.ABSENCE_EMPTY
    assert not response.resident.HasField("sex")


async def test_applicants_must_be_named_where_the_public_is_served(house: House) -> None:
    """Else nobody could be kept from their victim."""
    refused = await (await house.clerk()).denied(lookup(COUNTER, house.cast.bystander))
    assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["context.applicant"])


@pytest.mark.rule("S5")
async def test_an_id_of_two_entries_is_nobody_s(house: House) -> None:
    """NOT_UNIQUE by lookup, told and recorded, and never one of the two."""
    clerk = await house.clerk()
    assert (await clerk.denied(house.at_the_counter(house.cast.twice))).reason == "NOT_UNIQUE"
    assert ("NOT_UNIQUE", house.cast.clerk.staff, 1) in house.refusals()


@pytest.mark.rule("S7", "S5")
async def test_to_the_other_party_a_resident_registered_twice_is_absent_too(house: House) -> None:
    """Hidden comes before everything else that could be said."""
    cast = house.cast
    change(
        house.estate,
        "register",
        f"UPDATE protective_measure SET atena_no = '{cast.twice}' WHERE atena_no = '{cast.protected}'",
    )
    request = house.at_the_counter(cast.twice, applicant=cast.other_party)
    assert (await (await house.clerk()).denied(request)).reason == "RESIDENT_NOT_FOUND"


# --------------------------------------------------------------------------------------------------------- streams


async def streamed(house: House, **asks: Any) -> Pages:
    """All of a selection, whole."""
    pages = await (await house.analyst()).stream(selection(**asks))
    assert pages.end is None
    return pages


@pytest.mark.rule("W9", "S7")
async def test_streams_by_area_leave_the_protected_out_and_pages_stay_full(estate: Estate) -> None:
    """Found by where they live, their whereabouts would be told; and a short page would tell that somebody was left
    out. By age they are there, with their address withheld.
    """
    cast = estate.cast()
    ((area,),) = asked(estate, "register", f"SELECT choaza_cd FROM juki_resident WHERE atena_no = '{cast.protected}'")
    (pseudonym,) = pseudonyms_of(estate, cast.protected)
    rewrite(estate, STATISTICS, pages_of(20))
    async with opened(estate) as house:
        by_area = await streamed(house, area=area[:8])
        by_age = await streamed(house, ages=ANYBODY)
    assert pseudonym not in by_area.pseudonyms
    for pages in (by_area, by_age):
        assert [len(page.residents) for page in pages.pages[:-1]] == [20] * (len(pages.pages) - 1)
        assert len(pages.pages) > 2
        assert len(set(pages.pseudonyms)) == len(pages.pseudonyms)
    (kept,) = [each for each in by_age.residents if each.resident_id.pseudonym == pseudonym]
    assert kept.address.absent == WITHHELD


@pytest.mark.rule("S5")
async def test_an_id_of_two_entries_is_nobody_in_a_stream(estate: Estate) -> None:
    """Not in any selection that has both of them."""
    (pseudonym,) = pseudonyms_of(estate, estate.cast().twice)
    async with opened(estate) as house:
        assert pseudonym not in (await streamed(house, ages=ANYBODY)).pseudonyms


@pytest.mark.rule("S5")
async def test_an_id_of_two_entries_is_nobody_in_a_selection_that_has_one_of_them(estate: Estate) -> None:
    """Which of the two is meant is as doubtful where only one of them was asked for."""
    cast = estate.cast()
    codes = asked(estate, "register", "SELECT DISTINCT substr(choaza_cd, 1, 8) FROM juki_resident WHERE jumin_cd = '1'")
    home, elsewhere = codes[0][0], codes[-1][0]
    ((resident,),) = asked(
        estate,
        "register",
        f"SELECT atena_no FROM juki_resident WHERE choaza_cd LIKE '{home}%' AND jumin_cd = '1' AND atena_no NOT IN "
        f"(SELECT atena_no FROM protective_measure) AND atena_no <> '{cast.twice}' LIMIT 1",
    )
    change(
        estate,
        "register",
        f"INSERT INTO juki_resident SELECT * FROM juki_resident WHERE atena_no = '{resident}'",
        f"UPDATE juki_resident SET choaza_cd = '{elsewhere}01' WHERE rowid = last_insert_rowid()",
    )
    (pseudonym,) = pseudonyms_of(estate, resident)
    async with opened(estate) as house:
        assert pseudonym not in (await streamed(house, area=home)).pseudonyms
        assert pseudonym not in (await streamed(house, area=elsewhere)).pseudonyms


@pytest.mark.rule("S5")
@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_two_entries_at_the_edge_of_a_page_end_no_stream(estate: Estate, size: int) -> None:
    """Wherever pages are cut, everybody else is delivered once."""
    twice = int(estate.cast().twice)
    rewrite(estate, STATISTICS, pages_of(size))
    async with opened(estate) as house:
        change(
            estate,
            "register",
            "DELETE FROM juki_resident WHERE jumin_cd <> '1' "
            f"OR atena_no NOT BETWEEN '{twice - 200_000_000:010}' AND '{twice + 200_000_000:010}'",
        )
        pages = await streamed(house, ages=ANYBODY)
    unique = "SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) = 1"
    everybody = [row[0] for row in asked(estate, "register", unique)]
    assert 20 < len(everybody) < 120
    assert Counter(pages.pseudonyms) == Counter(pseudonyms_of(estate, *everybody))


@pytest.mark.rule("W9", "S7")
async def test_a_stream_on_somebody_s_behalf_hides_from_them(estate: Estate) -> None:
    """Who applies through a stream does not find their victim in it either, by area or by age."""
    cast = estate.cast()
    (pseudonym,) = pseudonyms_of(estate, cast.protected)
    async with opened(estate) as house:
        assert pseudonym in (await streamed(house, ages=ANYBODY)).pseudonyms
        assert pseudonym not in (await streamed(house, ages=ANYBODY, applicant=cast.other_party)).pseudonyms


@pytest.mark.rule("S7", "W9", "S5")
@pytest.mark.parametrize("count", [4, 8])
async def test_a_full_last_page_tells_nobody_that_somebody_follows(built: Estate, tmp_path: Path, count: int) -> None:
    """Whether nobody follows, or only somebody who is hidden, or who stands twice, or both: the same pages, and as many
    records.
    """
    cast = built.cast()
    *kept, one, other = sorted(residents(built, count + 2))

    async def pages_and_records(which: str, *following: str) -> tuple[list[tuple[int, bool]], int]:
        estate = copied(built, tmp_path / which)
        rewrite(estate, STATISTICS, pages_of(4))
        stay = ", ".join(f"'{each}'" for each in (*kept, *following))
        async with opened(estate) as house:
            change(estate, "register", f"DELETE FROM juki_resident WHERE atena_no NOT IN ({stay})")
            if "hidden" in which:
                hide = f"UPDATE protective_measure SET atena_no = '{other}' WHERE atena_no = '{cast.protected}'"
                change(estate, "register", hide)
            if "twice" in which:
                again = f"INSERT INTO juki_resident SELECT * FROM juki_resident WHERE atena_no = '{one}'"
                change(estate, "register", again)
            pages = await streamed(house, ages=ANYBODY, applicant=cast.other_party)
            recorded = len(house.disclosures()) + len(house.refused_records())
            return [(len(page.residents), bool(page.next_cursor)) for page in pages.pages], recorded

    nobody = await pages_and_records("nobody")
    assert nobody[0] == [(4, True)] * (count // 4 - 1) + [(4, False)]
    assert await pages_and_records("hidden", other) == nobody
    assert await pages_and_records("twice", one) == nobody
    assert await pages_and_records("twice and hidden", one, other) == nobody
    assert (await pages_and_records("plain", one))[0] == [(4, True)] * (count // 4) + [(1, False)]


@pytest.mark.parametrize("collation", ["", " COLLATE RTRIM"])
async def test_ids_that_are_padded_with_blanks_end_no_stream_and_come_once(estate: Estate, collation: str) -> None:
    """Where the database takes padding for nothing everybody is delivered once; where it does not, whoever cannot be
    looked up by id is in no stream either, and it still ends.
    """
    rewrite(estate, STATISTICS, pages_of(7))
    unique = "SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) = 1 AND max(jumin_cd) = '1'"
    aged = " AND max(umare_ymd) NOT LIKE '%-00'"  # a partial date is of no age
    everybody = [row[0] for row in asked(estate, "register", unique + aged)][:60]
    padded = everybody[::3]
    ((table,),) = asked(estate, "register", "SELECT sql FROM sqlite_master WHERE name = 'juki_resident'")
    collated = table.replace("atena_no TEXT", f"atena_no TEXT{collation}", 1)
    assert (collated != table) is bool(collation)
    stay = ", ".join(f"'{each}'" for each in everybody)
    async with opened(estate) as house:
        change(
            estate,
            "register",
            "ALTER TABLE juki_resident RENAME TO unpadded",
            collated,
            f"INSERT INTO juki_resident SELECT * FROM unpadded WHERE atena_no IN ({stay})",
            "DROP TABLE unpadded",
            *(f"UPDATE juki_resident SET atena_no = '{each}  ' WHERE atena_no = '{each}'" for each in padded),
        )
        pages = await streamed(house, ages=ANYBODY)
    expected = everybody if collation else [each for each in everybody if each not in padded]
    assert Counter(pages.pseudonyms) == Counter(pseudonyms_of(estate, *expected))


async def test_a_register_whose_pages_do_not_go_forward_is_unavailable(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was delivered stays, and nobody is delivered round and round."""
    rewrite(estate, STATISTICS, pages_of(5))
    page = SqlReader.page

    async def from_the_start(reader: SqlReader, asked: Selection, after: str, size: int) -> Sequence[Row]:
        return await page(reader, asked, "", size)

    async with opened(estate) as house:
        monkeypatch.setattr(SqlReader, "page", from_the_start)
        pages = await (await house.analyst()).stream(selection(ages=ANYBODY))
        assert pages.end is not None
        assert pages.end.reason == "REGISTER_UNAVAILABLE"
        assert len(pages.residents) == len(set(pages.pseudonyms)) <= 5
        assert ("REGISTER_UNAVAILABLE", house.cast.analyst.staff, 1) in house.refusals()


@pytest.mark.rule("M3")
async def test_a_pseudonym_of_another_purpose_is_nobody(estate: Estate) -> None:
    """Two purposes of one department know the same residents by pseudonyms that neither join nor open in the other."""
    twin = twin_of(estate, STATISTICS)
    async with opened(estate) as house:
        analyst = await house.analyst()
        one = await analyst.stream(selection(STATISTICS, ages=(0, 9)))
        other = await analyst.stream(selection(twin, ages=(0, 9)))
        assert len(one.pseudonyms) == len(other.pseudonyms) > 10
        assert set(one.pseudonyms).isdisjoint(other.pseudonyms)
        refused = await analyst.denied(lookup(twin, pseudonym=one.pseudonyms[0]))
        assert (refused.reason, refused.places) == ("REQUEST_MALFORMED", ["pseudonym"])
        found = await analyst.get(lookup(twin, pseudonym=other.pseudonyms[0]))
        assert found.resident == other.residents[0]


@pytest.mark.rule("M3")
async def test_the_order_of_a_page_joins_nothing(estate: Estate) -> None:
    """Residents stand in no order that another page of theirs would have too: not by id, nor twice in the same one."""
    everybody = [row[0] for row in asked(estate, "register", "SELECT DISTINCT atena_no FROM juki_resident ORDER BY 1")]
    by_id = {pseudonym: place for place, pseudonym in enumerate(pseudonyms_of(estate, *everybody))}
    async with opened(estate) as house:
        with_ids = await streamed(house, ages=ANYBODY)
        without = [await streamed(house, ages=ANYBODY, mask=["name", "income"]) for _ in range(2)]
    places = [by_id[resident.resident_id.pseudonym] for resident in with_ids.pages[0].residents]
    assert places != sorted(places)
    one, other = [[str(resident) for resident in pages.pages[0].residents] for pages in without]
    assert one != other
    assert sorted(one) == sorted(other)


@pytest.mark.rule("M3")
@pytest.mark.parametrize(
    "instead",
    [
        "resident_id: token ",  # shown, and not searched by
        "",  # surrogate names are all there is
    ],
)
async def test_two_purposes_pages_agree_no_better_than_chance(estate: Estate, instead: str) -> None:
    """Laid side by side, hardly any line of the one is the same resident's as that line of the other."""
    rewrite(
        estate,
        STATISTICS,
        ("search_by: [pseudonym, area, age_band]", "search_by: [area, age_band]"),
        ("renewal: two-person", "# no key of its own: "),
        ("resident_id: sealed_token ", instead),
    )
    twin = twin_of(estate, STATISTICS)
    born = "SELECT atena_no FROM juki_resident WHERE umare_ymd NOT LIKE '%-00'"  # a partial date is of no age
    dated = {row[0] for row in asked(estate, "register", born)}
    ids = [each for each in residents(estate, RESIDENTS) if each in dated]
    async with opened(estate) as house:
        analyst = await house.analyst()
        one, other = [await analyst.stream(selection(each, ages=ANYBODY)) for each in (STATISTICS, twin)]
    pairs = set(
        zip(await shown(estate, STATISTICS, ids), await shown(estate, twin, ids), strict=True),
    )
    assert len(one.residents) == len(other.residents) > 1_000
    lines = [(str(a), str(b)) for a, b in zip(one.residents, other.residents, strict=True)]
    assert {line for line, _ in lines} >= {form for form, _ in pairs}
    # One a page is to be expected; twenty of three pages in one of some 10^10 runs.
    assert sum(line in pairs for line in lines) < 20


async def test_an_empty_selection_ends_at_once(house: House) -> None:
    """One page with nobody on it, recorded; nothing to go on with."""
    pages = await streamed(house, area="99999")
    (page,) = pages.pages
    assert (list(page.residents), page.next_cursor) == ([], "")
    assert page.receipt.disclosure_id


async def test_resuming_goes_on_where_the_page_ended(estate: Estate) -> None:
    """From any page's cursor on, the rest is the same as if nothing had been interrupted."""
    rewrite(estate, STATISTICS, pages_of(300))
    async with opened(estate) as house:
        whole = await streamed(house, ages=ANYBODY)
        assert len(whole.pages) > 3
        resumed = await streamed(house, ages=ANYBODY, cursor=whole.pages[1].next_cursor)
    assert resumed.residents == whole.residents[600:]
    assert whole.pages[-1].next_cursor == ""


async def test_a_cursor_holds_for_its_caller_purpose_selection_and_mask(estate: Estate) -> None:
    """Anything else is malformed at `cursor`, and nothing is delivered."""
    rewrite(estate, STATISTICS, pages_of(100))
    cast = estate.cast()
    async with opened(estate) as house:
        cursor = (await streamed(house, ages=ANYBODY)).pages[0].next_cursor
        other = await house.desk(colleague(estate, cast.analyst))
        analyst = await house.analyst()
        moved = [
            await other.stream(selection(ages=ANYBODY, cursor=cursor)),
            await analyst.stream(selection(ages=(0, 89), cursor=cursor)),
            await analyst.stream(selection(ages=ANYBODY, area="48201", cursor=cursor)),
            await analyst.stream(selection(ages=ANYBODY, mask=["name"], cursor=cursor)),
            await analyst.stream(selection(ages=ANYBODY, cursor=cursor[:-2])),
            await analyst.stream(selection(ages=ANYBODY, cursor="A" * 83)),
            await analyst.stream(selection(ages=ANYBODY, cursor="x" * 201)),
        ]
    for pages in moved:
        assert pages.end is not None
        assert (pages.pages, pages.end.reason, pages.end.places) == ([], "REQUEST_MALFORMED", ["cursor"])


async def test_a_cursor_of_an_older_text_says_that_the_purpose_has_changed(estate: Estate) -> None:
    """After a restart with another text a stream begins again; with the same text it goes on."""
    rewrite(estate, STATISTICS, pages_of(100))
    async with opened(estate) as house:
        cursor = (await streamed(house, ages=ANYBODY)).pages[0].next_cursor
    async with opened(estate) as house:
        assert len((await streamed(house, ages=ANYBODY, cursor=cursor)).residents) > 100
    path = purpose_file(estate, STATISTICS)
    path.write_text(path.read_text(encoding="utf-8") + "# reviewed\n", encoding="utf-8")
    async with opened(estate) as house:
        pages = await (await house.analyst()).stream(selection(ages=ANYBODY, cursor=cursor))
        assert pages.end is not None
        assert (pages.pages, pages.end.reason) == ([], "PURPOSE_CHANGED")


# --------------------------------------------------------------------------------------------------------- budgets


@pytest.mark.rule("L1", "L2", "L5", "E")
async def test_exactly_so_many_residents_and_then_no_more(estate: Estate) -> None:
    """Five a day: five different residents, found or not, as often as they like; the sixth is refused with a
    QuotaFailure that names the caller, no RetryInfo, and a pushback that tells client libraries not to retry.
    """
    rewrite(estate, COUNTER, budget("{staff: {1d: 5}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        *five, sixth = [*residents(estate, 4), NOBODY, house.cast.bystander]
        outcomes = [await clerk.tried(house.at_the_counter(each)) for each in (*five, *five[:3])]
        assert outcomes == ["OK"] * 4 + ["RESIDENT_NOT_FOUND"] + ["OK"] * 3
        refused = await clerk.denied(house.at_the_counter(sixth))
        assert refused.reason == "BUDGET_EXHAUSTED"
        assert refused.denial.retry_seconds is None
        assert refused.trailing["grpc-retry-pushback-ms"] == "-1"
        (violation,) = refused.denial.quota
        assert violation[0] == "caller:staff"
        assert "5 residents in 1d; reopens 20" in violation[1]
        assert sixth not in str(refused.octets)
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 0
        assert len(house.disclosures()) == 8
    assert verified(estate).faults == []


@pytest.mark.rule("L1")
async def test_a_purpose_cannot_be_looser_than_the_city(estate: Estate) -> None:
    """Three a day in limits.yaml hold across purposes and in each."""
    limit(estate, "staff: {1d: 100000, 365d", "staff: {1d: 3, 365d")
    for path in (estate.path / "purposes").glob("*.yaml"):
        rewrite(estate, path.stem, budget("{staff: {1d: 3}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        outcomes = [await clerk.tried(house.at_the_counter(each)) for each in residents(estate, 5)]
    assert outcomes == ["OK"] * 3 + ["BUDGET_EXHAUSTED"] * 2


@pytest.mark.rule("L1")
async def test_a_department_s_budget_is_shared(estate: Estate) -> None:
    """What one clerk spends the other does not have; one resident seen by both counts once for the department."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 4}, department: {1d: 5}}"))
    async with opened(estate) as house:
        one, other = await house.clerk(), await house.desk(colleague(estate, house.cast.clerk))
        ids = residents(estate, 7)
        assert [await one.tried(house.at_the_counter(each)) for each in ids[:4]] == ["OK"] * 4
        assert [await other.tried(house.at_the_counter(each)) for each in ids[3:6]] == ["OK", "OK", "BUDGET_EXHAUSTED"]
        refused = await other.denied(house.at_the_counter(ids[6]))
        assert [subject for subject, _ in refused.denial.quota] == ["caller:department"]


@pytest.mark.rule("L2", "L5")
async def test_too_fast_invites_a_retry(estate: Estate) -> None:
    """One a second and three at once: the fourth learns how long to wait, and then it is answered."""
    rewrite(estate, COUNTER, (AMPLE, AMPLE.replace("budget:\n", "budget:\n  rate: {per_second: 1, burst: 3}\n")))
    async with opened(estate) as house:
        clerk = await house.clerk()
        request = house.at_the_counter(house.cast.bystander)
        assert [await clerk.tried(request) for _ in range(3)] == ["OK"] * 3
        refused = await clerk.denied(request)
        assert (refused.reason, refused.denial.retry_seconds) == ("RATE_EXCEEDED", 1.0)
        assert refused.trailing["grpc-retry-pushback-ms"] == "1000"
        house.clock.now += SECOND - 1
        assert await clerk.tried(request) == "RATE_EXCEEDED"
        house.clock.now += 1
        assert await clerk.tried(request) == "OK"
        assert await clerk.tried(request) == "RATE_EXCEEDED"


@pytest.mark.rule("L1")
async def test_repeats_of_one_resident_have_a_cap(estate: Estate) -> None:
    """Looking at the same resident again costs nothing, and still not without end."""
    limit(estate, "repeats: {staff: {1d: 100000}}", "repeats: {staff: {1d: 4}}")
    async with opened(estate) as house:
        clerk = await house.clerk()
        outcomes = [await clerk.tried(house.at_the_counter(house.cast.bystander)) for _ in range(6)]
        assert outcomes == ["OK"] * 4 + ["BUDGET_EXHAUSTED"] * 2
        assert await clerk.tried(house.at_the_counter(house.cast.parent)) == "OK"


@pytest.mark.rule("L1", "R1")
async def test_whoever_tries_doors_is_answered_no_more(estate: Estate) -> None:
    """Refused attempts are counted; past the limit not even what is allowed is answered that day."""
    limit(estate, "refusals: {staff: {1d: 100000}}", "refusals: {staff: {1d: 6}}")
    async with opened(estate) as house:
        caseworker = await house.caseworker()
        stranger = lookup(CHILDCARE, house.cast.bystander, case=house.cast.childcare_case)
        assert await caseworker.tried(house.parent()) == "OK"
        assert [await caseworker.tried(stranger) for _ in range(6)] == ["STEP_UP_REQUIRED"] * 6
        refused = await caseworker.denied(house.parent())
        assert refused.reason == "BUDGET_EXHAUSTED"
        assert "refused attempts" in refused.denial.quota[0][1]
        assert await (await house.clerk()).tried(house.at_the_counter(house.cast.bystander)) == "OK"
        await house.refused(7)

        async def all_counted() -> bool:
            return sum(count for reason, *_, count in house.refusals() if reason == "STEP_UP_REQUIRED") == 6

        await until(all_counted)


@pytest.mark.rule("L1", "L3")
@pytest.mark.parametrize("at_once", [1, 64])
async def test_attempts_are_bounded_before_they_are_counted_on_the_disk(estate: Estate, at_once: int) -> None:
    """Six refused attempts a day are six, however fast they come and however late repeats are flushed: from then on
    nobody is told even why they are refused.
    """
    limit(estate, "refusals: {staff: {1d: 100000}}", "refusals: {staff: {1d: 6}}")
    async with opened(estate, tick=3600) as house:
        caseworker = await house.caseworker()
        stranger = lookup(CHILDCARE, house.cast.bystander, case=house.cast.childcare_case)
        outcomes: list[str] = []
        while len(outcomes) < 100:
            outcomes += await asyncio.gather(*(caseworker.tried(stranger) for _ in range(at_once)))
        assert Counter(outcomes) == {"STEP_UP_REQUIRED": 6, "BUDGET_EXHAUSTED": len(outcomes) - 6}
        assert await caseworker.tried(house.parent()) == "BUDGET_EXHAUSTED"
        await house.stop()
        recorded = Counter[str]()
        for reason, _, count in house.refusals():
            recorded[reason] += count
        assert recorded == {"STEP_UP_REQUIRED": 6, "BUDGET_EXHAUSTED": len(outcomes) - 5}
    assert verified(estate).faults == []


@pytest.mark.rule("L2", "L3")
async def test_a_crowd_at_the_edge_gets_exactly_what_is_left(estate: Estate) -> None:
    """64 calls at once for 64 residents with 20 left: 20 answers, 44 refusals, 20 disclosures on the record."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 20}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        outcomes = await asyncio.gather(*(clerk.tried(house.at_the_counter(each)) for each in residents(estate, 64)))
        assert Counter(outcomes) == {"OK": 20, "BUDGET_EXHAUSTED": 44}
        assert len(house.disclosures()) == 20
    assert verified(estate).faults == []


@pytest.mark.rule("L3")
async def test_hanging_up_neither_refunds_nor_spends_twice(estate: Estate) -> None:
    """Whatever clients cancel, whenever: with 25 to spend, 25 are recorded in the end, answered or not."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 25}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        ids = residents(estate, 60)
        calls = [asyncio.create_task(clerk.tried(house.at_the_counter(each))) for each in ids]
        answered = 0
        for place, call in enumerate(calls):
            if place % 2:
                call.cancel()
            elif await call == "OK":
                answered += 1
        await asyncio.gather(*calls, return_exceptions=True)
        recorded = len(house.disclosures())
        assert answered <= recorded <= 25
        left = (await clerk.left(COUNTER))["staff", "1d", False]
        assert left == 25 - recorded
        rest = [await clerk.tried(house.at_the_counter(each)) for each in residents(estate, 120)[60:]]
        assert rest.count("OK") == left
        assert len(house.disclosures()) == 25


@pytest.mark.rule("L2", "L3")
async def test_a_stream_delivers_exactly_what_is_left(estate: Estate) -> None:
    """120 left and pages of 50: 50, 50, 20, then BUDGET_EXHAUSTED; a day later it goes on behind the 120th."""
    rewrite(estate, STATISTICS, budget("{staff: {1d: 120}, department: {1d: 200}}"), pages_of(50))
    async with opened(estate) as house:
        first = await (await house.analyst()).stream(selection(ages=ANYBODY))
        assert first.end is not None
        assert [len(page.residents) for page in first.pages] == [50, 50, 20]
        assert first.end.reason == "BUDGET_EXHAUSTED"
        assert first.end.trailing["grpc-retry-pushback-ms"] == "-1"
        cursor = first.pages[-1].next_cursor
        again = await (await house.analyst()).stream(selection(ages=ANYBODY, cursor=cursor))
        assert again.end is not None
        assert (again.pages, again.end.reason) == ([], "BUDGET_EXHAUSTED")
        await house.move(DAY)
        second = await (await house.analyst()).stream(selection(ages=ANYBODY, cursor=cursor))
        assert len(second.residents) == 120
        assert set(first.pseudonyms).isdisjoint(second.pseudonyms)
        assert sum(len(record.lines) for record in house.disclosures()) == 240
    assert verified(estate).faults == []


@pytest.mark.rule("L1")
async def test_a_day_is_24_hours_and_not_a_date(estate: Estate) -> None:
    """Midnight gives nothing back; 24 hours after the first look, exactly, its resident is free again."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 2}}"))
    async with opened(estate) as house:
        first, second, third, fourth = residents(estate, 4)
        start = house.clock.now

        async def tried(resident_id: str) -> str:
            return await (await house.clerk()).tried(house.at_the_counter(resident_id))

        assert await tried(first) == "OK"
        await house.move(3600 * SECOND)
        assert [await tried(second), await tried(third)] == ["OK", "BUDGET_EXHAUSTED"]
        await house.move(DAY - 3600 * SECOND - 1)  # another date by now, a microsecond short of a day
        assert house.clock.now == start + DAY - 1
        assert await tried(third) == "BUDGET_EXHAUSTED"
        house.clock.now += 1
        assert [await tried(third), await tried(fourth)] == ["OK", "BUDGET_EXHAUSTED"]


@pytest.mark.rule("L4")
async def test_spending_survives_restarts(estate: Estate) -> None:
    """A gateway that was stopped and started knows what was spent, to the resident."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 3}}"))
    ids = residents(estate, 5)
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert [await clerk.tried(house.at_the_counter(each)) for each in ids[:2]] == ["OK", "OK"]
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert (await clerk.left(COUNTER))["staff", "1d", False] == 1
        outcomes = [await clerk.tried(house.at_the_counter(each)) for each in (ids[0], *ids[2:])]
        assert outcomes == ["OK", "OK", "BUDGET_EXHAUSTED", "BUDGET_EXHAUSTED"]
    assert verified(estate).faults == []


@pytest.mark.rule("L4")
async def test_a_new_text_of_a_purpose_forgets_no_spending(estate: Estate) -> None:
    """Budgets belong to purpose and person, not to the text's digest."""
    rewrite(estate, COUNTER, budget("{staff: {1d: 2}}"))
    ids = residents(estate, 4)
    async with opened(estate) as house:
        for each in ids[:2]:
            assert await (await house.clerk()).tried(house.at_the_counter(each)) == "OK"
    rewrite(estate, COUNTER, ("{staff: {1d: 2}}", "{staff: {1d: 3}}"))
    async with opened(estate) as house:
        clerk = await house.clerk()
        assert [await clerk.tried(house.at_the_counter(each)) for each in ids[2:]] == ["OK", "BUDGET_EXHAUSTED"]
    assert verified(estate).faults == []


# -------------------------------------------------------------------------------------------------- posts and cases


@pytest.mark.rule("W3")
async def test_only_a_post_that_is_held_today_opens_anything(house: House) -> None:
    """A former clerk, a colleague's post, a role that the post does not give: a valid token changes nothing."""
    cast, clerk = house.cast, house.cast.clerk
    someone = colleague(house.estate, clerk)
    request = house.at_the_counter(cast.bystander)
    wrong = {
        "the post ended": cast.former_clerk,
        "somebody else's post": replace(clerk, post=someone.post),
        "no such post": replace(clerk, post="p9999-1"),
        "no such person": replace(clerk, staff="s9999"),
        "another department's post": replace(clerk, post=cast.collector.post),
    }
    outcomes = {why: await (await house.desk(person)).tried(request) for why, person in wrong.items()}
    assert outcomes == dict.fromkeys(wrong, "POST_NOT_IN_FORCE")
    assert await (await house.desk(replace(clerk, role="caseworker"))).tried(request) == "PURPOSE_NOT_GRANTED"
    stream = await (await house.desk(replace(cast.analyst, post="p9999-1"))).stream(selection(ages=ANYBODY))
    assert stream.end is not None
    assert (stream.pages, stream.end.reason) == ([], "POST_NOT_IN_FORCE")


@pytest.mark.rule("W3")
async def test_a_post_counts_from_its_first_day_until_the_day_before_its_end(house: House) -> None:
    """A transfer takes effect that very day, while the gateway runs and the token is still valid."""
    post, today = house.cast.clerk.post, house.cast.today
    clerk, request = await house.clerk(), house.at_the_counter(house.cast.bystander)

    async def becomes(outcome: str, since: int, until: int | None) -> None:
        last = f"'{today + timedelta(days=until)}'" if until is not None else "NULL"
        change(
            house.estate,
            "standing",
            f"UPDATE post SET since = '{today + timedelta(days=since)}', until = {last} WHERE post = '{post}'",
        )
        await clerk.comes_to(outcome, request)

    await becomes("POST_NOT_IN_FORCE", -90, 0)  # it ends today
    await becomes("OK", -90, 1)
    await becomes("POST_NOT_IN_FORCE", 1, None)  # it begins tomorrow
    await becomes("OK", 0, None)


async def to_its_end(call: Any) -> None:
    """Read a stream until there is nothing more."""
    while await call.read() is not grpc.aio.EOF:
        pass


@pytest.mark.rule("W3")
async def test_a_stream_under_way_ends_with_the_post(estate: Estate) -> None:
    """Each page asks anew whether the post is in force."""
    rewrite(estate, STATISTICS, pages_of(1))
    async with opened(estate) as house:
        analyst = await house.analyst()
        call = analyst.stubs.register.StreamResidents(selection(ages=ANYBODY), metadata=analyst.stubs.metadata)
        for _ in range(5):
            assert await call.read() is not grpc.aio.EOF
        ends = f"UPDATE post SET until = '{house.cast.today}' WHERE post = '{analyst.person.post}'"
        change(estate, "standing", ends)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await to_its_end(call)
        assert told(caught.value).reason == "POST_NOT_IN_FORCE"
        assert len(house.disclosures()) < 1_000


@pytest.mark.rule("W5")
async def test_only_an_open_case_opens_its_parties(house: House) -> None:
    """None, unknown, closed, of another registry: CASE_NOT_VALID, all alike."""
    cast, caseworker = house.cast, await house.caseworker()
    wrong = {
        "none": lookup(CHILDCARE, cast.parent),
        "unknown": lookup(CHILDCARE, cast.parent, case="CF-1999-00001"),
        "closed": lookup(CHILDCARE, cast.closed_case_party, case=cast.closed_case),
        "of another registry": lookup(CHILDCARE, cast.parent, case=cast.arrears_case),
    }
    answers = {why: await caseworker.denied(request) for why, request in wrong.items()}
    assert {why: answer.reason for why, answer in answers.items()} == dict.fromkeys(wrong, "CASE_NOT_VALID")
    assert len({answer.octets for answer in answers.values()}) == 1


@pytest.mark.rule("W5", "W6", "S7")
async def test_strangers_to_a_case_and_unknown_ids_look_the_same(house: House) -> None:
    """Both need a superior: nobody finds out by a case who is registered."""
    cast, caseworker = house.cast, await house.caseworker()
    stranger = await caseworker.denied(lookup(CHILDCARE, cast.bystander, case=cast.childcare_case))
    unknown = await caseworker.denied(lookup(CHILDCARE, NOBODY, case=cast.childcare_case))
    twice = await caseworker.denied(lookup(CHILDCARE, cast.twice, case=cast.childcare_case))
    assert (stranger.reason, stranger.octets) == ("STEP_UP_REQUIRED", unknown.octets)
    assert stranger.octets == twice.octets


@pytest.mark.rule("W6", "S7", "W9")
async def test_hidden_parties_read_as_strangers_to_the_case(house: House) -> None:
    """To the other party, a party to the case who is hidden, somebody else who is, and nobody at all are one answer,
    the same octets, charged to nobody.
    """
    cast, caseworker, clerk = house.cast, await house.caseworker(), await house.clerk()
    measure = "kaishi_ymd, shuryo_ymd, aite_atena_no, aite_shimei, aite_umare_ymd FROM protective_measure"
    change(
        house.estate,
        "register",
        f"INSERT INTO protective_measure SELECT '{cast.parent}', {measure} WHERE atena_no = '{cast.protected}'",
        f"INSERT INTO protective_measure SELECT '{cast.bystander}', {measure} WHERE atena_no = '{cast.protected}'",
    )
    for hidden in (cast.parent, cast.bystander):
        request = house.at_the_counter(hidden, applicant=cast.other_party)
        assert await clerk.tried(request) == "RESIDENT_NOT_FOUND"
    assert await caseworker.tried(house.parent()) == "OK"
    before, disclosures = await caseworker.left(CHILDCARE), len(house.disclosures())
    answers = [
        await caseworker.denied(lookup(CHILDCARE, each, case=cast.childcare_case, applicant=cast.other_party))
        for each in (cast.parent, cast.bystander, NOBODY)
    ]
    assert [answer.reason for answer in answers] == ["STEP_UP_REQUIRED"] * 3
    assert len({answer.octets for answer in answers}) == 1
    assert await caseworker.left(CHILDCARE) == before
    assert len(house.disclosures()) == disclosures


@pytest.mark.rule("W5")
async def test_a_case_that_closes_closes(house: House) -> None:
    """The registries are asked each time."""
    caseworker = await house.caseworker()
    assert await caseworker.tried(house.parent()) == "OK"
    change(
        house.estate,
        "standing",
        f"UPDATE case_file SET closed = '{house.cast.today}' WHERE reference = '{house.cast.childcare_case}'",
    )
    assert await caseworker.tried(house.parent()) == "CASE_NOT_VALID"


@pytest.mark.rule("W4")
async def test_nobody_passes_by_the_rules(house: House) -> None:
    """The register's own department, and roles that sound like more: no purpose, no look."""
    cast = house.cast
    for role in ("administrator", "superior", "auditor"):
        person = replace(cast.clerk, role=role)
        assert await (await house.desk(person)).tried(house.at_the_counter(cast.bystander)) == "PURPOSE_NOT_GRANTED"
        assert await (await house.desk(person)).tried(lookup(CHILDCARE, cast.parent)) == "PURPOSE_NOT_GRANTED"


async def test_a_purpose_is_in_force_between_its_days(estate: Estate) -> None:
    """Both of them included; the day before and the day after there is no such purpose."""
    today = estate.cast().today
    rewrite(
        estate,
        COUNTER,
        ("{from: 2025-04-01, until: 2030-03-31}", f"{{from: {today + timedelta(days=1)}, until: 2030-03-31}}"),
    )
    async with opened(estate) as house:
        request = house.at_the_counter(house.cast.bystander)
        assert await (await house.clerk()).tried(request) == "PURPOSE_NOT_GRANTED"
        await house.move(DAY)
        assert await (await house.clerk()).tried(request) == "OK"


# ------------------------------------------------------------------------------------------------- refusals recorded


@pytest.mark.rule("R1", "R3")
async def test_every_refusal_is_recorded_before_its_answer(house: House) -> None:
    """Whatever the step that refused: reason, system, person and post; the residents asked for as commitments."""
    cast = house.cast
    caseworker, clerk, analyst = await house.caseworker(), await house.clerk(), await house.analyst()
    former = await house.desk(cast.former_clerk)
    stranger = await house.desk(cast.collector, token="nothing")
    for desk, request, reason, lines in (
        (caseworker, house.parent(mask=["sex"]), "FIELD_NOT_GRANTED", 1),
        (caseworker, house.parent(mask=["x"]), "FIELD_UNKNOWN", 1),
        (caseworker, house.parent(case=""), "CASE_NOT_VALID", 1),
        (caseworker, lookup(CHILDCARE, NOBODY, case=cast.childcare_case), "STEP_UP_REQUIRED", 1),
        (caseworker, lookup(COUNTER, cast.parent), "PURPOSE_NOT_GRANTED", 1),
        (caseworker, pb.GetResidentRequest(), "REQUEST_MALFORMED", 0),
        (clerk, house.at_the_counter(cast.twice), "NOT_UNIQUE", 1),
        (former, house.at_the_counter(cast.parent), "POST_NOT_IN_FORCE", 1),
        (analyst, lookup(STATISTICS, cast.parent), "SEARCH_NOT_GRANTED", 1),
        (stranger, lookup(ARREARS, cast.parent), "IDENTITY_INVALID", 0),
    ):
        assert (await desk.denied(request)).reason == reason
        record = house.refused_records()[-1]
        assert record.private.refusal == reason
        known = reason != "IDENTITY_INVALID"
        assert record.private.staff == (desk.person.staff if known else "")
        assert record.private.post == (desk.person.post if known else "")
        assert record.private.system
        assert [line.outcome for line in record.lines] == [record_pb2.OUTCOME_REFUSED] * lines


@pytest.mark.rule("R1")
async def test_like_refusals_become_a_count_and_none_is_lost(house: House) -> None:
    """Thirty of one kind: one record at once, the others as a number within a second, whoever was asked for."""
    caseworker = await house.caseworker()
    for resident in residents(house.estate, 30):
        await caseworker.denied(lookup(CHILDCARE, resident, case=house.cast.childcare_case))
    await house.refused(30)
    refused = [each.private.refusals for each in house.refused_records()]
    assert sum(refused) == 30
    assert len({line.commitment for each in house.records() for line in each.lines}) == 30


@pytest.mark.rule("R1")
async def test_words_that_callers_make_up_fill_no_disk(estate: Estate) -> None:
    """A hundred purposes that there are not are one kind of refusal, and no record names them."""
    # The counts are written when the gateway stops, and not as often as a slow machine has time to.
    async with opened(estate, tick=3_600) as house:
        caseworker = await house.caseworker()
        before = len(house.records())
        for number in range(50):
            await caseworker.denied(lookup(f"made-up-{number}", house.cast.parent))
            await caseworker.denied(lookup(f"made-up-{number}", "x"))
        await house.stop()
        assert sum(each.private.refusals for each in house.refused_records()) == 100
        assert len(house.records()) - before < 10
        assert {each.header.purpose for each in house.refused_records()} == {""}
