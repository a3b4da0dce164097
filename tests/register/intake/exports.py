"""CSV files of a register, as a city's own system would export them by the map."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway.register.intake.draft import quoted
from gateway.register.intake.layout import tables_of
from gateway.register.schema_map import SchemaMap


def export(database: Path, schema: SchemaMap, folder: Path, *, encoding: str = "utf-8") -> None:
    """Write `<table>.csv` for each table of the map into the folder."""
    folder.mkdir(exist_ok=True)
    with closing(sqlite3.connect(database)) as register:
        for table in tables_of(schema):
            names = [column.name for column in table.columns]
            lines = register.execute(f"SELECT {', '.join(map(quoted, names))} FROM {quoted(table.name)}")
            with (folder / table.file).open("w", encoding=encoding, newline="") as file:
                writer = csv.writer(file)
                writer.writerow(names)
                writer.writerows(lines)
