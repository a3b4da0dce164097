from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from gateway.allotting import allot
from masking.allotment_file import FileAllotments
from masking.keyring import Keyring, PseudonymDomain
from masking.masker import Person
from masking.surrogate_name import SurrogateNames
from masking.value import Occasion, Sex, Value

KEYS = Keyring(1, bytes(32)).domain(PseudonymDomain("planning", "planning-statistics", "name"))
ROWS: list[tuple[Value | None, Occasion]] = [
    ("葛飾　北斎", Occasion(f"{number:010}", [*Sex][number % 2], date(2026, 11, 22))) for number in range(500)
]


class Watched(SurrogateNames):
    """Tells how many were looked up or drawn at once, since it was last asked."""

    at_once = 0

    def wanting(self, rows: Sequence[tuple[Value | None, Occasion]]) -> list[Person]:
        """As ever."""
        self.at_once += len(rows)
        return super().wanting(rows)

    def offers(self, people: Sequence[Person], turn: int = 0) -> Mapping[Person, Mapping[int, str]]:
        """As ever."""
        self.at_once += len(people)
        return super().offers(people, turn)


class Slices:
    """How many residents were looked up or drawn for between rests."""

    def __init__(self, masker: Watched) -> None:
        self.masker, self.slices = masker, list[int]()

    def resume(self) -> None:
        """As for a Rest."""

    async def give_way(self) -> None:
        """Count a slice."""
        self.slices.append(self.masker.at_once)
        self.masker.at_once = 0


@pytest.mark.rule("L6", "M5")
async def test_names_are_looked_up_and_drawn_in_slices(tmp_path: Path) -> None:
    """On a domain's first day and after a restart others may go first after every few; nobody in the register bears
    what is given out, and what was given stays.
    """
    given: dict[str, str] = {}
    for turn in ("first", "restarted"):
        with closing(FileAllotments(tmp_path / "surrogates.db")) as store:
            masker, asked = Watched(KEYS, store, shared=False), list[str]()
            rest = Slices(masker)

            async def borne(names: Sequence[str], asked: list[str] = asked) -> Sequence[str]:
                asked += names
                return names[:7] if len(names) > 100 else ()

            await allot(masker, ROWS, borne, rest)
            assert masker.wanting(ROWS) == []
            assert 0 < max(rest.slices) <= 48
            if turn == "restarted":
                assert not asked
            for own, occasion in ROWS:
                made = str(masker(own, occasion))
                assert given.setdefault(occasion.resident_id, made) == made
    assert len(set(given.values())) == len(ROWS)
