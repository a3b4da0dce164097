"""`register-gateway renew` and the grant behind it, against a gateway that is being served."""

from __future__ import annotations

import asyncio
import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.cli.exits import Exit
from gateway.cli.question import Question
from gateway.cli.renew import patiently
from gateway.clock import SECOND
from gateway.demo.estate import Estate
from gateway.field import RESIDENT_ID
from gateway.pki.files import replace_secret
from masking.keyring import Keyring, PseudonymDomain
from masking.pseudonym import SealedTokens
from tests.cli.serving import NOTICE_EN, City, Said, typed
from tests.demo.running import ROOT
from tests.estates import opened, rewrite
from tests.test_renewal import granted as approved
from tests.test_renewal import pseudonyms_of

Capsys = pytest.CaptureFixture[str]
STATISTICS = "planning-statistics"
WHY = ("--justification", "the yearbook's tables, after the rotation of keys", "--language", "en")


def pseudonyms(city: City, many: int) -> list[str]:
    """Of so many residents, whoever they are, as planning has them today."""
    seal = SealedTokens(
        Keyring.open(city.estate.keyring).domain(PseudonymDomain("planning", STATISTICS, RESIDENT_ID))
    ).seal
    return [seal(f"{number:010d}") for number in range(1, many + 1)]


def granted(city: City, capsys: Capsys, folder: Path, ceiling: int) -> str:
    """A grant that the analyst asked for, and a superior approved."""
    wanted = typed(capsys, "grant", "request", *city.statistics(*WHY), "--renewals", str(ceiling), "--json")
    assert wanted.code == Exit.DONE, wanted.err
    grant = str(json.loads(wanted.out)["grant_id"])
    approved = typed(capsys, "grant", "approve", grant, *city.superior(city.cast.analyst, folder))
    assert approved.code == Exit.DONE, approved.err
    return grant


