"""How commands speak: tables and colours on a terminal, plain tab-separated text in a pipe, JSON when asked.

Rule: results go to standard output, everything said about them to standard error. A value is never cut: what does not
fit into a terminal goes on in the next line, and what stands in brackets is text, not markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import NoReturn

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.exits import Exit

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2 if out.is_terminal else None) + "\n")


def as_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    whole: Sequence[str] = (),
    heading: bool = True,
) -> None:
    """A table on a terminal, its first column and the `whole` ones in one piece; in a pipe a line of column names
    (unless `heading` is False: it is there already) and a line a row, separated by tabs.
    """
    if out.is_terminal:
        out.print(table_of(title, columns, rows, whole), soft_wrap=False)
        return
    if heading:
        sys.stdout.write("\t".join(columns) + "\n")
    for row in rows:
        sys.stdout.write("\t".join(str(cell).replace("\t", " ").replace("\n", " ") for cell in row) + "\n")


def table_of(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]], whole: Sequence[str] = ()) -> Table:
    """The table as a terminal gets it: the first and the `whole` columns in one piece, all else folded if need be."""
    table = Table(title=Text(title), title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(Text(column), overflow="fold", no_wrap=number == 0 or column in whole)
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table


def note(text: str) -> None:
    """A remark for the person, on standard error."""
    err.print(text, markup=False)


def fail(exit_code: Exit, text: str) -> NoReturn:
    """Say why on standard error and leave with `exit_code`."""
    err.print(text, style="bold red" if err.is_terminal else None, markup=False)
    raise SystemExit(int(exit_code))
