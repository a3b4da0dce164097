"""Which keys make a question: the combinations that a purpose names, or each key that can stand alone.

Rule S1: a question uses all keys of one combination. A birth date alone, or a status alone, finds strangers; the first
is a question only where a steward writes it out, the second never.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from gateway.field import FINDING_KEYS, LOOKUP_KEYS, SELECTING_KEYS, SearchKey
from gateway.finding import Loc
from gateway.purpose.model import AskingText, PurposeText
from gateway.purpose.plan import Asking
from gateway.purpose.reading import Fault, Reading, Rules
from gateway.subject import Status

SEARCHING_KEYS: Final = LOOKUP_KEYS | FINDING_KEYS
"""Keys that a search takes."""
_ALONE: Final = (SEARCHING_KEYS | SELECTING_KEYS) - {SearchKey.BIRTH_DATE}


_SPOKEN: Final = {"search": "search", "stream": "stream", "bulk": "stream"}


def asking(text: PurposeText, kind: AskingText, keys: frozenset[SearchKey]) -> Asking:
    """What a search or a stream, which takes `keys`, may ask."""
    if kind.combinations is not None:
        named = tuple(frozenset(combination) for combination in kind.combinations)
    else:
        named = tuple(frozenset({key}) for key in text.search_by if key in keys & _ALONE)
    return Asking(named, frozenset(kind.statuses))


def _kinds(text: PurposeText) -> Iterator[tuple[str, AskingText, frozenset[SearchKey]]]:
    if text.search is not None:
        yield "search", text.search, SEARCHING_KEYS
    if text.stream is not None:
        yield "stream", text.stream, SELECTING_KEYS
    if text.bulk is not None:
        yield "bulk", text.bulk, SELECTING_KEYS


def _combinations_can_be_asked(reading: Reading) -> Iterator[Fault]:
    named = frozenset(reading.text.search_by)
    for section, kind, keys in _kinds(reading.text):
        for index, combination in enumerate(kind.combinations or ()):
            for place, key in enumerate(combination):
                loc: Loc = (section, "combinations", index, place)
                if key not in keys:
                    taken = ", ".join(sorted(keys))
                    yield loc, "combination", f"a {_SPOKEN[section]} is not asked by {key}; it takes {taken}"
                elif key not in named:
                    yield loc, "combination", f"{key} is not in search_by; add it there, or remove it here"


def _combinations_say_something(reading: Reading) -> Iterator[Fault]:
    for section, kind, _ in _kinds(reading.text):
        for (first, one), (second, other) in combinations(enumerate(kind.combinations or ()), 2):
            if set(one) < set(other) or set(other) <= set(one):
                index, narrow, wide = (second, other, one) if set(one) <= set(other) else (first, one, other)
                allowed, anyhow = ", ".join(narrow), ", ".join(wide)
                advice = f"[{allowed}] says nothing beside [{anyhow}], which allows it anyhow; remove one of them"
                yield (section, "combinations", index), "combination", advice


def _statuses_have_their_key(reading: Reading) -> Iterator[Fault]:
    has_key = SearchKey.STATUS in reading.text.search_by
    used = False
    for section, kind, _ in _kinds(reading.text):
        for index, status in enumerate(kind.statuses):
            if status is not Status.RESIDENT:
                used = True
                if not has_key:
                    advice = f"{status} entries are asked for by the key status; add it to search_by, or remove this"
                    yield (section, "statuses", index), "statuses", advice
    if has_key and not used:
        advice = "opens no entries beside those who live here; write e.g. `statuses: [resident, moved_out]` under "
        yield reading.at(SearchKey.STATUS), "statuses", f"status {advice}search or stream, or remove the key"


RULES: Final[Rules] = tuple(
    (frozenset({"search_by", "search", "stream", "bulk"}), rule)
    for rule in (_combinations_can_be_asked, _combinations_say_something, _statuses_have_their_key)
)
