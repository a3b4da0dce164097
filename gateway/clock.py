"""Time as the gateway knows it: a port, so that tests may bring their own and settings may not.

Rule: wall time in integer microseconds since 1970-01-01T00:00Z; elapsed time from a clock that steps never move.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, Protocol

SECOND: Final = 1_000_000
"""One second in µs."""
DAY: Final = 86_400 * SECOND
"""One day in µs."""

JST: Final = timezone(timedelta(hours=9), "JST")
"""Japan has had one offset and no summer time since 1952, so no time-zone tables are needed."""


_EPOCH: Final = date(1970, 1, 1).toordinal()
_AHEAD: Final = 9 * 3600 * SECOND


class Clock(Protocol):
    """Where the time comes from."""

    def wall(self) -> int:
        """Wall time, µs since the epoch."""

    def elapsed(self) -> int:
        """Time passed since some fixed moment, µs; goes on during sleep, is never set back."""


class SystemClock:
    """The machine's clocks."""

    def wall(self) -> int:
        """CLOCK_REALTIME, µs."""
        return time.time_ns() // 1000

    def elapsed(self) -> int:
        """CLOCK_BOOTTIME where there is one (it counts suspended time, CLOCK_MONOTONIC does not), µs."""
        return time.clock_gettime_ns(_STEADY) // 1000


_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def day_of(wall: int) -> date:
    """The calendar day in Japan at `wall` µs."""
    return date.fromordinal(_EPOCH + (wall + _AHEAD) // DAY)


def iso(wall: int) -> str:
    """`wall` µs as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(wall // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
