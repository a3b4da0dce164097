"""`surrogate_name`: an invented Japanese name with its reading, the same for the same resident inside one domain.

Claim: drawn by the resident's id under the domain's key, not by the name, so it tells nothing of the name but
one that it is not: the resident's own (rule M5; compared without white space, variation selectors, width of kana
and the commonest variant characters). Known attack: it shows the registered sex, by the given name; and the names
are few (2,550 pairs), so two residents may share one. It is decoration: the token is the key to join on.

The names are Faker's ja_JP pools, whose pairs belong together (kanji with its own reading); which faker is
installed decides the tables, so a release that changes them changes surrogates.
"""

from __future__ import annotations

import hmac
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from masking.keyring import DomainKeys
from masking.masker import Masker, NoSettings, keyed
from masking.text import text_of, writable
from masking.value import MALFORMED, Masked, Occasion, Sex, Surrogate, Value, ValueKind

BLANK: Final = "\u3000"  # between family and given name, as registers write it

# The plain character for the variants that registers hold most (rule S6); NFKC folds none of them.
_VARIANTS: Final = str.maketrans("髙﨑𠮷邉邊濵濱齋齊嶋嶌澤廣惠眞", "高崎吉辺辺浜浜斎斎島島沢広恵真")
_HIRAGANA_TO_KATAKANA: Final = {point: point + 0x60 for point in range(0x3041, 0x3097)}
_SELECTORS: Final = dict.fromkeys([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
_FOLDED: Final = {**_VARIANTS, **_HIRAGANA_TO_KATAKANA, **_SELECTORS}


@dataclass(frozen=True, slots=True)
class _Candidate:
    surrogate: Surrogate
    name: str
    """The name folded, to compare with."""
    kana: str
    """The reading folded."""


def fold(name: str) -> str:
    """Write a name in the one way that all its spellings share, for comparing and for nothing else."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name).translate(_FOLDED)
    return "".join(name.split()).casefold()


@lru_cache(maxsize=1)
def _tables() -> dict[Sex | None, tuple[_Candidate, ...]]:
    """Read Faker's paired pools once: all family names with all given names of a sex, or of both (None)."""
    # Importing faker takes longer than all of masking; only those who bind this masker pay for it.
    from faker.providers.person.ja_JP import Provider  # noqa: PLC0415 - see above

    def pairs(given_names: tuple[tuple[str, str, str], ...]) -> tuple[_Candidate, ...]:
        made = {}
        for family, family_kana, _ in Provider.last_name_pairs:
            for given, given_kana, _ in given_names:
                surrogate = Surrogate(f"{family}{BLANK}{given}", f"{family_kana}{BLANK}{given_kana}")
                made[surrogate] = _Candidate(surrogate, fold(surrogate.name), fold(surrogate.kana))
        return tuple(made.values())

    male, female = Provider.first_name_male_pairs, Provider.first_name_female_pairs
    return {Sex.MALE: pairs(male), Sex.FEMALE: pairs(female), None: pairs((*male, *female))}


def _bind(_settings: NoSettings, keys: DomainKeys) -> Masker:
    tables = _tables()
    key = keys.subkey("surrogate")
    digest = hmac.digest

    def surrogate_name(value: Value | None, occasion: Occasion) -> Masked:
        text = text_of(value)
        if not isinstance(text, str):
            return text
        resident = occasion.resident_id
        if not resident or not writable(resident):
            return MALFORMED  # drawn by nothing, all residents would share one name
        table = tables[occasion.sex]
        own = fold(text)
        at = int.from_bytes(digest(key, resident.encode(), "sha256")[:8], "big") % len(table)
        for step in range(len(table)):
            candidate = table[(at + step) % len(table)]
            # Contained, not only equal: the field may hold a family or a given name alone.
            if own not in candidate.name and own not in candidate.kana:
                return candidate.surrogate
        return MALFORMED  # what every name contains is none: nothing but variation selectors

    return surrogate_name


SURROGATE_NAME: Final = keyed(
    "surrogate_name",
    fits=frozenset({ValueKind.NAME}),
    settings=NoSettings,
    bind=_bind,
    needs=frozenset({"sex"}),
)
