"""Act 1: the city is built, or found as it was left."""

from __future__ import annotations

from time import perf_counter
from typing import Final

from gateway.demo.estate import Estate, Wishes, prepare, retire_ledger
from gateway.demo.show import Screen
from gateway.register.city.build import REGISTER_FILE, STANDING_FILE
from gateway.register.city.census import census

TITLE: Final = "The city"
WHY: Final = (
    "潮見市 (Shiomi) is on no map, and everybody in it is made up: names with their frequencies, families, incomes, a "
    "city hall with dated posts and open cases."
)


def play(screen: Screen, estate: Estate, wishes: Wishes) -> None:
    """Build what is missing; a new ledger each time, so that all budgets are fresh."""
    retire_ledger(estate)
    start, built = perf_counter(), False
    with screen.gauge("潮見市", wishes.residents) as reach:

        def built_up_to(done: int) -> None:
            nonlocal built
            built = True
            reach(done)

        prepare(estate.path, wishes, progress=built_up_to)
        reach(wishes.residents)
    how = f"built in {perf_counter() - start:.1f} s" if built else "found as it was left"
    city = estate.path / "city"
    found = census(city / REGISTER_FILE, city / STANDING_FILE)
    screen.table(
        ("潮見市", "", ""),
        [
            ("住民", "residents", f"{found.residents:,}"),
            ("世帯", "households", f"{found.households:,}"),
            ("支援措置の対象者", "protected residents", f"{found.protected:,}"),
            ("職員", "staff in post", f"{found.staff:,}"),
            ("受付中の案件", "open cases", f"{found.cases:,}"),
        ],
    )
    screen.verdict(f"a city of {found.residents:,} residents, {how}", holds=found.residents == wishes.residents)
