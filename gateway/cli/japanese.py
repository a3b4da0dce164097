"""What happens to Japanese on a terminal that has none: question marks, and once the reason why.

Rule: no locale ends a command; the remark is plain ASCII, and comes only where something was lost.
"""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

ERRORS: Final = "say-once"
"""The name of the error handler, as streams know it."""
REMARK: Final = "this terminal cannot show Japanese (set LANG to a UTF-8 locale)\n"


class _Once:
    """The error handler. It writes past the stream's own text, which is under way just now."""

    def __init__(self) -> None:
        self._said = False

    def __call__(self, error: UnicodeError) -> tuple[str | bytes, int]:
        if not self._said:
            self._said = True
            sys.stderr.write(REMARK)
        return codecs.replace_errors(error)


def say_what_is_lost() -> None:
    """Let standard output and standard error say once that they cannot show Japanese."""
    codecs.register_error(ERRORS, _Once())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)
