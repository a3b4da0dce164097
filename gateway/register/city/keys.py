"""What the search index compares names and addresses by, put together from halves that many share.

Rule: the result is that of `search_index.folded` and `address_key`, letter by letter; it is only quicker, because names
and homes by the million are made of parts by the thousand.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from gateway.register.search_index import folded
from masking.japanese.address import address_key
from masking.value import Address

_PARTS: Final = 65_536

_part = lru_cache(maxsize=_PARTS)(folded)


def name_key(text: str) -> tuple[str, str]:
    """Fold a name or a reading of names, of which each part begins with a letter."""
    family, _, given = text.partition("\u3000")
    plain, written = _part(family)
    plain_given, written_given = _part(given)
    if written or written_given:
        return plain + plain_given, (written or plain) + (written_given or plain_given)
    return plain + plain_given, ""


def home_key(town: str, chome: int, lot: str) -> str:
    """The key of an address in the city."""
    return _street(town, chome) + _lot(lot)


@lru_cache(maxsize=_PARTS)
def _street(town: str, chome: int) -> str:
    """The beginning of the keys of a 丁目, up to the lot."""
    return address_key(Address("", "", town, chome, "1番地")).removesuffix("1")


@lru_cache(maxsize=_PARTS)
def _lot(lot: str) -> str:
    """The end of the keys of all addresses that end with this lot."""
    return address_key(Address("", "", "町", 0, lot)).removeprefix("町")
