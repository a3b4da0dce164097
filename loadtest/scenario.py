"""A scenario: who asks what, how often, and what must come of it; one YAML file in loadtest/scenarios.

Rule: unknown keys are refused, and a scenario says which refusals it must bring about: a run that provokes nothing
proves nothing.
"""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gateway.finding import read_yaml
from gateway.refusal import Reason

FOLDER: Final = Path(str(files("loadtest"))) / "scenarios"
"""Where the shipped scenarios are."""


class Call(StrEnum):
    """Ways to ask. `miss` looks up an id that nobody has. `granted_stream` is a stream by a grant that a superior has
    approved before the run begins, for as many residents as the load's `ceiling`. `stranger` has a certificate and a
    token that is worth nothing, `nobody` not even a certificate.
    """

    LOOKUP = "lookup"
    MISS = "miss"
    BATCH = "batch"
    SEARCH = "search"
    STREAM = "stream"
    GRANTED_STREAM = "granted_stream"
    STRANGER = "stranger"
    NOBODY = "nobody"


class Fault(StrEnum):
    """What is done to the gateway in the midst of a run."""

    FULL_DISK = "full-disk"
    FAILING_DISK = "failing-disk"
    SLOW_DISK = "slow-disk"
    REGISTER_AWAY = "register-away"


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _calls(value: object) -> object:
    return {Call(key): weight for key, weight in value.items()} if isinstance(value, dict) else value


def _reasons(value: object) -> object:
    return tuple(Reason(each) for each in value) if isinstance(value, list) else value


def _fault(value: object) -> object:
    return Fault(value) if isinstance(value, str) else value


Weights = Annotated[dict[Call, Annotated[int, Field(ge=1, le=1000)]], BeforeValidator(_calls)]
Reasons = Annotated[tuple[Reason, ...], BeforeValidator(_reasons)]
Share = Annotated[float, Field(ge=0, le=1)]


class Load(_Closed):
    """One group of people and what they ask. Exactly one of `rate` (arrivals a second, all people together),
    `of_capacity` (the same as a share of what the gateway was measured to answer at most) and `back_to_back` (each
    person asks again as soon as the last answer ended: bulk readers) says how often.

    `subjects`: `split` gives each person a part of the register of their own, `shared` lets all draw from all of it.
    `begins`, `ends`: shares of the run (of each day, where time is simulated). `interactive`
    loads are those whose latencies are held against aims; `hostile` ones are floods.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    department: str
    role: str
    people: Annotated[int, Field(ge=1, le=64)]
    purpose: str
    calls: Weights = Field(min_length=1)
    subjects: Literal["split", "shared"] = "shared"
    rate: Annotated[float, Field(gt=0, le=20_000)] | None = None
    of_capacity: Annotated[float, Field(gt=0, le=1)] | None = None
    back_to_back: bool = False
    ceiling: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    begins: Share = 0.0
    ends: Share = 1.0
    kind: Literal["interactive", "bulk", "hostile"] = "interactive"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.rate is not None) + (self.of_capacity is not None) + self.back_to_back != 1:
            raise ValueError("say one of rate, of_capacity and back_to_back")
        if self.back_to_back and not set(self.calls) <= {Call.STREAM, Call.GRANTED_STREAM}:
            raise ValueError("back_to_back is for streams: anything else arrives whether or not the last was answered")
        if (Call.GRANTED_STREAM in self.calls) != (self.ceiling is not None):
            raise ValueError("a ceiling is for granted streams, and they need one")
        if self.begins >= self.ends:
            raise ValueError("a load begins before it ends")
        return self


class Expected(_Closed):
    """Reasons of refusals: those that the run `must` bring about, and those that it `may`. Any other is a fault."""

    must: Reasons = ()
    may: Reasons = ()


class Scenario(_Closed):
    """One scenario. `shows` says in a sentence what its verdict proves; `seconds` is how long it runs, `short` how
    long as one of many; `residents` is the city's size.

    `limits` is laid over the city's limits, `budgets` stand in place of purposes' budgets and `bulk` in place of their
    streams, in their own words; without them the shipped ones hold. `days` simulates so many days, under a clock that
    only a gateway of the tests' own making has: each is `seconds / days` long. `kills` ends the gateway so often with
    SIGKILL, at moments drawn by lot, and starts it again; `fault` is made in the midst of the run.
    """

    scenario: Annotated[str, Field(pattern=r"^[a-z][a-z-]*$")]
    title: str
    shows: str
    residents: Annotated[int, Field(ge=500, le=4_000_000)] = 16_000
    seconds: Annotated[float, Field(gt=0, le=3600)]
    short: Annotated[float, Field(gt=0, le=120)]
    days: Annotated[int, Field(ge=1, le=2000)] | None = None
    short_days: Annotated[int, Field(ge=1, le=2000)] | None = None
    kills: Annotated[int, Field(ge=0, le=1000)] = 0
    short_kills: Annotated[int, Field(ge=0, le=1000)] = 0
    fault: Annotated[Fault, BeforeValidator(_fault)] | None = None
    limits: dict[str, Any] | None = None
    budgets: dict[str, dict[str, Any]] = {}
    bulk: dict[str, dict[str, Any]] = {}
    loads: tuple[Load, ...]
    refusals: Expected = Expected()

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("loads"), list):
            value = {**value, "loads": tuple(value["loads"])}
        return value

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [load.name for load in self.loads]
        if not names or len(set(names)) != len(names):
            raise ValueError("loads: at least one, each with a name of its own")
        return self

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a scenario. Raises Findings, one a fault."""
        return read_yaml(path).model(cls)


def shipped() -> dict[str, Path]:
    """The scenarios that ship, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
