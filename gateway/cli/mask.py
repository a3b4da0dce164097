"""`register-gateway mask`: masking tried out on text from standard input. Needs no configuration, register or gateway.

Rule: what is read is masked or marked as unreadable, line by line, and never kept. A line that cannot be read in full
comes out as 〔非表示〕, whole (rule M7).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from json import dumps
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter

from gateway.cli.exits import Exit
from gateway.cli.show import fail, note, out

app = App(name="mask", help="Try masking out on text from standard input.")

_WITHHELD: Final = "〔非表示〕"

Json = Annotated[bool, Parameter(negative="", help="One JSON document a line instead of text.")]


@app.command
def remark(
    *,
    ner: Annotated[
        bool, Parameter(negative="", help="Read with the model ja_ginza, too (`make ner` installs it); slower.")
    ] = False,
    names: Annotated[
        Path | None, Parameter(help="A file of names and readings to be found wherever they stand, one a line.")
    ] = None,
    surrogates: Annotated[
        bool, Parameter(negative="", help="Give people invented names, by a key that is thrown away at the end.")
    ] = False,
    json: Json = False,
) -> None:
    """Mask free text from standard input, a remark a line, each answered at once.

    With --json `{"masked": …, "spans": [[start, end, type], …]}`, offsets in characters (code points) of the line. A
    line that cannot be read in full is masked whole, and is one span of type REMARK. Exit codes: 0 all read, 2 the
    command line is off, 3 a file or the model cannot be used.
    """
    # Everything below takes seconds to import, and only this command needs it.
    from masking.keyring import Keyring, PseudonymDomain  # noqa: PLC0415 - see above
    from masking.remark.engine import Engine, Unreadable  # noqa: PLC0415 - see above
    from masking.remark.ner import Model, NoModel  # noqa: PLC0415 - see above
    from masking.remark.pattern import TooSlow  # noqa: PLC0415 - see above
    from masking.remark.rewrite import rewritten  # noqa: PLC0415 - see above
    from masking.remark.surrogates import KeyedSurrogates  # noqa: PLC0415 - see above

    try:
        engine = Engine(_names(names), Model() if ner else None)
    except NoModel as missing:
        fail(Exit.CANNOT, str(missing))
    given = (
        KeyedSurrogates(Keyring(1, os.urandom(32)).domain(PseudonymDomain("none", "none", "remarks")))
        if surrogates
        else None
    )
    for line in _lines():
        try:
            spans = engine.spans(line)
            masked = rewritten(line, spans, given)
            listed = [(span.start, span.end, str(span.type)) for span in spans]
        except (Unreadable, TooSlow):
            masked, listed = _WITHHELD, [(0, len(line), "REMARK")]
        if json:
            _say({"masked": masked, "spans": listed})
        elif out.is_terminal:
            out.print(masked, markup=False)
            note("   " + ", ".join(f"{line[start:end]} {kind}" for start, end, kind in listed))
        else:
            sys.stdout.write(masked + "\n")
        sys.stdout.flush()


def _say(value: object) -> None:
    """One document a line, whatever it is written to."""
    sys.stdout.write(dumps(value, ensure_ascii=False) + "\n")


def _lines() -> Iterator[str]:
    """Standard input, line by line as it comes, whatever the locale; a character that is no UTF-8 becomes �."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8", errors="replace").rstrip("\r\n")


def _names(file: Path | None) -> Iterator[str]:
    if file is None:
        return
    try:
        yield from file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "not a UTF-8 text"
        fail(Exit.CANNOT, f"{file}: {reason}; give a file of names, one a line")
