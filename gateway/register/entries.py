"""The lists that a register keeps about somebody: changes (異動), benefits.

Rule: a list is whole or it is unreadable: where one line has a code without a word, or a date that is none, nobody is
shown the rest as if it were all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import sqlalchemy as sa

from gateway.register.driver import Driver
from gateway.register.schema_map import EntriesColumns, SchemaMap
from gateway.register.statement import ByIds, column, table
from gateway.register.values import columns_of, date_conversion, text, words
from masking.value import UNREADABLE, Entry, PartialDate, Value

_KEY: Final = itemgetter(0)


class Lists:
    """The lists of some fields, each read in one statement for all residents of a read."""

    def __init__(self, driver: Driver, schema: SchemaMap, fields: Sequence[str]) -> None:
        self._read: list[tuple[str, ByIds, Callable[..., Entry | None]]] = []
        for field in fields:
            columns = schema.fields[field]
            if not isinstance(columns, EntriesColumns):
                raise ValueError(f"{field} is no list")
            source = table(columns.table)
            listed = schema.lists[columns.table]
            key, order = column(source, listed.key), column(source, listed.order)
            chosen = sa.select(key, *(column(source, name) for name in columns_of(columns))).order_by(key, order)
            self._read.append((field, ByIds(driver, chosen, key), entry_of(columns)))

    async def fetch(self, resident_ids: Sequence[str]) -> Mapping[str, Mapping[str, Value]]:
        """By field and resident, for those who have a line at all. Raises RegisterUnavailable."""
        return {
            field: {
                str(text(key)): _whole([entry(*raw[1:]) for raw in raws])
                for key, raws in groupby(await by_ids.fetch(resident_ids), _KEY)
            }
            for field, by_ids, entry in self._read
        }


def entry_of(columns: EntriesColumns) -> Callable[..., Entry | None]:
    """A function from the columns of a line to its entry, None where any of them cannot be read."""
    word = words(columns.codes, columns.code_form)
    day = date_conversion(columns.form)
    has_until, has_detail = columns.until is not None, columns.detail is not None

    def entry(code: Any, since: Any, *others: Any) -> Entry | None:
        meant, first = word(code), day(since)
        # What has no end of its own is an event of one day.
        last = day(others[0]) if has_until else first
        detail = text(others[-1]) if has_detail else None
        if (
            isinstance(meant, str)
            and isinstance(first, PartialDate | None)
            and isinstance(last, PartialDate | None)
            and isinstance(detail, str | None)
        ):
            return Entry(meant, first, last, detail or "")
        return None

    return entry


def _whole(entries: Sequence[Entry | None]) -> Value:
    whole = tuple(entry for entry in entries if entry is not None)
    return whole if len(whole) == len(entries) else UNREADABLE
