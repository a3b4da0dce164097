"""What the rules of a purpose look at, and what they say.

Rule: a rule reads sound sections only, and answers with each fault at its own place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.field import Mapped, SearchKey
from gateway.finding import Finding, Loc, Source
from gateway.purpose.limits import Limits
from gateway.purpose.masks import Mask
from gateway.purpose.model import PurposeText

KEEP: Final = "keep"
REDACT: Final = "redact"
REMARK: Final = "remark"


@dataclass(frozen=True, slots=True)
class Reading:
    """One purpose as far as it could be read. `masks`: the fields that could be read; `limits`, `mapped`: None where
    unknown.
    """

    source: Source
    text: PurposeText
    masks: Mapping[str, Mask]
    limits: Limits | None
    mapped: Mapped | None

    def at(self, key: SearchKey) -> Loc:
        """Where `key` stands in `search_by`."""
        return ("search_by", self.text.search_by.index(key))

    def unreadable(self, field: str) -> bool:
        """Whether the field is named but could not be read, so that nothing can be said of its mask."""
        return field in self.text.fields and field not in self.masks

    @property
    def pseudonymised(self) -> tuple[str, ...]:
        """Fields that are answered with a stand-in made under the purpose's own keys."""
        return tuple(field for field, mask in self.masks.items() if mask.kind.pseudonymous)


Fault: TypeAlias = tuple[Loc, str, str]
"""Place, code, message."""
Rule: TypeAlias = Callable[[Reading], Iterator[Fault | Finding]]
Rules: TypeAlias = tuple[tuple[frozenset[str], Rule], ...]
"""Each rule with the sections that it reads."""
