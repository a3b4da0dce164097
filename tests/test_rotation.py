"""Rotation of the pseudonyms' keys under a gateway that goes on serving."""

import pytest

from gateway.clock import DAY, day_of
from gateway.demo.estate import Estate
from gateway.ledger.ledger import LEDGER_FILE
from gateway.ledger.store import SqliteStore
from gateway.settings import Settings
from gateway.v1 import operations_pb2, register_pb2
from masking.key_file import KeyFile
from masking.keyring import Keyring
from tests.estates import STATISTICS, Desk, House, lookup, opened, selection, verified

SOME = selection(ages=(0, 4))


async def reloaded(house: House) -> operations_pb2.ReloadBookResponse:
    """What an operator is told who has everything read anew."""
    desk = await house.desk(house.cast.operator)
    told: operations_pb2.ReloadBookResponse = await desk.stubs.operations.ReloadBook(
        operations_pb2.ReloadBookRequest(), metadata=desk.stubs.metadata
    )
    return told


async def tried(analyst: Desk, pseudonym: str) -> str:
    """What comes of a lookup by a pseudonym: `OK`, or the reason why not."""
    return await analyst.tried(lookup(STATISTICS, pseudonym=pseudonym, reason=register_pb2.REASON_CODE_STATISTICS))


def kept(estate: Estate) -> list[str]:
    """What the ledger keeps of keys."""
    store = SqliteStore.open(Settings.read(estate.settings).ledger.state / LEDGER_FILE, read_only=True)
    try:
        return sorted(text.decode() for _, kind, text in store.contents() if kind == "keys")
    finally:
        store.close()


@pytest.mark.rule("M3")
async def test_a_new_epoch_comes_into_force_with_a_reload(estate: Estate) -> None:
    """Nothing restarts: from the reload on only new pseudonyms and names are issued; the old ones are taken until the
    overlap ends, and not on the day after. The ledger keeps which epoch it was.
    """
    async with opened(estate) as house:
        analyst = await house.analyst()
        old = await analyst.stream(SOME)
        last_day = day_of(house.clock.now)
        KeyFile(estate.keyring).rotate(last_day)
        assert (await analyst.stream(SOME)).pseudonyms == old.pseudonyms  # not before it is told to
        assert (await reloaded(house)).keys_changed
        new = await analyst.stream(SOME)
        assert not set(old.pseudonyms) & set(new.pseudonyms)
        assert len(new.pseudonyms) == len(old.pseudonyms)
        names = [{each.name.surrogate.name for each in pages.residents} for pages in (old, new)]
        assert len(names[0] & names[1]) <= 1
        assert await tried(analyst, new.pseudonyms[0]) == "OK"
        # Looked up by its old pseudonym, a row answers with its new one: so departments bring their tables over.
        by_old = lookup(STATISTICS, pseudonym=old.pseudonyms[0], reason=register_pb2.REASON_CODE_STATISTICS)
        assert (await analyst.get(by_old)).resident.resident_id.pseudonym in new.pseudonyms
        await house.move(DAY)
        analyst = await house.analyst()
        assert await tried(analyst, new.pseudonyms[0]) == "OK"
        assert await tried(analyst, old.pseudonyms[0]) == "REQUEST_MALFORMED"
        assert not (await reloaded(house)).keys_changed
    assert kept(estate) == ["epoch 1\n", f"epoch 2; epoch 1 is accepted until {last_day}\n"]
    assert verified(estate).faults == []


async def test_keys_that_cannot_be_used_leave_the_old_ones_in_force(estate: Estate) -> None:
    """A damaged file, another root, an old copy: a finding, and everything goes on as it was."""
    async with opened(estate) as house:
        analyst = await house.analyst()
        old = await analyst.stream(SOME)
        first = estate.keyring.read_bytes()
        estate.keyring.unlink()
        Keyring.generate(estate.keyring)
        told = await reloaded(house)
        assert [each.code for each in told.findings] == ["keys"]
        assert "another root key" in told.findings[0].message
        estate.keyring.write_bytes(first[:-1])
        assert "not a root key file" in (await reloaded(house)).findings[0].message
        estate.keyring.write_bytes(first)
        assert not (await reloaded(house)).findings
        assert (await analyst.stream(SOME)).pseudonyms == old.pseudonyms
