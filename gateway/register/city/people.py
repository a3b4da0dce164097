"""Who lives together: households with their names, ids and homes, one after the other.

Rule: a household depends on the seed and on the households before it, on nothing else; only the current one is in
memory.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, NamedTuple

from gateway.register.city.days import YEAR, iso
from gateway.register.city.families import CHILD, HEAD, HUSBAND, WIFE, Families, Member
from gateway.register.city.foreigners import foreign_name, foreign_surname, nation
from gateway.register.city.homes import Home, Homes
from gateway.register.city.names import Written, given_names, surnames
from gateway.register.city.numbers import Numbers
from gateway.register.city.spellings import half_width, hiragana
from gateway.register.city.towns import TOWNS, Town
from masking.value import Sex

_MALE: Final = Sex.MALE
_FEMALE: Final = Sex.FEMALE

_FOREIGN: Final = 0.024
_FOREIGN_SPOUSE: Final = 0.012
_HEADLESS: Final = 0.03
"""Of grown children who lived with one parent: that parent has died, and who follows is not settled yet."""
_FORMER_SURNAME: Final = 0.06
"""Of wives of working age. The law lets them have it entered since 2019; few have, but searches must find them."""
_WORKING: Final = range(23, 62)
_OLD_KANA: Final = 0.02
"""Of those past 75: readings in half-width katakana, or in hiragana, as systems of old had them."""

_OLDEST_FOREIGNER: Final = 70
"""Years; the register has counted foreign residents for a short time, and few of them are old."""
_HOME_SIZE: Final = (18, 20)
_REFUGE_SIZE: Final = (3, 4)
"""Households of one institution: the fewest, and how many sizes there are from there."""
_HOME_EVERY: Final = 1_500
_REFUGE_EVERY: Final = 4_000
"""Households to one home for the elderly, and to one refuge."""
_FIRST_HOME: Final = 300
_FIRST_REFUGE: Final = 150


class Kind(Enum):
    """What sort of home it is."""

    PRIVATE = "private"
    CARE_HOME = "care home"
    REFUGE = "refuge"


class Person(NamedTuple):
    """A member of a household; `birth` is ISO text, with 00 for what is not known, `born` the day as an ordinal.

    `surname` is the family's, `former` the one that is entered beside it (旧氏), `common` the name that a foreign
    resident goes by (通称). `nation` is None for Japanese nationals.
    """

    resident_id: str
    name: str
    kana: str
    birth: str
    born: int
    relationship: str
    sex: Sex
    age: int
    surname: Written
    former: Written | None = None
    common: str | None = None
    nation: str | None = None


class Household(NamedTuple):
    """People at one address. `number` counts from 0; `head` is the name of the head, None where there is none."""

    number: int
    household_id: str
    home: Home
    members: tuple[Person, ...]
    head: str | None
    kind: Kind = Kind.PRIVATE


@dataclass(frozen=True, slots=True)
class Planted:
    """A household that must exist whatever the dice say: who is in it, in which town (None: anywhere), and whether in
    the home of the household `beside` it.
    """

    members: tuple[Member, ...]
    town: Town | None
    beside: bool = False


OTHER_PARTY: Final = 3
PROTECTED: Final = 4
FAMILY: Final = 5
FIRST_TWIN: Final = 7
FOREIGN: Final = 9
VARIANT: Final = 11
PLAIN: Final = 12
LEFT: Final = 14
"""A household whose home others lived in before; they moved away."""
ONCE_PROTECTED: Final = 16
COUPLE: Final = 17
"""Both work at the city hall."""
BESIDE: Final = 18
"""A household of its own at the couple's address (世帯分離)."""
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
    FIRST_TWIN: Planted((Member(HEAD, _FEMALE, 58),), TOWNS[6]),
    SECOND_TWIN: Planted((Member(HEAD, _MALE, 46),), TOWNS[13]),
    # Moved into a home that others had left.
    LEFT: Planted((Member(HEAD, _MALE, 29),), None),
    # A superior, the spouse, and who else lives at their address (rules W6, W8).
    COUPLE: Planted((Member(HEAD, _MALE, 51), Member(WIFE, _FEMALE, 49)), None),
    BESIDE: Planted((Member(HEAD, _FEMALE, 24),), None, beside=True),
    # Somebody whose protective measure has run out.
    ONCE_PROTECTED: Planted((Member(HEAD, _FEMALE, 45),), None),
    # A foreign resident whose name is Latin and who goes by a Japanese one; one surname in two spellings (rule S6).
    FOREIGN: Planted((Member(HEAD, _FEMALE, 33),), None),
    VARIANT: Planted((Member(HEAD, _MALE, 52), Member(WIFE, _FEMALE, 49)), None),
    PLAIN: Planted((Member(HEAD, _MALE, 44),), None),
}
"""Households by number that the demo and the bench count on; the first part of a city has them."""
_UNPLANTED: Final = max(PLANTED) + 1
_SURNAMES: Final = {
    VARIANT: Written("髙橋", "タカハシ"),
    PLAIN: Written("高橋", "タカハシ"),
}


