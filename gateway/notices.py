"""Notices: a superior and the data protection officer are told of each look that broke the glass.

Rule: what has to be told is read from the ledger, so that neither a crash between look and notice nor a review that
comes at once loses one. Each outlet is told by itself and again until it has taken the notice: one that is away keeps
nothing from the others. What was told is not told twice. A notice names who looked, when and for what, and no resident.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from time import monotonic
from typing import Final, Protocol
from urllib.parse import urlsplit

from gateway.clock import JST, SECOND, iso
from gateway.ledger.grants import Grant

_PATIENCE: Final = 5.0
"""Seconds that a webhook has to take a notice."""
_PAUSES: Final = (1.0, 60.0)
"""Seconds after which an outlet that was away is tried again: at first, and at most; twice as long each time."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One look, to be told to `recipient` (a directory id). Times in µs since the epoch."""

    grant: str
    recipient: str
    staff: str
    post: str
    purpose: str
    looked: int
    review_until: int

    def text(self) -> str:
        """For people, in both languages."""
        looked, until = (
            f"{datetime.fromtimestamp(each // SECOND, JST):%Y-%m-%d %H:%M}" for each in (self.looked, self.review_until)
        )
        return (
            f"緊急照会のお知らせ ({self.grant})\n\n"
            f"{self.staff} ({self.post}) が {looked} に、利用目的 {self.purpose} で緊急照会を行いました。\n"
            f"{until} までに照会者から事情を聴き、register-gateway grant approve (対象者の宛名番号を添えて)\n"
            "または reject で点検の結果を記録してください。\n"
            "期限を過ぎると、照会者も上司も照会できなくなります。\n\n"
            f"Emergency look ({self.grant})\n\n"
            f"{self.staff} ({self.post}) broke the glass at {looked} (JST)\nto see somebody under {self.purpose}.\n"
            "Hear them, and record your review with `register-gateway grant approve` (naming whom they looked at) or\n"
            f"`reject` by {until} (JST).\n"
            "After that neither they nor their superior see anybody until it is made.\n"
        )

    def json(self) -> bytes:
        """For programs."""
        told = {
            "grant": self.grant,
            "recipient": self.recipient,
            "staff": self.staff,
            "post": self.post,
            "purpose": self.purpose,
            "looked": iso(self.looked),
            "review_until": iso(self.review_until),
        }
        return json.dumps(told, sort_keys=True).encode()


class Outlet(Protocol):
    """Somewhere a notice goes; `name` tells it from the others in marks and logs."""

    name: str

    async def put(self, notice: Notice) -> None:
        """Pass it on, durably. Raises OSError; then it is tried again."""


class MailDrop:
    """A folder from which the city's mail system takes one text a notice."""

    name = "mail"

    def __init__(self, folder: Path) -> None:
        """Makes the folder, for its owner only. Raises OSError."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder

    async def put(self, notice: Notice) -> None:
        fresh = self._folder / f".{notice.grant}.{notice.recipient}.new"
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(notice.text())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._folder / f"{notice.grant}.{notice.recipient}.txt")


class Webhook:
    """An address that takes one POST of JSON a notice, and says 2xx once it has it. Nobody is asked on its behalf: no
    proxy, and no other address that it would send us to.
    """

    name = "webhook"

    def __init__(self, url: str, authorities: Path | None = None) -> None:
        """`authorities`: whose certificates its server may show (PEM); None: those that this machine trusts. Raises
        OSError for a file that cannot be read, or is none.
        """
        self._url = urlsplit(url)
        self._tls = ssl.create_default_context(cafile=authorities) if self._url.scheme == "https" else None

    async def put(self, notice: Notice) -> None:
        await asyncio.to_thread(self._post, notice.json())

    def _post(self, body: bytes) -> None:
        host, port = self._url.hostname or "", self._url.port
        connection = (
            HTTPConnection(host, port, timeout=_PATIENCE)
            if self._tls is None
            else HTTPSConnection(host, port, timeout=_PATIENCE, context=self._tls)
        )
        path = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        try:
            connection.request("POST", path, body, {"content-type": "application/json"})
            status = connection.getresponse().status
        except HTTPException as error:
            raise OSError(type(error).__name__) from None
        finally:
            connection.close()
        if not 200 <= status < 300:
            raise OSError(f"status {status}")


@dataclass(slots=True)
class _Away:
    """An outlet that could not be told: when it is tried again, and how long it is left alone after that."""

    until: float = 0.0
    pause: float = 0.0


class Notices:
    """Tells what has to be told, once; a folder holds a mark for each that was told, so that a restart does not tell it
    again.
    """

    def __init__(
        self,
        folder: Path | None,
        officer: str,
        outlets: Iterable[Outlet],
        failed: Callable[[str], None] = lambda _outlet: None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """`officer`: the data protection officer, by directory id; `folder` None: nobody is told of anything. `failed`
        hears the name of an outlet that could not be told; `now` are seconds of a steady clock. Raises OSError.
        """
        self._marks = None if folder is None else folder / "told"
        self._officer, self._failed, self._now = officer, failed, now
        self._outlets = [(outlet, _Away()) for outlet in outlets]
        self._told: set[str] = set()
        if self._marks is not None:
            self._marks.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._told = {each.name for each in self._marks.iterdir()}

    async def tell(self, looks: Iterable[Grant]) -> None:
        """Tell of those looks that were not told yet; who cannot be told now is told later. Raises OSError if the marks
        cannot be kept.
        """
        if self._marks is None:
            return
        for look in looks:
            for recipient in dict.fromkeys((look.terms.notified, self._officer)):
                for outlet, away in self._outlets:
                    mark = f"{look.grant}.{recipient}.{outlet.name}"
                    if mark not in self._told and self._now() >= away.until:
                        await self._put(outlet, away, _notice(look, recipient), self._marks / mark)

    async def _put(self, outlet: Outlet, away: _Away, notice: Notice, mark: Path) -> None:
        try:
            await outlet.put(notice)
        except OSError:
            first, most = _PAUSES
            away.pause = min(most, away.pause * 2 or first)
            away.until = self._now() + away.pause
            self._failed(outlet.name)
            return
        away.pause = 0.0
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT, 0o600))
        self._told.add(mark.name)


def _notice(look: Grant, recipient: str) -> Notice:
    return Notice(look.grant, recipient, look.staff, look.post, look.purpose, look.requested, look.terms.until)
