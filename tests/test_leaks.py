"""Where a resident must not be found: planted values are looked for in everything that the gateway leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sqlite3
import urllib.request
from pathlib import Path

import grpc
import pytest

from gateway.cli.client import connected
from gateway.demo.estate import Estate
from gateway.refusal import Reason
from gateway.register.index_build import build_index
from gateway.register.schema_reading import read_schema_map
from gateway.v1 import purpose_pb2
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    CHILDCARE,
    COUNTER,
    ROOT,
    STATISTICS,
    Desk,
    House,
    batch,
    lookup,
    opened,
    search,
    selection,
    setting,
    store_of,
    told,
)
from tests.finding import FINDING, may_find

NAME = "龍宮寺　夢之介"
KANA = "リュウグウジ　ユメノスケ"
LOT = "8765番地の4321"
BORN = "1949-12-31"
INCOME = 7_654_321
WHY = "電話番号は０９０の件で"
CASE = "CF-2026-99999"
APPLICANT = pb.Outsider(name="海野　竜彦", birth_date=pb.PartialDate(year=1951, month=10, day=3))
SOUGHT = "綾小路　鷹之丞"
"""Somebody who is looked for and not there."""
HOUSEHOLD = "HH-8642-0975"
HEAD = "龍宮寺　玄之介"
MY_NUMBER = "986420975318"
RESIDENT_CODE = "98642097531"
BESIDE = {
    "juki_alias": ("龍胆院", "リンドウイン", "ＲＹＵＧＵ　ＹＵＭＥ"),
    "juki_number": (MY_NUMBER, RESIDENT_CODE),
    "juki_previous": ("99201", "渦潮市", "鯨浜", 0, "9753番地の1"),
    "juki_forwarding": ("99202", "鳴滝市", "鮫浜", 0, "9864番地の2"),
    "juki_remark": ("夜間の来訪を断ること",),
    "juki_history": (99, "06", "2019-03-05", "離縁により竜胆院から改氏"),
    "tax_income": (INCOME,),
    "fee_arrears": (8_642_135,),
    "welfare_benefit": ("03", "2020-02-04", None, "三男の養育のため"),
}
"""What other tables hold of the resident, behind the id."""
WHOLE = """\
  status: keep
  income: keep
  fee_arrears: keep
  former_surname: keep
  former_surname_kana: keep
  common_name: keep
  head_of_household: keep
  registered_domicile: keep
  family_register_head: keep
  previous_address: keep
  forwarding_address: keep
  history: keep
  my_number: keep
  resident_code: keep
  benefits: keep
  remarks: redact
my_number:
  my_number_act: {ja: 番号法第9条第1項, en: 'My Number Act, art. 9(1)'}
  resident_register_act: {ja: 住民基本台帳法第30条の37, en: 'Basic Resident Register Act, art. 30-37'}
