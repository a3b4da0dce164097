"""Attack on masked remarks: is the name that a person marked still there to read?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from loadtest.masking.attack.outcome import Outcome, Sort
from loadtest.masking.remarks import FULL, measure
from tests.masking.remarks.corpus import split

_ATTACK: Final = "reading what was marked"


def remarks() -> Iterator[Outcome]:
    """Hand-written remarks that no rule was made from: of what their writers marked, all must be covered."""
    # Importing takes seconds (spaCy, a dictionary of 200 MB); whoever attacks no remarks need not wait for it.
    from masking.remark.engine import Engine  # noqa: PLC0415 - see above

    corpus = split("judge")
    score = measure(Engine(()).spans, corpus)
    bare = measure(lambda _: [], corpus)
    others = set(score.marked) - {FULL, "alone"}
    for said, kinds in (
        ("a whole name", {FULL}),
        ("a surname or given name alone", {"alone"}),
        ("a number, address or day", others),
    ):
        marked = sum(score.marked[kind] for kind in kinds)
        left = marked - sum(score.found[kind] for kind in kinds)
        # What the mask claims is about what its reader knows; what it takes for a word stays (its known attack).
        yield Outcome(_ATTACK, f"remark: {said}", Sort.REMAINS, marked, left, None, "some of it is left")
    marked, found = bare.marked.total(), bare.found.total()
    yield Outcome(_ATTACK, "keep", Sort.CONTROL, marked, marked - found, 0.99, "as written")
