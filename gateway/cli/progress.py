"""How long commands tell how far they are: a bar on a terminal, a line each tenth in a pipe; or a count on a terminal,
where nobody knows how much there is.

Rule: work that is refused before it began shows neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeAlias

from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.spinner import Spinner

from gateway.cli.show import err, note, out

Reached: TypeAlias = Callable[[str, int, int], None]
"""Takes what is counted, in words, how much of it is done, and how much there is."""


@contextmanager
def progress() -> Iterator[Reached]:
    """Give what to call while the work goes on. Each thing counted has its own bar."""
    if not err.is_terminal:
        yield _Tenths().reached
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=err)
    with ExitStack() as shown:

        def reached(what: str, done: int, total: int) -> None:
            if not bar.live.is_started:
                shown.enter_context(bar)
            task = next((task.id for task in bar.tasks if task.description == what), None)
            bar.update(bar.add_task(what, total=total) if task is None else task, completed=done)

        yield reached


@contextmanager
def counting() -> Iterator[Callable[[str], None]]:
    """Give what to tell, in words, how far it is. Only where the results go elsewhere: on a terminal they show that
    themselves. Standard output stays where it goes, because it is the result.
    """
    if not err.is_terminal or out.is_terminal:
        yield lambda _: None
        return
    spinner = Spinner("dots")
    with Live(spinner, console=err, transient=True, redirect_stdout=False):
        yield lambda text: spinner.update(text=text)


class _Tenths:
    """Progress for those who read it later."""

    def __init__(self) -> None:
        self._told: dict[str, int] = {}

    def reached(self, what: str, done: int, total: int) -> None:
        tenth = done * 10 // total if total else 0
        if tenth > self._told.get(what, 0):
            self._told[what] = tenth
            note(f"{done} of {total} {what}")
