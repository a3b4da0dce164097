"""`surrogate_name`: an invented name with its reading, one for each resident of a domain, and no two the same.

Claim: drawn by the resident's id under the domain's key, not by the name, so it tells nothing of the name but what it
is not: it shares no part with the resident's own, by spelling or reading (rule M5), and when it is allotted it is the
name of nobody in the register, where the caller says whose names those are. Distinct residents of a domain have
distinct names: a name is allotted once, and that no other has it is a constraint of the store (`masking.allotment`).
Known attack: it shows the registered sex, by the given name, whether the registered name is in Latin letters, and with
`household: shared` who lives together; whoever knows which names a domain may draw learns nothing more. It is
decoration all the same: the token is the key to join on.

Where two residents draw the same name the first to be asked for has it. So of n residents of a sex about one in
8,000,000 / n depends on who was asked for before; the others' names would come back from the key alone, should the
store be lost.
A name stays when its bearer's own name changes, unless it would then share a part with it; so it does when they move,
whatever household they come into: `shared` is about where they were first seen. The names are tables of ours
(`masking.names`), so no release of another package changes anybody's.

Null and blank are EMPTY; what is no text, torn Unicode, spells nothing or is of nobody (an empty id) is MALFORMED.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final, NamedTuple

from pydantic import Field

from masking.allotment import Allotments, AllotmentsUnavailable
from masking.japanese.folding import plain
from masking.keyring import DomainKeys, Keyring, PseudonymDomain
from masking.masker import Person, Settings, allotting
from masking.names import Part, Pool, number_of, place_of, pool
from masking.pseudonym import Origin
from masking.text import text_of, writable
from masking.value import MALFORMED, Absent, Masked, Occasion, Sex, Surrogate, Value, ValueKind

OWNER_OCTETS: Final = 16
_OFFERED: Final = 4
"""Names that are offered at first; with a hundredth of a pool given out, all are taken once in a hundred million."""
_BY_CHANCE: Final = 64
"""Draws before the rest of the pool is gone through in order, so that a full pool is full and not slow for ever."""
_REMEMBERED: Final = 65_536
"""Residents whose names are kept at hand; about 30 MB when all are."""
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]")
_JAPANESE: Final = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]")
_APART: Final = re.compile(r"[\s・･=＝,]+")


class Household(StrEnum):
    """Whether those who live together are given one surname."""

    OWN = "own"
    SHARED = "shared"


class SurrogateNameSettings(Settings):
    """What a surrogate name shows beside the sex."""

    household: Household = Field(
        default=Household.OWN,
        strict=False,  # YAML has only text for it
        description="write own, or shared where those of one household should have one invented surname",
    )

    @property
    def needs(self) -> frozenset[str]:
        return frozenset({"household_id"}) if self.household is Household.SHARED else frozenset()


class _Own(NamedTuple):
    """A resident's own name, to be told apart from: whole, and its parts where it has blanks."""

    whole: str
    words: frozenset[str]

    @classmethod
    def of(cls, name: str) -> _Own:
        return cls(plain(name), frozenset(plain(word) for word in _APART.split(name)))

    def shares(self, parts: Sequence[Part]) -> bool:
        """Whether a name has anything of it, spelt or read."""
        whole, words, family, given = self.whole, self.words, parts[0], parts[1:]
        if whole.startswith((family.plain, family.plain_kana)) or family.plain in words:
            return True
        if any(whole.endswith((each.plain, each.plain_kana)) or each.plain in words for each in given):
            return True
        # The field may hold a part of a name.
        return whole in "".join(each.plain for each in parts) or whole in "".join(each.plain_kana for each in parts)


