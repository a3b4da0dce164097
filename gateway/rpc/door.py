"""The door: a system that keeps coming with identities that are worth nothing waits in a line of its own.

Rule: what a flood of failures costs is bounded per client certificate, and those who were verified before never wait
for it. Whoever is new behind such a certificate stands in its line, and is turned away once that is too long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

_EACH: Final = 1 / 50
"""Seconds that one failed identity of a certificate is worth."""
_FREE: Final = 50
"""Failures at once before anybody waits: a whole office with stale tokens is no flood."""
_LONGEST: Final = 2.0
"""Seconds that a line is long at most; who would wait longer is turned away, after as long: answering at once would
invite to ask again.
"""
_MOST: Final = 4096
"""Certificates that are watched at once; there are as many as department systems."""


class Door:
    """The lines. GCRA (ITU-T I.371): a certificate's `ahead` is when the next of it would be due at a steady pace."""

    def __init__(
        self, now: Callable[[], float] = monotonic, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        """`now` in seconds; `sleep` waits so many of them."""
        self._now = now
        self._sleep = sleep
        self._ahead: dict[bytes, float] = {}

    @property
    def watched(self) -> bool:
        """Whether any certificate has failed lately: as long as none has, nobody's need be looked at."""
        return bool(self._ahead)

    def failed(self, certificate: bytes) -> None:
        """An identity behind this certificate was worth nothing."""
        now = self._now()
        if certificate not in self._ahead and len(self._ahead) >= _MOST:
            self._forget(now)
        self._ahead[certificate] = max(now, self._ahead.get(certificate, now)) + _EACH

    async def admits(self, certificate: bytes) -> bool:
        """Stand in this certificate's line, if there is one; False: it was too long."""
        now = self._now()
        ahead = self._ahead.get(certificate)
        if ahead is None:
            return True
        if ahead <= now:
            del self._ahead[certificate]
            return True
        wait = ahead - now - _EACH * _FREE
        if wait <= 0:
            return True
        if wait > _LONGEST:
            await self._sleep(_LONGEST)
            return False
        # A place in the line is taken at once, so that those behind do not all wait for the same moment.
        self._ahead[certificate] = ahead + _EACH
        await self._sleep(wait)
        return True

    def _forget(self, now: float) -> None:
        """Those whose line is empty; if there are none, the one with the shortest."""
        self._ahead = {each: ahead for each, ahead in self._ahead.items() if ahead > now}
        if len(self._ahead) >= _MOST:
            del self._ahead[min(self._ahead, key=self._ahead.__getitem__)]
