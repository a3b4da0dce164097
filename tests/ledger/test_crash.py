import random
import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateway.ledger.merkle import leaf_hash
from gateway.ledger.record import commit
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import HANA, Office, left
from tests.ledger.settling import ALLOWED, CEILING, UNDER

KILLS = 8


def receipts(office: Office, lines: int) -> Iterator[list[str]]:
    """What a gateway printed until it was killed, a whole line after the other."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.ledger.settling", str(office.state)], stdout=subprocess.PIPE, text=True
    ) as gateway:
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == "open\n"
        for _ in range(lines):
            yield gateway.stdout.readline().split()
        gateway.kill()
        for line in gateway.stdout:
            if line.endswith("\n"):
                yield line.split()


@pytest.mark.rule("L3", "L4", "R1", "R4")
async def test_killed_at_any_moment_nothing_is_lost_and_nothing_spent_twice(office: Office) -> None:
    """Killed again and again in the middle of settling: each time the ledger opens and verifies, every receipt that was
    given is in the log with its residents, and what is left of the allowance is what the log has not spent.
    """
    chance, given = random.Random(20260401), list[list[str]]()  # noqa: S311 - moments, not secrets
    key = office.ledger_keys().commitment
    for _ in range(KILLS):
        given += receipts(office, chance.randrange(1, 120))

        records = office.records()
        assert office.faults() == []
        for receipt, admitted, *residents in given:
            seq, _, mark = receipt.partition(".")
            record = records[int(seq)]
            assert leaf_hash(record.leaf)[:8].hex() == mark
            assert [commit(key, resident) for resident in residents] == [line.commitment for line in record.lines]
            assert len(residents) == int(admitted)

    records = office.records()
    disclosed = [record for record in records if record.header.kind == pb.KIND_DISCLOSURE]
    spent = {line.commitment for record in disclosed for line in record.lines}
    office.clock.time = records[-1].header.wall
    ledger = await office.open(UNDER)
    assert {ALLOWED - len(spent)} == {remaining for remaining, _ in left(ledger, UNDER, HANA)}
    assert len(spent) <= ALLOWED
    renewed = [record for record in records if record.header.kind == pb.KIND_RENEWAL]
    assert len(given) <= len(disclosed) + len(renewed)
    under_each: dict[str, set[bytes]] = {}
    for record in renewed:
        under_each.setdefault(record.private.grant, set()).update(line.commitment for line in record.lines)
    assert len(under_each) > 1
    assert max(map(len, under_each.values())) <= CEILING
    await ledger.close()