def piped(capsys: Capsys, lines: Sequence[str], *arguments: str) -> Said:
    """`register-gateway renew …` with these lines on its standard input."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("".join(f"{each}\n" for each in lines).encode())))
        return typed(capsys, "renew", *arguments)


@pytest.mark.rule("M3", "W7")
def test_a_table_is_brought_over_on_the_command_line(own_city: City, capsys: Capsys, tmp_path: Path) -> None:
    """Streamed, keys rotated and taken up, a grant asked for and approved; then each old pseudonym has the one that a
    new stream gives out.
    """
    city, estate = own_city, own_city.estate
    ages = ("--age-from", "0", "--age-to", "4", "--fields", "resident_id")
    old = [row[0] for row in typed(capsys, "stream", *city.statistics(*ages)).rows[1:]]
    rotated = typed(capsys, "keys", "rotate", "--config", str(estate.settings), "--overlap", "30")
    assert rotated.code == Exit.DONE, rotated.err
    replace_secret(tmp_path / "operator", estate.token(city.cast.operator).encode())
    authority = ("--authority", str(estate.pki.authority.certificate), "--token-file", str(tmp_path / "operator"))
    reloaded = typed(capsys, "reload", *city.reaching(city.cast.operator), *authority)
    assert reloaded.code == Exit.DONE, reloaded.err

    grant = granted(city, capsys, tmp_path, len(old))
    done = piped(capsys, old, *city.statistics(*WHY, "--grant", grant))
    assert done.code == Exit.DONE, done.err
    assert done.rows[0] == ["pseudonym", "renewed"]
    assert [row[0] for row in done.rows[1:]] == old
    new = [row[0] for row in typed(capsys, "stream", *city.statistics(*ages)).rows[1:]]
    assert sorted(row[1] for row in done.rows[1:]) == sorted(new)
    assert not set(old) & set(new)


@pytest.mark.rule("M3")
def test_what_is_none_of_its_pseudonyms_is_marked(city: City, capsys: Capsys, tmp_path: Path) -> None:
    """In its place, and by the exit code; nothing is made of blank lines, and what can be none is not sent."""
    known, grant = pseudonyms(city, 2), granted(city, capsys, tmp_path, 2)
    question = city.statistics(*WHY, "--grant", grant)
    table = [f"\ufeff{known[0]}", "sk1AAAA", "", "髙橋　泉美", f"  {known[1]} ", "x" * 4000]
    done = piped(capsys, table, *question)
    assert (done.code, done.rows[1:]) == (
        Exit.FAULTS,
        [
            [known[0], known[0]],
            ["sk1AAAA", "foreign"],
            ["髙橋　泉美", "foreign"],
            [known[1], known[1]],
            ["x" * 4000, "foreign"],
        ],
    )
    assert done.err.startswith(f"pseudonyms: 5, of them without a new one: 3\n{NOTICE_EN}")
    as_json = json.loads(piped(capsys, table[:2], *question, "--json").out)
    assert as_json["entries"] == [{"pseudonym": known[0], "renewed": known[0]}, {"pseudonym": "sk1AAAA"}]
    assert as_json["receipt"]["disclosure_id"]
    unsent = piped(capsys, ["x" * 4000], *question)
    assert (unsent.code, unsent.err) == (Exit.FAULTS, "pseudonyms: 1, of them without a new one: 1\n")


@pytest.mark.rule("M3")
def test_a_long_table_goes_page_by_page_until_the_grant_is_used_up(city: City, capsys: Capsys, tmp_path: Path) -> None:
    """What came is printed; the refusal says why there is no more, and the same table can be brought again."""
    known, grant = pseudonyms(city, 1201), granted(city, capsys, tmp_path, 1200)
    question = city.statistics(*WHY, "--grant", grant)
    done = piped(capsys, known, *question)
    assert done.code == Exit.REFUSED
    assert [row[0] for row in done.rows[1:]] == known[:1000]
    assert "staff: 1200 residents of the grant" in done.err
    assert "pseudonyms: 1000, of them without a new one: 0\n" in done.err
    again = piped(capsys, known[:1200], *question)
    assert (again.code, len(again.rows)) == (Exit.DONE, 1201)


def test_progress_stays_out_of_the_table(city: City, capsys: Capsys, tmp_path: Path) -> None:
    """Shown where somebody watches and the table goes elsewhere."""
    known, grant = pseudonyms(city, 3), granted(city, capsys, tmp_path, 3)
    command = [sys.executable, "-m", "gateway", "renew", *city.statistics(*WHY, "--grant", grant)]
    watching, terminal = pty.openpty()
    try:
        with (tmp_path / "out").open("wb") as out:
            done = subprocess.run(
                command,
                input="\n".join(known).encode(),
                stdout=out,
                stderr=terminal,
                cwd=ROOT,
                check=False,
                timeout=60,
            )
        said = os.read(watching, 100_000).decode()
    finally:
        os.close(terminal)
        os.close(watching)
    assert done.returncode == Exit.DONE, said
    rows = (tmp_path / "out").read_text(encoding="utf-8").splitlines()
    assert rows == ["pseudonym\trenewed", *(f"{each}\t{each}" for each in known)]
    assert "pseudonyms: 3, of them without a new one: 0" in said
    assert known[0] not in said


def test_without_a_grant_nothing_comes(city: City, capsys: Capsys) -> None:
    """Refused, in the person's language; and who brings nothing is told that."""
    refused = piped(capsys, pseudonyms(city, 1), *city.statistics(*WHY))
    assert (refused.code, refused.out, "GRANT_REQUIRED" in refused.err) == (Exit.REFUSED, "", True)
    nothing = piped(capsys, ["", "  "], *city.statistics(*WHY))
    assert (nothing.code, "standard input" in nothing.err) == (Exit.USAGE, True)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["at most 1,234", "there is nothing to renew", "no field is shown"]),
        ("ja", ["1,234人まで", "更新するものはない", "項目は何も表示されない"]),
    ],
)
def test_a_superior_reads_what_is_to_be_approved(
    language: str, told: list[str], city: City, capsys: Capsys, tmp_path: Path
) -> None:
    """How many, what leaves, until when old ones are accepted: in Japanese or English."""
    wanted = typed(capsys, "grant", "request", *city.statistics(*WHY), "--renewals", "1234", "--json")
    grant = json.loads(wanted.out)["grant_id"]
    reach = city.superior(city.cast.analyst, tmp_path)
    shown = typed(capsys, "grant", "list", "--waiting", *reach, "--language", language)
    assert [each for each in told if each not in shown.out] == []
    assert typed(capsys, "grant", "reject", grant, *reach).code == Exit.DONE


def test_a_grant_is_for_one_kind_of_thing(city: City, capsys: Capsys) -> None:
    """Renewals, residents, a selection or a pseudonym, and not two of them."""
    both = ("--renewals", "3", "--pseudonym", "sk1AAAA")
    done = typed(capsys, "grant", "request", *city.statistics(*WHY), *both)
    assert (done.code, "one of them" in done.err) == (Exit.USAGE, True)


async def test_whoever_is_told_to_wait_waits(estate: Estate) -> None:
    """Where the purpose has a pace, a table takes as long as it takes."""
    rewrite(estate, STATISTICS, ("budget:\n", "budget:\n  rate: {per_second: 20, burst: 1}\n"))
    async with opened(estate) as house:
        analyst, own = await house.analyst(), pseudonyms_of(estate, [house.cast.bystander])
        question = Question(STATISTICS, "statistics", grant=await approved(house, 1))
        first = await patiently(analyst.stubs, question, own)
        second = asyncio.create_task(patiently(analyst.stubs, question, own))
        await house.refused(1)
        await house.move(SECOND)
        assert (await second)["entries"] == first["entries"]
        assert {reason for reason, _, _ in house.refusals()} == {"RATE_EXCEEDED"}
