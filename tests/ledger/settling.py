"""A gateway's life in a loop, to be killed at any moment: `python -m tests.ledger.settling STATE`.

Prints a line once it is open, and each disclosure's receipt and residents after it is settled, never before.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from gateway.allowance import Owner, Window
from gateway.clock import SystemClock
from gateway.ledger.acts import Disclosing, Refusing, Renewing
from gateway.ledger.ledger import Ledger, Tolerances
from gateway.ledger.v1 import record_pb2 as pb
from tests.ledger.desk import ORIGIN, SNAPSHOT, WRAPPING, enter, granted, look, refuse, renew, terms

ALLOWED = 2000
CEILING = 20
UNDER = terms(
    (Owner.STAFF, Window.DAY, ALLOWED), (Owner.CITY, Window.TENURE, ALLOWED), repeats=1_000_000, refusals=1_000_000
)


async def settle_on(state: Path) -> None:
    """Batches of new residents, known ones, renewals up to a ceiling, and refusals, with a tick now and then."""
    ledger = await Ledger.open(
        state,
        origin=ORIGIN,
        wrapping=WRAPPING,
        snapshot=SNAPSHOT,
        clock=SystemClock(),
        tolerances=Tolerances(),
    )
    enter(ledger, UNDER)
    grant = await granted(ledger, pb.GRANT_KIND_RENEWAL, ceiling=CEILING)
    print("open", flush=True)  # noqa: T201 - this is what the test reads
    for _ in range(5_000):  # Long enough to be killed in, and not for ever if nobody does.
        start = 5 * ledger.head.size
        batch: list[Disclosing | Refusing | Renewing] = [
            look(start, start + 1, under=UNDER),
            look(start + 2, under=UNDER),
            look(1, under=UNDER),
            refuse(start + 3),
            renew(start + 3, start + 4, grant=grant, under=UNDER),
            look(*range(start + 5, start + 9), under=UNDER, divisible=True, page=1),
        ]
        for act, settled in zip(batch, await ledger.settle(batch), strict=True):
            if settled.admitted:
                print(settled.receipt, settled.admitted, *act.residents[: settled.admitted], flush=True)  # noqa: T201
        if start % 4 == 0:
            await ledger.tick()


if __name__ == "__main__":
    asyncio.run(settle_on(Path(sys.argv[1])))
