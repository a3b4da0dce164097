"""How a run tells how far it is: one line that renews itself on a terminal, a line every few seconds in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from loadtest.run import Told

_EVERY: Final = 5.0
"""Seconds between lines of a pipe."""


class Progress:
    """Shows what it is told."""

    def __init__(self, console: Console, name: str) -> None:
        self._console, self._name = console, name
        self._live = Live(console=console, transient=True, refresh_per_second=4) if console.is_terminal else None
        self._last, self._word = 0.0, ""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it as long as the block lasts."""
        if self._live is None:
            yield
            return
        with self._live:
            yield

    def tell(self, told: Told) -> None:
        """What a run tells."""
        counts = told.counts
        text = f"{self._name}: {told.word}"
        if counts["sent"]:
            text += (
                f" {min(told.gone, told.total):.0f} of {told.total:.0f} s, {counts['sent']:,} sent, "
                f"{counts['answered']:,} answered, {counts['refused']:,} refused, {counts['missed']:,} missed, "
                f"{counts['lost']:,} lost"
            )
        if self._live is not None:
            self._live.update(Text(text))
            return
        if told.word != self._word or perf_counter() - self._last > _EVERY:
            self._last, self._word = perf_counter(), told.word
            self._console.print(text, highlight=False, soft_wrap=True)
