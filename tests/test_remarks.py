"""Remarks in answers: masked in every way to ask, or not shown at all."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from gateway.demo.estate import Estate
from gateway.v1 import register_pb2 as pb
from tests.estates import (
    Desk,
    House,
    asked,
    batch,
    change,
    copied,
    lookup,
    opened,
    rewrite,
    search,
    selection,
    strangers,
)

WELFARE: Final = "disaster-welfare-checks"
NAMES: Final = ("阿比留", "倫太郎", "090-0123-4567", "潮見市水神二丁目3番18号")
REMARK: Final = "耳が遠い。長男の阿比留倫太郎さん(潮見市水神二丁目3番18号、090-0123-4567)へ連絡。阿比留さんは夜のみ。"
MASKED: Final = re.compile(
    r"耳が遠い。長男の〔仮名:(\S+) (\S+)〕さん\(〔住所〕、〔電話番号〕\)へ連絡。〔仮名:\1〕さんは夜のみ。"
)


@pytest.fixture
def shown(built: Estate, tmp_path: Path) -> Estate:
    """Welfare shows remarks as shipped, and may stream them."""
    estate = copied(built, tmp_path / "estate", remarks=True)
    rewrite(estate, WELFARE, ("search_by: [", "search_by: [area, "), ("search:  ", "stream: {page: 200}\nsearch:  "))
    return estate


def two_strangers(estate: Estate) -> tuple[str, str]:
    """Two residents who live here, are nothing to the staff, and stand in the register once, by id."""
    unprotected = "atena_no NOT IN (SELECT atena_no FROM protective_measure)"
    once = "SELECT atena_no FROM juki_resident GROUP BY atena_no HAVING count(*) = 1 AND min(jumin_cd) = '1'"
    ids = {row[0] for row in asked(estate, "register", f"SELECT atena_no FROM ({once}) WHERE {unprotected}")}
    first, second, *_ = sorted(ids & strangers(estate))
    return first, second


def says(estate: Estate, resident: str, text: str | None) -> None:
    """Let the register say this of somebody."""
    with contextlib.closing(sqlite3.connect(estate.path / "city" / "register.db")) as register:
        register.execute("DELETE FROM juki_remark WHERE atena_no = ?", (resident,))
        if text is not None:
            register.execute("INSERT INTO juki_remark VALUES (?, ?)", (resident, text))
        register.commit()


@contextlib.asynccontextmanager
async def reading(shown: Estate) -> AsyncIterator[House]:
    """The estate in service, and its remarks read."""
    async with opened(shown) as house:
        await house.gateway.catch_up()
        yield house


async def remark_of(desk: Desk, resident: str) -> pb.TextValue:
    """The remark in a lookup, which shows the rest as ever."""
    answer = (await desk.get(lookup(WELFARE, resident))).resident
    assert answer.name.exact
    return answer.remarks


async def test_remarks_are_masked_in_every_way_to_ask(shown: Estate) -> None:
    """A lookup, a batch, a search and a stream answer the same; in another resident's remark the same person has the
    same name; where nothing is to be hidden the remark stays as it is, and where there is none it is empty.
    """
    first, second = two_strangers(shown)
    says(shown, first, REMARK)
    says(shown, second, "阿比留倫太郎氏が訪問")
    name, area = asked(shown, "register", f"SELECT shimei, choaza_cd FROM juki_resident WHERE atena_no = '{first}'")[0]
    async with reading(shown) as house:
        desk = await house.desk(house.cast.relief_officer)
        masked = (await remark_of(desk, first)).masked
        found = MASKED.fullmatch(masked)
        assert found
        assert (await remark_of(desk, second)).masked == f"〔仮名:{found[1]} {found[2]}〕氏が訪問"
        (alone,) = await desk.search(search(WELFARE, name=name, resident=first, applicant=None))
        assert alone.remarks.masked == masked
        entries = await desk.batch(batch(WELFARE, [second, first]))
        assert [entry.remarks.masked[:4] for entry in entries if entry is not None] == ["〔仮名:", "耳が遠い"]
        streamed = await desk.stream(selection(WELFARE, area=area))
        assert streamed.end is None
        assert [each.remarks.masked for each in streamed.residents if each.remarks.masked[:4] == masked[:4]] == [masked]

        says(shown, first, "呼び鈴に出ない")
        assert (await remark_of(desk, first)).masked == "呼び鈴に出ない"
        for nothing in (None, "", " \u3000"):
            says(shown, first, nothing)
            assert (await remark_of(desk, first)).absent == pb.ABSENCE_EMPTY


@pytest.mark.rule("W9")
async def test_only_remarks_that_are_shown_are_read(shown: Estate) -> None:
    """A read mask without them reads none; a protected resident's remark is withheld, unread."""
    first, second = two_strangers(shown)
    says(shown, first, REMARK)
    says(shown, second, REMARK)
    measure = f"INSERT INTO protective_measure (atena_no, kaishi_ymd) VALUES ('{second}', '2020-01-01')"
    change(shown, "register", measure)
    async with reading(shown) as house:
        desk = await house.desk(house.cast.relief_officer)
        narrow = (await desk.get(lookup(WELFARE, first, mask=["name", "age"]))).resident
        assert not narrow.HasField("remarks")
        assert (await remark_of(desk, second)).absent == pb.ABSENCE_WITHHELD
        assert house.gateway.measures.remarks == {}


@pytest.mark.rule("M7")
async def test_what_cannot_be_read_is_redacted_and_costs_nothing_else(shown: Estate) -> None:
    """A remark too long to be read, and any while the reader is lost: there is one, and it is not shown. The resident
    is shown as ever, and a new reader reads. Each is counted, and the log says why.
    """
    first, second = two_strangers(shown)
    says(shown, first, REMARK)
    says(shown, second, "長い話。" * 2_000)
    async with reading(shown) as house:
        desk = await house.desk(house.cast.relief_officer)
        assert (await remark_of(desk, second)).absent == pb.ABSENCE_REDACTED
        os.kill(reader_of(house), signal.SIGKILL)
        assert (await remark_of(desk, first)).absent == pb.ABSENCE_REDACTED
        await house.gateway.catch_up()
        assert MASKED.fullmatch((await remark_of(desk, first)).masked)
        outcomes = house.gateway.measures.remarks
        assert (outcomes["read"], outcomes["doubt"]) == (1, 1)
        assert outcomes.total() == 3
        assert re.search(r'"remarks".*"redacted".*"why": "ended"', house.said.getvalue())


@pytest.mark.rule("R6", "R3")
async def test_nothing_of_a_remark_is_left_behind(shown: Estate) -> None:
    """Neither in the record, which says that remarks were read and shown, nor in the log."""
    first, _ = two_strangers(shown)
    says(shown, first, REMARK)
    async with reading(shown) as house:
        desk = await house.desk(house.cast.relief_officer)
        masked = (await remark_of(desk, first)).masked
        os.kill(reader_of(house), signal.SIGKILL)
        await remark_of(desk, first)
        records = house.disclosures()
        assert ["remarks" in record.header.fields_delivered for record in records] == [True, True]
        left = "".join(str(record) for record in records) + house.said.getvalue()
        assert "relief" in left
        assert not [name for name in (*NAMES, "耳が遠い", masked[7:10]) if name in left]


def reader_of(house: House) -> int:
    """The process that reads remarks."""
    ours = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    (reader,) = [int(pid) for pid in ours if b"masking.remark.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return reader
