"""`register-gateway renew`: new pseudonyms for those of the last epoch, under a grant that a superior has approved.

Rule: the table goes from standard input to standard output and is kept nowhere; what has come is printed before more is
asked for. What cannot be a pseudonym is not even sent.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Final

from cyclopts import Parameter

from gateway.cli import show
from gateway.cli.asking import ask, thank
from gateway.cli.client import RENEWALS, Denied, Stubs, renew_pseudonyms
from gateway.cli.exits import Exit
from gateway.cli.progress import counting
from gateway.cli.question import Question
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.told import spoken
from gateway.field import Localized

_LONGEST: Final = 100
"""Characters: a resident id's pseudonym has 59."""
_SO_FAR: Final = Localized("仮名{}件（うち新しい仮名のないもの{}件）", "pseudonyms: {}, of them without a new one: {}")
_FOREIGN: Final = "foreign"


def renew(
    *,
    question: Question,
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Read pseudonyms from standard input, one a line, and give each with the one it has now, under a grant (--grant).

    Exit codes: 0 all given, 1 some have none (marked `foreign`), 2 the command line is off, 3 a file cannot be used,
    4 refused, 5 no gateway answers.

    Parameters
    ----------
    json
        print each answer as JSON, a line an answer in a pipe, fields named as in the contract
    """
    access, printed = reach.access(), _Printed(question.language, json=json)

    async def conversation(stubs: Stubs) -> None:
        for page in _pages(sys.stdin.buffer):
            sent = [each for each in page if _may_be_one(each)]
            printed.add(page, await patiently(stubs, question, sent) if sent else {})
            told(printed.so_far())

    try:
        with counting() as told:
            ask(access, conversation, language=question.language, json=json)
    finally:
        printed.end()
    if not printed.pseudonyms:
        show.fail(Exit.USAGE, "no pseudonyms came on standard input: one a line")
    if printed.foreign:
        raise SystemExit(int(Exit.FAULTS))


def _pages(lines: Iterable[bytes]) -> Iterator[list[str]]:
    """What stands on the lines, as much at a time as one request takes. Whatever it is, it is text to us."""
    texts = (line.decode("utf-8", "replace").removeprefix("\ufeff").strip() for line in lines)
    named = filter(None, texts)
    while page := list(islice(named, RENEWALS)):
        yield page


def _may_be_one(text: str) -> bool:
    return text.isascii() and len(text) <= _LONGEST


async def patiently(stubs: Stubs, question: Question, pseudonyms: Sequence[str]) -> dict[str, Any]:
    """One answer, however often the gateway says that this is too fast. Raises Denied."""
    while True:
        try:
            return await renew_pseudonyms(stubs, question, pseudonyms)
        except Denied as denied:
            if denied.denial.retry_seconds is None:
                raise
            await asyncio.sleep(denied.denial.retry_seconds)


class _Printed:
    """What has come so far."""

    def __init__(self, language: str, *, json: bool) -> None:
        self._language, self._json = language, json
        self.pseudonyms = self.foreign = 0
        self._receipt: Mapping[str, Any] | None = None

    def add(self, page: Sequence[str], answer: Mapping[str, Any]) -> None:
        """Print one answer, in the order of the lines."""
        new = {each["pseudonym"]: each["renewed"] for each in answer.get("entries", ()) if "renewed" in each}
        if self._json:
            entries = [{"pseudonym": each} | ({"renewed": new[each]} if each in new else {}) for each in page]
            show.as_json({**answer, "entries": entries})
        else:
            rows = [(each, new.get(each, _FOREIGN)) for each in page]
            show.as_table("Renewed", ("pseudonym", "renewed"), rows, heading=not self.pseudonyms)
        sys.stdout.flush()
        self.pseudonyms += len(page)
        self.foreign += sum(each not in new for each in page)
        self._receipt = answer.get("receipt", self._receipt)

    def end(self) -> None:
        """Say how far it went."""
        if self.pseudonyms:
            show.note(self.so_far())
        if self._receipt is not None:
            thank(self._receipt)

    def so_far(self) -> str:
        """How much that is, in words."""
        return spoken(_SO_FAR, self._language).format(self.pseudonyms, self.foreign)
