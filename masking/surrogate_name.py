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

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from pydantic import Field

from masking.allotment import Allotments, AllotmentsUnavailable
from masking.japanese.folding import plain
from masking.keyring import DomainKeys, Keyring, PseudonymDomain
from masking.masker import Person, Settings, allotting
from masking.names import Part, Pool, number_of, place_of, pool, written
from masking.pseudonym import Origin
from masking.text import text_of, writable
from masking.value import MALFORMED, Absent, Masked, Occasion, Sex, Surrogate, Value, ValueKind

OWNER_OCTETS: Final = 16
_MANY: Final = 17
"""Residents for whom all that was allotted is read; fewer are looked up."""
_BY_CHANCE: Final = 64
"""Draws before the rest of the pool is gone through in order, so that a full pool is full and not slow for ever."""
_REMEMBERED: Final = 65_536
"""Residents whose names are kept at hand; about 30 MB when all are."""
_LATIN: Final = re.compile(r"[A-Za-zÀ-ɏ]")
_JAPANESE: Final = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]")
_LAST_KANA: Final = "\u30ff"
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


class SurrogateNames:
    """The masker of one domain; see `masking.masker.Allotting`."""

    def __init__(self, keys: DomainKeys, allotments: Allotments, *, shared: bool) -> None:
        self._allotments, self._shared = allotments, shared
        self._domain = domain_of(keys)
        self._owner_mac = hashlib.blake2s(key=keys.subkey("surrogate owner"), digest_size=OWNER_OCTETS)
        self._draw_mac = HMAC(keys.subkey("surrogate"), SHA256())
        self._known: dict[str, tuple[str, Surrogate]] = {}
        # Read now, and not while an answer waits.
        self._pools = {(latin, sex): pool(sex, latin=latin) for latin in (False, True) for sex in Sex}

    def __call__(self, value: Value | None, occasion: Occasion, /) -> Masked:
        known = self._known.get(occasion.resident_id)
        if known is not None and known[0] == value:
            return known[1]
        if isinstance(own := _own(value, occasion), Absent):
            return own
        for person in self.wanting([(value, occasion)]):
            turn = 0
            while self.take({each: list(offer) for each, offer in self.offers([person], turn).items()}):
                turn += 1
        return self._known[occasion.resident_id][1]

    def load(self) -> bool:
        return self._allotments.load(self._domain)

    def wanting(self, rows: Sequence[tuple[Value | None, Occasion]]) -> list[Person]:
        """Of some residents, those who have no name yet; those who have one are known from here on."""
        known, asked, wanting = self._known, list[tuple[bytes, int, str, str, Occasion]](), list[Person]()
        for value, occasion in rows:
            has = known.get(occasion.resident_id)
            if (has is None or has[0] != value) and not isinstance(found := _own(value, occasion), Absent):
                asked.append((self._owner(occasion.resident_id, 0), 0, *found, occasion))
        if len(known) + len(asked) > _REMEMBERED:
            known.clear()
        if len(asked) >= _MANY:
            self.load()
        while asked:
            held = self._allotments.held(self._domain, [each[0] for each in asked])
            later: list[tuple[bytes, int, str, str, Occasion]] = []
            for (owner, generation, own, spelling, occasion), number in zip(asked, held, strict=True):
                resident = occasion.resident_id
                if number is None:
                    wanting.append(Person(own, spelling, resident, occasion.sex, occasion.household, owner, generation))
                elif not self._learn(resident, own, spelling, number):
                    later.append((self._owner(resident, generation + 1), generation + 1, own, spelling, occasion))
            asked = later
        return wanting

    def offers(self, people: Sequence[Person], turn: int = 0) -> Mapping[Person, Mapping[int, str]]:
        """For each a name, then another, then ever more, that share nothing with their own, in plain spelling."""
        first, last = 1 << turn - 1 if turn else 0, 1 << turn
        offers = {person: dict(islice(self._names(person), first, last)) for person in people}
        if not all(offers.values()):
            raise AllotmentsUnavailable("no surrogate name is left in this domain; a new epoch begins with all of them")
        return offers

    def take(self, offers: Mapping[Person, Sequence[int]]) -> list[Person]:
        """Give each the first name that is free."""
        left: list[Person] = []
        offered = {person.resident_id: numbers for person, numbers in offers.items()}
        people = list(offers)
        while people:
            asked = {person.owner: offered[person.resident_id] for person in people}
            given, later = self._allotments.allot(self._domain, asked), []
            for person in people:
                number = given.get(person.owner)
                if number is None:
                    left.append(person)
                elif not self._learn(person.resident_id, person.own, person.plain, number):
                    aged = person.generation + 1
                    later.append(person._replace(generation=aged, owner=self._owner(person.resident_id, aged)))
            people = later
        return left

    def _learn(self, resident: str, own: str, spelling: str, number: int) -> bool:
        """Keep a name at hand; False if it has come to share something with the resident's own. Such a resident needs
        another, as the next generation of themselves.
        """
        names, place = place_of(number)
        parts = names.parts(place)
        if _shares(own, spelling, parts):
            return False
        self._known[resident] = own, Surrogate(*written(parts))
        return True

    def _owner(self, resident: str, generation: int) -> bytes:
        mac = self._owner_mac.copy()
        mac.update(f"{generation}\0{resident}".encode())
        return mac.digest()

    def _names(self, person: Person) -> Iterator[tuple[int, str]]:
        """All names that the person may have, in an order of their own."""
        latin = person.plain[0] <= _LAST_KANA and _is_latin(person.own)
        names = self._pools[latin, self._sex(person)]
        if self._shared and person.household and writable(person.household):
            places = self._places_of_a_household(names, person)
        else:
            places = self._places(f"name\0{person.resident_id}", names.size)
        for place in places:
            parts = names.parts(place)
            if not _shares(person.own, person.plain, parts):
                yield names.number(place), "".join([part.plain for part in parts])

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
            drawn = _digest(self._draw_mac, f"{draw}\0{of}")
            at = int.from_bytes(drawn[:8], "big") % size
            yield at
        yield from (place % size for place in range(at + 1, at + size))

    def _sex(self, person: Person) -> Sex:
        """As registered; where that is not known, one or the other, always the same."""
        if person.sex is not None:
            return person.sex
        drawn = _digest(self._draw_mac, f"sex\0{person.resident_id}")
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


