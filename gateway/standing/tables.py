"""The tables of the standing database: the staff directory, and the case registries with their parties.

Rule: names are fixed here and nowhere else. Days are ISO text (`YYYY-MM-DD`), which sorts and reads alike in every
database; an end is the first day on which a post or case no longer counts, empty while none is known.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

METADATA: Final = sa.MetaData()

_DAY: Final = sa.String(10)
_WORD: Final = sa.String(63)
_RESIDENT: Final = sa.String(10)

STAFF: Final = sa.Table(
    "staff",
    METADATA,
    sa.Column("staff", _WORD, primary_key=True, comment="directory id"),
    sa.Column(
        "resident_id", _RESIDENT, index=True, comment="who they are in the register, if they live here; never shown"
    ),
)

POST: Final = sa.Table(
    "post",
    METADATA,
    sa.Column("post", _WORD, primary_key=True),
    sa.Column("staff", _WORD, nullable=False),
    sa.Column("department", _WORD, nullable=False),
    sa.Column("unit", _WORD, nullable=False),
    sa.Column("role", _WORD, nullable=False),
    sa.Column("superior", _WORD, comment="directory id of the superior"),
    sa.Column("since", _DAY, nullable=False),
    sa.Column("until", _DAY),
)

CASE: Final = sa.Table(
    "case_file",  # CASE is a word of SQL
    METADATA,
    sa.Column("registry", _WORD, primary_key=True),
    sa.Column("reference", sa.String(64), primary_key=True),
    sa.Column("opened", _DAY, nullable=False),
    sa.Column("closed", _DAY),
    sa.Column("handler", _WORD, comment="directory id of who works on it"),
)

CASE_PARTY: Final = sa.Table(
    "case_party",
    METADATA,
    sa.Column("registry", _WORD, primary_key=True),
    sa.Column("reference", sa.String(64), primary_key=True),
    sa.Column("resident_id", _RESIDENT, primary_key=True),
)


def schema(dialect: sa.Dialect) -> str:
    """The statements that make all tables and indexes, for a database of this dialect."""
    made: list[str] = []
    for table in METADATA.sorted_tables:
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        made += [
            str(CreateIndex(index).compile(dialect=dialect))
            for index in sorted(table.indexes, key=lambda i: str(i.name))
        ]
    return "".join(f"{statement.strip()};\n" for statement in made)


def sqlite_schema() -> str:
    """`schema` for SQLite."""
    return schema(sa.create_engine("sqlite://").dialect)