family_history: {ja: 試験のため, en: For a trial}
"""
"""All that a purpose can show, behind the fields of the one that may search by everything."""


def plant(estate: Estate) -> str:
    """Give a resident values that stand nowhere else, a case, and a purpose that shows all of them. Returns their
    id.
    """
    resident = estate.cast().bystander
    database = estate.path / "city" / "register.db"
    with contextlib.closing(sqlite3.connect(database)) as register:
        register.execute(
            "UPDATE juki_resident SET shimei = ?, shimei_kana = ?, banchi = ?, umare_ymd = ?, setai_no = ?, "
            "setainushi_mei = ?, hittosha_mei = ?, honseki = ? WHERE atena_no = ?",
            (NAME, KANA, LOT, BORN, HOUSEHOLD, HEAD, HEAD, f"渦潮市{LOT}", resident),
        )
        for table, values in BESIDE.items():
            register.execute(f"DELETE FROM {table} WHERE atena_no = ?", (resident,))
            register.execute(f"INSERT INTO {table} VALUES (?{', ?' * len(values)})", (resident, *values))
        register.commit()
    build_index(read_schema_map(ROOT / "config" / "register-map.yaml"), f"sqlite:///{database}")
    may_find(estate, ("  status: keep\n", WHOLE))
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "standing.db")) as standing:
        standing.execute("INSERT INTO case_file VALUES ('childcare-fee', ?, '2020-01-01', NULL, NULL)", (CASE,))
        standing.execute("INSERT INTO case_party VALUES ('childcare-fee', ?, ?)", (CASE, resident))
        standing.commit()
    return resident


async def find(clerk: Desk, resident: str) -> None:
    """See the resident whole, and find them by all that is known of them."""
    full = (await clerk.get(lookup(FINDING, resident, justification=WHY))).resident
    assert (full.my_number.exact, full.remarks.absent) == (MY_NUMBER, pb.ABSENCE_REDACTED)
    assert full.history.exact.entries[0].detail == BESIDE["juki_history"][-1]
    assert await clerk.found(search(FINDING, name=NAME, kana=KANA, born=BORN, household=HOUSEHOLD)) == [resident]
    assert await clerk.found(search(FINDING, name=f"{BESIDE['juki_alias'][0]}*")) == [resident]
    assert await clerk.search(search(FINDING, name=SOUGHT)) == []
    assert [each is not None for each in await clerk.batch(batch(FINDING, [resident, "9999999999"]))] == [True, False]


async def fail_to_find(clerk: Desk, resident: str, twice: str) -> list[bytes]:
    """Be refused searches and batches; returns all that the errors said."""
    errors: list[bytes] = []
    for request, reason in (
        (search(FINDING, name=f"{NAME}**", born=WHY, resident=NAME), Reason.REQUEST_MALFORMED),
        (search(FINDING, name=NAME, pseudonym=MY_NUMBER), Reason.SEARCH_NOT_GRANTED),
        (search(COUNTER, name=NAME, applicant=APPLICANT), Reason.SEARCH_NOT_GRANTED),
        (search(COUNTER, household=HOUSEHOLD, applicant=APPLICANT), Reason.SEARCH_NOT_GRANTED),
        (search(FINDING, name=NAME, mask=[NAME, MY_NUMBER]), Reason.FIELD_UNKNOWN),
        (search(NAME, name=NAME), Reason.REQUEST_MALFORMED),
    ):
        answer = await clerk.search_denied(request)
        assert answer.reason == reason
        errors.append(answer.everything)
    for residents in ([resident, NAME], [resident, resident], [twice, resident]):
        answer = await clerk.batch_denied(batch(FINDING, residents))
        errors.append(answer.everything)
    return errors


async def busy(house: House, resident: str) -> tuple[list[str], list[bytes]]:
    """See the resident in every way, and fail in every way. Returns tokens that were used, and all that errors said."""
    errors: list[bytes] = []
    caseworker, clerk, analyst = await house.caseworker(), await house.clerk(), await house.analyst()

    async def refused(desk: Desk, request: pb.GetResidentRequest, reason: Reason) -> None:
        answer = await desk.denied(request)
        assert answer.reason == reason
        errors.append(answer.everything)

    own = {"case": CASE, "justification": WHY, "reason": pb.REASON_CODE_OTHER}
    seen = await caseworker.get(lookup(CHILDCARE, resident, **own))  # type: ignore[arg-type]  # keywords of several types
    assert seen.resident.name.exact == NAME
    whole = await clerk.get(house.at_the_counter(resident, applicant=APPLICANT, justification=WHY))
    assert LOT in whole.resident.address.exact.text
    await find(clerk, resident)
    pages = await analyst.stream(selection(ages=(0, None)))
    assert pages.end is None
    assert len({page.receipt.request_id for page in pages.pages}) == 1

    await refused(caseworker, lookup(CHILDCARE, resident, case=NAME), Reason.REQUEST_MALFORMED)
    await refused(caseworker, lookup(CHILDCARE, resident, justification=WHY), Reason.CASE_NOT_VALID)
    await refused(caseworker, lookup(CHILDCARE, "9999999999", case=CASE), Reason.STEP_UP_REQUIRED)
    await refused(caseworker, lookup(CHILDCARE, NAME, case=CASE), Reason.REQUEST_MALFORMED)
    await refused(caseworker, lookup(CHILDCARE, resident, case=CASE, mask=[NAME]), Reason.FIELD_UNKNOWN)
    await refused(caseworker, lookup(CHILDCARE, resident, case=CASE, request_id=WHY), Reason.REQUEST_MALFORMED)
    await refused(caseworker, lookup(COUNTER, resident, applicant=APPLICANT), Reason.PURPOSE_NOT_GRANTED)
    await refused(caseworker, lookup(resident, resident), Reason.PURPOSE_NOT_GRANTED)  # an id where a purpose belongs
    await refused(clerk, house.at_the_counter("9999999999", applicant=APPLICANT), Reason.RESIDENT_NOT_FOUND)
    await refused(clerk, house.at_the_counter(house.cast.twice, applicant=APPLICANT), Reason.NOT_UNIQUE)
    await refused(analyst, lookup(STATISTICS, resident), Reason.SEARCH_NOT_GRANTED)
    await refused(analyst, lookup(STATISTICS, pseudonym=resident), Reason.REQUEST_MALFORMED)
    errors += await fail_to_find(clerk, resident, house.cast.twice)
    for chosen in (
        selection(ages=(0, None), cursor=resident, mask=["name", NAME]),
        selection(household=HOUSEHOLD),
        selection(area=MY_NUMBER),
    ):
        ended = await analyst.stream(chosen)
        assert ended.end is not None
        errors.append(ended.end.everything)
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await caseworker.stubs.purpose.GetPurpose(
            purpose_pb2.GetPurposeRequest(purpose=NAME), metadata=caseworker.stubs.metadata
        )
    errors.append(told(caught.value).everything)

    tokens = [desk.stubs.metadata[0][1].removeprefix("Bearer ") for desk in (caseworker, clerk, analyst)]
    spoilt = tokens[0][:-6] + "AAAAAA"
    async with connected(house.access(house.cast.caseworker, spoilt)) as stubs:
        with pytest.raises(grpc.aio.AioRpcError) as stranger:
            await stubs.register.GetResident(lookup(CHILDCARE, resident, case=CASE), metadata=stubs.metadata)
    errors.append(told(stranger.value).everything)
    return [*tokens, spoilt], errors


def in_the_register(resident: str) -> dict[str, str]:
    """What was planted as texts long enough to mean this resident, by where it stands."""
    beside = {
        f"{table} {place}": value
        for table, values in BESIDE.items()
        for place, value in enumerate(values)
        if isinstance(value, str) and len(value.encode()) > 8
    }
    of_the_resident = {"name": NAME, "reading": KANA, "lot": LOT, "birth date": BORN, "id": resident}
    return {**of_the_resident, **beside, "household": HOUSEHOLD, "head": HEAD}


def planted(estate: Estate, resident: str, tokens: list[str]) -> dict[str, bytes]:
    """Everything that must not be found, as it would stand in a file."""
    texts = {
        **in_the_register(resident),
        "family name": NAME.partition("　")[0],
        "income": str(INCOME),
        "arrears": str(BESIDE["fee_arrears"][0]),
        "justification": WHY,
        "case": CASE,
        "applicant": APPLICANT.name,
        "sought": SOUGHT,
        "sought, folded": SOUGHT.replace("　", ""),
    }
    texts |= {f"token {place}": token.rpartition(".")[2] for place, token in enumerate(tokens)}
    secrets = {"root key": estate.keyring.read_text().split()[-1].encode()}
    for key in ("commitment.key", "checkpoint.key"):
        secrets[key] = (estate.state / "keys" / key).read_bytes()
    return {what: text.encode() for what, text in texts.items()} | secrets


def scraped(port: int) -> bytes:
    """What a scrape of the metrics brings."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as response:
        return bytes(response.read())


