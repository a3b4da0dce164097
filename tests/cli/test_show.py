import io

from rich.console import Console

from gateway.cli.show import table_of


def printed(columns: list[str], rows: list[list[object]]) -> str:
    """A table on a terminal of 80 columns."""
    console = Console(file=io.StringIO(), force_terminal=True, width=80, color_system=None, highlight=False)
    with console.capture() as captured:
        console.print(table_of("[title]", columns, rows))
    return captured.get()


def test_nothing_is_cut_at_80_columns() -> None:
    """The first column stays in one piece, every other value is folded, and each of its characters is there."""
    digest = "0123456789abcdef" * 8
    said = printed(["name", "digest", "other"], [["resident-card-counter", digest, "x" * 90]])

    assert max(map(len, said.splitlines())) <= 80
    assert "resident-card-counter" in said
    assert "…" not in said
    assert sorted(digest + "x" * 90) == sorted(
        "".join(part for line in said.splitlines() if line.startswith("│") for part in line.split("│")[2:]).replace(
            " ", ""
        )
    )


def test_brackets_are_text() -> None:
    """No cell, heading or title is read as markup."""
    said = printed(["[bold]", "value"], [["[red]", "[…] read_mask.paths[0] [/]"]])

    for text in ("[title]", "[bold]", "[red]", "[…] read_mask.paths[0] [/]"):
        assert text in said
