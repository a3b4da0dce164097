"""Whole imports of the hamlet: what is refused, and where; what is taken, and how."""

import os
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.finding import Findings, parse_yaml
from gateway.register.intake.importing import import_register
from gateway.register.schema_check import check_map
from gateway.register.schema_reading import schema_map_of
from gateway.sheet.records import Encoding
from tests.register.intake.hamlet import FILES, MAP, Folder


def lines(database: Path, sql: str) -> list[Any]:
    """What a statement gives."""
    with closing(sqlite3.connect(database)) as register:
        return register.execute(sql).fetchall()


def test_whole_files_become_a_register(folder: Folder) -> None:
    """Tables and columns are the map's, blank is null, and beside the file, its owner's alone, nothing is left."""
    report = folder.imported()

    assert (report.findings, report.faults) == ([], 0)
    assert report.lines == {"person": 5, "number": 2, "tax": 2, "roll": 2, "change": 3, "benefit": 1, "measure": 2}
    assert lines(folder.out, "SELECT id, kana, born, sex, chome, remark FROM person ORDER BY rowid") == [
        ("1000000001", "イソノ　ナミコ", "19800402", 2, 1, None),
        ("1000000002", "イソノ　ナギサ", "20151231", 1, 1, "転入時に確認\nドアに表札なし"),
        ("1000000003", "シオドメ　フル", "19250000", 2, 0, None),
        ("1000000004", None, None, None, None, None),
        ("0000000005", None, None, None, None, None),
    ]
    assert lines(folder.out, "SELECT * FROM tax") == [("1000000001", 3210000), ("1000000003", -1)]
    assert stat.S_IMODE(folder.out.stat().st_mode) == 0o600
    assert {path.name for path in folder.path.iterdir()} == {*FILES, "register.db"}


def test_an_imported_register_fits_its_map(folder: Folder) -> None:
    """Every table, type and index that the gateway asks a database for is there."""
    folder.imported()

    assert check_map(folder.schema, f"sqlite:///{folder.out}") == []


