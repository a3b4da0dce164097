"""Since when people have lived here, and what has changed since: dates, where they came from, the history (異動履歴).

Rule: birth ≤ resident since ≤ at this address since ≤ today, and the history says the same, oldest first: it begins
with a birth or a move to the city, and its last move leads to where the resident lives or went.
"""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from gateway.register.city.days import YEAR, iso
from gateway.register.city.elsewhere import Elsewhere, elsewhere
from gateway.register.city.families import HEAD, WIFE
from gateway.register.city.foreigners import NATIONS
from gateway.register.city.homes import Homes
from gateway.register.city.names import Draws
from gateway.register.city.people import Household, Kind, Person

MOVED_IN: Final = "01"
MOVED_WITHIN: Final = "02"
MOVED_OUT: Final = "03"
BORN: Final = "04"
DIED: Final = "05"
NAME_CHANGED: Final = "06"
HOUSEHOLD_CHANGED: Final = "07"
CORRECTED: Final = "08"

_FOREIGNERS_SINCE: Final = date(2012, 7, 9).toordinal()
"""Since the Basic Resident Register Act counts foreign residents (平成21年法律第77号)."""
_FORMER_SURNAMES_SINCE: Final = date(2019, 11, 5).toordinal()
"""Since a former surname can be entered (住民基本台帳法施行令 art. 30-13 and on)."""

_STRAIGHT_HERE: Final = 0.45
"""Of households: came from elsewhere to this very address."""
_NATIVE: Final = 0.55
"""Of those who moved within the city: were born in it."""
_LONGEST: Final = 42.0
_NOTIFY_WITHIN: Final = 14
"""Days, by art. 22 of the Act."""

_CORRECTIONS: Final = (
    "振り仮名の誤記を職権で修正",
    "本籍の地番を職権で修正",
    "住居表示の実施により住所の表示を変更",
    "方書の記載もれを職権で補記",
    "続柄の誤記を職権で修正",
)
_HEAD_CHANGES: Final = (
    "世帯主の死亡により世帯主を変更",
    "世帯分離により新たに世帯を構成",
    "世帯合併により編入",
    "世帯主変更の届出",
)
_NAME_CHANGES: Final = ("婚姻により氏を変更", "婚姻届出により改氏（旧戸籍から除籍）", "婚姻に伴う氏の変更")

Change = tuple[str, str, str | None]
"""Code, day, and the register's own words."""


class Stay(NamedTuple):
    """One person's time in the city; `notified` None for who was born here. All dates as text."""

    resident_since: str
    address_since: str
    notified: str | None
    previous: Elsewhere | None
    changes: list[Change]


class Stays:
    """Stays for one household after the other."""

    def __init__(self, chance: Draws, today: date, homes: Homes) -> None:
        self._chance = chance
        self._random = chance.random
        self._today = today.toordinal()
        self._homes = homes

    def of(self, household: Household, members: tuple[Person, ...]) -> list[Stay]:
        """The stays of people at the household's address, in the same order."""
        moved = self._moved(household, members[0])
        straight = self._random() < _STRAIGHT_HERE
        origin = elsewhere(self._chance) if straight else None
        before = "" if straight else self._before()
        # Children came to the city when the family did; grown-ups each had a life before.
        arrived = moved if straight else self._arrived(members[0], moved)
        stays = [self._stay(person, moved, arrived, origin, before) for person in members]
        if household.kind is Kind.PRIVATE and self._random() < 0.05:
            self._also(stays[0], HOUSEHOLD_CHANGED, moved, _HEAD_CHANGES)
        return stays

    def _moved(self, household: Household, head: Person) -> int:
        """The day since which the household has had its address: the older the head, the longer, as a rule."""
        dice = self._random()
        longest = 7.0 if household.kind is Kind.CARE_HOME else 2.0 if household.kind is Kind.REFUGE else _LONGEST
        years = dice * dice * min(longest, max(head.age - 17, 0.5))
        moved = self._today - 1 - int(years * YEAR)
        if head.nation is not None:
            return max(moved, _FOREIGNERS_SINCE)
        return moved

    def _arrived(self, head: Person, moved: int) -> int:
        """The day on which the head came to the city, before moving within it; the birth for who was born in it."""
        if head.nation is not None:
            earliest = max(head.born + 1, _FOREIGNERS_SINCE)
        elif self._random() < _NATIVE and not head.birth.endswith("00"):
            return head.born
        else:
            earliest = head.born + 1
        return earliest + int(self._random() * (moved - earliest)) if moved > earliest else moved

    def _before(self) -> str:
        """How the history names an address in the city that was left."""
        town, chome = self._homes.street()
        return f"潮見市{town.name}{chome}丁目から転居" if chome else f"潮見市{town.name}から転居"

    def _stay(self, person: Person, moved: int, arrived: int, origin: Elsewhere | None, before: str) -> Stay:
        born = person.born
        dice = self._random()
        if born > moved and person.nation is None:
            return self._born_here(person, dice)
        moved = max(moved, born)
        if person.nation is not None:
            moved, arrived = max(moved, _FOREIGNERS_SINCE), max(arrived, _FOREIGNERS_SINCE)
        address_since = iso(moved)
        if origin is None and person.relationship != HEAD and born < arrived and dice < 0.5:
            arrived = born + 1 + int(dice * 2 * (moved - born))
            if person.nation is not None:
                arrived = max(arrived, _FOREIGNERS_SINCE)
        if origin is None and born >= arrived and person.nation is None and not person.birth.endswith("00"):
            changes: list[Change] = [(BORN, person.birth, None)]
            resident_since, notified = person.birth, None
        else:
            arrived = min(max(arrived, born), moved)
            resident_since = iso(arrived)
            notified = iso(min(arrived + int(dice * _NOTIFY_WITHIN), self._today))
            if person.nation is not None and dice > 0.4:
                origin, came = None, f"国外（{NATIONS[person.nation].name}）から転入"
            else:
                origin = origin or elsewhere(self._chance)
                came = f"{origin}から転入"
            changes = [(MOVED_IN, resident_since, came)]
        if before and resident_since < address_since:
            changes.append((MOVED_WITHIN, address_since, before))
        else:
            address_since = resident_since
        stay = Stay(resident_since, address_since, notified, origin if notified else None, changes)
        self._renamed(stay, person, moved, dice)
        return stay

    def _born_here(self, person: Person, dice: float) -> Stay:
        stay = Stay(person.birth, person.birth, None, None, [(BORN, person.birth, None)])
        if dice < 0.01:
            self._also(stay, CORRECTED, person.born, _CORRECTIONS)
        return stay

    def _renamed(self, stay: Stay, person: Person, since: int, dice: float) -> None:
        """What happened at this address: a wedding, a former surname entered, a mistake put right."""
        if person.former is not None:
            entered = max(since, _FORMER_SURNAMES_SINCE)
            day = iso(entered + int(dice * (self._today - entered)))
            stay.changes.append((NAME_CHANGED, day, f"旧氏「{person.former.text}」の記載の請求"))
        elif person.relationship == WIFE and dice < 0.2 and person.nation is None:
            self._also(stay, NAME_CHANGED, since, _NAME_CHANGES)
        elif dice > 0.985:
            self._also(stay, CORRECTED, since, _CORRECTIONS)

    def _also(self, stay: Stay, code: str, since: int, texts: tuple[str, ...]) -> None:
        """Add a change between `since`, or the last change, and today."""
        last = stay.changes[-1][1]
        dice = self._random()
        day = iso(since + int(dice * (self._today - since)))
        stay.changes.append((code, max(day, last), texts[int(dice * 1e6) % len(texts)]))
