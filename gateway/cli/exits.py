"""Exit codes: what a script may rely on. Documented in the README and in `--help`."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """DONE: it worked. FAULTS: something was checked and found wrong. USAGE: the command line is off. CANNOT: it cannot
    run here (configuration, keys, files, a port that is taken). REFUSED: the gateway said no. UNAVAILABLE: the gateway
    is not there or cannot answer now."""

    DONE = 0
    FAULTS = 1
    USAGE = 2
    CANNOT = 3
    REFUSED = 4
    UNAVAILABLE = 5
