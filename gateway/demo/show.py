"""How the demo looks: a heading and a sentence before each act, tables, and verdicts that were checked.

Rule: colour only where it tells something, and none in a pipe; a verdict is printed from what happened, never from what
was hoped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.rule import Rule
from rich.table import Column, Table
from rich.text import Text

_WIDE = 110
"""Columns of a pipe: nobody's terminal decides there."""
_WIDEST = 130


class Screen:
    """What the demo is shown on. `faults` counts the verdicts that did not hold."""

    def __init__(self) -> None:
        terminal = sys.stdout.isatty()
        self.console = Console(highlight=False, width=None if terminal else _WIDE)
        self.console.width = min(self.console.width, _WIDEST)
        self.faults = 0

    @property
    def live(self) -> bool:
        """Whether somebody watches."""
        return self.console.is_terminal

    def act(self, number: int, title: str, why: str) -> None:
        """The heading of an act, and what it is for."""
        self._print()
        self._print(
            Rule(Text.assemble((f" {number}  ", "bold cyan"), (f"{title} ", "bold")), align="left", style="dim")
        )
        self._print(Text(why, style="dim"))
        self._print()

    def heading(self, text: str) -> None:
        """A heading inside an act."""
        self._print(Text(f"\n{text}\n", style="bold"))

    def say(self, text: str, style: str = "") -> None:
        """A sentence between two tables."""
        self._print(Text(text, style=style))

    def table(self, columns: Sequence[str | Column], rows: Iterable[Sequence[str | Text]]) -> None:
        """A table; the first column names the row."""
        table = Table(
            box=box.SIMPLE_HEAD,
            header_style="bold",
            pad_edge=False,
        )
        for column in columns:
            head = column if isinstance(column, Column) else Column(column, overflow="fold")
            table.add_column(head.header, overflow=head.overflow, no_wrap=head.no_wrap)
        for row in rows:
            table.add_row(*row)
        self._print(table)

    def verdict(self, text: str, *, holds: bool) -> None:
        """What the act has shown, or failed to show."""
        self.faults += not holds
        mark = ("✓ ", "bold green") if holds else ("✗ ", "bold red")
        self._print(Text.assemble(mark, text))

    def command(self, text: str) -> None:
        """Something to paste: never wrapped, never decorated."""
        self._print(Text(text), soft_wrap=True)

    @contextmanager
    def gauge(self, label: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar that shows how many of `total`, for those who watch."""
        columns = (
            TextColumn(" {task.description}"),
            BarColumn(bar_width=40, complete_style="cyan", finished_style="green"),
            MofNCompleteColumn(),
        )
        bar = Progress(*columns, console=self.console, disable=not self.live)
        with bar:
            task = bar.add_task(label, total=total)
            yield lambda done: bar.update(task, completed=done)

    def _print(self, what: RenderableType = "", *, soft_wrap: bool = False) -> None:
        """Print; in a pipe without the blanks that fill a line up."""
        if self.live:
            self.console.print(what, soft_wrap=soft_wrap)
            return
        with self.console.capture() as captured:
            self.console.print(what, soft_wrap=soft_wrap)
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
        sys.stdout.flush()
