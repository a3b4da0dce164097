"""The records of a CSV file (RFC 4180), each with the place where it stands.

Rule: nothing of the text is changed on the way: no normalisation, no trimming. An octet that is no text of the encoding
stays in its cell as a lone surrogate, so that one bad octet costs one finding and not the rest of the file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Final, NamedTuple

_CELL: Final = re.compile(r'"[^"]*(?:""[^"]*)*"|[^,]*')


class Encoding(StrEnum):
    """How the octets of a CSV file are read: `utf-8`, with or without a byte order mark, or `cp932`, Microsoft's
    Shift_JIS, whose own characters of a city (外字, F040 to F9FC) become U+E000 to U+E757."""

    UTF_8 = "utf-8"
    CP932 = "cp932"


class Record(NamedTuple):
    """One record: the line that it begins on (from 1), its cells, and its lines as they stand in the file.

    `cells` is None where the lines are no CSV.
    """

    line: int
    cells: list[str] | None
    lines: tuple[str, ...]

    def place(self, number: int) -> tuple[int, int]:
        """Line and column, both from 1, where the cell of this number (from 0) begins."""
        text = "".join(self.lines)
        at = 0
        for _ in range(number):
            found = _CELL.match(text, at)
            at = min(found.end() + 1 if found is not None else at, len(text))
        line = self.line
        for each in self.lines[:-1]:
            if at < len(each):
                break
            at -= len(each)
            line += 1
        return line, at + 1


def opened(path: Path, encoding: Encoding) -> TextIOWrapper:
    """The text of a file, its line ends as they are. Raises OSError."""
    codec = "utf-8-sig" if encoding is Encoding.UTF_8 else encoding.value
    return path.open(encoding=codec, errors="surrogateescape", newline="")


def records(text: Iterable[str]) -> Iterator[Record]:
    """The records of a text that comes line by line. Empty lines are none."""
    lines: list[str] = []

    def remembered() -> Iterator[str]:
        for line in text:
            lines.append(line)
            yield line

    # strict: what follows a closing quote, and a quote that nobody closes, are faults and not text.
    reader = csv.reader(remembered(), strict=True)
    while True:
        first = reader.line_num + 1
        lines.clear()
        try:
            cells: list[str] | None = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = None
        if cells != []:
            yield Record(first, cells, tuple(lines))
