"""Surrogate names in a served gateway: one a resident, nobody's in the register, kept for good."""

import asyncio
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from gateway.app import CannotStart, assemble, check
from gateway.demo.estate import Estate
from gateway.settings import Settings
from gateway.v1 import register_pb2 as pb
from masking.allotment_file import SURROGATES_FILE
from masking.japanese.folding import plain
from masking.keyring import Keyring, PseudonymDomain
from masking.names import number_of
from masking.pseudonym import SealedTokens
from tests.estates import STATISTICS, asked, change, lookup, opened, rewrite, selection

EVERYBODY = selection(ages=(0, None))


def shown(residents: list[pb.Resident]) -> dict[str, str]:
    """Surrogate names by pseudonym."""
    return {each.resident_id.pseudonym: each.name.surrogate.name for each in residents}


async def names_of(estate: Estate) -> dict[str, str]:
    """The whole city's surrogate names."""
    async with opened(estate) as house:
        pages = await (await house.analyst()).stream(EVERYBODY)
        assert pages.end is None
        return shown(pages.residents)


def store(estate: Estate) -> Path:
    """Where the gateway keeps them."""
    return Settings.read(estate.settings).ledger.state / SURROGATES_FILE


def behind(estate: Estate, pseudonym: str) -> str:
    """The resident behind one of planning's pseudonyms, opened with the estate's own keys."""
    domain = PseudonymDomain("planning", STATISTICS, "resident_id")
    return SealedTokens(Keyring.open(estate.keyring).domain(domain)).open(pseudonym)


@pytest.mark.rule("M5")
async def test_a_city_has_as_many_names_as_residents(estate: Estate) -> None:
    """Distinct for distinct residents, Latin for Latin, nobody's in the register, and the same after a restart."""
    names = await names_of(estate)
    assert len(set(names.values())) == len(names) > 1000
    registered = {plain(name) for (name,) in asked(estate, "register", "SELECT shimei FROM juki_resident")}
    assert not registered & {plain(name) for name in names.values()}
    assert all(number_of(name) is not None for name in names.values())
    foreign = asked(estate, "register", "SELECT count(*) FROM juki_resident WHERE shimei GLOB '[A-Z]*'")[0][0]
    assert (sum(name[0].isascii() for name in names.values()) > 0) is (foreign > 0)
    assert await names_of(estate) == names


@pytest.mark.rule("M5")
async def test_no_resident_s_name_is_given_away(estate: Estate) -> None:
    """Whoever would have drawn a name that somebody in the register bears gets another one."""
    names = await names_of(estate)
    some = dict(list(names.items())[:40])
    store(estate).unlink()
    with closing(sqlite3.connect(estate.path / "city" / "register.db")) as register:
        register.executemany(
            "INSERT INTO kensaku_shimei VALUES ('9999999999', 'name', ?, '', '')",
            [(plain(name),) for name in some.values()],
        )
        register.commit()
    now = await names_of(estate)
    assert not set(some.values()) & set(now.values())
    # Others keep theirs, but for who met one of those forty on their next name.
    assert sum(now[each] != names[each] for each in names.keys() - some.keys()) <= 1


@pytest.mark.rule("M5")
async def test_a_household_shares_a_surname_where_the_purpose_says_so(estate: Estate) -> None:
    """The household's number is read for it and not shown."""
    rewrite(estate, STATISTICS, ("name: surrogate_name", "name: {mask: surrogate_name, household: shared}"))
    async with opened(estate) as house:
        pages = await (await house.analyst()).stream(EVERYBODY)
        assert "household_id" in house.disclosures()[0].header.fields_read
        assert "household_id" not in house.disclosures()[0].header.fields_delivered
        names = shown(pages.residents)
    assert len(set(names.values())) == len(names)
    homes = dict(asked(estate, "register", "SELECT atena_no, setai_no FROM juki_resident"))
    surnames = defaultdict(set)
    sizes: dict[str, int] = defaultdict(int)
    for pseudonym, name in names.items():
        home = homes[behind(estate, pseudonym)]
        surnames[home].add(name.split()[0])
        sizes[home] += 1
    several = [home for home, size in sizes.items() if size > 1]
    alike = sum(len(surnames[home]) == 1 for home in several)
    # Families with a name in Latin letters beside others, or of whom one bears the invented surname, have two.
    assert alike > 0.9 * len(several) > 100


async def test_while_names_cannot_be_kept_nobody_is_shown(estate: Estate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has no name on disk is not shown, costs nothing, and is shown when names can be kept again."""
    monkeypatch.setattr("masking.allotment_file._BUSY_TIMEOUT", 20)
    async with opened(estate) as house:
        analyst = await house.analyst()
        with closing(sqlite3.connect(store(estate), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            pages = await analyst.stream(selection(ages=(0, 4)))
            assert (pages.residents, pages.end and pages.end.reason) == ([], "REGISTER_UNAVAILABLE")
            assert house.disclosures() == []
            # Whoever walks with them is answered all the same.
            domain = PseudonymDomain("planning", STATISTICS, "resident_id")
            unnamed = SealedTokens(Keyring.open(estate.keyring).domain(domain)).seal(house.cast.parent)
            clerk = await house.clerk()
            told = await asyncio.gather(
                analyst.tried(lookup(STATISTICS, pseudonym=unnamed, reason=pb.REASON_CODE_STATISTICS)),
                clerk.tried(house.at_the_counter(house.cast.parent)),
            )
            assert list(told) == ["REGISTER_UNAVAILABLE", "OK"]
        pages = await analyst.stream(selection(ages=(0, 4)))
        assert pages.residents
        one = pages.residents[0]
        asked_again = lookup(STATISTICS, pseudonym=one.resident_id.pseudonym, reason=pb.REASON_CODE_STATISTICS)
        again = await analyst.get(asked_again)
        assert again.resident.name == one.name


async def test_whoever_takes_their_surrogate_s_name_gets_another(estate: Estate) -> None:
    """A change of the registered name changes a surrogate only where both would share a part."""
    names = await names_of(estate)
    pseudonym, name = next((each, name) for each, name in names.items() if not name[0].isascii())
    resident = behind(estate, pseudonym)
    change(estate, "register", f"UPDATE juki_resident SET shimei = '{name}' WHERE atena_no = '{resident}'")
    now = await names_of(estate)
    assert {each for each in names if names[each] != now[each]} == {pseudonym}
    assert not set(name.split()) & set(now[pseudonym].split())


async def test_a_damaged_store_keeps_the_gateway_from_starting(estate: Estate) -> None:
    """It is said beforehand, too, with the file."""
    await names_of(estate)
    store(estate).write_bytes(b"no database, whatever it is" * 100)
    for each in store(estate).parent.glob("surrogates.db-*"):
        each.unlink()
    (fault,) = await check(Settings.read(estate.settings))
    assert "surrogates.db: surrogate names cannot be kept there" in fault
    with pytest.raises(CannotStart, match=r"surrogates\.db"):
        await assemble(Settings.read(estate.settings))
