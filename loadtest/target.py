"""A gateway that is running already, and whom it can be asked as: for loading an installation of one's own.

Rule: nobody's gateway is loaded by mistake. One that is not on this machine's loopback wants express consent, and gets
no more than a bounded rate for a bounded time. Its ledger and its machine are not at hand: the verdict is by answers.
"""

from __future__ import annotations

import csv
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from gateway.finding import read_yaml
from gateway.register.city import StaffRole
from gateway.v1 import register_pb2 as pb
from loadtest.scenario import Load, Scenario
from loadtest.service.questions import Person
from loadtest.town import OUTSIDER, CannotRun

MOST_RATE: Final = 200.0
"""Arrivals a second, of all loads together, at a gateway elsewhere."""
MOST_SECONDS: Final = 300.0
"""Seconds of a run there."""
_COLUMNS: Final = ("resident_id", "name", "name_kana", "birth_date")


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TargetPerson(_Closed):
    """Somebody to ask as: their system's client certificate and key (PEM files), and a file with their staff token."""

    staff: str = Field(min_length=1)
    department: str = Field(min_length=1)
    role: str = Field(min_length=1)
    certificate: str
    key: str
    token: str


class Target(_Closed):
    """The whole file; paths are relative to it. `residents` is CSV with the columns resident_id, name, name_kana and
    birth_date (YYYY-MM-DD): people who may be asked about by everybody here. `applicant`: whether the purposes that are
    asked under want somebody who applies; then nobody of the register does.
    """

    target: Annotated[str, Field(pattern=r"^[^\s:]+:[0-9]{1,5}$|^\[[0-9a-f:]+\]:[0-9]{1,5}$")]
    authority: str
    people: tuple[TargetPerson, ...] = Field(min_length=1)
    residents: str
    applicant: bool = False

    @field_validator("people", mode="before")
    @classmethod
    def _listed(cls, value: object, _info: ValidationInfo) -> object:
        return tuple(value) if isinstance(value, list) else value

    @property
    def here(self) -> bool:
        """Whether it is on the loopback, by its address: a name may lead anywhere."""
        try:
            return ipaddress.ip_address(self.target.rpartition(":")[0].strip("[]")).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A target as a run sees it."""

    target: Target
    folder: Path
    residents: Sequence[Person]
    posts: Mapping[str, TargetPerson]

    @classmethod
    def read(cls, path: Path, scenario: Scenario, seconds: float, *, consent: bool) -> Self:
        """Read the file and hold the scenario to what may be done to a target. Raises Findings, CannotRun."""
        target = read_yaml(path).model(Target)
        _hold(target, scenario, seconds, consent=consent)
        residents = path.parent / target.residents
        try:
            with residents.open(encoding="utf-8", newline="") as file:
                people = [_person(row) for row in csv.DictReader(file)]
        except (OSError, KeyError, ValueError) as error:
            raise CannotRun(f"{residents}: cannot be read as CSV with {', '.join(_COLUMNS)}: {error}") from None
        if not people:
            raise CannotRun(f"{residents}: nobody to ask about")
        return cls(target, path.parent, people, {each.staff: each for each in target.people})

    @property
    def authority(self) -> Path:
        """The authority of the gateway's certificate."""
        return self.folder / self.target.authority

    def crew(self, load: Load) -> list[StaffRole]:
        """The people of a load. Raises CannotRun if there are not as many."""
        fitting = [each for each in self.target.people if (each.department, each.role) == (load.department, load.role)]
        if len(fitting) < load.people or len({each.certificate for each in fitting[: load.people]}) > 1:
            raise CannotRun(
                f"{load.name}: wants {load.people} people of {load.department}, {load.role}, behind one certificate; "
                f"the target has {len(fitting)} of them"
            )
        return [StaffRole(each.staff, "", each.department, each.role) for each in fitting[: load.people]]

    def context(self, load: Load) -> pb.QueryContext:
        """The circumstances of a load's questions."""
        context = pb.QueryContext(purpose=load.purpose, reason_code=pb.REASON_CODE_APPLICATION)
        if self.target.applicant:
            context.applicant.outsider.CopyFrom(OUTSIDER)
        return context

    def system(self, person: StaffRole) -> tuple[Path, Path]:
        """Certificate and key of a person's department system."""
        post = self.posts[person.staff]
        return self.folder / post.certificate, self.folder / post.key

    def tokens(self, person: StaffRole, _days: int) -> list[str]:
        """Their staff token. Raises CannotRun."""
        path = self.folder / self.posts[person.staff].token
        try:
            return [path.read_text(encoding="ascii").strip()]
        except (OSError, UnicodeError) as error:
            raise CannotRun(f"{path}: no staff token can be read here: {error}") from None


def _person(row: Mapping[str, str]) -> Person:
    year, month, day = (int(part) for part in row["birth_date"].split("-"))
    return Person(row["resident_id"], row["name"], row["name_kana"], f"{year:04}-{month:02}-{day:02}", "", "")


def _granted(scenario: Scenario) -> bool:
    return any(load.ceiling is not None for load in scenario.loads)


def _hold(target: Target, scenario: Scenario, seconds: float, *, consent: bool) -> None:
    """Raises CannotRun where this may not be done to this target."""
    if scenario.days is not None or scenario.kills or scenario.fault is not None or _granted(scenario):
        raise CannotRun(
            f"{scenario.scenario}: moves clocks, kills gateways, breaks disks or approves grants: for one's own alone"
        )
    if any(load.of_capacity is not None for load in scenario.loads):
        raise CannotRun(f"{scenario.scenario}: measures capacity first; give its loads a rate to run it elsewhere")
    if target.here:
        return
    if not consent:
        raise CannotRun(f"{target.target} is not on this machine: add --consent if you may load it")
    rate = sum(load.rate or 0 for load in scenario.loads)
    if rate > MOST_RATE or any(load.back_to_back or load.kind == "hostile" for load in scenario.loads):
        raise CannotRun(f"{scenario.scenario}: elsewhere {MOST_RATE:g} questions a second at most, and no floods")
    if seconds > MOST_SECONDS:
        raise CannotRun(f"{seconds:g} s: elsewhere {MOST_SECONDS:g} s at most")
