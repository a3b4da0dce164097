"""Surrogate names in remarks: the same person, the same name, inside one domain.

Rule: a name's surrogate is drawn from its parts' readings under the domain's key, part by part, so that 佐藤さん,
佐藤花子 and サトウ ハナコ agree, and nothing but the key leads back. Never a part of the name itself (rule M5).

A given name that only women or only men bear, by its reading, becomes one of theirs.

Claim: nothing of the name but that two mentions are of one surname or given name, and a given name's sex. Known
attack: a frequent surname stays frequent, so whoever counts may guess 佐藤; and two people of one name are one. It is
decoration: no key to join on.
"""

from __future__ import annotations

import hmac
from functools import cache
from typing import Final, Protocol

from masking.keyring import DomainKeys
from masking.names import Part, table
from masking.remark.span import Mention, NamePart, Role, Script

_TABLES: Final = {Role.SURNAME: ("surnames",), Role.GIVEN: ("given-female", "given-male")}

_LATIN_TABLES: Final = ("latin-surnames", "latin-female", "latin-male")
"""Of a resident's own surrogate, where their name is in Latin letters."""


class Surrogates(Protocol):
    """Gives a name its surrogate."""

    def of(self, mention: Mention) -> str:
        """The surrogate of a name that was found, in the script that the name is written in."""
        ...


@cache
def _known() -> frozenset[str]:
    names = (*_TABLES[Role.SURNAME], *_TABLES[Role.GIVEN], *_LATIN_TABLES)
    return frozenset(word for name in names for part in table(name) for word in (part.text, part.kana))


@cache
def _bearers(name: str) -> frozenset[str]:
    """The readings in a table."""
    return frozenset(part.plain_kana for part in table(name))


@cache
def _parts(names: tuple[str, ...]) -> tuple[Part, ...]:
    return tuple(part for name in names for part in table(name))


def _candidates(part: NamePart) -> tuple[Part, ...]:
    names = _TABLES[part.role]
    return _parts(tuple(name for name in names if part.reading in _bearers(name)) or names)


def is_surrogate(name: str) -> bool:
    """Whether a name could be one that stands for somebody in a masked remark."""
    return all(part in _known() for part in name.split(" "))


class KeyedSurrogates:
    """Surrogates of one domain."""

    def __init__(self, keys: DomainKeys) -> None:
        self._key = keys.subkey("remark")
        # Read now, and not while an answer waits.
        _known()
        for names in _TABLES.values():
            _parts(names)
            for name in names:
                _bearers(name)

    def of(self, mention: Mention) -> str:
        return " ".join(self._part(part, mention.script) for part in mention.parts)

    def _part(self, part: NamePart, script: Script) -> str:
        parts = _candidates(part)
        drawn = hmac.digest(self._key, f"{part.role}\0{part.reading}".encode(), "sha256")
        at = int.from_bytes(drawn[:8], "big")
        for step in range(len(parts)):
            one = parts[(at + step) % len(parts)]
            if part.written not in one.plain and part.reading not in one.plain_kana:
                return one.kana if script is Script.KANA else one.text
        raise AssertionError("no name is in all names")
