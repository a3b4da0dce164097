"""Relations: what a caller is to the resident they ask about.

Rule W6: oneself, one's household, one's address, one's family and fellow staff are looked at only with a superior's
approval. The relation is found by the gateway from register and directory, recorded, and never told: whatever it is,
the refusal reads the same. Pure: facts in, the nearest relation out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final, NamedTuple

from gateway.caller import Post
from gateway.field import ADDRESS, HOUSEHOLD_ID
from masking.value import Address, Value


class Relation(Enum):
    """From near to far; the nearest one counts."""

    NONE = "none"
    SELF = "self"
    HOUSEHOLD = "household"
    SAME_ADDRESS = "same_address"
    FAMILY = "family"
    SUPERIOR = "superior"
    COLLEAGUE = "colleague"


_ORDER: Final = {each: place for place, each in enumerate(Relation)}


def nearest(found: Iterable[Relation]) -> Relation:
    """The nearest of some relations."""
    return min((each for each in found if each is not Relation.NONE), key=_ORDER.__getitem__, default=Relation.NONE)


DOMICILE: Final = "registered_domicile"
REGISTER_HEAD: Final = "family_register_head"
FORMER: Final = "previous_address"
KIN_FIELDS: Final = (HOUSEHOLD_ID, ADDRESS, DOMICILE, REGISTER_HEAD, FORMER)
"""What relations are found by, as far as a register has it."""


class Kin(NamedTuple):
    """What the register knows of somebody that tells who lives, lived or is registered with whom; None where it knows
    nothing, or what cannot be read.
    """

    household_id: Value | None = None
    address: Value | None = None
    registered_domicile: Value | None = None
    family_register_head: Value | None = None
    previous_address: Value | None = None


@dataclass(frozen=True, slots=True)
class Self:
    """The caller as a resident: under which id, and all entries under it (several: any of them counts)."""

    resident_id: str
    kin: Sequence[Kin]


def relation(caller: Self | None, subject_id: str, subject: Kin) -> Relation:
    """What the caller, None if they are no resident, is to this resident by the register."""
    if caller is None:
        return Relation.NONE
    if caller.resident_id == subject_id:
        return Relation.SELF
    found = {_between(own, subject) for own in caller.kin}
    return nearest(found)


def _between(own: Kin, subject: Kin) -> Relation:
    if _same(own.household_id, subject.household_id):
        return Relation.HOUSEHOLD
    if _same_place(own.address, subject.address):
        return Relation.SAME_ADDRESS
    # One family register (戸籍): the domicile alone is shared by strangers, famous places by hundreds of them.
    if _same(own.registered_domicile, subject.registered_domicile) and _same(
        own.family_register_head, subject.family_register_head
    ):
        return Relation.FAMILY
    if (
        _same_place(own.previous_address, subject.previous_address)
        or _same_place(own.address, subject.previous_address)
        or _same_place(own.previous_address, subject.address)
    ):
        return Relation.FAMILY
    return Relation.NONE


def _same(one: Value | None, other: Value | None) -> bool:
    return isinstance(one, str) and one == other


def _same_place(one: Value | None, other: Value | None) -> bool:
    """One lot, or one flat of it where the register names flats; an area is no place."""
    return isinstance(one, Address) and bool(one.lot) and one == other


def office(caller_posts: Sequence[Post], subject_staff: str, subject_posts: Sequence[Post], today: date) -> Relation:
    """What the caller is to a resident who is on the staff, by the posts of both that are in force."""
    if not any(post.in_force(today) for post in subject_posts):
        return Relation.NONE
    superiors = {post.superior for post in caller_posts if post.in_force(today)}
    return Relation.SUPERIOR if subject_staff in superiors else Relation.COLLEAGUE
