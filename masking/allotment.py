"""Who has which surrogate name: allotted once, on disk before it is shown, each name to one owner of a domain.

Rule: that no two owners of a domain share a name is a constraint of the store, not a probability; what is allotted is
never given to another, nor taken back. Owners are keyed digests and domains too: without the keyring the store says
nothing of anybody. `masking.allotment_file` keeps them on disk.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Protocol


class AllotmentsUnavailable(Exception):
    """The names that were given out cannot be read, a new one not be written down, or none is left: nobody gets one
    now.
    """


class Allotments(Protocol):
    """What was allotted. Safe to use from several threads. Each method may raise AllotmentsUnavailable."""

    def load(self, domain: bytes, /) -> bool:
        """Read what the domain has allotted, once, so that `held` asks no disk from then on; False if that is too much
        to keep at hand. May take as long as a disk does.
        """

    def held(self, domain: bytes, owners: Sequence[bytes]) -> Sequence[int | None]:
        """The numbers of owners, in order; None for those who have none. In a domain that was loaded those that another
        process gave out since may be missing: `allot` tells them.
        """

    def allot(self, domain: bytes, offers: Mapping[bytes, Sequence[int]]) -> Mapping[bytes, int]:
        """Give each owner the first number of its offer that nobody of the domain has. All or none of it is done.

        Who has one keeps it. Whoever gets none, because all of its offer is taken, is not in the answer.
        """

    def holds(self, domain: bytes, number: int) -> bool:
        """Whether somebody of the domain has this number."""


class MemoryAllotments:
    """Allotments that end with the process: for releases made in one go, and for trying things out."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owners: dict[bytes, dict[bytes, int]] = {}
        self._numbers: dict[bytes, set[int]] = {}

    def load(self, _domain: bytes, /) -> bool:
        return True

    def held(self, domain: bytes, owners: Sequence[bytes]) -> Sequence[int | None]:
        has = self._owners.get(domain, {})
        return [has.get(owner) for owner in owners]

    def allot(self, domain: bytes, offers: Mapping[bytes, Sequence[int]]) -> Mapping[bytes, int]:
        given: dict[bytes, int] = {}
        with self._lock:
            has, taken = self._owners.setdefault(domain, {}), self._numbers.setdefault(domain, set())
            for owner, numbers in offers.items():
                number = has.get(owner)
                if number is None:
                    number = next((each for each in numbers if each not in taken), None)
                    if number is None:
                        continue
                    has[owner] = number
                    taken.add(number)
                given[owner] = number
        return given

    def holds(self, domain: bytes, number: int) -> bool:
        return number in self._numbers.get(domain, ())
