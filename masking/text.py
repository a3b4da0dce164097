"""When a register value counts as text.

Rule: null and blank are both "not in the register" (legacy registers pad with blanks where a newer one
has null); what is no text, or no Unicode text that can be written down, is malformed.
"""

from __future__ import annotations

from masking.value import EMPTY, MALFORMED, Absent, Value


def text_of(value: Value | None) -> str | Absent:
    """Give the text, or the answer that takes its place."""
    if value is None:
        return EMPTY
    if not isinstance(value, str) or not writable(value):
        return MALFORMED
    return value if value and not value.isspace() else EMPTY


def writable(text: str) -> bool:
    """Tell whether the text has an UTF-8 form; a lone surrogate, half of a torn character, has none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