def _own(value: Value | None, occasion: Occasion) -> tuple[str, str] | Absent:
    """Somebody's own name, as it is written and in plain spelling."""
    text = text_of(value)
    if not isinstance(text, str):
        return text
    spelling = plain(text)
    # Allotted to nobody, all residents would share one name; and what spells nothing is no name.
    return (text, spelling) if spelling and occasion.resident_id and writable(occasion.resident_id) else MALFORMED


def _digest(mac: HMAC, text: str) -> bytes:
    """Of a context that has taken in its key, which takes longer than all else (RFC 2104, section 4)."""
    state = mac.copy()
    state.update(text.encode())
    return state.finalize()


def _shares(own: str, whole: str, parts: Sequence[Part]) -> bool:
    """Whether a name has anything of somebody's own, spelt or read; `whole` is that in plain spelling."""
    family, given = parts[0], parts[1:]
    if whole[0] > _LAST_KANA < whole[-1] and len(given) == 1:  # as most are; readings are kana, so none is at its ends
        first, last = family.plain, given[0].plain
        if first not in whole and last not in whole and whole not in first + last:
            return False
    if whole.startswith((family.plain, family.plain_kana)):
        return True
    if any(whole.endswith((part.plain, part.plain_kana)) for part in given):
        return True
    words = {plain(word) for word in _APART.split(own)}
    if any(part.plain in words for part in parts):
        return True
    # The field may hold a part of a name.
    return whole in "".join([part.plain for part in parts]) or whole in "".join([part.plain_kana for part in parts])


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
