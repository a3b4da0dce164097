"""Attacks by what residents have in common: quasi-identifiers, bands, repeated and overlapping questions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from math import inf
from random import Random
from statistics import fmean
from typing import Final

from loadtest.masking.attack.outcome import Outcome, Sort
from loadtest.masking.attack.population import AUDIT, STATISTICS, Resident, masker, release
from masking.k_guard import kept
from masking.value import AgeBand, Masked, Occasion, Rounded, Sex, YenBand

_BASE: Final = 1000
_ASKED: Final = 200
"""Times that one number is asked for."""
_NEAR: Final = 20
"""A number is found if the guess lies within a twentieth of the base."""
_YEN: Final = 1_000_000
"""The narrower of the two bands."""
_K: Final = 5
_PAIRS: Final = 2_000
_PAGE: Final = 500
"""Residents of a page, as purposes ship; inside it rows come in the order of their pseudonyms."""
_SAMPLE: Final = 2_000
_WATCHED: Final = 30
"""Days that somebody's age band is looked at."""


def quasi(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """All attacks of this file."""
    here = release(people, "planning", STATISTICS, today)
    there = release(people, "audit", AUDIT, today)
    yield from _linking(here, there)
    yield from _bands(here, there)
    yield from _averaging(people, today, chance)
    yield from _differencing(people, today, chance)
    yield from _birthdays(people, today, chance)


def _linking(here: Sequence[tuple[Masked, ...]], there: Sequence[tuple[Masked, ...]]) -> Iterator[Outcome]:
    """Whoever is alone in a cell is known by it: to who knows them, and from one release to the other."""
    for said, columns in (
        ("age band and town", (2, 3)),
        ("age band, town and income band", (2, 3, 4)),
    ):
        cells = Counter(tuple(row[column] for column in columns) for row in here)
        alone = sum(cells[tuple(row[column] for column in columns)] == 1 for row in here)
        yield Outcome(
            "knowing somebody", said, Sort.REMAINS, len(here), alone, None, "alone with these in the whole city"
        )
    yield Outcome(
        "joining two purposes by quasi-identifiers",
        "bands and town",
        Sort.REMAINS,
        len(here),
        _joined(here, there, len(here)),
        None,
        "one row there that fits, and it is theirs",
    )
    yield Outcome(
        "joining two purposes by quasi-identifiers",
        f"bands, town and page of {_PAGE}",
        Sort.REMAINS,
        len(here),
        _joined(here, there, _PAGE),
        None,
        "both streamed the whole city, page laid beside page",
    )


def _joined(here: Sequence[tuple[Masked, ...]], there: Sequence[tuple[Masked, ...]], page: int) -> int:
    """Rows for which one row of the other release fits, and it is the same resident's. Town and page are the same in
    both; ages and amounts are bands of other widths, which must overlap.
    """
    cells: dict[tuple[int, Masked], Counter[tuple[Masked, Masked]]] = defaultdict(Counter)
    for place, row in enumerate(there):
        cells[place // page, row[3]][row[2], row[4]] += 1
    hits = 0
    for place, (row, true) in enumerate(zip(here, there, strict=True)):
        fitting = [
            (cell, count)
            for cell, count in cells[place // page, row[3]].items()
            if _meets(row[2], cell[0]) and _meets(row[4], cell[1])
        ]
        hits += len(fitting) == 1 and fitting[0] == ((true[2], true[4]), 1)
    return hits


def _meets(one: Masked, other: Masked) -> bool:
    """Whether two bands may hold one value; what is no band must be equal."""
    if isinstance(one, AgeBand) and isinstance(other, AgeBand):
        return (other.high is None or one.low <= other.high) and (one.high is None or other.low <= one.high)
    if isinstance(one, YenBand) and isinstance(other, YenBand):
        return (one.low is None or other.high is None or one.low < other.high) and (
            other.low is None or one.high is None or other.low < one.high
        )
    return one == other


def _bands(here: Sequence[tuple[Masked, ...]], there: Sequence[tuple[Masked, ...]]) -> Iterator[Outcome]:
    """Two bands of one amount leave what both hold."""
    pairs = [
        (band, other)
        for band, other in ((one[4], two[4]) for one, two in zip(here, there, strict=True))
        if isinstance(band, YenBand) and isinstance(other, YenBand)
    ]
    narrow = sum(_width(one, other) < _YEN for one, other in pairs)
    yield Outcome(
        "two bands of one amount",
        "band, other edges",
        Sort.REMAINS,
        len(pairs),
        narrow,
        None,
        "narrower than either band, where rows can be joined",
    )


def _width(one: YenBand, other: YenBand) -> float:
    """Yen that both bands have in common."""
    lows = [band.low for band in (one, other) if band.low is not None]
    highs = [band.high for band in (one, other) if band.high is not None]
    return min(highs) - max(lows) if lows and highs else inf


def _averaging(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """The mean of many answers about one number, against its truth."""
    rounded = masker(("planning", "statistics", "income"), "round", {"base": _BASE, "mode": "random"})
    sample = [each for each in people if each.income][:_SAMPLE]
    rests = [each.income % _BASE for each in sample if each.income]
    # One answer is right by chance as often as it happens to be the near multiple: what averaging may not raise.
    near = _BASE / _NEAR
    once = fmean(
        (1 - rest / _BASE if rest <= near else 0.0) + (rest / _BASE if _BASE - rest <= near else 0.0) for rest in rests
    )
    hits = fresh = 0
    for each in sample:
        if each.income is None:
            continue
        occasion = Occasion(each.resident_id, each.sex, today)
        answers = [rounded(each.income, occasion) for _ in range(_ASKED)]
        hits += abs(fmean(one.value for one in answers if isinstance(one, Rounded)) - each.income) <= near
        rest = each.income % _BASE
        ups = sum(chance.random() * _BASE < rest for _ in range(_ASKED))
        fresh += abs(ups / _ASKED * _BASE - rest) <= near
    said = f"the mean of {_ASKED} answers within {_BASE // _NEAR} yen"
    yield Outcome("averaging repeated answers", "round, random", Sort.CLAIM, len(sample), hits, round(once, 6), said)
    yield Outcome("averaging repeated answers", "chance drawn anew", Sort.CONTROL, len(sample), fresh, 0.8, said)


def _differencing(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """Of two selections, one within the other, what is left when one is taken from the other: fewer than k, and
    somebody is told of. Cells of a town, a sex and a single year of age, so that many are small.
    """
    fields = {**STATISTICS, "birth_date": ("age_band", {"width": 1})}
    made = zip(release(people, "planning", fields, today), people, strict=True)
    rows = [(row[2], row[3], each.sex, row[4]) for row, each in made]
    guarded = set(kept(rows, [0, 1, 2], [3], k=_K, l=2))
    places: dict[Masked, list[int]] = defaultdict(list)
    for at, row in enumerate(rows):
        places[row[1]].append(at)
    told = bare = 0
    for _ in range(_PAIRS):
        town, sex, last = chance.choice(list(places)), chance.choice(list(Sex)), chance.randrange(20, 90)
        # What two selections by age differ by, one ending a year before the other: the cell of that year.
        cell = [at for at in places[town] if rows[at][2] is sex and _low(rows[at][0]) == last]
        told += 0 < sum(at in guarded for at in cell) < _K
        bare += 0 < len(cell) < _K
    said = f"fewer than {_K} left, of selections by years of age"
    yield Outcome("subtracting two selections", f"k_guard, k={_K}, l=2", Sort.CLAIM, _PAIRS, told, 0.0, said)
    yield Outcome("subtracting two selections", "no guard", Sort.CONTROL, _PAIRS, bare, 0.05, said)


def _low(band: object) -> int:
    low = getattr(band, "low", None)
    return -1 if low is None else int(low)


def _birthdays(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """Looked at every day, an age band gives the birthday away on the day that it changes."""
    sample = chance.sample(people, min(_SAMPLE, len(people)))
    for width in (1, 5):
        banded = masker(("planning", "statistics", "birth_date"), "age_band", {"width": width})
        first, last = (
            [banded(each.born, Occasion(each.resident_id, each.sex, day)) for each in sample]
            for day in (today, today + timedelta(days=_WATCHED))
        )
        changed = sum(one != other for one, other in zip(first, last, strict=True))
        yield Outcome(
            f"watching for {_WATCHED} days",
            f"age_band, {width} year{'s' * (width > 1)}",
            Sort.REMAINS,
            len(sample),
            changed,
            None,
            "the band changes, and the birthday is known",
        )
