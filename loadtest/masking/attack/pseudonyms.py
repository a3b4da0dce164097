"""Attacks on what stands in for a resident: tokens and surrogate names.

The attacker has the releases, the code, the whole register and any number of guesses, but not the root key. Success is
to say who stands behind a row.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from random import Random
from typing import Final

from loadtest.masking.attack.outcome import Outcome, Sort
from loadtest.masking.attack.population import AUDIT, STATISTICS, Resident, masker, release
from masking.keyring import Keyring, PseudonymDomain
from masking.names import number_of, place_of
from masking.pseudonym import tokens
from masking.value import Masked, Occasion, Pseudonym, Sex, Surrogate

_SAMPLE: Final = 2_000
_GUESSES: Final = (bytes(32), b"\xff" * 32, hashlib.sha256(b"").digest(), hashlib.sha256(b"masking").digest())
"""Root keys that somebody careless might have chosen."""


def pseudonyms(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """All attacks of this file."""
    here = release(people, "planning", STATISTICS, today)
    there = release(people, "audit", AUDIT, today)
    yield from _dictionary(people, today, chance)
    yield from _frequencies(people, today, chance)
    yield from _joining(here, there)
    yield from _surrogates(people, here, chance)


def _dictionary(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """Every id of the city is tried, under every key that can be guessed, and as a bare hash."""
    sample = chance.sample(people, min(_SAMPLE, len(people)))
    domain = ("planning", "statistics", "resident_id")
    made = _made(masker(domain, "token", {}), sample, today)
    ids = [each.resident_id for each in people]
    guessed: set[str] = set()
    for root in _GUESSES:
        token = tokens(Keyring(1, root).domain(PseudonymDomain(*domain)))
        guessed |= {token(each.encode())[-22:] for each in ids}
    for key in (b"", b"planning", b"statistics"):
        guessed |= {_bare(hmac.digest(key, each.encode(), "sha256")) for each in ids}
    hits = sum(token[-22:] in guessed for token in made)
    yield Outcome(
        "dictionary without the key", "token", Sort.CLAIM, len(made), hits, 0.0, "every id tried under guessed keys"
    )
    bare = {_bare(hashlib.sha256(each.encode()).digest()) for each in ids}
    hits = sum(_bare(hashlib.sha256(each.resident_id.encode()).digest()) in bare for each in sample)
    yield Outcome(
        "dictionary without the key", "a bare SHA-256", Sort.CONTROL, len(sample), hits, 0.99, "every id tried"
    )


def _bare(digest: bytes) -> str:
    return digest[:16].hex()


def _made(mask: Callable[[str, Occasion], Masked], people: Sequence[Resident], today: date) -> list[str]:
    made = [mask(each.resident_id, Occasion(each.resident_id, each.sex, today)) for each in people]
    return [each.token for each in made if isinstance(each, Pseudonym)]


def _frequencies(people: Sequence[Resident], today: date, chance: Random) -> Iterator[Outcome]:
    """The n-th most frequent token is taken for the n-th most frequent value, ties by chance."""
    surnames = [each.name.split()[0] if each.name else "" for each in people]
    ids = [each.resident_id for each in people]
    sealed = masker(("planning", "statistics", "resident_id"), "sealed_token", {})
    token = masker(("planning", "statistics", "name"), "token", {})
    occasion = Occasion("0", None, today)
    yield Outcome(
        "frequency of tokens",
        "sealed_token on ids",
        Sort.CLAIM,
        len(ids),
        _matched(ids, [str(sealed(each, occasion)) for each in ids], chance),
        1 / len(ids),
        "all occur once: a guess is a guess",
    )
    yield Outcome(
        "frequency of tokens",
        "token on surnames",
        Sort.REMAINS,
        len(surnames),
        _matched(surnames, [str(token(each, occasion)) for each in surnames], chance),
        None,
        "a frequent value has a frequent token",
    )
    sexes = [each.sex.value for each in people]
    yield Outcome(
        "frequency of tokens",
        "token on sex",
        Sort.REMAINS,
        len(sexes),
        _matched(sexes, [str(token(each, occasion)) for each in sexes], chance),
        None,
        "two values are told apart by their share: mask them otherwise",
    )


def _matched(values: Sequence[str], masked: Sequence[str], chance: Random) -> int:
    """How many rows are guessed right."""

    def ranked(of: Sequence[str]) -> list[str]:
        counted = list(Counter(of).items())
        chance.shuffle(counted)
        return [value for value, _ in sorted(counted, key=lambda pair: -pair[1])]

    guess = dict(zip(ranked(masked), ranked(values), strict=True))
    return sum(guess[token] == value for value, token in zip(values, masked, strict=True))


def _joining(here: Sequence[tuple[Masked, ...]], there: Sequence[tuple[Masked, ...]]) -> Iterator[Outcome]:
    """Two releases of the same residents: by equal pseudonyms, by the order of pseudonyms, by equal names."""
    rows = len(here)
    for attack, mask, column in (
        ("joining two purposes by pseudonym", "sealed_token", 0),
        ("joining two purposes by name", "surrogate_name", 1),
    ):
        places = {row[column]: place for place, row in enumerate(there)}
        hits = sum(places.get(row[column]) == place for place, row in enumerate(here))
        allowed = 0.0 if column == 0 else 1 / rows
        yield Outcome(attack, mask, Sort.CLAIM, rows, hits, allowed, "the same stand-in in both")
        same = {row[column]: place for place, row in enumerate(here)}
        hits = sum(same[row[column]] == place for place, row in enumerate(here))
        yield Outcome(attack, f"{mask}, one domain", Sort.CONTROL, rows, hits, 0.99, "two releases of one purpose")
    orders = [sorted(range(rows), key=lambda place: str(side[place][0])) for side in (here, there)]
    hits = sum(one == other for one, other in zip(*orders, strict=True))
    yield Outcome(
        "joining two purposes by order", "sealed_token", Sort.CLAIM, rows, hits, 1 / rows, "both sorted by pseudonym"
    )


def _surrogates(people: Sequence[Resident], here: Sequence[tuple[Masked, ...]], chance: Random) -> Iterator[Outcome]:
    """What an invented name tells of the true one."""
    made = [row[1] for row in here]
    pairs = [(each, name) for each, name in zip(people, made, strict=True) if isinstance(name, Surrogate)]
    parts = [(each.name.split(), name.name.split()) for each, name in pairs]
    own = sum(bool(set(true) & set(invented)) for true, invented in parts)
    yield Outcome("a part of one's own name", "surrogate_name", Sort.CLAIM, len(pairs), own, 0.0, "by spelling")
    alive = {each.name for each in people}
    borne = sum(name.name in alive for _, name in pairs)
    yield Outcome("somebody's name", "surrogate_name", Sort.CLAIM, len(pairs), borne, 0.0, "of the living")
    shared = len(pairs) - len({name for _, name in pairs})
    yield Outcome("two residents, one name", "surrogate_name", Sort.CLAIM, len(pairs), shared, 0.0, "in one domain")
    chance.shuffle(parts)
    half = len(parts) // 2
    known, rest = parts[:half], parts[half:]
    common = Counter(true[0] for true, _ in known).most_common(1)[0][0]
    base = sum(true[0] == common for true, _ in rest) / len(rest)
    hits = _learnt([(invented[0], true[0]) for true, invented in known], [(i[0], t[0]) for t, i in rest], common)
    yield Outcome(
        "true surname, learnt from half of the city",
        "surrogate_name",
        Sort.CLAIM,
        len(rest),
        hits,
        base,
        "no better than the commonest surname for all",
    )
    hits = _learnt([(true[0], true[0]) for true, _ in known], [(t[0], t[0]) for t, _ in rest], common)
    yield Outcome(
        "true surname, learnt from half of the city", "keep", Sort.CONTROL, len(rest), hits, 0.8, "the same learning"
    )
    hits = sum(_sex_of(name) is each.sex for each, name in pairs)
    yield Outcome(
        "sex, by the given name", "surrogate_name", Sort.REMAINS, len(pairs), hits, None, "looked up in the tables"
    )


def _sex_of(name: Surrogate) -> Sex | None:
    number = number_of(name.name)
    return None if number is None else place_of(number)[0].sex


def _learnt(known: Sequence[tuple[str, str]], rest: Sequence[tuple[str, str]], otherwise: str) -> int:
    """The answer most often seen beside a clue is given for it again; how often that is right."""
    seen: Mapping[str, Counter[str]] = defaultdict(Counter)
    for clue, answer in known:
        seen[clue][answer] += 1
    return sum((seen[clue].most_common(1)[0][0] if seen[clue] else otherwise) == answer for clue, answer in rest)
