"""The search index: every spelling of a name and every address, folded, in three tables beside the register.

Rule: a text goes into the index through the same folding as what somebody asks for (rule S6), and the index says which
version of the folding that was. It compares by code point, whatever the database's collation: a match is never wider
than what was written.

    names      resident_id, field, plain, written, born   one line an entry and spelling
    addresses  resident_id, key                           one line an entry
    folding    version                                    one line
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from gateway.field import COMMON_NAME, FORMER_SURNAME, FORMER_SURNAME_KANA, NAME, NAME_KANA
from masking.japanese.address import address_key
from masking.japanese.folding import plain, written
from masking.value import Address

READINGS: Final = {NAME: NAME_KANA, FORMER_SURNAME: FORMER_SURNAME_KANA}
"""The reading that belongs to each spelling; a common name has none."""
SPELLINGS: Final = (NAME, FORMER_SURNAME, COMMON_NAME)

_BETWEEN_NAMES: Final = "\u3000"
_BY_CODE_POINT: Final = {"sqlite": "BINARY", "postgresql": "C"}
"""The collation that compares by code point, by SQLAlchemy's name of the database."""

GENERATIONS: Final = ("a", "b")
"""Ends of index names, in turn: an index keeps its name when its table takes the place of the old one."""

NameLine = tuple[str, str, str, str, str]
"""A line of `names`, in the order of its columns."""


Fold = Callable[[str], tuple[str, str]]
"""From a text to its plain spelling and, if that differs, its written one ("" if not)."""


def folded(text: str) -> tuple[str, str]:
    """Fold a text for the index."""
    spelling = written(text)
    common = plain(spelling)
    return common, "" if spelling == common else spelling


def name_lines(
    resident_id: str,
    *,
    born: str,
    name: str | None,
    name_kana: str | None,
    former_surname: str | None = None,
    former_surname_kana: str | None = None,
    common_name: str | None = None,
    fold: Fold = folded,
) -> Iterator[NameLine]:
    """Give the lines of one entry; `born` as PartialDate writes it, "" for none.

    There is always one for the name, so that a birth date finds those without a name, too. A former surname is followed
    by the given names, as people say it. `written` is "" where it is the plain spelling: there is no variant in it.
    """
    yield resident_id, NAME, *fold(name or ""), born
    if name_kana:
        yield resident_id, NAME_KANA, *fold(name_kana), born
    if former_surname:
        yield resident_id, FORMER_SURNAME, *fold(former_surname + _given(name)), born
    if former_surname_kana:
        yield resident_id, FORMER_SURNAME_KANA, *fold(former_surname_kana + _given(name_kana)), born
    if common_name:
        yield resident_id, COMMON_NAME, *fold(common_name), born


def address_line(resident_id: str, address: Address) -> tuple[str, str]:
    """Give the line of one address."""
    return resident_id, address_key(address)


def _given(name: str | None) -> str:
    return name.partition(_BETWEEN_NAMES)[2] if name else ""


@dataclass(frozen=True, slots=True)
class IndexTables:
    """The three tables as SQLAlchemy knows them."""

    names: sa.Table
    addresses: sa.Table
    folding: sa.Table

    @property
    def all(self) -> tuple[sa.Table, ...]:
        """In the order in which they are made."""
        return self.names, self.addresses, self.folding

    @property
    def indexes(self) -> list[sa.Index]:
        """Of all tables; made last, because they are built much faster than they grow."""
        return [index for table in self.all for index in sorted(table.indexes, key=lambda index: str(index.name))]


def index_tables(
    names: str, addresses: str, folding: str, *, database: str, draft: str = "", generation: str = GENERATIONS[0]
) -> IndexTables:
    """Define the tables for a database, by SQLAlchemy's name of it (`sqlite`, `postgresql`).

    A table name may be `schema.table`. `draft` ends the names of the tables, `generation` those of their indexes, so
    that an old and a new index can stand side by side. Raises ValueError for a database that cannot be told here to
    compare by code point.
    """
    collation = _BY_CODE_POINT.get(database)
    if collation is None:
        raise ValueError(f"the search index needs {' or '.join(_BY_CODE_POINT)}, not {database}")
    metadata = sa.MetaData()
    text, resident_id = sa.String(collation=collation), sa.String()

    def table(name: str, *columns: str) -> sa.Table:
        schema, _, bare = name.rpartition(".")
        # The id is compared with the main table's key, whose index serves no other collation than its own.
        key = sa.Column("resident_id", resident_id, nullable=False)
        made = (key if name == key.name else sa.Column(name, text, nullable=False) for name in columns)
        return sa.Table(bare + draft, metadata, *made, schema=schema or None)

    def index(of: sa.Table, *columns: str) -> None:
        name = f"{of.name.removesuffix(draft)}_{columns[0]}_{generation}"
        sa.Index(name, *(of.c[column] for column in columns))

    made = IndexTables(
        table(names, "resident_id", "field", "plain", "written", "born"),
        table(addresses, "resident_id", "key"),
        table(folding, "version"),
    )
    index(made.names, "plain")
    index(made.names, "born", "plain")  # a birth date as well leaves next to nothing to look through
    index(made.names, "resident_id")  # for a second condition on somebody found by the first
    index(made.addresses, "key", "resident_id")
    return made


def sqlite_tables(names: str, addresses: str, folding: str) -> str:
    """Give the SQL that makes the tables in a SQLite file."""
    tables = index_tables(names, addresses, folding, database="sqlite")
    return _script(CreateTable(table) for table in tables.all)


def sqlite_indexes(names: str, addresses: str, folding: str) -> str:
    """Give the SQL that makes their indexes, to be run when the tables are full; ANALYZE is to follow."""
    tables = index_tables(names, addresses, folding, database="sqlite")
    return _script(CreateIndex(index) for index in tables.indexes)


def _script(statements: Iterator[sa.schema.ExecutableDDLElement]) -> str:
    return "".join(f"{str(statement.compile(dialect=sqlite.dialect())).strip()};\n" for statement in statements)
