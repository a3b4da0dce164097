"""Residents as people read them: one as a list of its fields, several as a row each where a terminal has the room.

Rule: an invented, cut or covered value is never taken for the registered one: its form stands beside it or at the head
of its column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from gateway.cli import show
from gateway.cli.forms import FORMS, form_of, shown
from gateway.cli.told import spoken
from gateway.field import FIELDS, Localized
from masking.value import ValueKind

Resident: TypeAlias = Mapping[str, Mapping[str, Any]]
"""A Resident as JSON: a message a field."""

_KEY: Final = Localized("照会した番号", "asked for")
_NOBODY: Final = Localized("(該当なし)", "(nobody found)")
_COLUMNS: Final = ("field", "title", "value", "form")
_MISSING: Final = "—"
_ENDLESS: Final = 10_000
"""Columns of a terminal that never folds."""
_ORDINARY: Final = frozenset({"exact", "absent"})
"""Forms that need no word at the head of a column."""


def print_one(title: str, resident: Resident, language: str) -> None:
    """A line a field."""
    show.as_table(title, _COLUMNS, _lines(resident, language))


def print_several(
    title: str, residents: Sequence[Resident | None], language: str, *, keys: Sequence[str] = (), heading: bool = True
) -> None:
    """A row a resident, in a pipe and on a terminal wide enough for all of it; else a list a resident.

    None is nobody; `keys` are what each was asked for by, if they were asked for one by one. `heading` is False where
    a pipe has had the line of column names already.
    """
    fields = [field for field in FIELDS if any(resident and field in resident for resident in residents)]
    heads = _heads(fields, residents, language)
    rows = [_cells(fields, resident, language) for resident in residents]
    if keys:
        heads = ["key" if not show.out.is_terminal else spoken(_KEY, language), *heads]
        rows = [[key, *row] for key, row in zip(keys, rows, strict=True)]
    if not show.out.is_terminal or _fits(title, heads, rows):
        show.as_table(title, heads, rows, heading=heading)
        return
    for at, resident in enumerate(residents):
        name = f"{title} – {keys[at] if keys else at + 1}"
        if resident is None:
            show.out.print(f"{name}: {spoken(_NOBODY, language)}", markup=False)
        else:
            print_one(name, resident, language)


def _lines(resident: Resident, language: str) -> Iterator[tuple[str, str, str, str]]:
    for field, entry in FIELDS.items():
        if field in resident:
            words = shown(field, resident[field])
            yield (
                field,
                spoken(entry.title, language),
                _value(field, words.text, language),
                spoken(words.form, language),
            )


def _heads(fields: Sequence[str], residents: Sequence[Resident | None], language: str) -> list[str]:
    """Titles for people, names as in the contract for pipes, with the forms that stand in the column."""
    heads = []
    for field in fields:
        found = {form_of(resident[field]) for resident in residents if resident and field in resident} - _ORDINARY
        if show.out.is_terminal:
            forms = "\n".join(spoken(FORMS[form], language) for form in FORMS if form in found)
            heads.append(f"{spoken(FIELDS[field].title, language)}\n{forms}".strip())
        else:
            heads.append(f"{field} ({', '.join(sorted(found))})" if found else field)
    return heads


def _cells(fields: Sequence[str], resident: Resident | None, language: str) -> list[str]:
    if resident is None:
        return [spoken(_NOBODY, language), *[_MISSING] * (len(fields) - 1)]
    return [
        _value(field, shown(field, resident[field]).text, language) if field in resident else _MISSING
        for field in fields
    ]


def _value(field: str, text: Localized, language: str) -> str:
    """A list has a line an entry; in a pipe it stands on one line."""
    value = spoken(text, language)
    is_list = FIELDS[field].kind is ValueKind.ENTRIES
    return value.replace("\n", "; ") if is_list and not show.out.is_terminal else value


def _fits(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a terminal shows every value of the table unbroken."""
    unbounded = show.out.options.update(width=_ENDLESS)
    return show.out.measure(show.table_of(title, heads, rows), options=unbounded).maximum <= show.out.width
