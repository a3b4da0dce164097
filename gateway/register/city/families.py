"""What households there are: who belongs to whom, and how old they are.

Rule: types and ages follow the census's proportions, roughly: 38 % live alone, two in seven are 65 or over.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from masking.value import Sex

_MALE: Final = Sex.MALE
_FEMALE: Final = Sex.FEMALE

HEAD: Final = "世帯主"
WIFE: Final = "妻"
HUSBAND: Final = "夫"
CHILD: Final = "子"
FATHER: Final = "父"
MOTHER: Final = "母"


class Member(NamedTuple):
    """A place in a household, before it has a name: relation to the head, sex, age in years."""

    relationship: str
    sex: Sex
    age: int


class Families:
    """The members of one household after the other, by the dice."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance.random

    def any(self) -> tuple[Member, ...]:
        """Any household, the head first."""
        dice = self._random()
        if dice < 0.38:
            return (self._alone(),)
        if dice < 0.60:
            return self._couple(self._of((0.16, 24, 44), (0.40, 45, 64), (1.0, 65, 90)))
        if dice < 0.85:
            return self._family()
        if dice < 0.945:
            return self._one_parent()
        return self._three_generations()

    def _of(self, *ranges: tuple[float, int, int]) -> int:
        """An age: ranges with their cumulated shares, both ends included."""
        dice = self._random()
        for share, low, high in ranges:
            if dice < share:
                return low + int(self._random() * (high - low + 1))
        raise AssertionError("the last share is 1.0")

    def _alone(self) -> Member:
        age = self._of((0.26, 18, 34), (0.56, 35, 64), (0.92, 65, 86), (1.0, 87, 101))
        # Young singles are more often men, old ones women.
        return Member(HEAD, _MALE if self._random() < (0.58 if age < 65 else 0.33) else _FEMALE, age)

    def _couple(self, age: int) -> tuple[Member, ...]:
        spouse = max(19, age + int(self._random() * 9) - 6)
        if self._random() < 0.06:
            return Member(HEAD, _FEMALE, age), Member(HUSBAND, _MALE, spouse)
        return Member(HEAD, _MALE, age), Member(WIFE, _FEMALE, spouse)

    def _children(self, eldest: int) -> tuple[Member, ...]:
        dice = self._random()
        count = 1 if dice < 0.40 else 2 if dice < 0.86 else 3
        ages = [eldest - step * (2 + int(self._random() * 2)) for step in range(count)]
        return tuple([Member(CHILD, _MALE if self._random() < 0.512 else _FEMALE, age) for age in ages if age >= 0])

    def _family(self) -> tuple[Member, ...]:
        eldest = self._of((0.64, 0, 24), (1.0, 25, 54))
        mother = eldest + 24 + int(self._random() * 12)
        return (
            Member(HEAD, _MALE, mother + int(self._random() * 8) - 2),
            Member(WIFE, _FEMALE, mother),
            *self._children(eldest),
        )

    def _one_parent(self) -> tuple[Member, ...]:
        eldest = self._of((0.50, 0, 22), (1.0, 23, 60))
        parent = eldest + 22 + int(self._random() * 13)
        return Member(HEAD, _FEMALE if self._random() < 0.84 else _MALE, parent), *self._children(eldest)

    def _three_generations(self) -> tuple[Member, ...]:
        eldest = self._of((1.0, 0, 24))
        head = eldest + 25 + int(self._random() * 11)
        grandmother = head + 23 + int(self._random() * 10)
        elders = [Member(MOTHER, _FEMALE, grandmother)]
        if self._random() < 0.45:
            elders.append(Member(FATHER, _MALE, grandmother + int(self._random() * 6) - 1))
        return *self._couple(head), *self._children(eldest), *elders

    def in_care(self) -> Member:
        """Somebody who lives in a home for the elderly, each a household of one."""
        return Member(HEAD, _MALE if self._random() < 0.24 else _FEMALE, 74 + int(self._random() * 29))

    def in_refuge(self) -> tuple[Member, ...]:
        """A mother and her children, who had to leave where they lived."""
        eldest = int(self._random() * 15)
        return Member(HEAD, _FEMALE, eldest + 21 + int(self._random() * 12)), *self._children(eldest)