class Households:
    """The households of a part of a city, in order; with those that must exist if `planted`."""

    def __init__(self, chance: random.Random, today: date, homes: Homes, numbers: Numbers, *, planted: bool) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today.toordinal()
        self.numbers: Final = numbers
        self._families = Families(chance)
        self.homes: Final = homes
        self._number = 0 if planted else _UNPLANTED
        self._surnames = surnames()
        self._before: Home | None = None

    def __iter__(self) -> Iterator[Household]:
        next_home, next_refuge = _FIRST_HOME, _FIRST_REFUGE
        while True:
            planted = PLANTED.get(self._number)
            if planted is not None:
                yield self._planted(planted)
            elif self._number >= next_refuge:
                next_refuge += _REFUGE_EVERY
                yield from self._institution(Kind.REFUGE)
            elif self._number >= next_home:
                next_home += _HOME_EVERY
                yield from self._institution(Kind.CARE_HOME)
            else:
                yield self._private(self._families.any())

    def _planted(self, planted: Planted) -> Household:
        home = self._before if planted.beside else None  # the household before lives there
        home = home or self.homes.next(planted.town, len(planted.members))
        if self._number == FOREIGN:
            return self._foreign(planted.members, home, "BR", always_common=True)
        surname = _SURNAMES.get(self._number) or self._surnames.draw(self._chance)
        return self._household(home, [self.person(member, surname, former=False) for member in planted.members])

    def _private(self, members: tuple[Member, ...]) -> Household:
        home = self.homes.next(None, len(members))
        dice = self._random()
        if dice < _FOREIGN and max([member.age for member in members]) < _OLDEST_FOREIGNER:
            return self._foreign(members, home, nation(self._chance))
        surname = self._surnames.draw(self._chance)
        people = [self.person(member, surname) for member in members]
        if len(members) > 1:
            second = members[1]
            if dice > 1 - _FOREIGN_SPOUSE and second.relationship in (WIFE, HUSBAND) and second.age < _OLDEST_FOREIGNER:
                origin = nation(self._chance)
                people[1] = self._foreigner(second, origin, foreign_surname(self._chance, origin))
            elif second.relationship == CHILD and second.age > 20 and dice > 1 - _HEADLESS:
                del people[0]
        return self._household(home, people)

    def _foreign(
        self, members: tuple[Member, ...], home: Home, origin: str, *, always_common: bool = False
    ) -> Household:
        """Children bear the head's family name, grown-ups their own."""
        family = foreign_surname(self._chance, origin)
        people = [
            self._foreigner(
                member,
                origin,
                family if member.relationship in (HEAD, CHILD) else foreign_surname(self._chance, origin),
                always_common=always_common,
            )
            for member in members
        ]
        return self._household(home, people)

    def _institution(self, kind: Kind) -> Iterator[Household]:
        """One address, many households."""
        in_care = kind is Kind.CARE_HOME
        home = self.homes.care_home() if in_care else self.homes.refuge()
        fewest, span = _HOME_SIZE if in_care else _REFUGE_SIZE
        for _ in range(fewest + int(self._random() * span)):
            members = (self._families.in_care(),) if in_care else self._families.in_refuge()
            surname = self._surnames.draw(self._chance)
            yield self._household(home, [self.person(member, surname) for member in members], kind)

    def _household(self, home: Home, people: list[Person], kind: Kind = Kind.PRIVATE) -> Household:
        number = self._number
        self._number += 1
        self._before = home
        head = people[0].name if people[0].relationship == HEAD else None
        return Household(number, next(self.numbers.households), home, tuple(people), head, kind)

    def person(self, member: Member, surname: Written, *, former: bool = True) -> Person:
        """Give a Japanese national an id, a birthday and a name; `former`: perhaps a former surname too."""
        relationship, sex, age = member
        born, birth, year = self._birth(age)
        given = given_names(sex, year).draw(self._chance)
        name, kana = f"{surname.text}　{given.text}", f"{surname.kana}　{given.kana}"
        before = None
        if age > 75:
            dice = self._random()
            if dice < _OLD_KANA:
                kana = half_width(kana) if dice < _OLD_KANA * 0.8 else hiragana(kana)
        elif former and relationship == WIFE and age in _WORKING and self._random() < _FORMER_SURNAME:
            before = self._surnames.draw(self._chance)
        return Person(next(self.numbers.residents), name, kana, birth, born, relationship, sex, age, surname, before)

    def _foreigner(self, member: Member, origin: str, family: Written, *, always_common: bool = False) -> Person:
        relationship, sex, age = member
        born, birth, _ = self._birth(age)
        name, common = foreign_name(self._chance, origin, sex, family, always_common=always_common)
        return Person(
            next(self.numbers.residents),
            name.text,
            name.kana,
            birth,
            born,
            relationship,
            sex,
            age,
            family,
            None,
            common,
            origin,
        )

    def _birth(self, age: int) -> tuple[int, str, int]:
        """A birthday in the year of an age: as an ordinal, as text, and its year."""
        born = self._today - 1 - int((age + self._random() * 0.997) * YEAR)
        birth = iso(born)
        year = int(birth[:4])
        if age >= 90 and self._random() < 0.06:  # registers of old took "about then" for an answer
            birth = birth[:8] + "00" if self._random() < 0.6 else birth[:5] + "00-00"
        return born, birth, year
