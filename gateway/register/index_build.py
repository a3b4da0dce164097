"""Building the search index from the register itself.

Rule: the index that is there serves until the new one is whole: everything happens in one transaction, beside the old
tables, which the new ones replace at its very end. Memory does not grow with the register.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from gateway.field import ADDRESS, BIRTH_DATE, COMMON_NAME, FORMER_SURNAME, FORMER_SURNAME_KANA, NAME, NAME_KANA
from gateway.register.engines import writing_engine
from gateway.register.port import RegisterUnavailable
from gateway.register.schema_map import SchemaMap, SearchTables
from gateway.register.search_index import GENERATIONS, IndexTables, NameLine, address_line, index_tables, name_lines
from gateway.register.tables import Tables
from gateway.register.values import ILLEGIBLE, Convert, conversion, text
from masking.japanese.folding import FOLDING
from masking.value import Address, PartialDate, Value

_BATCH: Final = 5_000
"""Entries read and written at a time."""
_DRAFT: Final = "_new"
_INDEXED: Final = (NAME, NAME_KANA, FORMER_SURNAME, FORMER_SURNAME_KANA, COMMON_NAME, BIRTH_DATE, ADDRESS)


class Built(NamedTuple):
    """What an index holds: entries that count, their spellings (readings included), and their addresses."""

    entries: int
    spellings: int
    addresses: int


def build_index(
    schema: SchemaMap, url: str, *, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> Built:
    """Make the search index of the register at a SQLAlchemy URL anew; returns what it holds.

    `progress` is told how many entries are done, and of how many. Raises ValueError for an unusable URL, for a database
    that no index can be built in, and for a map without `search`; RegisterUnavailable if the database cannot be read or
    written: then the old index is untouched.
    """
    if schema.search is None:
        raise ValueError("the schema map names no tables for a search index; add `search` to it")
    engine = writing_engine(url, illegible=ILLEGIBLE)
    try:
        with engine.begin() as connection:
            return _replace(connection, schema, schema.search, progress)
    except SQLAlchemyError as error:
        raise RegisterUnavailable(type(error).__name__) from None
    finally:
        engine.dispose()


def _replace(
    connection: Connection, schema: SchemaMap, search: SearchTables, progress: Callable[[int, int], None]
) -> Built:
    old, new = _generations(connection, search)
    for table in new.all:
        connection.execute(CreateTable(table))
    built = _fill(connection, schema, new, progress)
    connection.execute(sa.insert(new.folding).values(version=FOLDING))
    for index in new.indexes:
        connection.execute(CreateIndex(index))
    # From here on readers of the old tables wait, where the database lets nobody read what is being dropped.
    quoted = connection.dialect.identifier_preparer
    for draft, final in zip(new.all, old.all, strict=True):
        connection.execute(DropTable(final, if_exists=True))
        connection.exec_driver_sql(f"ALTER TABLE {quoted.format_table(draft)} RENAME TO {quoted.quote(final.name)}")
        connection.exec_driver_sql(f"ANALYZE {quoted.format_table(final)}")
    return built


def _generations(connection: Connection, search: SearchTables) -> tuple[IndexTables, IndexTables]:
    """The tables in place, if they are there, and the drafts of those that replace them."""
    names, database = (search.names, search.addresses, search.folding), connection.dialect.name
    old = index_tables(*names, database=database)
    inspector = sa.inspect(connection)
    held: set[str] = set()
    if inspector.has_table(old.names.name, schema=old.names.schema):
        held = {str(index["name"]) for index in inspector.get_indexes(old.names.name, schema=old.names.schema)}
    first, second = GENERATIONS
    generation = second if any(name.endswith(f"_{first}") for name in held) else first
    return old, index_tables(*names, database=database, draft=_DRAFT, generation=generation)


def _fill(connection: Connection, schema: SchemaMap, new: IndexTables, progress: Callable[[int, int], None]) -> Built:
    entries = _Entries(schema)
    total = int(connection.execute(entries.count).scalar_one())
    insert = {table: str(sa.insert(table).compile(connection)) for table in (new.names, new.addresses)}
    done = spellings = located = 0
    progress(done, total)
    with connection.execute(entries.select, execution_options={"stream_results": True}) as result:
        for raws in result.partitions(_BATCH):
            names: list[NameLine] = []
            addresses: list[tuple[str, str]] = []
            for raw in raws:
                resident_id, values = entries.read(raw)
                if not resident_id:
                    continue  # without an id nobody can be answered, so nobody is to be found
                names += _names(resident_id, values)
                address = values.get(ADDRESS)
                if isinstance(address, Address):
                    addresses.append(address_line(resident_id, address))
            for table, lines in ((new.names, names), (new.addresses, addresses)):
                if lines:
                    connection.exec_driver_sql(insert[table], lines)
            done, spellings, located = done + len(raws), spellings + len(names), located + len(addresses)
            progress(done, total)
    return Built(done, spellings, located)


class _Entries:
    """The entries to be indexed, and what of each.

    A former entry beside that of somebody who lives here is not: the index leads to an id, and of that id the other
    entry counts, so that its old name and address would find whom they no longer describe.
    """

    def __init__(self, schema: SchemaMap) -> None:
        tables = Tables(schema)
        fields = [field for field in _INDEXED if field in schema.fields]
        columns: list[sa.ColumnElement[Any]] = [tables.key]
        self._converts: list[tuple[str, slice, Convert]] = []
        for field in fields:
            wanted = tables.columns(field)
            place = slice(len(columns), len(columns) + len(wanted))
            self._converts.append((field, place, conversion(schema.fields[field])))
            columns += wanted
        # Under names of their own: two tables may call a column alike.
        labelled = [column.label(f"column_{n}") for n, column in enumerate(columns)]
        counts = tables.counting()
        self.select = sa.select(*labelled).select_from(tables.joined(fields)).where(counts)
        self.count = sa.select(sa.func.count()).select_from(tables.main).where(counts)

    def read(self, raw: Sequence[Any]) -> tuple[str, dict[str, Value | None]]:
        """The id ("" for none that can be read), and the value of each mapped field."""
        resident_id = text(raw[0])
        values = {field: convert(*raw[place]) for field, place, convert in self._converts}
        return resident_id if isinstance(resident_id, str) else "", values


def _names(resident_id: str, values: Mapping[str, Value | None]) -> Iterator[NameLine]:
    def spelling(field: str) -> str | None:
        value = values.get(field)
        return value if isinstance(value, str) else None

    born = values.get(BIRTH_DATE)
    return name_lines(
        resident_id,
        born=str(born) if isinstance(born, PartialDate) else "",
        name=spelling(NAME),
        name_kana=spelling(NAME_KANA),
        former_surname=spelling(FORMER_SURNAME),
        former_surname_kana=spelling(FORMER_SURNAME_KANA),
        common_name=spelling(COMMON_NAME),
    )