BAD_CELLS = [
    # ids: too short, letters, digits of another script, blank
    ("person.csv:7:1: resident-id", "person.csv", "0000000005", "5"),
    ("person.csv:7:1: resident-id", "person.csv", "0000000005", "000000000E"),
    ("person.csv:7:1: resident-id", "person.csv", "0000000005", "０００００００００５"),
    ("person.csv:7:1: empty", "person.csv", "0000000005", " "),
    # a name that is blank, behind the entry that goes over two lines
    ("person.csv:5:17: empty", "person.csv", "汐留　古", "　"),
    # a status that is blank, one that the map does not know, a sex that it does not know
    ("person.csv:2:15: empty", "person.csv", "H1,1,磯野　波子", "H1,,磯野　波子"),
    ("person.csv:2:15: code", "person.csv", "H1,1,磯野　波子", "H1,7,磯野　波子"),
    ("person.csv:2:40: code", "person.csv", "19800402,2", "19800402,3"),
    ("person.csv:2:40: number", "person.csv", "19800402,2", "19800402,女"),
    # dates: none of the calendar, in another form, a day without its month
    ("person.csv:2:31: date", "person.csv", "19800402", "19800231"),
    ("person.csv:2:31: date", "person.csv", "19800402", "1980-04-02"),
    ("person.csv:2:31: date", "person.csv", "19800402", "19800002"),
    # address: letters in the code, no city, a chome that is none
    ("person.csv:5:41: address", "person.csv", "4820100203", "ABC"),
    ("person.csv:5:41: address", "person.csv", "潮見市,汐入町", ",汐入町"),
    ("person.csv:5:60: number", "person.csv", "汐入町,0", "汐入町,-1"),
    ("person.csv:5:60: number", "person.csv", "汐入町,0", "汐入町,1丁目"),
    # control characters: in a name, a line break in a name, one in a remark that is none of its line breaks
    ("person.csv:5:17: control-character", "person.csv", "汐留　古", "汐留\x00古"),
    ("person.csv:5:17: control-character", "person.csv", "汐留　古", '"汐留\n古"'),
    ("person.csv:3:66: control-character", "person.csv", "ドアに", "ドア\x1bに"),
    # the second line of a record: where the cell itself begins
    ("person.csv:3:66: control-character", "person.csv", "表札なし", "表札なし\x7f"),
    # 個人番号 and 住民票コード whose check digit is another, or that are too short
    ("number.csv:2:12: check-digit", "number.csv", "983205673214", "983205673215"),
    ("number.csv:2:12: check-digit", "number.csv", "983205673214", "98320567321"),
    ("number.csv:2:25: check-digit", "number.csv", "24727059608", "24727059618"),
    # amounts: with a separator, with a unit, too large for a column
    ("tax.csv:2:12: number", "tax.csv", "3210000", '"3,210,000"'),
    ("tax.csv:2:12: number", "tax.csv", "3210000", "3210000円"),
    ("tax.csv:2:12: number", "tax.csv", "3210000", "9" * 19),
    # a flag that the map does not know; a DATE column that knows the month only
    ("roll.csv:2:12: code", "roll.csv", "1000000001,1", "1000000001,yes"),
    ("roll.csv:2:14: date", "roll.csv", "2004-04-01", "2004-04-00"),
    # lists: no code, no number to read by, a date that is none, an end before the beginning
    ("change.csv:2:14: empty", "change.csv", "1,10,2004", "1,,2004"),
    ("change.csv:2:12: empty", "change.csv", "1,10,2004", ",10,2004"),
    ("change.csv:4:17: date", "change.csv", "2015-12-31", "2015-12-32"),
    ("benefit.csv:2:14: order", "benefit.csv", "2031-03-31", "2015-12-31"),
    # restrictions: no first day, a last day before it, an other party that is no id
    ("measure.csv:2:12: empty", "measure.csv", "2026-11-23", ""),
    ("measure.csv:2:12: order", "measure.csv", "2027-11-22", "2026-11-22"),
    ("measure.csv:2:34: resident-id", "measure.csv", "1000000004", "someone"),
    ("measure.csv:3:30: date", "measure.csv", "1975-03-00", "March"),
    # a comma too many, a quote that is not closed, text behind a quote
    ("tax.csv:2:1: cells", "tax.csv", "3210000", "3,210,000"),
    ("tax.csv:3:1: csv", "tax.csv", "1000000003", '"1000000003'),
    ("tax.csv:2:1: csv", "tax.csv", "3210000", '"3210000"0'),
    # keys: nobody in the main table, two lines where one may be
    ("tax.csv:3:1: unknown-resident", "tax.csv", "1000000003", "1000000009"),
    ("change.csv:3:1: unknown-resident", "change.csv", "1000000001,2", "1000000009,2"),
    ("measure.csv:3:1: unknown-resident", "measure.csv", "1000000002", "1000000009"),
    ("tax.csv:3:1: resident-twice", "tax.csv", "1000000003", "1000000001"),
    # headers: a column mistyped that may be left out, one that may not, one twice
    ("person.csv:1:26: unknown-column", "person.csv", ",name,kana", ",name,kana_mei"),
    ("tax.csv:1:4: column-twice", "tax.csv", "id,yen", "id,id"),
    ("person.csv:1:1: missing-column", "person.csv", FILES["person.csv"], "id,status\n1000000001,1\n"),
    ("tax.csv:1:1: empty", "tax.csv", FILES["tax.csv"], ""),
]


@pytest.mark.parametrize(("expected", "name", "old", "new"), BAD_CELLS)
def test_what_is_wrong_is_told_with_its_place(folder: Folder, expected: str, name: str, old: str, new: str) -> None:
    """One fault, one finding, at the line and column where the cell begins; no register, and no draft."""
    folder.change(name, old, new)

    assert folder.found() == [expected]
    assert {path.name for path in folder.path.iterdir()} == set(FILES)


@pytest.mark.rule("R6")
@pytest.mark.parametrize(("expected", "name", "old", "new"), BAD_CELLS)
def test_no_finding_repeats_what_a_line_holds(folder: Folder, expected: str, name: str, old: str, new: str) -> None:
    """Neither what is wrong nor what stands beside it: findings go into tickets and mails."""
    folder.change(name, old, new)
    held = {cell for cell in new.replace('"', "").split(",") if len(cell) > 3} - {"name", "kana"}
    said = " ".join(finding.message for finding in folder.imported().findings)

    assert [cell for cell in held | {"1000000001", "磯野", "3210000"} if cell in said] == []


def test_all_bad_lines_are_told_at_once(folder: Folder) -> None:
    """Of every file, each fault of each line; one bad cell hides no other, and a bad line is still somebody."""
    folder.change("person.csv", "19800402,2", "unknown,9")
    folder.change("person.csv", "汐留　古", "")
    folder.change("tax.csv", "-1", "much")
    folder.change("roll.csv", "1000000002", "2000000002")

    assert folder.found() == [
        "person.csv:2:31: date",
        "person.csv:2:39: code",
        "person.csv:5:17: empty",
        "tax.csv:3:12: number",
        "roll.csv:3:1: unknown-resident",
    ]


