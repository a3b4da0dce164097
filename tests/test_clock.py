"""Time."""

from datetime import UTC, date, datetime

import pytest

from gateway.clock import DAY, SECOND, SystemClock, day_of, iso


def wall(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """A moment in UTC, µs."""
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (wall(2026, 11, 2, 14, 59, 59), date(2026, 11, 2)),  # a second before midnight in Japan
        (wall(2026, 11, 2, 15, 0, 0), date(2026, 11, 3)),
        (wall(2026, 11, 2, 15, 0, 0) - 1, date(2026, 11, 2)),  # a microsecond before
        (0, date(1970, 1, 1)),
    ],
)
def test_a_day_begins_at_midnight_in_japan(moment: int, day: date) -> None:
    """Whatever the machine's time zone."""
    assert day_of(moment) == day


def test_a_moment_is_written_in_utc_to_the_second() -> None:
    """RFC 3339."""
    assert iso(wall(2026, 11, 2, 15, 0, 1) + 999_999) == "2026-11-02T15:00:01Z"


def test_the_machine_s_clocks_count_microseconds_and_go_forward() -> None:
    """Wall time is now, elapsed time never less than before."""
    clock = SystemClock()
    assert abs(clock.wall() - int(datetime.now(UTC).timestamp() * SECOND)) < DAY
    first = clock.elapsed()
    assert clock.elapsed() >= first
