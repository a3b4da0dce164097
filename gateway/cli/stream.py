"""`register-gateway stream`: the residents of a selection, page by page, to be gone on with where it ended.

Rule: what has come is printed before more is waited for, and however it ends, the cursor behind the last page printed
is told.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import Annotated, Any, Final

from cyclopts import Parameter
from cyclopts.validators import Number

from gateway.cli import show
from gateway.cli.asking import ask, thank
from gateway.cli.client import Stubs, stream_residents
from gateway.cli.exits import Exit
from gateway.cli.progress import counting
from gateway.cli.question import Question, Selected
from gateway.cli.reach import NOWHERE, Reach
from gateway.cli.residents import print_several
from gateway.cli.told import NOBODY, spoken
from gateway.field import Localized

_EVERYBODY: Final = Selected()
_SO_FAR: Final = Localized("{}人（{}ページ）", "residents: {}, pages: {}")
_GO_ON: Final = Localized("続きは --cursor {}", "to go on: --cursor {}")


def stream(
    *,
    question: Question,
    selected: Selected = _EVERYBODY,
    limit: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    cursor: Annotated[str, Parameter(show_default=False)] = "",
    reach: Reach = NOWHERE,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Ask a gateway for the residents of an area, of an age, of a household. Each page is recorded before it comes.

    Exit codes: 0 answered, 2 the command line is off, 3 a file cannot be used, 4 refused or the allowance has ended,
    5 no gateway answers.

    Parameters
    ----------
    limit
        stop behind the page that brings so many residents
    cursor
        go on where an earlier stream of the same question ended
    json
        print each page as JSON, a line a page in a pipe, fields named as in the contract
    """
    if selected == Selected(statuses=selected.statuses):
        show.fail(Exit.USAGE, "say which residents: --area, --age-from, --age-to or --household")
    access = reach.access()
    printed = _Printed(question, json=json)

    async def conversation(stubs: Stubs) -> None:
        async with aclosing(stream_residents(stubs, question, selected, cursor=cursor)) as pages:
            async for page in pages:
                printed.add(page)
                told(printed.so_far())
                if limit is not None and printed.residents >= limit:
                    return

    try:
        with counting() as told:
            ask(access, conversation, language=question.language, json=json, fields=question.fields)
    finally:
        printed.end()


class _Printed:
    """What has come so far."""

    def __init__(self, question: Question, *, json: bool) -> None:
        self._question = question
        self._json = json
        self._pages = 0
        self._last: Mapping[str, Any] = {}
        self.residents = 0

    def add(self, page: Mapping[str, Any]) -> None:
        """Print one page."""
        residents = page.get("residents", [])
        if self._json:
            show.as_json(page)
        elif residents:
            print_several(self._question.purpose, residents, self._question.language, heading=self.residents == 0)
        sys.stdout.flush()
        self._pages += 1
        self._last = page
        self.residents += len(residents)

    def end(self) -> None:
        """Say how far it went and how to go on."""
        if not self._last:
            return
        language = self._question.language
        show.note(self.so_far() if self.residents else spoken(NOBODY, language))
        thank(self._last["receipt"])
        if "next_cursor" in self._last:
            show.note(spoken(_GO_ON, language).format(self._last["next_cursor"]))

    def so_far(self) -> str:
        """How much that is, in words."""
        return spoken(_SO_FAR, self._question.language).format(self.residents, self._pages)