def test_findings_beyond_the_asked_number_are_counted(folder: Folder) -> None:
    """A column that is wrong a million times does not take the memory of a million findings."""
    bad = "".join(f"1000000001,{number},bad,,\n" for number in range(500))
    folder.write("change.csv", f"id,no,kind,day,text\n{bad}")
    report = import_register(folder.path, folder.schema, folder.out, most=3)

    assert [finding.line for finding in report.findings] == [2, 3, 4]
    assert (report.faults, report.unsaid, report.counts.most_common()) == (
        500,
        497,
        [((f"{folder.path}/change.csv", "code"), 500)],
    )


@pytest.mark.rule("S5")
def test_two_who_live_here_under_one_id_are_advice(folder: Folder) -> None:
    """Real registers have them, so the register is made; an entry of somebody who left is no second one."""
    person = FILES["person.csv"].replace("1000000003", "1000000001")
    folder.write("person.csv", person)
    folder.change("tax.csv", "1000000003", "1000000002")

    assert folder.found() == ["person.csv:5:1: advice-twice"]
    assert lines(folder.out, "SELECT count(*) FROM person WHERE id = '1000000001'") == [(2,)]
    folder.out.unlink()
    folder.write("person.csv", person.replace("H2,1", "H2,2"))
    assert folder.found() == []


def test_a_file_that_is_missing_and_one_too_many(folder: Folder) -> None:
    """The first is a fault, the second advice: it may be the first, mistyped."""
    (folder.path / "tax.csv").rename(folder.path / "taxes.csv")

    assert folder.found() == ["tax.csv: unreadable", "taxes.csv: advice-unused"]
    assert not folder.out.exists()


def test_what_is_no_file_is_not_read(folder: Folder) -> None:
    """A pipe that nobody writes into would never come to an end, and a directory has no lines."""
    (folder.path / "tax.csv").unlink()
    os.mkfifo(folder.path / "tax.csv")
    (folder.path / "roll.csv").unlink()
    (folder.path / "roll.csv").mkdir()

    assert folder.found() == ["tax.csv: unreadable", "roll.csv: unreadable"]


def test_a_cell_beyond_all_measure_is_refused(folder: Folder) -> None:
    """A quote that nobody closes does not swallow the file into memory."""
    folder.change("tax.csv", "3210000", '"' + "9" * 70_000 + "\n" + "9" * 70_000)

    assert folder.found()[0] == "tax.csv:2:1: csv"


def test_columns_in_any_order_and_those_that_may_be_left_out(folder: Folder) -> None:
    """Only the id, the name, the status, and what no line of a list or a measure is without, must be there."""
    folder.write("person.csv", "name,status,id\n" + "".join(f"海,1,{n:010d}\n" for n in range(1000000001, 1000000005)))
    folder.write("tax.csv", "yen,id\n12,1000000001\n")
    folder.write("measure.csv", "since,id\n2026-01-01,1000000001\n")

    assert folder.found() == []
    assert lines(folder.out, "SELECT id, name, born FROM person LIMIT 1") == [("1000000001", "海", None)]
    assert lines(folder.out, "SELECT id, yen FROM tax") == [("1000000001", 12)]


def test_without_the_main_table_nothing_is_said_of_keys(folder: Folder) -> None:
    """A header that cannot be used is one finding, not one for every line of the other files."""
    folder.change("person.csv", "id,household", "atena,household")

    assert folder.found() == ["person.csv:1:1: unknown-column", "person.csv:1:1: missing-column"]


RARE = [
    # 葛 and 辻 with ideographic variation selectors
    "葛\U000e0100城　辻\U000e0101子",
    # compatibility ideographs, which NFKC would replace
    "神﨑　福\ufa1b德\ufa19",
    # private use: 外字 of the old system
    "\ue000田　\uf8ff\U000f0000",
    # beyond the first plane
    "𠮷野　𩸽\U0003134a",
    # combining marks apart, half-width kana, a long vowel
    "カ\u3099ヘ\u309aｶﾞ　ー",
    # blanks of every width at the end, which are the column's
    "幅　広 \u3000\u00a0 ",
    # quotes and commas
    'O"Neil, 海',
]


@pytest.mark.rule("S6")
@pytest.mark.parametrize("name", RARE)
def test_rare_characters_arrive_octet_by_octet(folder: Folder, name: str) -> None:
    """Variants, 外字 and marks are neither normalised nor trimmed nor lost."""
    quoted = '"' + name.replace('"', '""') + '"'
    folder.change("person.csv", "汐留　古", quoted)

    assert folder.found() == []
    assert lines(folder.out, "SELECT CAST(name AS BLOB) FROM person WHERE id = '1000000003'") == [(name.encode(),)]