class SurrogateNames:
    """The masker of one domain; see `masking.masker.Allotting`."""

    def __init__(self, keys: DomainKeys, allotments: Allotments, *, shared: bool) -> None:
        self._allotments, self._shared = allotments, shared
        self._domain = domain_of(keys)
        self._owner_key = keys.subkey("surrogate owner")
        self._draw_key = keys.subkey("surrogate")
        self._known: dict[str, tuple[str, Surrogate]] = {}
        for sex in Sex:
            pool(sex, latin=False), pool(sex, latin=True)  # read now, and not while an answer waits

    def __call__(self, value: Value | None, occasion: Occasion, /) -> Masked:
        known = self._known.get(occasion.resident_id)
        if known is not None and known[0] == value:
            return known[1]
        if isinstance(answer := _person(value, occasion), Absent):
            return answer
        for person in self.wanting([(value, occasion)]):
            turn = 0
            while self.take({each: list(offer) for each, offer in self.offers([person], turn).items()}):
                turn += 1
        return self._known[occasion.resident_id][1]

    def wanting(self, rows: Iterable[tuple[Value | None, Occasion]]) -> list[Person]:
        """Of some residents, those who have no name yet; those who have one are known from here on."""
        people = [
            person
            for value, occasion in rows
            if not isinstance(person := _person(value, occasion), Absent) and not self._knows(person)
        ]
        if len(self._known) + len(people) > _REMEMBERED:
            self._known.clear()
        wanting: list[Person] = []
        generation = 0
        while people:
            owners = {self._owner(person, generation): person for person in people}
            held = self._allotments.held(self._domain, owners)
            wanting += [person for owner, person in owners.items() if owner not in held]
            # Who has come to be called as their surrogate is needs another: the next generation of theirs.
            people = [owners[owner] for owner, number in held.items() if not self._learn(owners[owner], number)]
            generation += 1
        return wanting

    def offers(self, people: Sequence[Person], turn: int = 0) -> Mapping[Person, Mapping[int, str]]:
        """For each a few names that share nothing with their own, with the plain spelling of each."""
        first, last = _OFFERED << turn - 1 if turn else 0, _OFFERED << turn  # twice as many each turn
        offers = {person: dict(islice(self._names(person), first, last)) for person in people}
        if not all(offers.values()):
            raise AllotmentsUnavailable("no surrogate name is left in this domain; a new epoch begins with all of them")
        return offers

    def take(self, offers: Mapping[Person, Sequence[int]]) -> list[Person]:
        """Give each the first name that is free."""
        left: list[Person] = []
        generation = 0
        open_offers = dict(offers)
        while open_offers:
            owners = {self._owner(person, generation): person for person in open_offers}
            given = self._allotments.allot(
                self._domain, {owner: open_offers[person] for owner, person in owners.items()}
            )
            left += [person for owner, person in owners.items() if owner not in given]
            open_offers = {
                owners[owner]: open_offers[owners[owner]]
                for owner, number in given.items()
                if not self._learn(owners[owner], number)
            }
            generation += 1
        return left

    def _knows(self, person: Person) -> bool:
        known = self._known.get(person.resident_id)
        return known is not None and known[0] == person.own

    def _learn(self, person: Person, number: int) -> bool:
        """Keep a name at hand, unless it shares something with the resident's own."""
        names, place = place_of(number)
        if _Own.of(person.own).shares(names.parts(place)):
            return False
        self._known[person.resident_id] = person.own, Surrogate(*names.written(place))
        return True

    def _owner(self, person: Person, generation: int) -> bytes:
        asked = f"{generation}\0{person.resident_id}".encode()
        return hmac.digest(self._owner_key, asked, "sha256")[:OWNER_OCTETS]

    def _names(self, person: Person) -> Iterator[tuple[int, str]]:
        """All names that the person may have, in an order of their own."""
        own = _Own.of(person.own)
        names = pool(self._sex(person), latin=_is_latin(person.own))
        if self._shared and person.household and writable(person.household):
            places = self._places_of_a_household(names, person)
        else:
            places = self._places(f"name\0{person.resident_id}", names.size)
        for place in places:
            parts = names.parts(place)
            if not own.shares(parts):
                yield names.number(place), "".join(part.plain for part in parts)

    def _places_of_a_household(self, names: Pool, person: Person) -> Iterator[int]:
        """The household's surname first, whatever the sex, with given names in the resident's own order; then the next
        surname.
        """
        given = names.of_a_surname
        for family in self._places(f"household\0{person.household}", len(names.surnames)):
            for place in self._places(f"given\0{person.resident_id}", given):
                yield family * given + place

    def _places(self, of: str, size: int) -> Iterator[int]:
        """All numbers below `size`: some by chance, then all in turn; a few come twice."""
        at = 0
        for draw in range(_BY_CHANCE):
            drawn = hmac.digest(self._draw_key, f"{draw}\0{of}".encode(), "sha256")
            at = int.from_bytes(drawn[:8], "big") % size
            yield at
        yield from (place % size for place in range(at + 1, at + size))

    def _sex(self, person: Person) -> Sex:
        """As registered; where that is not known, one or the other, always the same."""
        if person.sex is not None:
            return person.sex
        drawn = hmac.digest(self._draw_key, f"sex\0{person.resident_id}".encode(), "sha256")
        return Sex.MALE if drawn[0] & 1 else Sex.FEMALE


def domain_of(keys: DomainKeys) -> bytes:
    """What a domain and epoch are called in a store of allotments: says nothing without the keyring."""
    return keys.subkey("surrogate domain", OWNER_OCTETS)


def trace_name(name: str, keyring: Keyring, domains: Iterable[PseudonymDomain], allotments: Allotments) -> list[Origin]:
    """Name the domains, of those given, that allotted a surrogate name, and in which epoch; a name is no secret, so
    several may have. Raises AllotmentsUnavailable.
    """
    number = number_of(name)
    if number is None:
        return []
    return [
        Origin(domain, epoch)
        for domain in domains
        for epoch in range(1, keyring.epoch + 1)
        if allotments.holds(domain_of(keyring.domain(domain, epoch)), number)
    ]


def _person(value: Value | None, occasion: Occasion) -> Person | Absent:
    text = text_of(value)
    if not isinstance(text, str):
        return text
    resident = occasion.resident_id
    # Allotted to nobody, all residents would share one name; and what spells nothing is no name.
    if not resident or not writable(resident) or not plain(text):
        return MALFORMED
    return Person(text, resident, occasion.sex, occasion.household)


def _is_latin(name: str) -> bool:
    return _LATIN.search(name) is not None and _JAPANESE.search(name) is None


def _bind(settings: SurrogateNameSettings, keys: DomainKeys, allotments: Allotments) -> SurrogateNames:
    return SurrogateNames(keys, allotments, shared=settings.household is Household.SHARED)


SURROGATE_NAME: Final = allotting(
    "surrogate_name",
    fits=frozenset({ValueKind.NAME}),
    settings=SurrogateNameSettings,
    bind=_bind,
    needs=frozenset({"sex"}),
)
