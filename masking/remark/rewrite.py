"""A remark with what was found replaced.

Rule: everything between the spans stays as it was written, to the code point.
"""

from __future__ import annotations

from collections.abc import Sequence

from masking.remark.marker import alias, marker
from masking.remark.span import Span
from masking.remark.surrogates import Surrogates


def rewritten(text: str, spans: Sequence[Span], surrogates: Surrogates | None) -> str:
    """The text with a marker for each span (in order, apart); people get a surrogate where there are any."""
    parts: list[str] = []
    at = 0
    for span in spans:
        parts.append(text[at : span.start])
        if span.mention is not None and surrogates is not None:
            parts.append(alias(surrogates.of(span.mention)))
        else:
            parts.append(marker(span.type))
        at = span.end
    parts.append(text[at:])
    return "".join(parts)
