import csv
import io
import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.sheet.records import Record, records

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(['"', ",", '""', "a\nb", "a\r\nb\r", " "])
ROWS = st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=1, max_size=8)


def read(text: str) -> list[Record]:
    """The records of a text, as a file gives its lines."""
    return list(records(io.StringIO(text, newline="")))


@given(ROWS)
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    """Cell by cell, and each record with the line that it begins on, whatever line breaks stand in its cells."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    begins = []
    for row in rows:
        begins.append(len(re.findall(r"\r\n|\r|\n", text.getvalue())) + 1)
        writer.writerow(row)

    assert [(record.line, record.cells) for record in read(text.getvalue())] == list(zip(begins, rows, strict=True))


@given(ROWS)
def test_a_place_is_where_the_cell_begins(rows: list[list[str]]) -> None:
    """An editor that is sent there shows the quote that opens the cell."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    lines = io.StringIO(text.getvalue(), newline="").readlines()
    for record in read(text.getvalue()):
        assert record.cells is not None
        for number, cell in enumerate(record.cells):
            line, column = record.place(number)
            rest = "".join([lines[line - 1][column - 1 :], *lines[line:]])
            assert rest.startswith('"' + cell.replace('"', '""') + '"')


def test_lines_behind_a_bad_one_are_read() -> None:
    """What is no CSV costs its own line only."""
    found = read('a,b\n"x"y,1\nc,d\n\n"open,2\n')

    assert [(record.line, record.cells) for record in found] == [
        (1, ["a", "b"]),
        (2, None),
        (3, ["c", "d"]),
        (5, None),
    ]