def found_in(octets: bytes, planted: dict[str, bytes]) -> list[str]:
    """What was found, by its name."""
    return [what for what, each in planted.items() if each in octets]


@pytest.mark.rule("R6")
async def test_nothing_of_a_resident_is_left_behind(estate: Estate) -> None:
    """Not in the ledger's files, before or after it is closed, nor in its snapshot, the log, the metrics or any error;
    and not in a leaf, which outsiders may see.
    """
    resident = plant(estate)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    setting(estate, "metrics", f"127.0.0.1:{port}")
    async with opened(estate) as house:
        tokens, errors = await busy(house, resident)
        metrics = await asyncio.to_thread(scraped, port)
        hidden = planted(estate, resident, tokens)
        while_running = {path.name: path.read_bytes() for path in estate.state.iterdir() if path.is_file()}
    left = {path.name: path.read_bytes() for path in estate.state.iterdir() if path.is_file()}
    assert "ledger.db-wal" in while_running
    assert "fold.snapshot" in left
    with store_of(estate) as store:
        leaves = b"".join(stored.leaf for stored in store.records())
    places = {
        **{f"{name}, running": octets for name, octets in while_running.items()},
        **{f"{name}, closed": octets for name, octets in left.items()},
        "metrics": metrics,
        "log": house.said.getvalue().encode(),
        "errors": b"\n".join(errors),
        "leaves": leaves,
    }
    assert {name: found for name, octets in places.items() if (found := found_in(octets, hidden))} == {}
    staff = house.cast.caseworker.staff.encode()
    assert not [name for name in ("metrics", "log", "errors", "leaves") if staff in places[name]]


def test_the_search_would_find_something(estate: Estate, tmp_path: Path) -> None:
    """In the register itself everything stands in the clear; so a search that finds nothing has looked."""
    resident = plant(estate)
    hidden = planted(estate, resident, [])
    octets = (estate.path / "city" / "register.db").read_bytes()
    assert {"family name", *in_the_register(resident)} <= set(found_in(octets, hidden))


@pytest.mark.rule("R6", "E")
async def test_an_error_that_nobody_foresaw_tells_its_kind_and_place_alone(
    estate: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its text holds goes nowhere: callers get a refusal of the table, operators a type and a line of code."""
    resident = plant(estate)

    def broken(*_: object) -> None:
        raise ValueError(f"{NAME} {resident}")

    async with opened(estate) as house:
        caseworker, analyst = await house.caseworker(), await house.analyst()
        for place in ("gateway.rpc.register_service.encode", "gateway.view.View.mask"):
            with monkeypatch.context() as patch:
                patch.setattr(place, broken)
                refused = await caseworker.denied(lookup(CHILDCARE, resident, case=CASE))
                pages = await analyst.stream(selection(ages=(0, None)))
            assert pages.end is not None
            for answer in (refused, pages.end):
                assert answer.reason == "REGISTER_UNAVAILABLE"
                assert found_in(answer.everything, planted(estate, resident, [])) == []
        assert await caseworker.tried(lookup(CHILDCARE, resident, case=CASE)) == "OK"
        said = house.said.getvalue()
    assert '"error": "ValueError"' in said
    assert '"place": "test_leaks.py:' in said
    assert found_in(said.encode(), planted(estate, resident, [])) == []
