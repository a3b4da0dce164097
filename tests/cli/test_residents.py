"""Several residents as people read them."""

import io

import pytest
from rich.console import Console

from gateway.cli import show
from gateway.cli.residents import Resident, print_several

ICHIRO: Resident = {
    "name": {"surrogate": {"name": "松田　京助", "kana": "マツダ　キョウスケ"}},
    "birth_date": {"age_band": {"low": 30, "high": 34}},
    "history": {"recent": {"entries": [{"code": "born"}, {"code": "moved_in"}]}},
}
HANAKO: Resident = {"name": {"absent": "ABSENCE_WITHHELD"}, "history": {"absent": "ABSENCE_EMPTY"}}


def terminal(monkeypatch: pytest.MonkeyPatch, width: int) -> io.StringIO:
    """A terminal of so many columns, and what is written on it."""
    file = io.StringIO()
    monkeypatch.setattr(show, "out", Console(file=file, force_terminal=True, width=width, color_system=None))
    return file


def test_a_pipe_has_a_line_a_resident(capsys: pytest.CaptureFixture[str]) -> None:
    """The form stands at the head of its column, a list on one line; what a resident lacks is a dash."""
    print_several("p", [ICHIRO, HANAKO, None], "en", keys=("1", "2", "3"))
    assert [line.split("\t") for line in capsys.readouterr().out.splitlines()] == [
        ["key", "name (surrogate)", "birth_date (age_band)", "history (recent)"],
        ["1", "松田　京助", "30–34", "born; moved in"],
        ["2", "(withheld)", "—", "(empty)"],
        ["3", "(nobody found)", "—", "—"],
    ]


def test_a_pipe_has_one_heading(capsys: pytest.CaptureFixture[str]) -> None:
    """Page after page."""
    print_several("p", [HANAKO], "en")
    print_several("p", [HANAKO], "en", heading=False)
    assert capsys.readouterr().out.splitlines() == ["name\thistory", *["(withheld)\t(empty)"] * 2]


def test_a_wide_terminal_has_a_row_a_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """Titles and forms above, every value in one piece."""
    file = terminal(monkeypatch, 100)
    print_several("p", [ICHIRO, HANAKO], "ja")
    said = file.getvalue()
    assert "架空の氏名" in said
    (row,) = [line for line in said.splitlines() if "松田　京助" in line]
    assert "30〜34歳" in row


def test_a_narrow_terminal_has_a_list_a_resident(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than a table folded beyond reading; nobody is said in a line."""
    file = terminal(monkeypatch, 60)
    long = {"remarks": {"exact": "備考" * 40}}
    print_several("p", [{**ICHIRO, **long}, HANAKO, None], "ja", keys=("1", "2", "3"))
    said = file.getvalue()
    assert [line.rstrip() for line in said.splitlines() if line.startswith("p – ")] == [
        "p – 1",
        "p – 2",
        "p – 3: (該当なし)",
    ]
    assert said.replace("│", "").replace(" ", "").replace("\n", "").count("備考") == 40
