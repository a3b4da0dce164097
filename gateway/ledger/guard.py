"""The clock guard: a window must not open because somebody set the clock.

Rule: while running, wall time is held against steady time and a step beyond tolerance, either way, stops the ledger.
At start, time behind the last record stops; time far ahead of it waits for an operator.
"""

from __future__ import annotations

from gateway.clock import SECOND, Clock


class ClockRefused(Exception):
    """The clock cannot be trusted; the text says how it is off and what to do."""


class ClockGuard:
    """Gives the time of a settlement, µs, or refuses."""

    def __init__(self, clock: Clock, tolerance: int) -> None:
        """`tolerance` µs, over the gateway's whole run: small steps add up."""
        self._clock = clock
        self._tolerance = tolerance
        self._offset = clock.wall() - clock.elapsed()

    def now(self) -> int:
        """Wall time, µs. Raises ClockRefused if it has jumped."""
        wall = self._clock.wall()
        jump = wall - self._clock.elapsed() - self._offset
        if abs(jump) > self._tolerance:
            raise ClockRefused(
                f"the clock was set by {jump / SECOND:+.1f} s while running; set it right, then restart the gateway"
            )
        return wall

    def elapsed(self) -> int:
        """Steady time, µs."""
        return self._clock.elapsed()

    def gap(self, last: int, max_gap: int, *, accept: bool) -> int:
        """At start: the gap since the last record if it is one that `accept` has to cover, else 0. Raises
        ClockRefused.
        """
        gap = self._clock.wall() - last
        if gap < -self._tolerance:
            raise ClockRefused(
                f"the clock stands {-gap / SECOND:.0f} s before the ledger's last record; set it right and start again"
            )
        if gap <= max_gap:
            return 0
        if not accept:
            raise ClockRefused(
                f"the clock stands {gap / SECOND / 86_400:.1f} days after the ledger's last record; "
                "if it is right, start once with --accept-gap"
            )
        return gap
