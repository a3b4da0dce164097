"""From a cell of a sheet to what a column holds, and what is wrong with it.

Rule: a fault advises and repeats nothing of the cell (rule R6).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from gateway.subject import is_resident_id

Raw: TypeAlias = str | int | None
"""What a column holds; None where the cell is blank."""
Convert: TypeAlias = Callable[[str], Raw]
"""From a cell to its column. Raises Fault."""
Check: TypeAlias = Callable[..., None]
"""Takes what the columns of one field hold. Raises Fault."""

_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_IN_LINES: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_WHOLE: Final = re.compile(r"-?[0-9]{1,18}", re.ASCII)  # what a column of 64 bits holds


class Fault(ValueError):
    """What is wrong with a cell; `str()` is the advice."""

    def __init__(self, code: str, advice: str) -> None:
        super().__init__(advice)
        self.code = code


def text(cell: str) -> Raw:
    """A text of one line, unchanged; None if blank."""
    if _UNFIT.search(cell) is not None:
        raise _unfit(cell)
    return cell if cell and not cell.isspace() else None


def lines(cell: str) -> Raw:
    """A text that may have line breaks and tabs, unchanged; None if blank."""
    if _UNFIT_IN_LINES.search(cell) is not None:
        raise _unfit(cell)
    return cell if cell and not cell.isspace() else None


def whole(cell: str) -> Raw:
    """A whole number; None if blank."""
    if _WHOLE.fullmatch(cell) is not None:
        return int(cell)
    if text(cell) is None:
        return None
    raise Fault("number", "not a whole number; write ASCII digits only, without separators or a unit")


def natural(cell: str) -> Raw:
    """A whole number of 0 or more; None if blank."""
    number = whole(cell)
    if isinstance(number, int) and number < 0:
        raise Fault("number", "less than 0; correct it")
    return number


def _unfit(cell: str) -> Fault:
    if any("\ud800" <= char <= "\udfff" for char in cell):
        return Fault("encoding", "not text in this encoding; see --encoding, or export the file anew")
    return Fault("control-character", "a control character or a line break; remove it")


def needed(raw: Raw) -> None:
    """Something must be there."""
    if raw is None:
        raise Fault("empty", "must not be empty; fill it")


def resident_id(raw: Raw) -> None:
    """A resident id."""
    if not isinstance(raw, str) or not is_resident_id(raw):
        raise Fault("resident-id", "not a resident id; write ten ASCII digits, leading zeros included")


def resident_id_if_any(raw: Raw) -> None:
    """A resident id, or nothing."""
    if raw is not None:
        resident_id(raw)