@pytest.mark.rule("S6")
def test_gaiji_of_cp932_become_private_use(folder: Folder) -> None:
    """F040 is the first of a city's own characters; NEC's and IBM's rows are those of the code page."""
    for name, text in FILES.items():
        folder.write(name, text.encode("cp932"))
    (path, octets) = (folder.path / "person.csv", (folder.path / "person.csv").read_bytes())
    path.write_bytes(octets.replace("汐留　古".encode("cp932"), b"\xf0\x40\xed\x40\xfc\x4b"))

    assert import_register(folder.path, folder.schema, folder.out, encoding=Encoding.CP932).findings == []
    assert lines(folder.out, "SELECT name FROM person WHERE id = '1000000003'") == [("\ue000纊黑",)]


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        # cp932 read as UTF-8; a lone surrogate; an overlong form; cut in the middle
        ("person.csv:5:17: encoding", "汐留　古".encode("cp932")),
        ("person.csv:5:17: encoding", b"\xed\xa0\x80"),
        ("person.csv:5:17: encoding", b"\xc0\xaf"),
        ("person.csv:5:17: encoding", "汐留".encode()[:-1]),
    ],
)
def test_octets_that_are_no_text_are_told(folder: Folder, expected: str, written: bytes) -> None:
    """By the cell they stand in; the lines around are read."""
    octets = (folder.path / "person.csv").read_bytes()
    folder.write("person.csv", octets.replace("汐留　古".encode(), written))

    assert folder.found() == [expected]


REWRITTEN: dict[str, Callable[[str], str]] = {
    "a byte order mark": lambda text: f"\ufeff{text}",
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "a last line without its end": lambda text: text.rstrip("\n"),
    "empty lines": lambda text: f"{text}\n\n",
}


@pytest.mark.parametrize("how", REWRITTEN)
def test_what_spreadsheets_do_to_files_is_no_fault(folder: Folder, how: str) -> None:
    """Marks and line ends are no part of a value."""
    for name, text in FILES.items():
        folder.write(name, REWRITTEN[how](text))

    assert folder.found() == []
    assert lines(folder.out, "SELECT name FROM person WHERE id = '0000000005'") == [("名のみ, 一",)]


def test_checking_writes_nothing(folder: Folder) -> None:
    """The same findings, those between files included, and no file."""
    folder.change("tax.csv", "1000000003", "1000000009")
    folder.change("roll.csv", "1000000002", "1000000001")
    folder.change("person.csv", "汐留　古", "")
    checked = import_register(folder.path, folder.schema, None)

    assert {path.name for path in folder.path.iterdir()} == set(FILES)
    assert checked == folder.imported()
    assert checked.faults == 3


def test_a_register_that_is_there_stays_until_told(folder: Folder) -> None:
    """It is replaced as a whole when asked for, never where the new one has a fault or somebody is changing it."""
    folder.out.write_text("precious")
    with pytest.raises(FileExistsError):
        folder.imported()
    folder.change("tax.csv", "3210000", "much")
    assert import_register(folder.path, folder.schema, folder.out, overwrite=True).faults == 1
    assert folder.out.read_text() == "precious"
    folder.change("tax.csv", "much", "1")
    (folder.path / "register.db-journal").touch()
    with pytest.raises(FileExistsError, match="journal"):
        import_register(folder.path, folder.schema, folder.out, overwrite=True)
    (folder.path / "register.db-journal").unlink()
    assert import_register(folder.path, folder.schema, folder.out, overwrite=True).faults == 0
    assert lines(folder.out, "SELECT yen FROM tax") == [(1,), (-1,)]


@pytest.mark.parametrize(
    ("expected", "old", "new"),
    [
        # a schema, which a file has none of; a name that leads out of the directory; one table for two things
        ("side/app.tax: table-name", "tax", "app.tax"),
        ("side/../tax: table-name", "tax", "../tax"),
        ("restrictions/table: table-twice", "measure", "person"),
    ],
)
def test_a_map_that_no_file_can_be_made_by(tmp_path: Path, expected: str, old: str, new: str) -> None:
    """Told before a file is opened, with the place in the map."""
    source = parse_yaml(MAP.replace(f" {old}:", f" {new}:").replace(f"table: {old}", f"table: {new}").encode(), "map")
    path, _, code = expected.partition(": ")
    with pytest.raises(Findings) as refused:
        import_register(tmp_path, schema_map_of(source), None)

    loc = tuple(path.split("/", 1))
    assert [str(source.finding(loc, code, ""))] == [
        str(finding).replace(finding.message, "") for finding in refused.value.findings
    ]
