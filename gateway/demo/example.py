"""One lookup that works in a seeded city: who may ask, about whom, in which case.

Rule: it is found in the city's own files, as the cast is; where the gateway listens and its certificates lie is taken
from docs/operating.md, because a city's files cannot know.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.commands import near, wrapped
from gateway.demo.estate import SYSTEMS
from gateway.demo.scene import CHILDCARE
from gateway.pki.folder import Folder
from gateway.register.city import cast
from gateway.register.city.build import REGISTER_FILE, STANDING_FILE


@dataclass(frozen=True, slots=True)
class Example:
    """A caseworker, an open case, and a resident who is a party to it. `pki` is the folder that `pki init` makes."""

    address: str
    pki: str
    staff: str
    post: str
    department: str
    role: str
    purpose: str
    reason: str
    case: str
    resident: str

    @property
    def lookup(self) -> str:
        """The whole command on one line."""
        return " ".join(self._parts())

    @property
    def pasted(self) -> str:
        """The whole command, on lines that fit."""
        return wrapped(self._parts())

    def _parts(self) -> list[str]:
        pair = Folder(Path(self.pki)).client(self.department, SYSTEMS[self.department])
        return [
            "register-gateway lookup",
            f"--address {self.address}",
            f"--pki {shlex.quote(self.pki)}",
            f"--certificate {near(pair.certificate)}",
            f"--key {near(pair.key)}",
            f"--staff {self.staff}",
            f"--post {self.post}",
            f"--role {self.role}",
            f"--purpose {self.purpose}",
            f"--reason {self.reason}",
            f"--case {self.case}",
            f"--resident {self.resident}",
        ]


def example_in(city: Path) -> Example | None:
    """An example for the city in this folder, its certificates in `pki` beside it; None if it has not everybody
    who is needed.
    """
    try:
        found = cast(city / REGISTER_FILE, city / STANDING_FILE)
    except LookupError:
        return None
    person = found.caseworker
    return Example(
        address="localhost:50051",
        pki=str(city.parent / "pki"),
        staff=person.staff,
        post=person.post,
        department=person.department,
        role=person.role,
        purpose=CHILDCARE,
        reason="application",
        case=found.childcare_case,
        resident=found.parent,
    )
