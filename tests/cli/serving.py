"""A demo that is being served, for commands that ask a gateway."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import app
from gateway.demo.estate import SYSTEMS, Estate
from gateway.pki.files import replace_secret
from gateway.register.city import Cast, StaffRole
from tests.estates import asked

NOTICE_JA = "この照会は記録され、ご本人の開示請求の対象となります。"
NOTICE_EN = "This look is recorded, and the resident can ask to see it."


@dataclass(frozen=True)
class City:
    """A gateway that is being served, and its people."""

    estate: Estate
    cast: Cast

    def reaching(self, person: StaffRole) -> list[str]:
        """The options that lead to the gateway from a person's system."""
        pair = self.estate.pki.client(person.department, SYSTEMS[person.department])
        return [
            *("--address", self.estate.address.read_text(encoding="ascii").strip()),
            *("--certificate", str(pair.certificate)),
            *("--key", str(pair.key)),
        ]

    def superior(self, person: StaffRole, folder: Path) -> list[str]:
        """The options by which whoever is above a person reaches the gateway; their token is put into `folder`."""
        ((staff, post, department, role),) = asked(
            self.estate,
            "standing",
            "SELECT above.staff, above.post, above.department, above.role FROM post above JOIN post below "
            f"ON below.superior = above.staff WHERE below.post = '{person.post}' LIMIT 1",
        )
        head, token = StaffRole(staff, post, department, role), folder / "token"
        replace_secret(token, self.estate.token(head).encode())
        authority = ("--authority", str(self.estate.pki.authority.certificate))
        return [*self.reaching(head), *authority, "--token-file", str(token)]

    def person(self, role: str) -> list[str]:
        """The demo's short form of the same."""
        return ["--dir", str(self.estate.path), "--as", role]

    def childcare(self, *more: str) -> list[str]:
        """A caseworker's lookup of the parent."""
        return [
            *(*self.person("caseworker"), "--purpose", "childcare-fee-reduction"),
            *("--case", self.cast.childcare_case, "--reason", "application", "--resident", self.cast.parent),
            *more,
        ]

    def counter(self, *more: str) -> list[str]:
        """A counter clerk's question; the parent applies."""
        return [
            *(*self.person("counter-clerk"), "--purpose", "resident-card-counter"),
            *("--applicant", self.cast.parent, "--reason", "application", *more),
        ]

    def statistics(self, *more: str) -> list[str]:
        """A planner's question."""
        return [*self.person("analyst"), "--purpose", "planning-statistics", "--reason", "statistics", *more]


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[list[str]]:
        """The lines of a table in a pipe, cell by cell."""
        return [line.split("\t") for line in self.out.splitlines()]


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Said:
    """`register-gateway …` in this process, its output in a pipe."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        app(arguments)
    out, err = capsys.readouterr()
    return Said(int(left.value.code or 0), out, err)
