"""The town of a run: a gateway's estate with the scenario's budgets, who asks there, and who is asked about.

Rule: everything on the path is as shipped; a scenario may lay its own numbers over limits and budgets, and nothing
else.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML

from gateway.clock import DAY, SystemClock, day_of
from gateway.demo.estate import SHIPPED, Estate, Wishes, prepare, retire_ledger
from gateway.register.city import StaffRole
from gateway.register.city.build import STANDING_FILE
from gateway.v1 import register_pb2 as pb
from loadtest.bench.scene import SUPERIOR, department_system
from loadtest.scenario import Load, Scenario
from loadtest.service.questions import Person, people_of

OUTSIDER: Final = pb.Outsider(name="白川　航", birth_date=pb.PartialDate(year=1903, month=2, day=3))
"""Whoever applies, where a purpose serves the public: nobody of this register, and nobody's other party."""

_TOKEN: Final = 8 * 3600
"""Seconds that a staff token holds."""
_SPARE_DAYS: Final = 30
_POSTS: Final = """
    SELECT staff, post, department, role FROM post
    WHERE department = ?1 AND role = ?2 AND since <= ?3 AND until IS NULL
    AND (SELECT count(*) FROM post other WHERE other.staff = post.staff AND other.until IS NULL) = 1
    ORDER BY staff, post
"""
"""People with one post: who has two has the limits of both, and each counts what was seen in the other."""


class CannotRun(Exception):
    """This scenario cannot be run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Town:
    """An estate, its residents who may be asked about by anybody, and the purposes' texts by name."""

    estate: Estate
    wishes: Wishes
    residents: list[Person]
    purposes: Mapping[str, Any]

    def crew(self, load: Load) -> list[StaffRole]:
        """The people of a load. Raises CannotRun if the town has not as many."""
        today = day_of(SystemClock().wall()).isoformat()
        with closing(self._standing()) as connection:
            rows = connection.execute(_POSTS, (load.department, load.role, today)).fetchall()
        crew = list({row[0]: StaffRole(*row) for row in rows}.values())[: load.people]
        if len(crew) < load.people:
            raise CannotRun(f"{load.name}: {load.department} has {len(crew)} of role {load.role}, not {load.people}")
        return crew

    def superior(self, person: StaffRole) -> StaffRole:
        """Who may approve what a person asks for. Raises CannotRun."""
        with closing(self._standing()) as connection:
            row = connection.execute(SUPERIOR, (person.post,)).fetchone()
        if row is None:
            raise CannotRun(f"{person.staff} has no superior who could approve")
        return StaffRole(*row)

    def _standing(self) -> sqlite3.Connection:
        path = (self.estate.path / "city" / STANDING_FILE).absolute().as_uri()
        return sqlite3.connect(f"{path}?mode=ro", uri=True)

    def context(self, load: Load) -> pb.QueryContext:
        """The circumstances of a load's questions. Raises CannotRun."""
        text = self.purposes.get(load.purpose)
        if text is None:
            raise CannotRun(f"{load.name}: there is no purpose {load.purpose}")
        if text["case"] != "none":
            raise CannotRun(f"{load.name}: {load.purpose} is for cases, which a load has none of")
        context = pb.QueryContext(purpose=load.purpose, reason_code=pb.REASON_CODE_APPLICATION)
        if text.get("applicant") == "required":
            context.applicant.outsider.CopyFrom(OUTSIDER)
        return context

    @property
    def authority(self) -> Path:
        """The authority of the gateway's certificate."""
        return self.estate.pki.authority.certificate

    def system(self, person: StaffRole) -> tuple[Path, Path]:
        """Certificate and key of a person's department system."""
        pair = self.estate.pki.client(*department_system(person))
        return pair.certificate, pair.key

    def lengthen_certificates(self, loads: Sequence[Load], days: int) -> None:
        """Give the systems of these loads certificates that outlive so many days."""
        authority = self.estate.pki.open_authority()
        for load in loads:
            department, system = department_system(self.crew(load)[0])
            pair = self.estate.pki.client(department, system)
            issued = authority.issue_client(department, system, SystemClock().wall(), days + _SPARE_DAYS)
            pair.key.write_bytes(issued.key)
            pair.certificate.write_bytes(issued.certificate)

    def tokens(self, person: StaffRole, days: int) -> list[str]:
        """A person's token for each of so many days, from now on."""
        pair, now = self.estate.pki.client(*department_system(person)), SystemClock().wall()
        provider, certificate = self.estate.pki.open_provider(), pair.certificate.read_bytes()
        return [
            provider.issue_token(
                staff=person.staff,
                post=person.post,
                department=person.department,
                role=person.role,
                certificate=certificate,
                now=now + day * DAY,
                lifetime=_TOKEN,
            )
            for day in range(days)
        ]

    def new_ledger(self) -> None:
        """Put the ledger aside and begin another."""
        retire_ledger(self.estate)
        prepare(self.estate.path, self.wishes)


def build_town(
    folder: Path,
    scenario: Scenario,
    *,
    seed: int,
    port: int = 0,
    progress: Callable[[int], None] = lambda _done: None,
) -> Town:
    """The estate of a run in `folder`/estate, with a new ledger; the city is built once a day for all runs."""
    cities = folder / "cities" / str(scenario.residents)
    prepare(cities, Wishes(residents=scenario.residents), progress=progress)
    path = folder / scenario.scenario / "estate"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)
    shutil.copytree(cities / "city", path / "city")
    texts = write_book(path, scenario)
    wishes = Wishes(
        residents=scenario.residents,
        listen=f"127.0.0.1:{port}",
        metrics="127.0.0.1:0",
        purposes=(path / "purposes").absolute(),
        limits=(path / "limits.yaml").absolute(),
    )
    estate = prepare(path, wishes)
    return Town(estate, wishes, people_of(path / "city", seed), texts)


def write_book(path: Path, scenario: Scenario) -> dict[str, Any]:
    """Write purposes and limits for a scenario into `path`; the purposes' texts by name. Raises CannotRun."""
    yaml = YAML()
    (path / "purposes").mkdir()
    texts: dict[str, Any] = {}
    for shipped in sorted((SHIPPED / "purposes").glob("*.yaml")):
        text = yaml.load(shipped.read_text(encoding="utf-8"))
        if text["purpose"] in scenario.budgets:
            text["budget"] = scenario.budgets[text["purpose"]]
        if text["purpose"] in scenario.bulk:
            text.pop("stream", None)
            text["bulk"] = scenario.bulk[text["purpose"]]
        texts[text["purpose"]] = text
        yaml.dump(text, path / "purposes" / shipped.name)
    if unknown := (scenario.budgets.keys() | scenario.bulk.keys()) - texts.keys():
        raise CannotRun(f"budgets, bulk: there is no purpose {', '.join(sorted(unknown))}")
    limits = yaml.load((SHIPPED / "config" / "limits.yaml").read_text(encoding="utf-8"))
    # Shares of a scenario's small city say nothing of the shares of a city: only a scenario about them has some.
    del limits["coverage"]
    yaml.dump(laid_over(limits, scenario.limits or {}), path / "limits.yaml")
    return texts


def laid_over(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with the values of `above`, mapping by mapping; a value of None takes the key away."""
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below.get(key), dict):
            laid_over(below[key], value)
        else:
            below[key] = value
    return below
