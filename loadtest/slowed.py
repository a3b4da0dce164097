"""A gateway whose ledger's disk is slow: each append takes a tenth of a second longer.

Rule: made by the tests' own factory, at the store's port; nothing else is replaced. `python -m loadtest.slowed --config
FILE`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import Final

from gateway.cli.serve import serve
from gateway.ledger.store import SqliteStore, Stored

SLOWER: Final = 0.1
"""Seconds that each append takes longer: a hundred times what a good disk takes."""


def main() -> None:
    """Make appends slow; serve."""
    parser = argparse.ArgumentParser(prog="python -m loadtest.slowed", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    append = SqliteStore.append

    def slow(store: SqliteStore, start: int, rows: Sequence[Stored], before: bytes, after: bytes) -> None:
        sleep(SLOWER)
        append(store, start, rows, before, after)

    SqliteStore.append = slow  # type: ignore[method-assign,assignment]  # that is the fault
    serve(config=parser.parse_args().config)


if __name__ == "__main__":
    main()
