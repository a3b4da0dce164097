"""Operations: how the gateway stands, and having purposes, limits and staff directory read anew.

Rule: open to the posts that the settings name and to nobody else; none named, none open. A book with findings is not
put in force, and the old one stays. What comes into force does so in the one append that records it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from gateway.caller import Caller, Post
from gateway.clock import Clock, day_of
from gateway.finding import Finding, Findings
from gateway.ledger.acts import Reloading
from gateway.ledger.ledger import Condition, Ledger, LedgerUnavailable
from gateway.ledger.note import Checkpoint
from gateway.purpose.book import Book, InForce
from gateway.refusal import Reason, Refusal, Violation
from gateway.standing.directory import SqlDirectory
from gateway.standing.judge import post_of, was_post_of
from gateway.standing.port import Directory, StandingUnavailable
from masking.keyring import KeyringError

_FOR_OPERATORS: Final = Violation("", "for operators only: this post does not run the gateway")


@dataclass(frozen=True, slots=True)
class Operators:
    """Who runs the gateway: posts by (department, role)."""

    posts: frozenset[tuple[str, str]]

    def admit(self, directory: Directory, caller: Caller, today: date) -> Post:
        """The post in which somebody may operate. Raises Refusal."""
        try:
            post = post_of(directory, caller, today)
        except StandingUnavailable:
            raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
        if post is None:
            raise Refusal(Reason.POST_NOT_IN_FORCE, former_post=was_post_of(directory, caller, today))
        if (post.department, post.role) not in self.posts:
            raise Refusal(Reason.PURPOSE_NOT_GRANTED, violations=(_FOR_OPERATORS,))
        return post


@dataclass(frozen=True, slots=True)
class Status:
    """How the gateway stands. `started` and `book_since` in µs of wall time; `in_force` counts posts held today."""

    started: int
    condition: Condition
    head: Checkpoint
    book: Book
    book_since: int
    directory: SqlDirectory
    in_force: int
    questions: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload came to: findings for which the old book stays, or the names of purposes that differ."""

    findings: tuple[Finding, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    limits: bool
    keys: bool
    directory: bool
    receipt: str


class Operations:
    """What operators do with one gateway. `questions` counts those under way."""

    def __init__(
        self,
        *,
        operators: Operators,
        in_force: InForce,
        directory: SqlDirectory,
        ledger: Ledger,
        clock: Clock,
        read_book: Callable[[], Book],
        questions: Callable[[], int],
        capacity: int,
    ) -> None:
        """`read_book` reads and checks the files as they are now; it raises Findings, KeyringError."""
        self._operators, self._in_force, self._directory = operators, in_force, directory
        self._ledger, self._clock, self._read_book = ledger, clock, read_book
        self._questions, self._capacity = questions, capacity
        self._started = self._book_since = clock.wall()
        self._reloading = asyncio.Lock()

    def admit(self, caller: Caller) -> Post:
        """The post in which the caller operates today. Raises Refusal."""
        try:
            today = day_of(self._ledger.now())
        except LedgerUnavailable:
            raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
        return self._operators.admit(self._directory, caller, today)

    def status(self, caller: Caller) -> Status:
        """How the gateway stands, whatever state the ledger is in. Raises Refusal."""
        today = day_of(self._clock.wall())
        self._operators.admit(self._directory, caller, today)
        return Status(
            started=self._started,
            condition=self._ledger.condition,
            head=self._ledger.head,
            book=self._in_force.book,
            book_since=self._book_since,
            directory=self._directory,
            in_force=sum(post.in_force(today) for post in self._directory.all()),
            questions=self._questions(),
            capacity=self._capacity,
        )

    async def reload(self, caller: Caller, request_id: str) -> Reloaded:
        """Read everything anew and put it in force. Raises Refusal; then nothing has changed but, where the ledger gave
        way, the directory, which comes into force whenever it is read.
        """
        self.admit(caller)
        if self._reloading.locked():
            raise Refusal(Reason.OVERLOADED)  # One is enough; the second could only say the same.
        async with self._reloading:
            findings: tuple[Finding, ...] = ()
            book: Book | None = None
            try:
                # In a thread: others' lookups do not wait for files that are read and checked.
                book = await asyncio.to_thread(self._read_book)
            except Findings as faults:
                findings = faults.findings
            except KeyringError as fault:
                findings = (Finding("keyring", 0, 0, "keys", str(fault)),)
            before = self._directory.digest
            try:
                await self._directory.refresh(anew=True)
            except StandingUnavailable:
                raise Refusal(Reason.REGISTER_UNAVAILABLE) from None
            # From here to the end nobody else gets a turn. Whoever lost their post while files were read has it done
            # no more.
            self.admit(caller)
            entering = None if book is None else (book.kept, book.terms)
            directory = self._directory.digest
            try:
                receipt = self._ledger.reload(Reloading(caller, request_id, entering, directory, len(findings)))
            except LedgerUnavailable:
                raise Refusal(Reason.LEDGER_UNAVAILABLE) from None
            return self._entered(book, findings, receipt, directory=directory != before)

    def _entered(self, book: Book | None, findings: tuple[Finding, ...], receipt: str, *, directory: bool) -> Reloaded:
        old = self._in_force.book
        new = old if book is None else book
        was, now = _digests(old), _digests(new)
        if new.texts.keys() != old.texts.keys():
            self._in_force.book, self._book_since = new, self._clock.wall()
        return Reloaded(
            findings=findings,
            added=tuple(sorted(now.keys() - was.keys())),
            changed=tuple(sorted(name for name in now.keys() & was.keys() if now[name] != was[name])),
            removed=tuple(sorted(was.keys() - now.keys())),
            limits=new.limits_digest != old.limits_digest,
            keys=new.keys_digest != old.keys_digest,
            directory=directory,
            receipt=receipt,
        )


def _digests(book: Book) -> dict[str, bytes]:
    return {plan.purpose: plan.digest for plan in book.plans.values()}
