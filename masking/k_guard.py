"""`k_guard`: whether anybody in a set of masked rows stands alone, and whom to leave out so that nobody does.

Rule: rows that look alike in their quasi-identifiers are one cell. A set is k-anonymous if each cell has at least k
rows (Sweeney 2002), and l-diverse if each shows at least l different values in each sensitive column (distinct
l-diversity, Machanavajjhala et al. 2007): different combinations would do where everybody of a cell earns the same.

Claim: whoever knows somebody's quasi-identifiers finds k rows that may be theirs, of which at least l values differ.
Known attack: l values of unequal frequency still tell the likely one, and like ones are as good as one; two releases
of one population, each k-anonymous, can be subtracted (`make attack` measures it); what is left out of the
quasi-identifiers and known all the same does not count. Nulls are values like others: who has none looks like those
who have none.

Counts only: a guard holds a number a cell and no rows. Cells are told apart by 64-bit hashes; of a million cells two
are taken for one with a probability of 3 in 100 million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

Row = Sequence[Hashable]
"""The masked values of one resident."""


@dataclass(frozen=True, slots=True)
class Company:
    """Who stands with whom: how many `rows`, and in the worst cells how many look alike (`k`) and how many values of a
    sensitive column they show (`l`). All 0 where there are no rows; `l` 0 where nothing is sensitive.
    """

    rows: int
    k: int
    l: int


_NOBODY: Final = Company(0, 0, 0)


class KGuard:
    """Counts rows as they come; `company` tells how those so far stand together."""

    __slots__ = ("_cells", "_shown")

    def __init__(self) -> None:
        self._cells: Counter[int] = Counter()
        self._shown: dict[int, list[set[int]]] = {}

    def add(self, quasi: Row, sensitive: Row = ()) -> None:
        """Count one row: what may be known of it, and what it would betray. A row without `sensitive` adds nothing to
        what its cell shows; all others have the same columns.
        """
        cell = hash(tuple(quasi))
        self._cells[cell] += 1
        if sensitive:
            shown = self._shown.setdefault(cell, [set() for _ in sensitive])
            for values, value in zip(shown, sensitive, strict=True):
                values.add(hash(value))

    @property
    def company(self) -> Company:
        """How the rows so far stand together."""
        if not self._cells:
            return _NOBODY
        fewest = (len(values) for shown in self._shown.values() for values in shown)
        return Company(self._cells.total(), min(self._cells.values()), min(fewest, default=0))

    def alone(self, quasi: Row, *, k: int, l: int = 1) -> bool:
        """Whether the cell of a row has fewer than k rows or, if anything is sensitive, shows fewer than l values."""
        cell = hash(tuple(quasi))
        if self._cells[cell] < k:
            return True
        return bool(self._shown) and min(map(len, self._shown.get(cell, [set()]))) < l


def kept(rows: Iterable[Row], quasi: Sequence[int], sensitive: Sequence[int] = (), *, k: int, l: int = 1) -> list[int]:
    """Which rows may be shown, by their place: those of cells that have k rows and show l values.

    `quasi` and `sensitive` are the columns that count as one and the other. Those who are left out are nobody or at
    least k: where fewer were, the smallest cell that could be shown is left out with them, for whoever knows the
    totals would have the rest by subtraction. Raises ValueError if k or l is less than 1.
    """
    if k < 1 or l < 1:
        raise ValueError("k and l are 1 or more")
    cells: dict[Row, list[int]] = {}
    values: dict[Row, list[set[Hashable]]] = {}
    for place, row in enumerate(rows):
        cell = tuple(row[column] for column in quasi)
        cells.setdefault(cell, []).append(place)
        for shown, column in zip(values.setdefault(cell, [set() for _ in sensitive]), sensitive, strict=True):
            shown.add(row[column])
    sound = sorted(
        (cell for cell, places in cells.items() if len(places) >= k and all(len(shown) >= l for shown in values[cell])),
        key=lambda cell: len(cells[cell]),
    )
    left_out = sum(map(len, cells.values())) - sum(len(cells[cell]) for cell in sound)
    if 0 < left_out < k:
        sound = sound[1:]
    return sorted(place for cell in sound for place in cells[cell])
