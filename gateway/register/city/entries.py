"""The entries (住民票) of the people at one address, and those who lived there: every table that begins with `juki_`.

Rule: what belongs together is written together: dates and history, numbers, names and the index that finds them.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from gateway.register.city.days import iso
from gateway.register.city.eligibility import NOTHING, Eligibility
from gateway.register.city.elsewhere import elsewhere
from gateway.register.city.families import FATHER, HEAD, WIFE, Member
from gateway.register.city.keys import name_key
from gateway.register.city.names import surnames
from gateway.register.city.people import LEFT, Household, Households, Person
from gateway.register.city.remarks import Remarks
from gateway.register.city.stays import CORRECTED, DIED, MOVED_OUT, Stay, Stays
from gateway.register.city.towns import CITY
from gateway.register.city.writer import Into
from gateway.register.search_index import name_lines
from masking.value import Sex

RESIDENT, GONE, DEAD, VOID = "1", "2", "3", "9"
"""Codes of the status of an entry (jumin_cd)."""
NAMES, ADDRESSES, FOLDED = "kensaku_shimei", "kensaku_jusho", "kensaku_seiki"
"""The tables of the search index."""

_DIED: Final = 0.015
_LEFT: Final = 0.017
_MISTAKEN: Final = 0.0015
_CAME_BACK: Final = 0.006
"""Of households: a parent who lived with them died; a couple lived there before and moved away; an entry was a mistake;
one moved away and came back under the same id."""

_AWAY: Final = 3_000
"""Days from a birth within which nobody has moved away alone and come back."""


class Entries:
    """Writes the entries of one household after the other ."""

    def __init__(self, chance: random.Random, today: date, households: Households, into: Into) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today.toordinal()
        self._households = households
        self._resident = into["juki_resident"]
        self._name = into[NAMES]
        self._address = into[ADDRESSES]
        self._number = into["juki_number"]
        self._alias = into["juki_alias"]
        self._previous = into["juki_previous"]
        self._forwarding = into["juki_forwarding"]
        self._history = into["juki_history"]
        self._entitled = into["juki_eligibility"]
        self._remark = into["juki_remark"]
        self._numbers = households.numbers
        self._stays = Stays(chance, today, households.homes)
        self._eligibility = Eligibility(chance, today)
        self._remarks = Remarks(chance, today)

    def live(self, household: Household) -> Stay:
        """Everybody who lives in a household. Returns the head's stay."""
        members = household.members
        stays = self._stays.of(household, members)
        lines = self._eligibility.of(household, stays)
        numbers = [next(self._numbers.national) for _ in members]
        remarks = self._remarks.of(household, numbers)
        domicile = self._domicile()
        for person, stay, both, line, remark in zip(members, stays, numbers, lines, remarks, strict=True):
            self._entry(household, person, stay, RESIDENT, None, domicile)
            self._beside(person, stay, both)
            self._entitled((person.resident_id, *line))
            if remark is not None:
                self._remark((person.resident_id, remark))
        return stays[0]

    def twin(self, household: Household, resident_id: str) -> None:
        """Somebody who was entered under an id that another has: nothing else is known under it."""
        (person,) = household.members
        (stay,) = self._stays.of(household, (person,))
        person = person._replace(resident_id=resident_id)
        self._entry(household, person, stay, RESIDENT, None, self._domicile())

    def former(self, household: Household, stay: Stay) -> int:
        """Entries that no longer count: a parent who died, the couple who lived here before, a mistake, the first of
        two stays. `stay` is the head's. Returns how many.
        """
        dice = _DIED if household.number == LEFT else self._random()
        head = household.members[0]
        if head.nation is not None:
            return 0
        if dice < _DIED:
            father = Member(FATHER, Sex.MALE, min(head.age + 28, 104))
            return self._gone(household, [self._households.person(father, head.surname)], DEAD)
        dice -= _DIED
        if dice < _LEFT:
            surname = surnames().draw(self._chance)
            people = [self._households.person(each, surname) for each in _COUPLE]
            before = household._replace(
                household_id=next(self._numbers.households), head=people[0].name, members=tuple(people)
            )
            return self._gone(before, people, GONE)
        dice -= _LEFT
        if dice < _MISTAKEN:
            mistaken = Member(HEAD, head.sex, head.age)
            return self._gone(household, [self._households.person(mistaken, head.surname)], VOID)
        return self._earlier(household, head, stay) if dice < _MISTAKEN + _CAME_BACK else 0

    def _gone(self, household: Household, people: list[Person], status: str) -> int:
        code = {GONE: MOVED_OUT, DEAD: DIED, VOID: CORRECTED}[status]
        domicile = self._domicile()
        to = elsewhere(self._chance) if status == GONE else None
        text = f"{to}へ転出" if to else "死亡届により消除" if status == DEAD else "誤って記載された住民票を職権で消除"
        for person, stay in zip(people, self._stays.of(household, tuple(people)), strict=True):
            last = date.fromisoformat(stay.changes[-1][1]).toordinal()
            removed = iso(last + int(self._random() * min(self._today - last, 1_800)))
            stay.changes.append((code, removed, text))
            self._entry(household, person, stay, status, removed, domicile)
            self._beside(person, stay, next(self._numbers.national))
            self._entitled((person.resident_id, *NOTHING))
            if to is not None:
                self._forwarding((person.resident_id, *to))
        return len(people)

    def _earlier(self, household: Household, head: Person, stay: Stay) -> int:
        """The stay that ended before the head came back, for who had time for one. What is kept beside an entry is the
        later one's.
        """
        back = date.fromisoformat(stay.resident_since).toordinal() if stay.notified else 0
        if back - head.born < _AWAY:
            return 0
        left = back - 30 - int(self._random() * 1_000)
        first, last = iso(left - 30 - int(self._random() * 1_000)), iso(left)
        stay = Stay(first, first, first, None, [])
        before = household._replace(
            household_id=next(self._numbers.households), home=self._households.homes.next(None, 1), head=head.name
        )
        self._entry(before, head, stay, GONE, last, self._domicile())
        return 1

    def _domicile(self) -> str:
        """本籍: here, or where the family comes from."""
        dice = self._random()
        if dice < 0.4:
            town, chome = self._households.homes.street()
            street = f"{town.name}{chome}丁目" if chome else town.name
            return f"{CITY}{street}{1 + int(dice * 2_000)}番地"
        place = elsewhere(self._chance)
        return f"{place.city}{place.town}{place.chome}丁目{1 + int(dice * 900)}番地"

    def _entry(
        self, household: Household, person: Person, stay: Stay, status: str, removed: str | None, domicile: str
    ) -> None:
        resident_id, home, japanese = person.resident_id, household.home, person.nation is None
        self._resident(
            (
                resident_id,
                household.household_id,
                person.name,
                person.kana,
                person.birth,
                "1" if person.sex is Sex.MALE else "2",
                person.relationship,
                status,
                home.code,
                CITY,
                home.town.name,
                home.chome,
                home.lot,
                household.head,
                domicile if japanese else None,
                self._register_head(household, person) if japanese else None,
                stay.resident_since,
                stay.address_since,
                stay.notified,
                removed,
            ),
        )
        for line in name_lines(
            resident_id,
            born=person.birth,
            name=person.name,
            name_kana=person.kana,
            former_surname=person.former.text if person.former else None,
            former_surname_kana=person.former.kana if person.former else None,
            common_name=person.common,
            fold=name_key,
        ):
            self._name(line)
        self._address((resident_id, home.key))

    @staticmethod
    def _register_head(household: Household, person: Person) -> str:
        """筆頭者: the head's family register is everybody's but a grown foreigner's spouse's own."""
        head = household.members[0]
        if person.relationship == HEAD or head.nation is not None or head.surname != person.surname:
            return person.name
        return head.name

    def _beside(self, person: Person, stay: Stay, numbers: tuple[str, str]) -> None:
        """What is kept beside an entry, by id."""
        resident_id = person.resident_id
        self._number((resident_id, *numbers))
        if person.former is not None or person.common is not None:
            former = person.former
            names = (former.text, former.kana, None) if former else (None, None, person.common)
            self._alias((resident_id, *names))
        if stay.previous is not None:
            self._previous((resident_id, *stay.previous))
        for number, change in enumerate(stay.changes, 1):
            self._history((resident_id, number, *change))


_COUPLE: Final = (Member(HEAD, Sex.MALE, 31), Member(WIFE, Sex.FEMALE, 30))
