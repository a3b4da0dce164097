"""The name of a department system: a SPIFFE ID in the URI SAN of its certificate.

Rule: one spelling, `spiffe://<trust domain>/department/<department>/system/<system>`, and nothing that resembles it
(SPIFFE-ID §2: no port, query, fragment, percent-encoding or empty segment).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from gateway.caller import is_word

UNKNOWN_SYSTEM: Final = "unknown"
"""Stands for the system where none can be named; no certificate can claim it."""

_TRUST_DOMAIN: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?", re.ASCII)
_ID: Final = re.compile(r"spiffe://([^/]+)/department/([^/]+)/system/([^/]+)")


def is_trust_domain(text: str) -> bool:
    """Whether `text` may name a trust domain: lower-case letters, digits, dots and hyphens, at most 255 characters."""
    return _TRUST_DOMAIN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class SystemId:
    """A department system as certificates name it. Raises ValueError if a part is not well-formed."""

    trust_domain: str
    department: str
    system: str

    def __post_init__(self) -> None:
        if not is_trust_domain(self.trust_domain):
            raise ValueError("a trust domain is written like shiomi.example: lower-case letters, digits, dots, hyphens")
        for name in ("department", "system"):
            if not is_word(getattr(self, name)):
                raise ValueError(f"a {name} is 1 to 63 of a-z 0-9 - beginning with a letter or digit")
        if self.system == UNKNOWN_SYSTEM:
            raise ValueError(f"no system may be called {UNKNOWN_SYSTEM}: records write that where none can be named")

    @property
    def uri(self) -> str:
        """The SPIFFE ID."""
        return f"spiffe://{self.trust_domain}/department/{self.department}/system/{self.system}"


def parse_system_id(uri: str) -> SystemId:
    """The system that `uri` names. Raises ValueError for everything else."""
    found = _ID.fullmatch(uri)
    if found is None:
        raise ValueError("not the SPIFFE ID of a department system")
    return SystemId(*found.groups())
