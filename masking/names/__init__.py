"""The tables that surrogate names come from, and the one number that each name in them has.

Rule: a table that was ever drawn from is never edited, for every surrogate would change; a better one gets a new
version, and a name's number says which version it is of. A test holds the digests of the files.

Sources: Japanese names from japanese-personal-name-dataset 0.4 (MIT), Latin ones from Faker's en_US pools (MIT), their
readings by hand. Men's and women's given names have none in common and no table holds a text twice, so two different
numbers are two different names, as they are written with the blank between their parts.

There are 1,996 surnames and 2,048 given names of each sex: 4,087,808 names of women and as many of men; in Latin
letters, with a second given name or none, 147,456 of each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from masking.japanese.folding import plain
from masking.value import Sex

VERSION: Final = 1

BLANK: Final = "\u3000"
"""Between family and given names, as registers write them; several given names have a plain blank between them."""


@dataclass(frozen=True, slots=True)
class Part:
    """A surname or a given name with its reading (katakana); `plain` and `plain_kana` are both as a search compares
    them.
    """

    text: str
    kana: str
    plain: str
    plain_kana: str


@cache
def table(name: str) -> tuple[Part, ...]:
    """The parts of one table (`surnames`, `given-female`, `given-male`, `latin-surnames`, …), in its order."""
    text = files("masking.names").joinpath(f"{name}-{VERSION}.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines())
    return tuple(Part(word, kana, plain(word), plain(kana)) for word, kana in rows)


class Pool(NamedTuple):
    """The names of one sex in one script: all surnames with all given names, and in Latin letters with all second ones.

    A name has a place in its pool, 0 to `size` - 1, in the order of its parts: surname, given name, second given name
    (the same as the first stands for none).
    """

    sex: Sex
    latin: bool
    surnames: tuple[Part, ...]
    given: tuple[Part, ...]

    @property
    def size(self) -> int:
        return len(self.surnames) * self.of_a_surname

    @property
    def of_a_surname(self) -> int:
        """How many names each surname begins."""
        return len(self.given) ** 2 if self.latin else len(self.given)

    def parts(self, place: int) -> tuple[Part, ...]:
        """The parts of the name at a place: a surname, and one given name or two."""
        given_names = self.given
        if not self.latin:
            family, rest = divmod(place, len(given_names))
            return self.surnames[family], given_names[rest]
        family, rest = divmod(place, self.of_a_surname)
        first, second = divmod(rest, len(given_names))
        given = (first,) if first == second else (first, second)
        return (self.surnames[family], *(given_names[each] for each in given))

    def number(self, place: int) -> int:
        """The name's number among all names of all versions, 52 bits."""
        return VERSION << 44 | self.latin << 41 | (self.sex is Sex.MALE) << 40 | place


def written(parts: Sequence[Part]) -> tuple[str, str]:
    """A name of these parts, and its reading."""
    if len(parts) == 2:
        family, given = parts
        return f"{family.text}{BLANK}{given.text}", f"{family.kana}{BLANK}{given.kana}"
    family, *rest = parts
    return (
        f"{family.text}{BLANK}{' '.join(part.text for part in rest)}",
        f"{family.kana}{BLANK}{' '.join(part.kana for part in rest)}",
    )


@cache
def pool(sex: Sex, *, latin: bool) -> Pool:
    """The names of a sex in a script; reads its tables once, about 20 ms."""
    script = "latin-" if latin else ""
    given = table(f"latin-{sex.value}" if latin else f"given-{sex.value}")
    return Pool(sex, latin, table(f"{script}surnames"), given)


@cache
def _pool(head: int) -> Pool:
    """The pool that a number's first bits name."""
    if head >> 4 != VERSION:
        raise ValueError(f"a name of version {head >> 4} of the tables; this release has version {VERSION}")
    return pool(Sex.MALE if head & 1 else Sex.FEMALE, latin=bool(head & 2))


def place_of(number: int) -> tuple[Pool, int]:
    """The pool and place of a numbered name. Raises ValueError for a number of a version that is not here."""
    return _pool(number >> 40), number & (1 << 40) - 1


def number_of(name: str) -> int | None:
    """The number of a name as it is written, with any blanks between its parts; None if it is not in the tables."""
    words = name.split()
    for latin in (False, True):
        for sex in Sex:
            names = pool(sex, latin=latin)
            surnames = {part.text: at for at, part in enumerate(names.surnames)}
            given = {part.text: at for at, part in enumerate(names.given)}
            if not 2 <= len(words) <= (3 if latin else 2) or words[0] not in surnames:
                continue
            if not all(word in given for word in words[1:]) or (len(words) == 3 and words[1] == words[2]):
                continue
            rest = given[words[1]]
            place = surnames[words[0]] * names.of_a_surname
            return names.number(place + (rest * len(names.given) + given[words[-1]] if latin else rest))
    return None
