"""Who lives together: households with their ages, names, ids and homes, one after the other.

Rule: a household depends on the seed and on the households before it, on nothing else; only the current one is in
memory.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from gateway.register.city.names import Written, given_names, surnames
from gateway.register.city.towns import TOWNS, Town
from masking.value import Sex

_YEAR: Final = 365.2425
_HOUSEHOLDS: Final = 10_000  # squared: how many household ids there are
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


class Person(NamedTuple):
    """A member of a household; `birth` is ISO text, with 00 for what is not known."""

    resident_id: str
    name: str
    kana: str
    birth: str
    relationship: str
    sex: Sex
    age: int


class Household(NamedTuple):
    """People at one address. `number` counts from 0."""

    number: int
    household_id: str
    surname: Written
    town: Town
    chome: int
    lot: str
    members: tuple[Person, ...]


class Ids:
    """Numbers that look drawn by lot and never repeat: a Feistel network over pairs of `half` (Luby and Rackoff, 1988).

    Whoever knows one id knows nothing of the next, short of the seed. Gives ids of as many digits as `half` squared
    holds.
    """

    def __init__(self, chance: random.Random, half: int) -> None:
        self._half = half
        self._keys = tuple(chance.randrange(1, 1 << 31) for _ in range(4))
        self._width = len(str(half * half - 1))

    def __getitem__(self, index: int) -> str:
        left, right = divmod(index, self._half)
        for key in self._keys:
            # MurmurHash3's finalizer, shortened: neighbours come out far apart.
            mixed = ((right + key) * 0x85EBCA6B) & 0xFFFFFFFF
            mixed = ((mixed ^ mixed >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
            left, right = right, (left + (mixed ^ mixed >> 16)) % self._half
        return f"{left * self._half + right:0{self._width}d}"


@dataclass(frozen=True, slots=True)
class Planted:
    """A household that must exist whatever the dice say: who is in it, and in which town (None: anywhere)."""

    members: tuple[Member, ...]
    town: Town | None


OTHER_PARTY: Final = 3
PROTECTED: Final = 4
FAMILY: Final = 5
FIRST_TWIN: Final = 7
SECOND_TWIN: Final = 20
PLANTED: Final = {
    # Someone whom a protective measure keeps from the next household.
    OTHER_PARTY: Planted((Member(HEAD, _MALE, 41),), TOWNS[24]),
    PROTECTED: Planted((Member(HEAD, _FEMALE, 37), Member(CHILD, _MALE, 5)), TOWNS[13]),
    # A family that was flooded, has a child in day care and is behind with a fee: three departments know it.
    FAMILY: Planted(
        (Member(HEAD, _MALE, 38), Member(WIFE, _FEMALE, 36), Member(CHILD, _FEMALE, 7), Member(CHILD, _MALE, 3)),
        TOWNS[2],
    ),
    # Two people who were entered under one id (rule S5).
    FIRST_TWIN: Planted((Member(HEAD, _FEMALE, 58),), None),
    SECOND_TWIN: Planted((Member(HEAD, _MALE, 46),), None),
}
"""Households by number that the demo and the bench count on."""


class Households:
    """All households of a city, in order."""

    def __init__(self, chance: random.Random, today: date) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today.toordinal()
        self._year = today.year
        self._residents = Ids(chance, 100_000)
        self._households = Ids(chance, _HOUSEHOLDS)
        self._issued = 0
        self._others = 0
        self._surnames = surnames()
        self._town_sums = list(itertools.accumulate(town.share for town in TOWNS))
        self._houses: dict[str, int] = {}

    def __iter__(self) -> Iterator[Household]:
        for number in itertools.count():
            planted = PLANTED.get(number)
            yield self._household(
                number, planted.members if planted else self._members(), planted.town if planted else None
            )

    def _household(self, number: int, members: tuple[Member, ...], town: Town | None) -> Household:
        town = town or TOWNS[bisect.bisect(self._town_sums, self._random() * self._town_sums[-1])]
        chome = 1 + int(self._random() * town.chome) if town.chome else 0
        surname = self._surnames.draw(self._chance)
        people = tuple([self.person(member, surname) for member in members])
        return Household(
            number, self._households[number], surname, town, chome, self._lot(town, chome, len(people)), people
        )

    def person(self, member: Member, surname: Written) -> Person:
        """Give a member an id, a birthday and a name."""
        born = date.fromordinal(self._today - 1 - int((member.age + self._random() * 0.997) * _YEAR))
        given = given_names(member.sex, born.year).draw(self._chance)
        birth = born.isoformat()
        if member.age >= 90 and self._random() < 0.06:  # registers of old took "about then" for an answer
            birth = birth[:8] + "00" if self._random() < 0.6 else birth[:5] + "00-00"
        resident_id = self._residents[self._issued]
        self._issued += 1
        name, kana = f"{surname.text}　{given.text}", f"{surname.kana}　{given.kana}"
        return Person(resident_id, name, kana, birth, member.relationship, member.sex, member.age)

    def household_id(self) -> str:
        """The id of a household that is not one of the series: counted from the far end of all numbers."""
        self._others += 1
        return self._households[_HOUSEHOLDS * _HOUSEHOLDS - self._others]

    def _lot(self, town: Town, chome: int, size: int) -> str:
        """The next free house of the 丁目: each household has an address of its own, flats included."""
        code = town.code(chome)
        house = self._houses[code] = self._houses.get(code, -1) + 1
        if not chome:
            return f"{house + 1}番地"
        if house % 3 and size < 3:  # small households: two in three live in a block of flats, ten doors to a floor
            block, flat = divmod(house, 40)
            name = _BLOCKS[block % len(_BLOCKS)]
            return f"{block // 14 + 1}番{block % 14 + 1}号　{name}{flat // 10 + 1}{flat % 10 + 1:02d}"
        return f"{house // 14 + 1}番{house % 14 + 15}号"

    # Household types and ages follow the census's proportions, roughly: 38 % live alone, two in seven are 65 or over.

    def _members(self) -> tuple[Member, ...]:
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


_BLOCKS: Final = (
    "潮見ハイツ",
    "コーポ松波",
    "メゾン浜風",
    "第二千鳥荘",
    "グリーンコート",
    "汐彩レジデンス",
    "サンライズ白砂",
)
